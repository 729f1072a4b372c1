/* unroll --man: the man page, made of the commands' own help. */
#include "base/memory.h"
#include "base/text.h"
#include "base/version.h"
#include "commands/options.h"
#include "commands/pages.h"
#include "commands/prefix.h"

#include <stdio.h>
#include <string.h>

/* COUNT bytes as running text: what groff would read as an escape, a request or a hyphen is
 * written so that it comes out as it is. */
static void print_plain(const char *text, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        bool begins_line = i == 0 || text[i - 1] == '\n';
        if (begins_line && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", stdout);
        if (text[i] == '\\')
            fputs("\\e", stdout);
        else if (text[i] == '-')
            fputs("\\-", stdout);
        else if (text[i] == '`' || text[i] == '^' || text[i] == '~')
            printf("\\(%s", text[i] == '`' ? "ga" : text[i] == '^' ? "ha" : "ti");
        else
            putchar(text[i]);
    }
}

static void print_text(const char *text)
{
    print_plain(text, strlen(text));
}

/* As many lines as TEXT has; an indented one, and a blank one, stands by itself. */
static void print_lines(const char *text)
{
    for (const char *line = text; *line;) {
        size_t length = strcspn(line, "\n");
        if (*line == ' ')
            puts(".br");
        if (length == 0)
            puts(".PP");
        else
            print_plain(line, length);
        if (length)
            putchar('\n');
        if (*line == ' ')
            puts(".br");
        line += length + (line[length] == '\n');
    }
}

static void print_entry(const struct option_entry *entry)
{
    char *long_form = options_entry_text(entry);
    fputs(".TP\n\\fB", stdout);
    if (entry->letter)
        printf("\\-%c\\fR, \\fB", entry->letter);
    print_text(long_form);
    puts("\\fR");
    print_text(entry->help);
    putchar('\n');
    memory_free(long_form);
}

static void print_command(const struct option_page *page, void *data)
{
    (void)data;
    printf(".SS unroll %.*s\n", (int)strcspn(page->synopsis, " "), page->synopsis);
    fputs("\\fBunroll ", stdout);
    print_text(page->synopsis);
    puts("\\fR\n.PP");
    print_lines(page->summary);
    for (int i = 0; page->entries && page->entries[i].name; i++)
        print_entry(&page->entries[i]);
    puts(".PP\nFor example:\n.PP\n.RS\n.nf");
    print_text(page->example);
    puts("\n.fi\n.RE");
}

/* Name, and what it is: a list with hanging indents; ends with NULL. */
static void print_list(const char *const (*list)[2])
{
    for (int i = 0; list[i][0]; i++) {
        fputs(".TP\n\\fB", stdout);
        print_text(list[i][0]);
        fputs("\\fR\n", stdout);
        print_text(list[i][1]);
        putchar('\n');
    }
}

static const char *const statuses[][2] = {
    {"0", "done"},
    {"1", "a run failed, or a difference was found"},
    {"2", "the command line or a config is wrong"},
    {"3", "something does not exist"},
    {"4", "a data set, a store or a checkpoint is damaged or missing"},
    {"130", "interrupted"},
    {NULL, NULL},
};

static const char *const variables[][2] = {
    {"UNROLL_STORE", "The store, where --store names none; runs/unroll.db without it."},
    {"UNROLL_DATA", "The data folder, where --data names none; ~/.cache/unroll without it."},
    {"UNROLL_PLUGINS", "Folders with plugins, separated by colons."},
    {"UNROLL_CALL_SECONDS", "How long one call of a plugin's function may take before batch ends "
                            "the trial; 600 without it."},
    {"XDG_DATA_HOME", "Holds the user's plugins, in unroll/plugins; ~/.local/share without it."},
    {"UNROLL_ISA", "A lower instruction set than the processor's best: amx, avx512, avx2 or "
                   "baseline. Results may differ in their last bits."},
    {"NO_COLOR", "Set to anything: no colours on the terminal."},
    {"TMPDIR", "Where temporary files go; /tmp without it."},
    {NULL, NULL},
};

static const char *const options[][2] = {
    {"-h, --help", "Print the list of commands; behind a command, its page."},
    {"--version", "Print the version."},
    {NULL, NULL},
};

static const char *const files[][2] = {
    {"runs/unroll.db",
     "The store: all figures, in SQLite. Beside it, runs/unroll.db.runs has a folder "
     "with the checkpoint of each run."},
    {"~/.cache/unroll", "The data folder, in which data sets are kept."},
    {"~/.local/share/unroll/plugins", "The user's plugins."},
    {UNROLL_PREFIX "/lib/unroll/plugins", "The system's plugins; for a program that has a folder "
                                          "`plugins` beside it, that one instead."},
    {UNROLL_PREFIX "/include/unroll.h", "What a plugin includes; its head comment is the guide."},
    {UNROLL_PREFIX "/share/unroll/plugins",
     "The sources of the plugins that come with Unroll, and in "
     "README.md how one is written."},
    {UNROLL_PREFIX "/share/unroll/configs", "Example configs."},
    {UNROLL_PREFIX "/share/unroll/experiments", "Example experiments, on those configs."},
    {UNROLL_PREFIX "/share/unroll/unroll.schema.json", "The JSON Schema of a config, for editors."},
    {UNROLL_PREFIX "/share/doc/unroll/README.md", "All of Unroll in one document."},
    {NULL, NULL},
};

int manual_print(const struct command *commands, int count, struct error *error)
{
    printf(".\\\" Made by unroll --man of the commands' help.\n"
           ".TH UNROLL 1 \"\" \"Unroll %s\" \"User Commands\"\n"
           ".SH NAME\nunroll \\- trains and compares recurrent networks\n"
           ".SH SYNOPSIS\n\\fBunroll\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR...] "
           "[\\fIARGUMENT\\fR...]\n"
           ".SH DESCRIPTION\n"
           "A YAML file says what to train, an experiment file what to compare. Every figure is\n"
           "kept in one store, and a run that is done is never trained twice. What a config can\n"
           "say is listed by \\fBunroll modules\\fR.\n",
           UNROLL_VERSION);
    for (int i = 0; i < count; i++) {
        printf(".TP\n\\fB%s\\fR\n", commands[i].name);
        print_text(commands[i].help);
        putchar('\n');
    }
    puts(".SH OPTIONS");
    print_list(options);
    puts(".SH COMMANDS\nEach command prints its page with \\fB\\-h\\fR or \\fB\\-\\-help\\fR; "
         "so does \\fBunroll help\\fR \\fICOMMAND\\fR.");
    for (int i = 0; i < count; i++)
        if (options_read_page(commands[i].run, commands[i].name, print_command, NULL, error))
            return -1;
    puts(".SH EXIT STATUS");
    print_list(statuses);
    puts(".SH ENVIRONMENT");
    print_list(variables);
    puts(".SH FILES");
    print_list(files);
    puts(".SH PLUGINS\nA module that a config can name may come from a plugin, a shared object of "
         "one C file.\nThe header unroll.h says how to write one, and\n.PP\n.RS\n.nf\n"
         "cc $(pkg\\-config \\-\\-cflags unroll) \\-shared \\-fPIC my_cell.c \\-o my_cell.so\n"
         ".fi\n.RE\n.PP\nhow to build it. \\fBunroll doctor\\fR says where plugins are looked for, "
         "and what is\nwrong with one that is not loaded.");
    return 0;
}
