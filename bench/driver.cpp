// SPDX-License-Identifier: PostgreSQL
// The benchmark's client: libpq, prepared statements, binary parameters and results, one connection.
// Promise: what is timed is one PQexecPrepared from call to result and nothing else; recall is measured on the very
// rows that the server returned, by their true distance, so equal vectors count as equally right.
//
//   driver search  KEY=VALUE...   conn base queries truth dim metric [table k query count once limit setup seconds core]
//                                                                                   -> recall rows qps p50 p99
//   driver filter  KEY=VALUE...   as search, and where filters [stats count]
//                                                  -> recall rows qps p50 p99 plan visits pages strategy
//   driver copy    KEY=VALUE...   conn table rows dim [first]                                  -> rows per second
//   driver insert  KEY=VALUE...   conn table rows dim [first count batch setup core]           -> rows per second
//   driver sql     KEY=VALUE...   conn run [setup core]                                        -> seconds, first value
//   driver build   KEY=VALUE...   conn run [setup core]                -> seconds, then phase=seconds of its progress view
// Vectors are files of little-endian floats without header; truth is int32 100 and 100 row numbers for each query.
// query: what the column is compared with, an expression of the vector $1 that is $1 itself unless told; count: no more than
// so many queries; once=1: each query only once, and that is what is timed; limit: a pass ends after so many seconds, with
// five queries at the least, and the timed pass asks the same queries.
// filter: `where` is a condition on $2 and $3, `filters` a file of two int32 for each query; plans are made for each query;
// stats=1 asks vexpg_last_scan() after each query.
#include "exact.hpp"

#include <arpa/inet.h>
#include <libpq-fe.h>
#include <sched.h>
#include <unistd.h>

#include <algorithm>
#include <bit>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

using namespace vexpg::bench;

namespace {

using Arguments = std::map<std::string, std::string>;

struct Job {
  Arguments arguments;
  PGconn* connection = nullptr;

  std::string get(const std::string& key, const char* otherwise = nullptr) const {
    const auto found = arguments.find(key);
    if (found != arguments.end()) return found->second;
    if (otherwise == nullptr) fail("missing argument " + key + "=");
    return otherwise;
  }
  long number(const std::string& key, const char* otherwise = nullptr) const {
    return std::atol(get(key, otherwise).c_str());
  }
};

// The result is the caller's to clear; an error of the server ends the program with the server's message.
PGresult* checked(PGconn* connection, PGresult* result) {
  const ExecStatusType status = PQresultStatus(result);
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK && status != PGRES_COPY_IN) {
    fail(PQerrorMessage(connection));
  }
  return result;
}

std::string run(PGconn* connection, const std::string& statement) {
  PGresult* result = checked(connection, PQexec(connection, statement.c_str()));
  std::string value = PQntuples(result) > 0 && PQnfields(result) > 0 ? PQgetvalue(result, 0, 0) : "";
  PQclear(result);
  return value;
}

// Client and backend share one core, or the scheduler's wake-ups across cores are what is measured. Autogroups make
// nice values useless between sessions, so both groups are raised where the right to do so exists.
void pin(pid_t process, long core) {
  cpu_set_t set;
  CPU_ZERO(&set);
  CPU_SET(core, &set);
  if (sched_setaffinity(process, sizeof set, &set) != 0) {
    std::fprintf(stderr, "process %d is not pinned\n", int(process));
  }
  const std::string path = "/proc/" + std::to_string(process) + "/autogroup";
  if (std::FILE* file = std::fopen(path.c_str(), "w")) {
    std::fputs("-20", file);
    std::fclose(file);
  }
}

void connect(Job& job) {
  job.connection = PQconnectdb(job.get("conn").c_str());
  if (PQstatus(job.connection) != CONNECTION_OK) fail(PQerrorMessage(job.connection));
  const long core = job.number("core", "-1");
  if (core >= 0) {
    pin(getpid(), core);
    pin(pid_t(std::atol(run(job.connection, "SELECT pg_backend_pid()").c_str())), core);
  }
  run(job.connection, "SET client_min_messages = warning");
  if (const std::string setup = job.get("setup", ""); !setup.empty()) run(job.connection, setup);
}

void append_be32(std::string& out, uint32_t value) {
  value = htonl(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

void append_be16(std::string& out, uint16_t value) {
  value = htons(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof value);
}

// The binary form of a vector: dimension, an unused 16-bit field, big-endian floats.
void append_vector(std::string& out, const float* vector, size_t dim) {
  append_be16(out, uint16_t(dim));
  append_be16(out, 0);
  for (size_t i = 0; i < dim; ++i) append_be32(out, std::bit_cast<uint32_t>(vector[i]));
}

Oid vector_oid(PGconn* connection) {
  return Oid(std::strtoul(run(connection, "SELECT 'vector'::regtype::oid").c_str(), nullptr, 10));
}

double seconds_since(std::chrono::steady_clock::time_point then) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - then).count();
}

