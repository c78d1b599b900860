# Front of the build: meson and ninja do the work.
#
# make play LINK=vhost CUSTODY=device   how and with whose key (see README.md); LINK=vm: in QEMU
# VM=no leaves out the tests with QEMU guests.
# make install PREFIX=/usr DESTDIR=/tmp/image
# SETUP=no leaves out tools/setup, on systems that it does not know.

BUILD = build
CHECK = build-check
BENCH = build-bench
FUZZ = build-fuzz
FUZZER = all
SECONDS_EACH = 60
PREFIX = /usr/local
SETUP = yes
VM = yes
FORMAT = clang-format-19

RESULTS = $(CHECK)/results

setup = $(if $(filter no,$(SETUP)),true,tools/setup $(1))
configure = test -f $(1)/build.ninja || meson setup $(1) $(2)

.PHONY: help play check vm mutants fuzz bench format install clean

help:
	@echo 'make play     build, make a clip, seal it and play it; see $(BUILD)/play/'
	@echo 'make check    every test, with sanitizers and valgrind'
	@echo 'make vm       the tests with QEMU guests alone'
	@echo 'make mutants  every rule of the suite against every mutant'
	@echo 'make fuzz     fuzzers, SECONDS_EACH=$(SECONDS_EACH), FUZZER=name or all'
	@echo 'make bench    figures, in $(BUILD)/bench.json'
	@echo 'make format   clang-format the C files'
	@echo 'make install  to DESTDIR and PREFIX ($(PREFIX))'
	@echo 'make clean    remove what was built'

play:
	@$(call setup,$(if $(filter vm,$(LINK)),vm,play))
	@$(call configure,$(BUILD),-Dtests=disabled -Dprefix=$(PREFIX))
	ninja -C $(BUILD)
	$(if $(LINK),LINK='$(LINK)') $(if $(CUSTODY),CUSTODY='$(CUSTODY)') tools/play $(BUILD)

# Every run is made, also after a failed one; the last line counts them all and decides.
check:
	@$(call setup,check)
	@rm -rf $(RESULTS)
	-@CC=gcc tests/sanitize/run none $(CHECK)/debug $(RESULTS)/none.json
	$(if $(filter no,$(VM)),,-@CC=gcc tests/sanitize/run vm $(CHECK)/debug $(RESULTS)/vm.json)
	-@CC=clang tests/sanitize/run asan $(CHECK)/asan $(RESULTS)/asan.json
	-@CC=clang tests/sanitize/run tsan $(CHECK)/tsan $(RESULTS)/tsan.json
	-@CC=gcc tests/sanitize/run valgrind $(CHECK)/debug $(RESULTS)/valgrind.json
	-@CC=clang tests/fuzz/run $(CHECK)/fuzz smoke $(RESULTS)/fuzz.json
	@tests/summary.py $(patsubst %,$(RESULTS)/%.json,none $(if $(filter no,$(VM)),,vm) asan tsan valgrind fuzz)

vm:
	@$(call setup,check)
	@rm -f $(RESULTS)/vm.json
	-@CC=gcc tests/sanitize/run vm $(CHECK)/debug $(RESULTS)/vm.json
	@tests/summary.py $(RESULTS)/vm.json

mutants:
	@$(call setup,check)
	@$(call configure,$(CHECK)/debug,-Dtests=enabled)
	MUTANTS=all meson test -C $(CHECK)/debug --suite mutants --timeout-multiplier 4

# What it finds is kept in $(FUZZ)/findings, what helps it on in $(FUZZ)/corpus.
fuzz:
	@$(call setup,check)
	CC=clang tests/fuzz/run $(FUZZ) $(FUZZER) $(SECONDS_EACH)

bench:
	@$(call setup,bench)
	@$(call configure,$(BENCH),-Dtests=disabled -Dbuildtype=release)
	ninja -C $(BENCH)
	@mkdir -p $(BUILD)
	bench/run $(BENCH) $(BUILD)/bench.json

format:
	git ls-files '*.[ch]' | xargs $(FORMAT) -i

install:
	@$(call setup,install)
	@$(call configure,$(BUILD),-Dtests=disabled -Dprefix=$(PREFIX))
	meson configure $(BUILD) -Dprefix=$(PREFIX)
	ninja -C $(BUILD)
	meson install -C $(BUILD) --no-rebuild $(if $(DESTDIR),--destdir '$(abspath $(DESTDIR))')

clean:
	rm -rf $(BUILD) $(CHECK) $(BENCH) $(FUZZ)
