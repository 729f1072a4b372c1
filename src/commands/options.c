#include "commands/options.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP = 256, FIRST_ENTRY = 257 };

static int entry_count(const struct option_page *page)
{
    int count = 0;
    while (page->entries && page->entries[count].name)
        count++;
    return count;
}

static void print_entry(const struct option_entry *entry)
{
    struct text left = {0};
    if (entry->letter)
        text_add_format(&left, "-%c, ", entry->letter);
    text_add_format(&left, "--%s", entry->name);
    if (entry->value)
        text_add_format(&left, " %s", entry->value);
    for (int i = 0; entry->choices && entry->choices[i]; i++)
        text_add_format(&left, "%s%s", i ? "|" : " ", entry->choices[i]);
    printf("  %-26s  %s\n", left.data, entry->help);
    text_release(&left);
}

static void print_help(const struct option_page *page)
{
    printf("usage: unroll %s\n\n%s\n\noptions:\n", page->synopsis, page->summary);
    for (int i = 0; i < entry_count(page); i++)
        print_entry(&page->entries[i]);
    printf("  %-26s  %s\n\nexample:\n", "-h, --help", "Print this page.");
    for (const char *line = page->example; *line;) {
        size_t length = strcspn(line, "\n");
        printf("  %.*s\n", (int)length, line);
        line += length + (line[length] == '\n');
    }
}

int options_misused(const struct option_page *page, struct error *error, const char *text)
{
    return error_set(error, ERROR_USAGE, "%s (see `unroll %.*s --help`)", text,
                     (int)strcspn(page->synopsis, " "), page->synopsis);
}

static int misused(const struct option_page *page, const struct option_entry *entry,
                   const char *value, const char *expected, struct error *error)
{
    char *text = text_format("--%s %s: expected %s", entry->name, value, expected);
    options_misused(page, error, text);
    memory_free(text);
    return -1;
}

static int set_integer(const struct option_page *page, const struct option_entry *entry,
                       const char *value, struct error *error)
{
    char *end;
    errno = 0;
    long long number = strtoll(value, &end, 10);
    if (errno || end == value || *end || number < entry->minimum || number > entry->maximum) {
        char *expected = text_format("a whole number from %lld to %lld", (long long)entry->minimum,
                                     (long long)entry->maximum);
        misused(page, entry, value, expected, error);
        memory_free(expected);
        return -1;
    }
    *(int64_t *)entry->target = number;
    return 0;
}

static int set_choice(const struct option_page *page, const struct option_entry *entry,
                      const char *value, struct error *error)
{
    struct text expected = {0};
    for (int i = 0; entry->choices[i]; i++) {
        if (text_equal(entry->choices[i], value)) {
            *(int *)entry->target = i;
            text_release(&expected);
            return 0;
        }
        text_add_format(&expected, "%s%s", i ? ", " : "one of ", entry->choices[i]);
    }
    misused(page, entry, value, text_get(&expected), error);
    text_release(&expected);
    return -1;
}

static int set(const struct option_page *page, const struct option_entry *entry, const char *value,
               struct error *error)
{
    struct option_list *list;
    switch (entry->type) {
    case OPTION_FLAG:
        *(bool *)entry->target = true;
        return 0;
    case OPTION_TEXT:
        *(const char **)entry->target = value;
        return 0;
    case OPTION_INTEGER:
        return set_integer(page, entry, value, error);
    case OPTION_CHOICE:
        return set_choice(page, entry, value, error);
    case OPTION_LIST:
        list = entry->target;
        if (list->count == OPTION_LIST_LIMIT)
            return misused(page, entry, value, "at most 32 of them", error);
        list->items[list->count++] = value;
        return 0;
    }
    return 0;
}

/* getopt_long's own tables; the caller frees *LETTERS and what is returned. */
static struct option *make_tables(const struct option_page *page, struct text *letters)
{
    int count = entry_count(page);
    struct option *table = memory_array((size_t)count + 2, sizeof *table);
    text_add(letters, ":h");
    for (int i = 0; i < count; i++) {
        const struct option_entry *entry = &page->entries[i];
        int takes_value = entry->type == OPTION_FLAG ? no_argument : required_argument;
        table[i] = (struct option){entry->name, takes_value, NULL, FIRST_ENTRY + i};
        if (entry->letter)
            text_add_format(letters, "%c%s", entry->letter, takes_value ? ":" : "");
    }
    table[count] = (struct option){"help", no_argument, NULL, HELP};
    return table;
}

static const struct option_entry *entry_of(const struct option_page *page, int code)
{
    for (int i = 0; i < entry_count(page); i++)
        if (code == FIRST_ENTRY + i || code == page->entries[i].letter)
            return &page->entries[i];
    return NULL;
}

static int bad_option(const struct option_page *page, int code, const char *argument,
                      struct error *error)
{
    char *text = text_format(code == ':' ? "%s needs a value" : "%s: unknown option", argument);
    options_misused(page, error, text);
    memory_free(text);
    return -1;
}

int options_parse(int argc, char **argv, const struct option_page *page, struct error *error)
{
    struct text letters = {0};
    struct option *table = make_tables(page, &letters);
    int result = 1;
    optind = 0; /* also resets the GNU implementation */
    opterr = 0;
    while (result == 1) {
        int at = optind ? optind : 1;
        int code = getopt_long(argc, argv, letters.data, table, NULL);
        if (code == -1)
            break;
        if (code == HELP || code == 'h') {
            print_help(page);
            result = 0;
        } else if (code == '?' || code == ':') {
            result = bad_option(page, code, argv[optind > at ? optind - 1 : at], error);
        } else if (set(page, entry_of(page, code), optarg, error)) {
            result = -1;
        }
    }
    memory_free(table);
    text_release(&letters);
    return result == 1 ? optind : result;
}