// ---- search --------------------------------------------------------------------------------------------------------

// A plan that does not use the index would make every number below it meaningless.
void require_index_scan(PGconn* connection) {
  PGresult* plan = checked(connection, PQexec(connection, "EXPLAIN EXECUTE nearest_text(NULL)"));
  bool found = false;
  for (int i = 0; i < PQntuples(plan); ++i) found |= std::strstr(PQgetvalue(plan, i, 0), "Index Scan") != nullptr;
  PQclear(plan);
  if (!found) fail("the query does not use the index");
}

void prepare_search(const Job& job, Metric metric) {
  const std::string statement = "SELECT id FROM " + job.get("table", "items") + " ORDER BY embedding " +
                                sql_operator(metric) + " (" + job.get("query", "$1") + ") LIMIT " + job.get("k", "10");
  const Oid type = vector_oid(job.connection);
  PQclear(checked(job.connection, PQprepare(job.connection, "nearest", statement.c_str(), 1, &type)));
  run(job.connection, "SET plan_cache_mode = force_generic_plan");
  run(job.connection, "PREPARE nearest_text(vector) AS " + statement);
  require_index_scan(job.connection);
}

// A query's parameters in binary form.
struct Parameters {
  std::string vector, low, high;  // low, high: empty without a filter
};

std::vector<int32_t> search_once(PGconn* connection, const Parameters& query) {
  const char* values[3] = {query.vector.data(), query.low.data(), query.high.data()};
  const int lengths[3] = {int(query.vector.size()), int(query.low.size()), int(query.high.size())}, binary[3] = {1, 1, 1};
  const int count = query.low.empty() ? 1 : 3;
  PGresult* result = checked(connection, PQexecPrepared(connection, "nearest", count, values, lengths, binary, 1));
  std::vector<int32_t> ids(size_t(PQntuples(result)));
  for (size_t i = 0; i < ids.size(); ++i) {
    uint32_t id;
    std::memcpy(&id, PQgetvalue(result, int(i), 0), sizeof id);
    ids[i] = int32_t(ntohl(id));
  }
  PQclear(result);
  return ids;
}

struct Passes {
  double recall = 0, rows = 0;
  std::vector<double> latencies;
};

// after: called after each query of the first pass, which warms the backend and answers what the recall is.
template <class After>
Passes pass_over(const Job& job, const Vectors& queries, std::vector<Parameters>& parameters, After after) {
  constexpr size_t kLeast = 5;
  const size_t k = size_t(job.number("k", "10"));
  const Metric metric = metric_named(job.get("metric"));
  const Vectors base(job.get("base"), queries.dim());
  const Truth truth(job.get("truth"), queries.rows());
  const bool once = job.number("once", "0") != 0;
  const double limit = std::atof(job.get("limit", "1e9").c_str());
  Passes passes;
  const auto start = std::chrono::steady_clock::now();
  size_t asked = 0;
  for (size_t q = 0; q < parameters.size() && (q < kLeast || seconds_since(start) < limit); ++q) {
    const auto sent = std::chrono::steady_clock::now();
    const std::vector<int32_t> ids = search_once(job.connection, parameters[q]);
    if (once) passes.latencies.push_back(seconds_since(sent));
    if (std::set<int32_t>(ids.begin(), ids.end()).size() != ids.size()) fail("a row was returned twice");
    passes.recall += recall_of({base, queries[q], metric}, truth[q], ids, k);
    passes.rows += double(ids.size());
    after(q);
    asked = q + 1;
  }
  parameters.resize(asked);
  passes.recall /= double(asked);
  passes.rows /= double(asked);
  if (once) return passes;
  const double budget = std::atof(job.get("seconds", "3").c_str());
  const auto began = std::chrono::steady_clock::now();
  do {
    for (const Parameters& parameter : parameters) {
      const auto sent = std::chrono::steady_clock::now();
      search_once(job.connection, parameter);
      passes.latencies.push_back(seconds_since(sent));
    }
  } while (seconds_since(began) < budget);
  return passes;
}

std::vector<Parameters> vector_parameters(const Job& job, const Vectors& queries) {
  std::vector<Parameters> parameters(std::min(queries.rows(), size_t(job.number("count", "1000000"))));
  for (size_t q = 0; q < parameters.size(); ++q) append_vector(parameters[q].vector, queries[q], queries.dim());
  return parameters;
}

void search(const Job& job) {
  const Vectors queries(job.get("queries"), size_t(job.number("dim")));
  prepare_search(job, metric_named(job.get("metric")));
  std::vector<Parameters> parameters = vector_parameters(job, queries);
  const Passes passes = pass_over(job, queries, parameters, [](size_t) {});
  print_search(passes.recall, passes.rows, passes.latencies);
  std::printf("\n");
}

