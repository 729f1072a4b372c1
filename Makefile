# Unroll. `make` builds build/release/unroll and the link build/unroll.
#   make deps     install what is needed (Debian packages)
#   make demo     fetch MNIST, compare four networks, draw the plots
#   make test     every test, in release and sanitizer builds
#   make install [PREFIX=/usr/local] [DESTDIR=]    and `make uninstall`
#   make torture  kills, faults and many processes at once, in their long form
#   make VARIANT=debug|san|release|profile

VARIANT ?= release
BUILD ?= build
OUT := $(BUILD)/$(VARIANT)

CC ?= cc
PACKAGES := yaml-0.1 sqlite3 openblas jansson libxxhash zlib
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wundef -Wvla -Wwrite-strings -Wno-format-truncation -Werror=implicit-function-declaration
FLAGS_release := -O3 -g -DNDEBUG
FLAGS_debug := -O0 -g3
FLAGS_profile := $(FLAGS_release) -DUNROLL_PARTS
FLAGS_san := -O1 -g3 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
PLUGIN_FLAGS_release := -s
# No flag here may reorder a sum; the two -fno flags let comparisons be vectorised.
CFLAGS += -std=gnu11 $(WARNINGS) $(FLAGS_$(VARIANT)) -fopenmp -fno-math-errno -fno-trapping-math \
	-fno-semantic-interposition
CPPFLAGS += -D_GNU_SOURCE -Isrc $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDFLAGS += $(FLAGS_$(VARIANT)) -fopenmp -Wl,--dynamic-list=$(EXPORTS) -Wl,@$(ALIASES)
LDLIBS += $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -ldl -lm

# Short lines; `make V=1` shows the whole commands.
Q := $(if $(V),,@)
SAY = $(if $(V),@:,@printf '  %-4s %s\n')

