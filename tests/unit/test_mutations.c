/* Damages real configs in many fixed ways and loads each: never a crash, and either a clean config
 * or at least one error with a place. */
#include "config/config.h"

#include "base/file.h"
#include "base/memory.h"
#include "config/parse.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static const char *const files[] = {"configs/000-lstm.yaml", "configs/003-deep-dropout.yaml",
                                    "configs/starter.yaml"};

/* Numbers that are the same on every run. */
struct dice {
    uint64_t state;
};

static size_t roll(struct dice *dice, size_t sides)
{
    dice->state = dice->state * 6364136223846793005u + 1442695040888963407u;
    return (size_t)(dice->state >> 33) % sides;
}

static void insert(struct text *text, size_t at, const char *bytes, size_t count)
{
    struct text whole = {0};
    text_add_bytes(&whole, text_get(text), at);
    text_add_bytes(&whole, bytes, count);
    text_add_bytes(&whole, text_get(text) + at, text->length - at);
    text_release(text);
    *text = whole;
}

static void cut(struct text *text, size_t from, size_t count)
{
    memmove(text->data + from, text->data + from + count, text->length - from - count + 1);
    text->length -= count;
}

static void flip_bit(struct text *text, struct dice *dice)
{
    text->data[roll(dice, text->length)] ^= (char)(1u << roll(dice, 8));
}

static void truncate_text(struct text *text, struct dice *dice)
{
    text->data[text->length = roll(dice, text->length)] = '\0';
}

static void remove_part(struct text *text, struct dice *dice)
{
    size_t from = roll(dice, text->length);
    cut(text, from, roll(dice, text->length - from) % 20);
}

static void put_control_byte(struct text *text, struct dice *dice)
{
    char byte = (char)roll(dice, 256);
    insert(text, roll(dice, text->length), &byte, 1);
}

static void put_syntax(struct text *text, struct dice *dice)
{
    static const char *const parts[] = {"[",    "]",
                                        "{",    "}",
                                        ": ",   "- ",
                                        "? ",   "*a",
                                        "&a ",  "!!int ",
                                        "<<: ", "'",
                                        "\"",   "\n---\n",
                                        "\t",   "\n\n",
                                        "#",    "|\n",
                                        ">",    "%",
                                        "@",    ",",
                                        "~",    "\xEF\xBB\xBF",
                                        "\r",   "\xE2\x80\xA8",
                                        "..."};
    const char *part = parts[roll(dice, sizeof parts / sizeof *parts)];
    insert(text, roll(dice, text->length), part, strlen(part));
}

static void put_value(struct text *text, struct dice *dice)
{
    static const char *const parts[] = {"99999999999999999999999",
                                        "-1",
                                        "1e999",
                                        "0x7fffffff",
                                        "nan",
                                        "no",
                                        "010",
                                        "1_000",
                                        "{}",
                                        "[]",
                                        "[[[[]]]]",
                                        "none",
                                        "''",
                                        "lstm",
                                        "{lstm: {}}",
                                        "\"\\x00\"",
                                        "{stack: [lstm]}",
                                        "1e-999",
                                        "-0",
                                        ".",
                                        "9223372036854775807",
                                        "'\\u202e'"};
    const char *part = parts[roll(dice, sizeof parts / sizeof *parts)];
    const char *colon = strchr(text->data + roll(dice, text->length), ':');
    size_t at = colon ? (size_t)(colon - text->data) + 1 : 0;
    size_t end = at + strcspn(text->data + at, "\n,}");
    cut(text, at, end - at);
    insert(text, at, part, strlen(part));
    insert(text, at, " ", 1);
}

static void swap_lines(struct text *text, struct dice *dice)
{
    size_t from = roll(dice, text->length), length = strcspn(text->data + from, "\n");
    char *line = text_format("%.*s\n", (int)length, text->data + from);
    cut(text, from, length);
    size_t at = roll(dice, text->length + 1);
    while (at > 0 && text->data[at - 1] != '\n')
        at--;
    insert(text, at, line, strlen(line));
    memory_free(line);
}

static void nest(struct text *text, struct dice *dice)
{
    size_t depth = roll(dice, 200) + 1, at = roll(dice, text->length);
    for (size_t i = 0; i < depth; i++)
        insert(text, at, i % 2 ? "[" : "{a: ", i % 2 ? 1 : 4);
}

static void repeat(struct text *text, struct dice *dice)
{
    size_t times = roll(dice, 30) + 1;
    char *copy = memory_copy_text(text_get(text));
    for (size_t i = 0; i < times; i++)
        text_add(text, copy);
    memory_free(copy);
}

static void (*const mutations[])(struct text *, struct dice *) = {
    flip_bit,   truncate_text, remove_part, put_control_byte, put_syntax, put_value,
    swap_lines, nest,          repeat};

static bool is_located(const char *complaints)
{
    return strstr(complaints, ": error: ") && strncmp(complaints, "mutant", 6) == 0;
}

/* Loads the mutant; what loads must load again from its resolved form. Gives whether it loaded. */
static bool load_mutant(const struct text *mutant)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct config config = {0}, again;
    struct text out = {0};
    const struct config_source source = {.path = "mutant", .text = text_get(mutant)};
    bool loaded = config_load_from(&config, &source, diagnostics) == 0;
    diagnostics_write(diagnostics, &out, false);
    assert_int_equal(loaded, diagnostics_count(diagnostics) == 0);
    if (!loaded)
        assert_true(is_located(text_get(&out)));
    if (loaded) {
        const struct config_source resolved = {.path = "mutant", .text = config.yaml};
        assert_int_equal(config_load_from(&again, &resolved, diagnostics), 0);
        assert_string_equal(again.canonical, config.canonical);
        config_release(&again);
    }
    text_release(&out);
    config_release(&config);
    diagnostics_free(diagnostics);
    return loaded;
}

static void test_mutations(void **state)
{
    (void)state;
    enum { ROUNDS = 40 };
    size_t loaded = 0, refused = 0;
    for (size_t file = 0; file < sizeof files / sizeof *files; file++) {
        struct text original = {0};
        assert_int_equal(file_read(files[file], PARSE_BYTES, &original, NULL), 0);
        for (size_t i = 0; i < sizeof mutations / sizeof *mutations; i++) {
            struct dice dice = {.state = 1000 * file + i};
            for (int round = 0; round < ROUNDS; round++) {
                struct text mutant = {0};
                text_add_bytes(&mutant, text_get(&original), original.length);
                for (size_t times = 1 + roll(&dice, 3); times > 0 && mutant.length > 1; times--)
                    mutations[i](&mutant, &dice);
                load_mutant(&mutant) ? loaded++ : refused++;
                text_release(&mutant);
            }
        }
        text_release(&original);
    }
    /* Both kinds occur, or the mutations would test little. */
    assert_true(loaded > 20);
    assert_true(refused > 200);
}

/* Every prefix of a config. */
static void test_prefixes(void **state)
{
    (void)state;
    struct text original = {0};
    assert_int_equal(file_read(files[0], PARSE_BYTES, &original, NULL), 0);
    size_t refused = 0;
    for (size_t length = 0; length <= original.length; length++) {
        struct text prefix = {0};
        text_add_bytes(&prefix, original.data, length);
        refused += !load_mutant(&prefix);
        text_release(&prefix);
    }
    assert_true(refused > 100);
    text_release(&original);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mutations),
        cmocka_unit_test(test_prefixes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