// ---- filter ---------------------------------------------------------------------------------------------------------

// What a plan does, in a word or two.
std::string plan_of(PGconn* connection, const std::string& statement) {
  PGresult* plan = checked(connection, PQexec(connection, ("EXPLAIN " + statement).c_str()));
  std::string text;
  for (int i = 0; i < PQntuples(plan); ++i) text += PQgetvalue(plan, i, 0) + std::string("\n");
  PQclear(plan);
  const auto has = [&](const char* words) { return text.find(words) != std::string::npos; };
  if (has("Order By: ")) return has("Index Cond: ") ? "hnsw" : has("Filter: ") ? "hnsw, plain filter" : "hnsw, no filter";
  return has("Bitmap Heap Scan") ? "bitmap" : has("Index Scan") ? "btree" : "seqscan";
}

std::string most_frequent(const std::map<std::string, int>& counts) {
  std::string best;
  for (const auto& [word, count] : counts)
    if (best.empty() || count > counts.at(best)) best = word;
  return best;
}

std::string vector_text(const float* vector, size_t dim) {
  std::string text = "[";
  char number[32];
  for (size_t i = 0; i < dim; ++i) {
    std::snprintf(number, sizeof number, "%s%.9g", i > 0 ? "," : "", double(vector[i]));
    text += number;
  }
  return text + "]";
}

void filter(const Job& job) {
  constexpr size_t kExplained = 20;  // plans that are looked at
  const Vectors queries(job.get("queries"), size_t(job.number("dim")));
  const Mapping bounds(job.get("filters"));
  if (bounds.bytes != queries.rows() * 8) fail("the filters do not fit the queries");
  const auto* bound = static_cast<const int32_t*>(bounds.data);
  std::vector<Parameters> parameters = vector_parameters(job, queries);
  for (size_t q = 0; q < parameters.size(); ++q) {
    append_be32(parameters[q].low, uint32_t(bound[2 * q]));
    append_be32(parameters[q].high, uint32_t(bound[2 * q + 1]));
  }
  const std::string head = "SELECT id FROM " + job.get("table", "items") + " WHERE " + job.get("where") +
                           " ORDER BY embedding " + sql_operator(metric_named(job.get("metric")));
  const std::string statement = head + " $1 LIMIT " + job.get("k", "10");
  const Oid types[3] = {vector_oid(job.connection), 23, 23};
  PQclear(checked(job.connection, PQprepare(job.connection, "nearest", statement.c_str(), 3, types)));
  run(job.connection, "SET plan_cache_mode = force_custom_plan");
  run(job.connection, "PREPARE nearest_text(vector, int, int) AS " + statement);
  std::map<std::string, int> plans, strategies;
  for (size_t q = 0; q < std::min(kExplained, parameters.size()); ++q)
    plans[plan_of(job.connection, "EXECUTE nearest_text('" + vector_text(queries[q], queries.dim()) + "', " +
                                    std::to_string(bound[2 * q]) + ", " + std::to_string(bound[2 * q + 1]) + ")")]++;
  const bool asks = job.number("stats", "0") != 0 && most_frequent(plans).find("hnsw") == 0;
  double visits = 0, pages = 0;
  const Passes passes = pass_over(job, queries, parameters, [&](size_t) {
    if (!asks) return;
    PGresult* scan = checked(job.connection, PQexec(job.connection, "SELECT codes_scored, pages, strategy FROM vexpg_last_scan()"));
    visits += std::atof(PQgetvalue(scan, 0, 0));
    pages += std::atof(PQgetvalue(scan, 0, 1));
    strategies[PQgetvalue(scan, 0, 2)]++;
    PQclear(scan);
  });
  print_search(passes.recall, passes.rows, passes.latencies);
  std::printf("\t%s\t%.1f\t%.1f\t%s\n", most_frequent(plans).c_str(), visits / double(parameters.size()),
              pages / double(parameters.size()),
              asks ? most_frequent(strategies).c_str() : "-");
}

// ---- copy, insert, sql, build ---------------------------------------------------------------------------------------------

