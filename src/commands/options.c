#include "commands/options.h"

#include "base/memory.h"
#include "base/text.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { HELP = 256, FIRST_ENTRY = 257, ENTRY_LIMIT = 64 };

static int entry_count(const struct option_page *page)
{
    int count = 0;
    while (page->entries && page->entries[count].name)
        count++;
    return count;
}

char *options_entry_text(const struct option_entry *entry)
{
    struct text text = {0};
    text_add_format(&text, "--%s", entry->name);
    if (entry->value)
        text_add_format(&text, " %s", entry->value);
    for (int i = 0; entry->choices && entry->choices[i]; i++)
        text_add_format(&text, "%s%s", i ? "|" : " ", entry->choices[i]);
    return text_take(&text);
}

static void print_entry(const struct option_entry *entry)
{
    struct text left = {0};
    if (entry->letter)
        text_add_format(&left, "-%c, ", entry->letter);
    char *long_form = options_entry_text(entry);
    text_add(&left, long_form);
    printf("  %-26s  %s\n", left.data, entry->help);
    memory_free(long_form);
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

/* Where --help goes, while options_read_page asks for it; NULL: to stdout. */
static option_page_reader page_reader;
static void *page_reader_data;

int options_read_page(int (*command)(int, char **, struct error *), const char *name,
                      option_page_reader reader, void *data, struct error *error)
{
    char *own_name = memory_copy_text(name), help[] = "--help";
    char *arguments[] = {own_name, help, NULL};
    page_reader = reader;
    page_reader_data = data;
    int result = command(2, arguments, error);
    page_reader = NULL;
    memory_free(own_name);
    return result;
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

/* ARGUMENT is a long option that is unknown, or the beginning of several. */
static void add_unknown(const struct option *table, const char *argument, struct text *text)
{
    const char *names[ENTRY_LIMIT];
    size_t count = 0;
    struct text possible = {0};
    char *name = text_format("%.*s", (int)strcspn(argument + 2, "="), argument + 2);
    for (; table->name && count < ENTRY_LIMIT; table++) {
        names[count++] = table->name;
        if (text_starts_with(table->name, name))
            text_add_format(&possible, "%s--%s", possible.length ? " or " : "", table->name);
    }
    const char *nearest = text_nearest(name, names, count);
    text_add_format(text, "--%s: ", name);
    if (possible.length)
        text_add_format(text, "may be %s", possible.data);
    else if (nearest)
        text_add_format(text, "unknown option; did you mean `--%s`?", nearest);
    else
        text_add(text, "unknown option");
    text_release(&possible);
    memory_free(name);
}

/* What getopt_long just refused with CODE; it leaves the reason in optopt. */
static int bad_option(const struct option_page *page, const struct option *table, int code,
                      char **argv, struct error *error)
{
    bool lacks_value = code == ':';
    struct text text = {0};
    if (optopt >= HELP)
        text_add_format(&text, "--%s %s",
                        optopt == HELP ? "help" : page->entries[optopt - FIRST_ENTRY].name,
                        lacks_value ? "needs a value" : "takes no value");
    else if (optopt > ' ' && optopt <= '~')
        text_add_format(&text, "-%c%s", optopt,
                        lacks_value ? " needs a value" : ": unknown option");
    else if (optopt == 0)
        add_unknown(table, argv[optind - 1], &text);
    else /* the first byte of a letter that has several: getopt_long is still within it */
        text_add_format(&text, "%s: unknown option", argv[optind]);
    options_misused(page, error, text_get(&text));
    text_release(&text);
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
        int code = getopt_long(argc, argv, letters.data, table, NULL);
        if (code == -1)
            break;
        if (code == HELP || code == 'h') {
            if (page_reader)
                page_reader(page, page_reader_data);
            else
                print_help(page);
            result = 0;
        } else if (code == '?' || code == ':') {
            result = bad_option(page, table, code, argv, error);
        } else if (set(page, entry_of(page, code), optarg, error)) {
            result = -1;
        }
    }
    memory_free(table);
    text_release(&letters);
    return result == 1 ? optind : result;
}
