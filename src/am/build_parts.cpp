// SPDX-License-Identifier: PostgreSQL
// An index that the memory does not hold is built part by part: this file divides the rows, build_merge.cpp writes the
// parts and joins them.
//
// Leaders are rows spread over the table; those near each other lead one part. A row belongs to the part with the nearest
// mean of leaders: borders are smoother than around the leaders themselves, and cross fewer neighbourhoods. Most rows,
// those nearest to a border, are copied to the part on the other side of it: there they get links too, which become links
// of the row, so that searches pass from part to part.
#include "am/build_merge.hpp"

#include <new>

namespace vexpg::am {

using storage::NodeId;

namespace {

constexpr uint32_t kLeadersPerPart = 16;
constexpr double kBorderShare = 0.85;  // of the leaders, are nearer than PartPlan::border to another part
constexpr double kCopyShare = 0.5;     // of the nodes of a part, at most, are copies
constexpr double kSlack = 1.15;        // room of all parts by the rows: they do not come out equal

// The row of the table (by number) that is a leader.
uint64_t leader_row(const PartPlan &plan, uint32_t leader) {
  return static_cast<uint64_t>(leader) * plan.rows / plan.leaders;
}

// Distances of the store's query to all leaders.
void score_leaders(storage::BuildStore &store, float *distances) {
  NodeId ids[graph::kMaxLinks];
  graph::Candidate scored[graph::kMaxLinks];
  for (NodeId first = 0; first < store.size();) {
    int count = 0;
    for (; count < graph::kMaxLinks && first < store.size(); first++) ids[count++] = first;
    store.score(ids, count, scored);
    for (int i = 0; i < count; i++) distances[scored[i].id] = scored[i].distance;
  }
}

void score_from_leader(storage::BuildStore &store, NodeId leader, float *distances) {
  store.fetch(&leader, 1, 0);
  store.query_from(0);
  score_leaders(store, distances);
}

// Equal numbers of leaders to each part: the one farthest from the first leader among those left, and those nearest to
// it.
void group_leaders(PartPlan *plan, storage::BuildStore &store) {
  auto *far = static_cast<float *>(palloc(sizeof(float) * plan->leaders)),
       *near = static_cast<float *>(palloc(sizeof(float) * plan->leaders));
  auto *left = static_cast<uint32_t *>(palloc(sizeof(uint32_t) * plan->leaders));
  uint32_t left_count = plan->leaders;
  for (uint32_t i = 0; i < left_count; i++) left[i] = i;
  score_from_leader(store, 0, far);
  for (uint32_t part = 0; part < plan->parts; part++) {
    CHECK_FOR_INTERRUPTS();
    uint32_t seed = *std::max_element(left, left + left_count, [&](uint32_t a, uint32_t b) { return far[a] < far[b]; });
    score_from_leader(store, seed, near);
    std::sort(left, left + left_count,
              [&](uint32_t a, uint32_t b) { return near[a] > near[b] || (near[a] == near[b] && a > b); });
    uint32_t take = left_count / (plan->parts - part);
    for (uint32_t i = 0; i < take; i++) plan->part_of[left[--left_count]] = static_cast<uint8_t>(part);
  }
  pfree(far);
  pfree(near);
  pfree(left);
}

// The distance to the mean of each part's leaders, from the distances to these: a squared distance to a mean is the mean
// of those to its points less their spread. Without the leader `but`, which asks itself.
void score_parts(const PartPlan &plan, const float *distances, uint32_t but, float *to_part) {
  uint32_t counts[kMaxParts] = {};
  std::fill_n(to_part, plan.parts, 0.0f);
  for (uint32_t i = 0; i < plan.leaders; i++) {
    if (i == but) continue;
    to_part[plan.part_of[i]] += distances[i];
    counts[plan.part_of[i]]++;
  }
  for (uint32_t part = 0; part < plan.parts; part++)
    to_part[part] = counts[part] == 0 ? std::numeric_limits<float>::max()
                                      : to_part[part] / static_cast<float>(counts[part]) - plan.spread[part];
}

// Half the mean distance between two leaders of a part.
void measure_spread(PartPlan *plan, storage::BuildStore &store) {
  auto *distances = static_cast<float *>(palloc(sizeof(float) * plan->leaders));
  double sums[kMaxParts] = {};
  uint32_t counts[kMaxParts] = {};
  for (uint32_t i = 0; i < plan->leaders; i++) {
    CHECK_FOR_INTERRUPTS();
    score_from_leader(store, i, distances);
    counts[plan->part_of[i]]++;
    for (uint32_t k = 0; k < plan->leaders; k++)
      if (k != i && plan->part_of[k] == plan->part_of[i]) sums[plan->part_of[i]] += distances[k];
  }
  for (uint32_t part = 0; part < plan->parts; part++)
    plan->spread[part] = static_cast<float>(sums[part] / (2.0 * counts[part] * counts[part]));
  pfree(distances);
}

// How much farther a leader is from the second nearest part than from the nearest: kBorderShare of these gaps are below
// the border.
void measure_border(PartPlan *plan, storage::BuildStore &store) {
  auto *distances = static_cast<float *>(palloc(sizeof(float) * plan->leaders)),
       *gaps = static_cast<float *>(palloc(sizeof(float) * plan->leaders));
  for (uint32_t i = 0; i < plan->leaders; i++) {
    CHECK_FOR_INTERRUPTS();
    float to_part[kMaxParts];
    score_from_leader(store, i, distances);
    score_parts(*plan, distances, i, to_part);
    std::nth_element(to_part, to_part + 1, to_part + plan->parts, [](float a, float b) { return a < b; });
    gaps[i] = to_part[1] - to_part[0];
  }
  float *at = gaps + static_cast<uint32_t>(kBorderShare * plan->leaders);
  std::nth_element(gaps, at, gaps + plan->leaders, [](float a, float b) { return a < b; });
  plan->border = *at;
  pfree(distances);
  pfree(gaps);
}

// A place in a part of at most `limit`. False if it is full.
bool claim_place(pg_atomic_uint32 *count, uint32_t limit) {
  if (pg_atomic_fetch_add_u32(count, 1) < limit) return true;
  pg_atomic_fetch_sub_u32(count, 1);
  return false;
}

// The nearest part that is not in `full`.
uint32_t nearest_part(const PartPlan &plan, const float *to_part, const bool *full) {
  uint32_t best = 0;
  for (uint32_t part = 1; part < plan.parts; part++)
    if (full[best] || (!full[part] && to_part[part] < to_part[best])) best = part;
  return best;
}

// Divides the rows of a process. Buffers for one row: a slot that may be changed, distances.
class Divider {
 public:
  explicit Divider(BuildProcess *process)
      : process_(process),
        plan_(process->team->plan),
        member_(process->team->members[process->number]),
        distances_(static_cast<float *>(palloc(sizeof(float) * plan_.leaders))),
        slot_(static_cast<uint8_t *>(palloc(process->model->geometry.slot_size))) {}

