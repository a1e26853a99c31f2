# Targets beyond PGXS: what a user or CI types. Each is one script.
.PHONY: demo check check-long
demo:
	@bash $(srcdir)/ci/demo.sh
check:
	@bash $(srcdir)/ci/check.sh
check-long:
	@VEXPG_LONG=1 bash $(srcdir)/ci/check.sh
