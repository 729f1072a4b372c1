/* Files that are no plugins, or no longer whole, are known before they are loaded. */
#include "unit/plugin_builder.h"

#include <link.h>

static void refuses_what_exports_nothing(void **state)
{
    (void)state;
    assert_refused("int nothing;\n",
                   "does not export unroll_plugin: is UNROLL_PLUGIN(...) at its end?");
}

/* A byte of the file's head at AT is VALUE. */
static void assert_head_refused(size_t place, char value, const char *expected)
{
    build("good", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    bytes.data[place] = value;
    memory_free(temporary_write(folder, "good.so", bytes.data, bytes.length, false));
    text_release(&bytes);
    load(folder);
    assert_int_equal(complaints(), 1);
    assert_complaint(0, "good.so", expected);
}

static void refuses_another_processor(void **state)
{
    (void)state;
    ElfW(Ehdr) header;
    build("good", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    memcpy(&header, bytes.data, sizeof header);
    text_release(&bytes);
    char *expected = text_format("was built for another processor (ELF machine 2, this program has "
                                 "%d): build the plugin again on this machine",
                                 header.e_machine);
    assert_head_refused(offsetof(ElfW(Ehdr), e_machine), EM_SPARC, expected);
    memory_free(expected);
}

static void refuses_another_word_size(void **state)
{
    (void)state;
    assert_head_refused(EI_CLASS, ELFCLASS32,
                        "was built for 32 bits, this program for 64: build the plugin again");
}

static void refuses_a_program(void **state)
{
    (void)state;
    assert_head_refused(offsetof(ElfW(Ehdr), e_type), ET_EXEC,
                        "is no shared object: build the plugin with -shared -fPIC");
}

static void refuses_more_exports(void **state)
{
    (void)state;
    assert_refused("int hash_new(int x) { return x; }\nint _reserved;\n" GOOD("bad"),
                   "exports more than unroll_plugin: hash_new: make its functions static, "
                   "or build it with -fvisibility=hidden");
}

static void refuses_a_protected_export(void **state)
{
    (void)state;
    assert_refused("__attribute__((visibility(\"protected\"))) int shown;\n" GOOD("bad"),
                   "exports more than unroll_plugin: shown: make its functions static, or build it "
                   "with -fvisibility=hidden");
}

static void refuses_segments_of_another_size(void **state)
{
    (void)state;
    assert_head_refused(offsetof(ElfW(Ehdr), e_phentsize), 1,
                        "is truncated: build or copy it again");
}

/* The names end in the middle of the one that is looked for. */
static void reads_no_name_past_its_table(void **state)
{
    (void)state;
    build("good", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("good.so"), 1 << 20, &bytes, NULL), 0);
    ElfW(Ehdr) *header = (ElfW(Ehdr) *)(void *)bytes.data;
    ElfW(Shdr) *sections = (ElfW(Shdr) *)(void *)(bytes.data + header->e_shoff),
               *symbols = sections;
    while (symbols->sh_type != SHT_DYNSYM)
        symbols++;
    ElfW(Shdr) *names = &sections[symbols->sh_link];
    const char *name = memmem(bytes.data + names->sh_offset, names->sh_size, "unroll_plugin", 13);
    assert_non_null(name);
    names->sh_size = (size_t)(name + 3 - bytes.data) - names->sh_offset;
    memory_free(temporary_write(folder, "good.so", bytes.data, bytes.length, false));
    text_release(&bytes);
    load(folder);
    assert_complaint(0, "good.so",
                     "does not export unroll_plugin: is UNROLL_PLUGIN(...) at its end?");
}

/* Damage the loader must never see: the plugin is refused or, where the byte says nothing, loaded
 * whole. */
static void survives_damaged_sections(void **state)
{
    (void)state;
    ElfW(Ehdr) header;
    build("whole", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("whole.so"), 1 << 20, &bytes, NULL), 0);
    assert_int_equal(unlink(at("whole.so")), 0);
    memcpy(&header, bytes.data, sizeof header);
    size_t refused = 0, size = header.e_shnum * sizeof(ElfW(Shdr));
    assert_true(header.e_shoff + size <= bytes.length);
    for (size_t i = 0; i < size; i += 5) {
        char *byte = bytes.data + header.e_shoff + i, before = *byte;
        *byte = (char)0xFF;
        memory_free(temporary_write(folder, "damaged.so", bytes.data, bytes.length, false));
        load(folder);
        refused += complaints();
        registry_release();
        *byte = before;
    }
    text_release(&bytes);
    assert_true(refused > 0);
}

/* A half-written file, at every 500 bytes: what is mapped past its end would kill the program. */
static void refuses_a_truncated_one(void **state)
{
    (void)state;
    build("whole", GOOD("half"));
    struct text bytes = {0};
    assert_int_equal(file_read(at("whole.so"), 1 << 20, &bytes, NULL), 0);
    assert_int_equal(unlink(at("whole.so")), 0);
    size_t refused = 0;
    for (size_t size = 100; size < bytes.length; size += 500) {
        memory_free(temporary_write(folder, "part.so", bytes.data, size, false));
        load(folder);
        refused += complaints();
        registry_release();
        assert_int_equal(unlink(at("part.so")), 0);
    }
    assert_true(refused > 10);
    memory_free(temporary_write(folder, "part.so", bytes.data, 4096, false));
    load(folder);
    assert_complaint(0, "part.so", "is truncated: build or copy it again");
    text_release(&bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        PLUGIN_TEST(refuses_what_exports_nothing),
        PLUGIN_TEST(refuses_another_processor),
        PLUGIN_TEST(refuses_another_word_size),
        PLUGIN_TEST(refuses_a_program),
        PLUGIN_TEST(refuses_more_exports),
        PLUGIN_TEST(refuses_a_protected_export),
        PLUGIN_TEST(refuses_segments_of_another_size),
        PLUGIN_TEST(reads_no_name_past_its_table),
        PLUGIN_TEST(survives_damaged_sections),
        PLUGIN_TEST(refuses_a_truncated_one),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