SOURCES := $(filter-out src/main.c,$(wildcard src/*/*.c))
ASSEMBLY := $(wildcard src/*/*.S)
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o) $(ASSEMBLY:%.S=$(OUT)/%.o)
LIBRARY := $(OUT)/libunroll.a
PROGRAM := $(OUT)/unroll
PLUGINS := $(patsubst plugins/%.c,$(OUT)/plugins/%.so,$(wildcard plugins/*.c))
# The skeleton is for copying: installed, its module would be in the way of what is built from it.
SHIPPED_PLUGINS := $(filter-out %/skeleton.so,$(PLUGINS))
# What plugins include, made of our headers, and the functions that it declares: plugins find these in
# the program under names that begin with unroll_, and no others.
HEADER := $(OUT)/include/unroll.h
EXPORTS := $(OUT)/exports.list
ALIASES := $(OUT)/exports.aliases
PAGES := $(OUT)/pages
MAN := $(PAGES)/unroll.1
COMPLETION := $(PAGES)/unroll
PC := $(PAGES)/unroll.pc
PAGES_MADE := $(MAN) $(COMPLETION) $(PC)
NUMERICS_HELPERS := $(patsubst %.c,$(OUT)/%.o,\
	$(filter-out tests/numerics/test_%,$(wildcard tests/numerics/*.c)))
BENCHES := $(addprefix $(OUT)/tests/bench/,bench parts checkpoint scale)
BENCH_HELPERS := $(filter-out $(BENCHES:=.o),\
	$(patsubst %.c,$(OUT)/%.o,$(wildcard tests/bench/*.c)))
UNIT_TESTS := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/unit/test_*.c \
	tests/numerics/test_*.c))

# Also the pages that are installed: `make install` by root builds nothing after `make` by a user.
.PHONY: all
all: $(PROGRAM) $(PLUGINS) $(PAGES_MADE)
ifeq ($(VARIANT),release)
	@[ "$$(readlink $(BUILD)/unroll)" = release/unroll ] || ln -sfn release/unroll $(BUILD)/unroll
endif

$(PROGRAM): $(OUT)/src/main.o $(LIBRARY) $(EXPORTS)
	$(SAY) LINK $@
	$(Q)$(CC) $(LDFLAGS) -o $@ $< -Wl,--whole-archive $(LIBRARY) -Wl,--no-whole-archive $(LDLIBS)

$(HEADER): src/unroll-header.sh $(wildcard src/*.h src/*/*.h)
	@mkdir -p $(@D)
	@src/unroll-header.sh src > $@.part && mv $@.part $@

$(EXPORTS): $(HEADER)
	@src/unroll-header.sh --aliases $< > $(ALIASES)
	@src/unroll-header.sh --exports $< > $@.part
	@mv $@.part $@

# Written only when it changes. $(1): the file, $(2): its one line.
keep = @mkdir -p $(dir $(1)); echo '$(2)' | cmp -s - $(1) || echo '$(2)' > $(1)

# Where the installed program looks for plugins is compiled in.
PREFIX ?= /usr/local
ifneq ($(words $(PREFIX))$(filter /%,$(PREFIX)),1$(PREFIX))
$(error PREFIX must be one word that begins with /: $(PREFIX))
endif
$(OUT)/prefix: FORCE
	$(call keep,$@,$(PREFIX))
KNOW_PREFIX := $(OUT)/src/commands/load.o $(OUT)/src/commands/manual.o
$(KNOW_PREFIX): $(OUT)/prefix
$(KNOW_PREFIX): CPPFLAGS += -DUNROLL_PREFIX='"$(PREFIX)"'

# Changes when a source file comes or goes, so that the archive never keeps one that is gone.
$(OUT)/objects.list: FORCE
	$(call keep,$@,$(OBJECTS))
.PHONY: FORCE

$(LIBRARY): $(OBJECTS) $(OUT)/objects.list
	@rm -f $@
	@$(AR) rcs $@ $(OBJECTS)

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(SAY) CC $@
	$(Q)$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(OUT)/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(SAY) AS $@
	$(Q)$(CC) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/src/store/schema.o: $(wildcard src/store/schema*.sql)
$(OUT)/src/report/page_files.o: src/report/page.css src/report/page.js

# Plugins see their header and nothing else of ours. One that others could write is not loaded,
# whatever the umask here. Runs are keyed by the file's hash: it is of the code alone, not of the
# folder in which it was built.
$(OUT)/plugins/%.so: plugins/%.c Makefile $(HEADER)
	@mkdir -p $(@D) && chmod go-w $(@D)
	$(SAY) SO $@
	$(Q)umask 022 && $(CC) -I$(HEADER:/unroll.h=) $(CFLAGS) -fvisibility=hidden \
		-fPIC -MMD -MP -shared $(PLUGIN_FLAGS_$(VARIANT)) -o $@ $<

$(OUT)/tests/numerics/%: tests/numerics/%.c $(NUMERICS_HELPERS) $(LIBRARY) $(EXPORTS)
	@mkdir -p $(@D)
	$(SAY) TEST $@
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(NUMERICS_HELPERS) \
		$(LIBRARY) -lcmocka $(LDLIBS)

$(NUMERICS_HELPERS) $(BENCH_HELPERS): CPPFLAGS += -Itests

$(OUT)/tests/%: tests/%.c $(LIBRARY) $(EXPORTS)
	@mkdir -p $(@D)
	$(SAY) TEST $@
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(LIBRARY) -lcmocka $(LDLIBS)

# What these tests end or let fail at a chosen call: tests/unit/crash_rig.h.
WRAPPED := trainer_step clock_seconds run_flush run_checkpoint run_rewind run_finish write fsync \
	rename unlink
$(OUT)/tests/unit/test_guard $(OUT)/tests/unit/test_hook: \
	LDFLAGS += -Wl,--wrap=registry_plugin_digest -Wl,--wrap=registry_origin
$(OUT)/tests/unit/test_resume $(OUT)/tests/unit/test_crash: LDFLAGS += $(WRAPPED:%=-Wl,--wrap=%)

# What is installed, beside the examples: made of the program itself, so that it never lags.
$(MAN) $(COMPLETION): $(PROGRAM)
	@mkdir -p $(@D)
	@$(PROGRAM) $(PAGE) > $@.part
	@mv $@.part $@
$(MAN): PAGE := --man
$(COMPLETION): PAGE := --bash-completion

# The flags of a plugin: its code computes as ours does, and shows one symbol only. A call of what
# the header does not declare fails here, not when the plugin is loaded.
PLUGIN_FLAGS := -std=gnu11 -O3 -fno-math-errno -fno-trapping-math -fvisibility=hidden \
	-Werror=implicit-function-declaration
$(PC): $(OUT)/prefix Makefile src/base/version.h
	@mkdir -p $(@D)
	@{ echo 'prefix=$(PREFIX)'; \
		echo 'includedir=$${prefix}/include'; \
		echo 'plugindir=$${prefix}/lib/unroll/plugins'; \
		echo; \
		echo 'Name: unroll'; \
		echo 'Description: interface for plugins of Unroll, which trains and compares recurrent networks'; \
		sed -n 's/^#define UNROLL_VERSION "\(.*\)"/Version: \1/p' src/base/version.h; \
		echo 'Cflags: -I$${includedir} $(PLUGIN_FLAGS)'; } > $@

# Files refer to the schema beside them, experiments to configs by ../configs: both folders stay
# as they are. Only files that belong to the sources, of names that hold no blank; where git cannot
# say which (an unpacked archive), all that are called so. An editor's copies are not.
EXAMPLE := (configs|experiments)(/[A-Za-z0-9_-][A-Za-z0-9._-]*)+\.(yaml|json|csv|md|svg)
EXAMPLES := $(shell { git -c safe.directory='*' ls-files configs experiments 2>/dev/null | grep . || \
	find configs experiments -type f; } | LC_ALL=C grep -xE '$(EXAMPLE)' | LC_ALL=C sort)
PLUGIN_SOURCES := plugins/README.md $(sort $(wildcard plugins/*.c))
SHARE := share/unroll
DOC := share/doc/unroll
INSTALLED := bin/unroll include/unroll.h lib/pkgconfig/unroll.pc share/man/man1/unroll.1 \
	share/bash-completion/completions/unroll $(SHARE)/unroll.schema.json \
	$(SHARE)/experiment.schema.json \
	$(addprefix $(SHARE)/,$(EXAMPLES) $(PLUGIN_SOURCES)) \
	$(addprefix $(DOC)/,README.md configs experiments plugins) \
	$(SHIPPED_PLUGINS:$(OUT)/plugins/%=lib/unroll/plugins/%)

# Nothing is written before all that is installed is there to be read.
.PHONY: install uninstall
install: all
	@for file in $(PROGRAM) $(HEADER) $(PAGES_MADE) $(PLUGINS) README.md $(EXAMPLES) \
		$(PLUGIN_SOURCES); do \
		{ [ -f "$$file" ] && [ -r "$$file" ]; } || { \
			echo "install: $$file cannot be read; nothing was installed" >&2; exit 1; }; \
	done
	@set -e; umask 022; to='$(DESTDIR)$(PREFIX)'; put() { install -D -m "$$@"; }; \
	put 755 $(PROGRAM) "$$to/bin/unroll"; \
	put 644 $(HEADER) "$$to/include/unroll.h"; \
	put 644 $(PC) "$$to/lib/pkgconfig/unroll.pc"; \
	put 644 $(MAN) "$$to/share/man/man1/unroll.1"; \
	put 644 $(COMPLETION) "$$to/share/bash-completion/completions/unroll"; \
	for file in $(EXAMPLES) $(PLUGIN_SOURCES); do put 644 "$$file" "$$to/$(SHARE)/$$file"; done; \
	ln -sf configs/unroll.schema.json "$$to/$(SHARE)/unroll.schema.json"; \
	ln -sf experiments/experiment.schema.json "$$to/$(SHARE)/experiment.schema.json"; \
	put 644 README.md "$$to/$(DOC)/README.md"; \
	for folder in configs experiments plugins; do \
		ln -sfn "../../unroll/$$folder" "$$to/$(DOC)/$$folder"; done; \
	install -d -m 755 "$$to/lib/unroll/plugins"; \
	for file in $(SHIPPED_PLUGINS); do put 755 "$$file" "$$to/lib/unroll/plugins/$${file##*/}"; done
	@echo 'installed in $(DESTDIR)$(PREFIX)'

# Plugins and files that somebody else put into our folders stay, and so do the folders then.
uninstall:
	@[ -d '$(DESTDIR)$(PREFIX)' ] || { \
		echo 'nothing is installed in $(DESTDIR)$(PREFIX)'; exit 0; }; \
	cd '$(DESTDIR)$(PREFIX)' && rm -f $(INSTALLED) && for folder in lib/unroll $(SHARE) $(DOC); do \
		if [ -d "$$folder" ]; then find "$$folder" -depth -type d -empty -delete; fi; done

.PHONY: unit
unit: $(UNIT_TESTS)

# Debian packages: what the program links and starts, and what the tests need, which `make deps demo`
# leaves out.
DEBIAN := gcc make pkg-config libc6-dev libyaml-dev libsqlite3-dev libopenblas-dev \
	librandom123-dev libjansson-dev libxxhash-dev zlib1g-dev gnuplot-nox curl ca-certificates
DEBIAN_TESTS := libcmocka-dev bats shellcheck valgrind sqlite3 python3 python3-jsonschema procps \
	strace chromium chromium-driver groff-base xxhash
ifneq ($(sort $(MAKECMDGOALS)),demo deps)
DEBIAN += $(DEBIAN_TESTS)
endif

.PHONY: deps
deps:
	@missing=$$(for package in $(DEBIAN); do \
		dpkg-query -W -f '$${Status}' $$package 2>/dev/null | grep -q 'ok installed' || \
		echo $$package; done); \
	if [ -n "$$missing" ]; then \
		if [ "$$(id -u)" -eq 0 ]; then as_root=; else as_root=sudo; fi; \
		$$as_root apt-get update -q && \
		DEBIAN_FRONTEND=noninteractive $$as_root apt-get install -qy --no-install-recommends \
			$$missing; \
	fi

# `make deps demo` must not begin to build before the packages are there.
ifneq ($(filter deps,$(MAKECMDGOALS)),)
.NOTPARALLEL:
endif

EXPERIMENT := architectures-quick

.PHONY: demo
demo: all
	@tests/demo.sh $(BUILD)/unroll $(EXPERIMENT)

# The study of experiments/README.md: hours of training in the background, then its page.
STUDY := runs/study.db
.PHONY: study study-stop study-page
study: all
	@experiments/study.sh start $(BUILD)/unroll $(STUDY)
study-stop:
	@experiments/study.sh stop $(BUILD)/unroll $(STUDY)
study-page: all
	@experiments/study.sh page $(BUILD)/unroll $(STUDY)

# Release and sanitizer builds run everything, the debug build what valgrind looks at: programs that
# share memory with a library. All cores build, unless a -j says how many.
UNDER_VALGRIND := $(addprefix $(BUILD)/debug/tests/unit/test_, \
	parse experiments safetensors gzip table)
ALL_CORES = $(if $(findstring -j,$(MAKEFLAGS)),,-j$(shell nproc))
.PHONY: test
test:
	@$(MAKE) $(ALL_CORES) --no-print-directory VARIANT=release all unit
	@$(MAKE) $(ALL_CORES) --no-print-directory VARIANT=san all unit
	@$(MAKE) $(ALL_CORES) --no-print-directory VARIANT=debug $(UNDER_VALGRIND)
	@$(MAKE) --no-print-directory check-headers check-scripts check-schema
	@UNDER_VALGRIND='$(UNDER_VALGRIND)' tests/run.sh $(BUILD)/release $(BUILD)/san

# Processes killed and disks filled, again and again: some minutes. `make test` has the short form.
.PHONY: torture
torture: all
	@tests/torture/all.sh

# Every header must compile alone, and includes may only point downward, in this order.
FLOORS := base math module config datasets initializers layers losses optimizers schedules model \
	store train batch compare plots report commands
.PHONY: check-headers
check-headers: $(HEADER)
	@for standard in gnu11 c11 gnu17; do \
		$(CC) -std=$$standard $(WARNINGS) -pedantic -Werror -fsyntax-only -x c $(HEADER) || exit 1; \
	done
	@for header in $$(git ls-files 'src/*.h' 2>/dev/null || find src -name '*.h'); do \
		$(CC) $(CPPFLAGS) $(CFLAGS) -fsyntax-only -x c $$header || exit 1; \
	done
	@tests/check-includes.sh $(FLOORS)

.PHONY: check-scripts
check-scripts:
	@shellcheck -x src/*.sh tests/*.sh tests/torture/*.sh experiments/*.sh .ci/run

# The schemas are what editors read: generated, and never out of date. They have the parameters of
# plugins/ too.
OUR_PLUGINS := env -u UNROLL_PLUGINS -u XDG_DATA_HOME HOME=/nonexistent
.PHONY: schema check-schema
schema: all
	$(OUR_PLUGINS) $(BUILD)/release/unroll schema > configs/unroll.schema.json
	$(OUR_PLUGINS) $(BUILD)/release/unroll schema --experiment > experiments/experiment.schema.json
check-schema:
	@$(OUR_PLUGINS) $(BUILD)/release/unroll schema | cmp - configs/unroll.schema.json || \
		{ echo 'configs/unroll.schema.json is out of date: make schema'; exit 1; }
	@$(OUR_PLUGINS) $(BUILD)/release/unroll schema --experiment | \
		cmp - experiments/experiment.schema.json || \
		{ echo 'experiments/experiment.schema.json is out of date: make schema'; exit 1; }

# Speed, measured in turns with PyTorch where python3-torch is installed: make bench [ROUNDS=9]
# Where a step's time goes, in the flavour that counts it: make bench-parts [ROUNDS=9]
# What checkpoints cost: make bench-checkpoint [ROUNDS=9]
.PHONY: bench bench-parts bench-checkpoint
bench: $(OUT)/tests/bench/bench
	@$< $(ROUNDS)
bench-checkpoint: $(OUT)/tests/bench/checkpoint
	@$< $(ROUNDS)
bench-parts:
	@$(MAKE) --no-print-directory VARIANT=profile $(BUILD)/profile/tests/bench/parts
	@$(BUILD)/profile/tests/bench/parts $(ROUNDS)

# How a large store is read, on one core: make bench-scale [RUNS=10000] [ROWS=10000000] [ROUNDS=5]
.PHONY: bench-scale
bench-scale: $(PROGRAM) $(OUT)/tests/bench/scale
	@$(OUT)/tests/bench/scale $(PROGRAM) $(or $(RUNS),10000) $(or $(ROWS),10000000) \
		$(or $(ROUNDS),5)

$(BENCHES): $(OUT)/tests/bench/%: tests/bench/%.c $(BENCH_HELPERS) $(LIBRARY) $(EXPORTS)
	@mkdir -p $(@D)
	$(SAY) TEST $@
	$(Q)$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(BENCH_HELPERS) \
		$(LIBRARY) $(LDLIBS)

.PHONY: format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(NUMERICS_HELPERS:.o=.d) $(BENCH_HELPERS:.o=.d) $(BENCHES:=.d) \
	$(OUT)/src/main.d $(PLUGINS:.so=.d) $(UNIT_TESTS:=.d)
