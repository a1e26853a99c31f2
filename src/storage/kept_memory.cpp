// SPDX-License-Identifier: PostgreSQL
#include "storage/kept_memory.hpp"

namespace vexpg::storage {
namespace {

constexpr int kSmallestClass = 12, kClasses = 52;  // sizes are powers of two, from 4 kB on
constexpr Size kKeptBytes = 16 * 1024 * 1024;      // without an owner, in all

struct Owner;

// In front of each block's bytes.
struct Block {
  Block *next, *previous;  // of its owner, or of the spare ones of its size
  Owner *owner;
  int size_class;
  Size bytes() const { return (static_cast<Size>(1) << size_class) - MAXALIGN(sizeof(Block)); }
  char *data() { return reinterpret_cast<char *>(this) + MAXALIGN(sizeof(Block)); }
};

struct Owner {
  Block *blocks;
  MemoryContextCallback at_end;
};

constinit Block *spare[kClasses] = {};
constinit Size spare_bytes = 0;

Block *block_of(void *data) { return reinterpret_cast<Block *>(static_cast<char *>(data) - MAXALIGN(sizeof(Block))); }

int class_for(Size bytes) {
  int size_class = kSmallestClass;
  while ((static_cast<Size>(1) << size_class) - MAXALIGN(sizeof(Block)) < bytes) size_class++;
  return size_class;
}

void give_back(Block *block) {
  if (block->previous != nullptr) block->previous->next = block->next;
  else block->owner->blocks = block->next;
  if (block->next != nullptr) block->next->previous = block->previous;
  Size size = static_cast<Size>(1) << block->size_class;
  if (spare_bytes + size > kKeptBytes) {
    pfree(block);
    return;
  }
  block->next = spare[block->size_class];
  spare[block->size_class] = block;
  spare_bytes += size;
}

Block *take(Owner *owner, Size bytes) {
  int size_class = class_for(bytes);
  Block *block = spare[size_class];
  if (block != nullptr) {
    spare[size_class] = block->next;
    spare_bytes -= static_cast<Size>(1) << size_class;
  } else {
    block = static_cast<Block *>(MemoryContextAllocHuge(TopMemoryContext, static_cast<Size>(1) << size_class));
    block->size_class = size_class;
  }
  block->owner = owner;
  block->previous = nullptr;
  block->next = owner->blocks;
  if (block->next != nullptr) block->next->previous = block;
  owner->blocks = block;
  return block;
}

void *resize(void *context, void *old, size_t bytes) {
  auto *owner = static_cast<Owner *>(context);
  if (old != nullptr && bytes > 0 && bytes <= block_of(old)->bytes()) return old;
  char *data = bytes > 0 ? take(owner, bytes)->data() : nullptr;
  if (old != nullptr) {
    if (data != nullptr) memcpy(data, old, block_of(old)->bytes());
    give_back(block_of(old));
  }
  return data;
}

extern "C" void vexpg_give_back_all(void *owner) {
  while (static_cast<Owner *>(owner)->blocks != nullptr) give_back(static_cast<Owner *>(owner)->blocks);
}

}  // namespace

graph::Memory kept_memory(MemoryContext context) {
  auto *owner = static_cast<Owner *>(MemoryContextAllocZero(context, sizeof(Owner)));
  owner->at_end.func = vexpg_give_back_all;
  owner->at_end.arg = owner;
  MemoryContextRegisterResetCallback(context, &owner->at_end);
  return {resize, owner};
}

}  // namespace vexpg::storage