  void divide_row(uint64_t number_in_table) {
    storage::RowFile &file = *process_->file;
    file.read();
    if (process_->team->held.has(number_in_table)) {
      member_.held++;
      process_->held_file->append_bytes(file.slot_bytes(), file.detail_bytes());
      return;
    }
    process_->store->query_bytes(file.slot_bytes(), file.detail_bytes());
    score_leaders(*process_->store, distances_);
    score_parts(plan_, distances_, plan_.leaders, to_part_);
    bool full[kMaxParts] = {};
    uint32_t part = nearest_part(plan_, to_part_, full);
    float nearest = to_part_[part];
    while (!claim_place(&plan_.own[part], plan_.own_limit)) {
      full[part] = true;
      part = nearest_part(plan_, to_part_, full);
    }
    uint32_t number = member_.own[part]++;
    write(part, part, number);
    bool taken[kMaxParts] = {};
    taken[part] = true;
    uint32_t other = nearest_part(plan_, to_part_, taken);
    if (to_part_[other] - nearest > plan_.border || !claim_place(&plan_.copies[other], plan_.copy_limit)) return;
    member_.copies[other]++;
    write(other, part, number);
  }

 private:
  // Until it is loaded, a row carries where it belongs: its part in `head`, its number there in `serial`, and in
  // tower_offset whether it is a copy.
  void write(uint32_t into, uint32_t part, uint32_t number) {
    memcpy(slot_, process_->file->slot_bytes(), process_->model->geometry.links_offset);
    storage::Slot slot(slot_, process_->model->geometry);
    storage::NodeHead head = slot.head();
    head.head = part;
    head.serial = number;
    head.tower_offset = into != part;
    slot.set_head(head);
    process_->part_files[into]->append_bytes(slot_, process_->file->detail_bytes());
  }

