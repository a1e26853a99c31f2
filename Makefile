# vexpg: a PGXS build. `make`, `make install` and `make installcheck` work as for any extension;
# `make demo` and `make check` do all the set-up themselves (see README.md).

EXTENSION = vexpg
MODULE_big = vexpg
DATA = vexpg--1.0.sql

# In layer order: no file may include from a later group (test/check/layers.sh).
KERNELS = scalar avx2 avx512 avx512vnni neon choose
TYPES = text sparse_text attribute
CODEC = codec encode query code_query rotation bits grid_l1 sparse
STORAGE = layout page_check datum attribute_datum model pages row kept_memory page_reader page_store page_place \
         build_store vacuum_pass vacuum_graph vacuum_free index_image index_check row_check row_file index_size \
         page_edit filtered_reader recall_store
AM = handler options validate opclass build build_write row_insert insert scan scan_keys emission emission_rounds \
    heap_distance vacuum cost build_graph build_sample build_scan build_team build_parts build_merge range range_paths \
    plan_clauses hint explain filtered_rounds build_recall
SQL = checks type_io sparsevec_io arithmetic distance compare aggregate cast bit kernels last_scan inspect \
     index_info index_report index_size prewarm sphere within_selectivity distance_support recall_curve
PG = guc buffer_map memo toast_reader module rows_ahead

OBJS = $(KERNELS:%=src/kernels/%.o) $(TYPES:%=src/types/%.o) $(CODEC:%=src/codec/%.o) \
       $(STORAGE:%=src/storage/%.o) $(AM:%=src/am/%.o) $(SQL:%=src/sql/%.o) $(PG:%=src/pg/%.o)

REGRESS = $(sort $(notdir $(basename $(wildcard $(srcdir)/sql/*.sql))))
ISOLATION = $(sort $(notdir $(basename $(wildcard $(srcdir)/test/isolation/specs/*.spec))))
REGRESS_OPTS = --inputdir=$(srcdir) --load-extension=vexpg
ISOLATION_OPTS = --inputdir=$(srcdir)/test/isolation --load-extension=vexpg

PG_CONFIG ?= pg_config
PGXS := $(shell $(PG_CONFIG) --pgxs 2>/dev/null)

WARNINGS = -Wall -Wextra -Wshadow -Werror -Wno-register
# Exact arithmetic everywhere: codes must be the same bits on every CPU, so the compiler may not fuse on its own.
PG_CXXFLAGS = -std=c++20 -O2 -fno-exceptions -fno-rtti -fno-threadsafe-statics -fvisibility=hidden \
              -ffp-contract=off -fno-math-errno $(WARNINGS) -I$(srcdir)/src \
              -isystem $(shell $(PG_CONFIG) --includedir-server)
override with_llvm = no

# `make demo` and `make check` must run without a server's headers, which they install; PGXS has another `check`.
ifneq ($(filter demo check check-long,$(MAKECMDGOALS)),)
srcdir = .
include ci/check.mk
else ifneq ($(wildcard $(PGXS)),)
include $(PGXS)
else
srcdir = .
all install installcheck:
	@echo "$(PG_CONFIG) not found: install your server's development package, or make PG_CONFIG=/path/to/pg_config"; false
endif

# One instruction set per file. After the include, or the flags are silently lost. On other processors these files hold
# an empty table.
ifneq ($(findstring x86_64,$(shell $(CXX) -dumpmachine 2>/dev/null)),)
AVX2_FLAGS = -mavx2 -mfma -mf16c -mbmi2 -mpopcnt
AVX512_FLAGS = $(AVX2_FLAGS) -mavx512f -mavx512bw -mavx512dq -mavx512vl
src/kernels/avx2.o: override CXXFLAGS += $(AVX2_FLAGS)
src/kernels/avx512.o: override CXXFLAGS += $(AVX512_FLAGS)
src/kernels/avx512vnni.o: override CXXFLAGS += $(AVX512_FLAGS) -mavx512vnni -mavx512vpopcntdq
endif

$(OBJS): $(wildcard $(srcdir)/src/*/*.hpp $(srcdir)/src/*/*.inl)
