# Unroll. `make` builds build/release/unroll and the link build/unroll.
#   make deps     install what is needed (Debian packages)
#   make demo     fetch MNIST, compare four networks, draw the plots
#   make test     every test, in release and sanitizer builds
#   make VARIANT=debug|san|release

VARIANT ?= release
BUILD ?= build
OUT := $(BUILD)/$(VARIANT)

CC ?= cc
PACKAGES := yaml-0.1 sqlite3 openblas jansson libxxhash zlib
WARNINGS := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes -Wpointer-arith \
	-Wundef -Wvla -Wwrite-strings -Wno-format-truncation
FLAGS_release := -O3 -g -DNDEBUG
FLAGS_debug := -O0 -g3
FLAGS_san := -O1 -g3 -fno-omit-frame-pointer -fsanitize=address,undefined \
	-fno-sanitize-recover=undefined
# No flag here may reorder a sum; the two -fno flags let comparisons be vectorised.
# The program's functions stay visible, because plugins call them.
CFLAGS += -std=gnu11 $(WARNINGS) $(FLAGS_$(VARIANT)) -fopenmp -fno-math-errno -fno-trapping-math \
	-fno-semantic-interposition
CPPFLAGS += -D_GNU_SOURCE -Isrc $(shell pkg-config --cflags $(PACKAGES) 2>/dev/null)
LDFLAGS += $(FLAGS_$(VARIANT)) -fopenmp -rdynamic
LDLIBS += $(shell pkg-config --libs $(PACKAGES) 2>/dev/null) -ldl -lm

SOURCES := $(filter-out src/main.c,$(wildcard src/*/*.c))
ASSEMBLY := $(wildcard src/*/*.S)
OBJECTS := $(SOURCES:%.c=$(OUT)/%.o) $(ASSEMBLY:%.S=$(OUT)/%.o)
LIBRARY := $(OUT)/libunroll.a
PROGRAM := $(OUT)/unroll
PLUGINS := $(patsubst plugins/%.c,$(OUT)/plugins/%.so,$(wildcard plugins/*.c))
NUMERICS_HELPERS := $(patsubst %.c,$(OUT)/%.o,\
	$(filter-out tests/numerics/test_%,$(wildcard tests/numerics/*.c)))
UNIT_TESTS := $(patsubst tests/%.c,$(OUT)/tests/%,$(wildcard tests/unit/test_*.c \
	tests/numerics/test_*.c))

.PHONY: all
all: $(PROGRAM) $(PLUGINS)
	@ln -sfn $(VARIANT)/unroll $(BUILD)/unroll

$(PROGRAM): $(OUT)/src/main.o $(LIBRARY)
	$(CC) $(LDFLAGS) -o $@ $< -Wl,--whole-archive $(LIBRARY) -Wl,--no-whole-archive $(LDLIBS)

$(LIBRARY): $(OBJECTS)
	@rm -f $@
	$(AR) rcs $@ $^

$(OUT)/%.o: %.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fPIC -MMD -MP -c -o $@ $<

$(OUT)/%.o: %.S Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -MMD -MP -c -o $@ $<

$(OUT)/src/store/schema.o: src/store/schema.sql

$(OUT)/plugins/%.so: plugins/%.c Makefile
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) $(CFLAGS) -fvisibility=hidden -fPIC -MMD -MP -shared -o $@ $<

$(OUT)/tests/numerics/%: tests/numerics/%.c $(NUMERICS_HELPERS) $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(NUMERICS_HELPERS) \
		$(LIBRARY) -lcmocka $(LDLIBS)

$(NUMERICS_HELPERS): CPPFLAGS += -Itests

$(OUT)/tests/%: tests/%.c $(LIBRARY)
	@mkdir -p $(@D)
	$(CC) $(CPPFLAGS) -Itests $(CFLAGS) -MMD -MP $(LDFLAGS) -o $@ $< $(LIBRARY) -lcmocka $(LDLIBS)

.PHONY: unit
unit: $(UNIT_TESTS)

.PHONY: format
format:
	clang-format -i $$(git ls-files '*.c' '*.h')

.PHONY: clean
clean:
	rm -rf $(BUILD)

-include $(OBJECTS:.o=.d) $(NUMERICS_HELPERS:.o=.d) $(OUT)/src/main.d $(PLUGINS:.so=.d) $(UNIT_TESTS:=.d)