  BuildProcess *process_;
  PartPlan &plan_;
  BuildTeam::Member &member_;
  float *distances_;
  uint8_t *slot_;
  float to_part_[kMaxParts];
};

}  // namespace

NodeId first_own(const BuildTeam &team, uint32_t part, int member) {
  NodeId first = 0;
  for (uint32_t p = 0; p < part; p++) first += pg_atomic_read_u32(const_cast<pg_atomic_uint32 *>(&team.plan.own[p]));
  for (int m = 0; m < member; m++) first += team.members[m].own[part];
  return first;
}

void plan_parts(BuildProcess *leader, uint32_t rows, uint32_t capacity) {
  PartPlan *plan = &leader->team->plan;
  auto own = static_cast<uint32_t>(std::max((1 - kCopyShare) * capacity, 64.0));
  plan->rows = rows;
  plan->parts = static_cast<uint32_t>(std::clamp(std::ceil(rows * kSlack / own), 2.0, static_cast<double>(kMaxParts)));
  plan->own_limit = std::max(own, static_cast<uint32_t>(rows * kSlack / plan->parts) + 1);
  plan->copy_limit = static_cast<uint32_t>(plan->own_limit * kCopyShare / (1 - kCopyShare));
  plan->leaders = std::min({kLeadersPerPart * plan->parts, kMaxPartLeaders, rows});
  plan->parts = std::min(plan->parts, plan->leaders);
  const storage::Geometry &geometry = leader->model->geometry;
  create_region(leader, storage::build_layout(geometry, leader->bulk_parameters(), plan->leaders, 0));
  run_stage(leader, BuildStage::kLeaders);
  group_leaders(plan, *leader->store);
  measure_spread(plan, *leader->store);
  measure_border(plan, *leader->store);
  leader->team->held = graph::held_out(rows, leader->store->row_words() > 0, leader->parameters());
  run_stage(leader, BuildStage::kPartition);
  plan->rows -= leader->team->held.count;
  drop_region(leader);
}

void leaders_stage(BuildProcess *process) {
  if (process->file == nullptr) return;
  const PartPlan &plan = process->team->plan;
  uint64_t first = process->team->members[process->number].first, row = first;
  uint32_t leader = 0;
  while (leader < plan.leaders && leader_row(plan, leader) < first) leader++;
  for (; row < first + process->file->count() && leader < plan.leaders; row++) {
    CHECK_FOR_INTERRUPTS();
    process->file->read();
    for (; leader < plan.leaders && leader_row(plan, leader) == row; leader++)
      process->store->put(leader, process->file->slot_bytes(), process->file->detail_bytes(), 0, 0);
  }
  process->file->rewind();
}

void partition_stage(BuildProcess *process) {
  if (process->file == nullptr) return;
  const PartPlan &plan = process->team->plan;
  MemoryContext old = MemoryContextSwitchTo(process->context);
  process->part_files = static_cast<storage::RowFile **>(palloc(sizeof(storage::RowFile *) * plan.parts));
  for (uint32_t part = 0; part < plan.parts; part++)
    process->part_files[part] = new (palloc(sizeof(storage::RowFile))) storage::RowFile(*process->model);
  process->held_file = new (palloc(sizeof(storage::RowFile))) storage::RowFile(*process->model);
  Divider divider(process);
  MemoryContextSwitchTo(old);
  uint64_t first = process->team->members[process->number].first;
  for (uint32_t i = 0; i < process->file->count(); i++) {
    CHECK_FOR_INTERRUPTS();
    divider.divide_row(first + i);
    pg_atomic_fetch_add_u64(&process->team->done, 1);
    if (i % 64 == 0) report_done(process);
  }
  process->file->close();
  for (uint32_t part = 0; part < plan.parts; part++) process->part_files[part]->rewind();
  process->held_file->rewind();
}

void load_part_stage(BuildProcess *process) {
  if (process->part_files == nullptr) return;
  const BuildTeam &team = *process->team;
  uint32_t part = team.plan.part;
  NodeId id = 0, first[kMaxParts];
  for (int m = 0; m < process->number; m++) id += team.members[m].own[part] + team.members[m].copies[part];
  for (uint32_t p = 0; p < team.plan.parts; p++) first[p] = first_own(team, p, process->number);
  storage::RowFile *file = process->part_files[part];
  process->loaded = file;
  process->first_loaded = id;
  for (uint32_t i = 0; i < file->count(); i++, id++) {
    CHECK_FOR_INTERRUPTS();
    file->read();
    auto head = storage::load<storage::NodeHead>(file->slot_bytes());
    process->store->put(id, file->slot_bytes(), file->detail_bytes(), 0, first[head.head] + head.serial);
  }
}

}  // namespace vexpg::am
