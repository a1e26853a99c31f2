#!/bin/bash
# SPDX-License-Identifier: PostgreSQL
# count.sh KIND SKIPS [list] < LOG: prints `passed failed skipped` of a log in any of the forms that our tests speak: TAP
# (prove, pg_regress from 16, isolation), pg_regress of 15, GoogleTest. A skip that the file SKIPS does not list counts
# as failed. With `list` it names the failed and the skipped instead.
# SKIPS has lines `KIND :: PATTERN :: REASON`; PATTERN is a regular expression for the log's line.
exec awk -v kind="$1" -v skips="$2" -v list="${3-}" '
  BEGIN {
    while ((getline line < skips) > 0)
      if (split(line, part, / +:: +/) == 3 && part[1] == kind && line !~ /^#/) allowed[++rules] = part[2]
  }
  function skip(line,  i) {
    for (i = 1; i <= rules; i++) if (line ~ allowed[i]) { skipped++; if (list) print "skipped: " line; return }
    fail("skipped without a listed reason: " line)
  }
  function fail(line) { failed++; if (list) print "failed: " line }
  /^(not )?ok .*# *[Ss][Kk][Ii][Pp]/ || /^1\.\.0 # *[Ss][Kk][Ii][Pp]/ { skip($0); next }
  # prove ends each file with an `ok` of its own, without a number or with a time.
  /^ok ([0-9]+($| +[-+#])|- )/ { passed++; next }
  /^not ok / { fail($0); next }
  /^(test|    ) .* \.\.\. +ok( |$)/ { passed++; next }
  /^(test|    ) .* \.\.\. +(FAILED|failed)/ { fail($0); next }
  /^\[       OK \] .*\([0-9]+ ms\)$/ { passed++; next }
  /^\[  FAILED  \] .*\([0-9]+ ms\)$/ { fail($0); next }
  /^\[  SKIPPED \] .*\([0-9]+ ms\)$/ { skip($0); next }
  END { if (!list) print passed + 0, failed + 0, skipped + 0 }'