void copy(const Job& job) {
  const size_t dim = size_t(job.number("dim"));
  const Vectors rows(job.get("rows"), dim);
  const auto began = std::chrono::steady_clock::now();
  PQclear(checked(job.connection, PQexec(job.connection,
    ("COPY " + job.get("table") + " (id, embedding) FROM STDIN (FORMAT binary)").c_str())));
  std::string out("PGCOPY\n\377\r\n\0\0\0\0\0\0\0\0\0", 19);
  for (size_t row = 0; row < rows.rows(); ++row) {
    append_be16(out, 2);
    append_be32(out, 4);
    append_be32(out, uint32_t(long(row) + job.number("first", "0")));
    append_be32(out, uint32_t(4 + 4 * dim));
    append_vector(out, rows[row], dim);
    if (out.size() > (1 << 20) || row + 1 == rows.rows()) {
      if (PQputCopyData(job.connection, out.data(), int(out.size())) != 1) fail(PQerrorMessage(job.connection));
      out.clear();
    }
  }
  append_be16(out, 0xffff);
  PQputCopyData(job.connection, out.data(), int(out.size()));
  PQputCopyEnd(job.connection, nullptr);
  PQclear(checked(job.connection, PQgetResult(job.connection)));
  std::printf("%.0f\n", double(rows.rows()) / seconds_since(began));
}

// Rows first..first+count-1 of the file, `batch` of them in a transaction; ids continue after the table's highest.
void insert(const Job& job) {
  const size_t dim = size_t(job.number("dim")), batch = size_t(job.number("batch", "1"));
  const Vectors rows(job.get("rows"), dim);
  const size_t first = size_t(job.number("first", "0"));
  const size_t end = std::min(rows.rows(), first + size_t(job.number("count", "1000")));
  if (first >= end) fail("no rows left to insert");
  const std::string table = job.get("table");
  int32_t id = int32_t(std::atol(run(job.connection, "SELECT coalesce(max(id), 0) FROM " + table).c_str()));
  const Oid types[2] = {23, vector_oid(job.connection)};
  PQclear(checked(job.connection, PQprepare(job.connection, "add",
    ("INSERT INTO " + table + " (id, embedding) VALUES ($1, $2)").c_str(), 2, types)));
  const auto began = std::chrono::steady_clock::now();
  for (size_t row = first; row < end; ++row) {
    if (batch > 1 && (row - first) % batch == 0) run(job.connection, "BEGIN");
    std::string key, vector;
    append_be32(key, uint32_t(++id));
    append_vector(vector, rows[row], dim);
    const char* values[2] = {key.data(), vector.data()};
    const int lengths[2] = {int(key.size()), int(vector.size())}, binary[2] = {1, 1};
    PQclear(checked(job.connection, PQexecPrepared(job.connection, "add", 2, values, lengths, binary, 1)));
    if (batch > 1 && ((row - first) % batch == batch - 1 || row + 1 == end)) run(job.connection, "COMMIT");
  }
  std::printf("%.1f\n", double(end - first) / seconds_since(began));
}

void sql(const Job& job) {
  const auto began = std::chrono::steady_clock::now();
  const std::string value = run(job.connection, job.get("run"));
  std::printf("%.6f\t%s\n", seconds_since(began), value.c_str());
}

// A second connection, which does next to nothing, sees which phase the statement is in.
void build(const Job& job) {
  constexpr useconds_t kPause = 20000;
  PGconn* watcher = PQconnectdb(job.get("conn").c_str());
  if (PQstatus(watcher) != CONNECTION_OK) fail(PQerrorMessage(watcher));
  run(watcher, "PREPARE phase AS SELECT phase FROM pg_stat_progress_create_index WHERE pid = " +
                 run(job.connection, "SELECT pg_backend_pid()"));
  std::map<std::string, double> phases;
  const auto began = std::chrono::steady_clock::now();
  double seen = 0;
  if (PQsendQuery(job.connection, job.get("run").c_str()) != 1) fail(PQerrorMessage(job.connection));
  while (PQconsumeInput(job.connection) == 1 && PQisBusy(job.connection) != 0) {
    const std::string phase = run(watcher, "EXECUTE phase");
    const double now = seconds_since(began);
    phases[phase] += now - std::exchange(seen, now);
    usleep(kPause);
  }
  PQclear(checked(job.connection, PQgetResult(job.connection)));
  std::printf("%.6f", seconds_since(began));
  for (const auto& [phase, seconds] : phases)
    if (!phase.empty()) std::printf("\t%s=%.3f", phase.c_str(), seconds);
  std::printf("\n");
  PQfinish(watcher);
}

}  // namespace

int main(int count, char** words) {
  const std::map<std::string, void (*)(const Job&)> actions = {
    {"search", search}, {"filter", filter}, {"copy", copy}, {"insert", insert}, {"sql", sql}, {"build", build}};
  if (count < 2 || !actions.contains(words[1])) fail("usage: driver search|filter|copy|insert|sql|build KEY=VALUE...");
  Job job;
  for (int i = 2; i < count; ++i) {
    const std::string word = words[i];
    const size_t equals = word.find('=');
    if (equals == std::string::npos) fail("not KEY=VALUE: " + word);
    job.arguments[word.substr(0, equals)] = word.substr(equals + 1);
  }
  connect(job);
  actions.at(words[1])(job);
  PQfinish(job.connection);
  return 0;
}
