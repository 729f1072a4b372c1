/* unroll --bash-completion: a script for bash, made of the commands' option tables. */
#include "base/memory.h"
#include "base/text.h"
#include "commands/options.h"
#include "commands/pages.h"
#include "store/runs.h"

#include <stdio.h>
#include <string.h>

/* What stands behind an option or instead of an argument, as the script's functions are called. */
static const struct {
    const char *name;
    const char *what;
} kinds[] = {
    {"PATH", "files"},  {"FOLDER", "folders"},         {"CONFIG", "configs"}, {"FILE", "configs"},
    {"STORE", "files"}, {"EXPERIMENT", "experiments"}, {"RUN", "runs"},
};

static bool has_word(const char *text, const char *word)
{
    size_t length = strlen(word);
    for (const char *at = strstr(text, word); at; at = strstr(at + 1, word)) {
        bool begins = at == text || strchr(" |[", at[-1]);
        if (begins && (at[length] == '\0' || strchr(" |].", at[length])))
            return true;
    }
    return false;
}

static void print_options(const struct option_page *page, void *data)
{
    printf("    %s) echo '", (const char *)data);
    for (int i = 0; page->entries && page->entries[i].name; i++)
        printf("--%s ", page->entries[i].name);
    puts("--help' ;;");
}

/* The option as a pattern: "--format" or "-t|--threads", behind the command's name. */
static void print_pattern(const char *command, const struct option_entry *entry)
{
    printf("    '%s --%s'", command, entry->name);
    if (entry->letter)
        printf(" | '%s -%c'", command, entry->letter);
    fputs(") echo ", stdout);
}

static void print_states(void)
{
    fputs("'words", stdout); /* quoted, for one of them is `done` */
    for (int state = 0; state < RUN_STATES; state++)
        printf(" %s", run_state_name((enum run_state)state));
    putchar('\'');
}

static void print_values(const struct option_page *page, void *data)
{
    const char *command = data;
    for (int i = 0; page->entries && page->entries[i].name; i++) {
        const struct option_entry *entry = &page->entries[i];
        if (entry->type == OPTION_FLAG)
            continue;
        print_pattern(command, entry);
        const char *what = "nothing";
        for (size_t k = 0; entry->value && k < sizeof kinds / sizeof kinds[0]; k++)
            if (text_equal(entry->value, kinds[k].name))
                what = kinds[k].what;
        if (text_equal(entry->name, "experiment"))
            what = "experiments";
        if (entry->choices)
            what = "words";
        if (entry->value && text_equal(entry->value, "STATE"))
            print_states();
        else
            fputs(what, stdout);
        for (int k = 0; entry->choices && entry->choices[k]; k++)
            printf(" %s", entry->choices[k]);
        puts(" ;;");
    }
}

/* Where the synopsis does not say it by one of the words above. */
static const struct {
    const char *command;
    const char *calls;
} arguments[] = {
    {"modules", " _unroll_modules;"},
    {"diff", " _unroll_configs; _unroll_runs;"},
    {"fetch", " _unroll_words mnist fashion-mnist;"},
};

/* The synopsis names what the arguments are. An experiment is a file for batch, which needs no
 * store, and a name for the commands that read one. */
static void print_arguments(const struct option_page *page, void *data)
{
    const char *command = data;
    printf("    %s)", command);
    for (size_t k = 0; k < sizeof kinds / sizeof kinds[0]; k++) {
        const char *what = kinds[k].what;
        if (text_equal(command, "batch") && text_equal(what, "experiments"))
            what = "configs";
        if (has_word(page->synopsis, kinds[k].name) && !text_equal(what, "folders") &&
            !text_equal(kinds[k].name, "PATH"))
            printf(" _unroll_%s;", what);
    }
    for (size_t i = 0; i < sizeof arguments / sizeof arguments[0]; i++)
        if (text_equal(command, arguments[i].command))
            fputs(arguments[i].calls, stdout);
    puts(" ;;");
}

static int print_function(const char *head, option_page_reader reader, const struct command *list,
                          int count, struct error *error)
{
    puts(head);
    for (int i = 0; i < count; i++)
        if (options_read_page(list[i].run, list[i].name, reader, (void *)list[i].name, error))
            return -1;
    puts("    esac\n}\n");
    return 0;
}

/* Readline parts words at `=` and `:`, so that `--format=csv` comes as three. */
static const char helpers[] =
    "# bash completion of unroll. Made by unroll --bash-completion of the commands' help.\n"
    "\n"
    "# Adds the lines that compgen prints, which may hold spaces.\n"
    "_unroll_add() {\n"
    "    mapfile -t -O \"${#COMPREPLY[@]}\" COMPREPLY < <(compgen \"$@\" -- \"$word\")\n"
    "}\n"
    "_unroll_words() { _unroll_add -W \"$*\"; }\n"
    "_unroll_nothing() { :; }\n"
    "# Adds the lines of standard input, quoted.\n"
    "_unroll_lines() {\n"
    "    local line\n"
    "    while IFS= read -r line; do\n"
    "        [[ $line != \"$word\"* ]] || COMPREPLY+=(\"$(printf %q \"$line\")\")\n"
    "    done\n"
    "}\n"
    "_unroll_files() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    _unroll_add -f\n"
    "}\n"
    "_unroll_folders() {\n"
    "    compopt -o filenames 2>/dev/null\n"
    "    _unroll_add -d\n"
    "}\n"
    "_unroll_configs() {\n"
    "    _unroll_folders\n"
    "    _unroll_add -f -X '!*.yaml'\n"
    "    _unroll_add -f -X '!*.yml'\n"
    "}\n"
    "# What the program prints for \"$@\", with the OPTION of the command line, in any of its "
    "forms:\n"
    "# two words, one, or three where readline parts them.\n"
    "_unroll_with() {\n"
    "    local option=$1 at value given=()\n"
    "    shift\n"
    "    for ((at = 2; at < COMP_CWORD; at++)); do\n"
    "        case ${COMP_WORDS[at]} in\n"
    "        \"$option\") value=${COMP_WORDS[at + 1]} ;;\n"
    "        \"$option\"=*) value=${COMP_WORDS[at]#*=} ;;\n"
    "        *) continue ;;\n"
    "        esac\n"
    "        [[ $value != = ]] || value=${COMP_WORDS[at + 2]}\n"
    "        # What stands unquoted in an array of words is not expanded.\n"
    "        # shellcheck disable=SC2088\n"
    "        [[ $value != '~/'* ]] || value=$HOME/${value:2}\n"
    "        given+=(\"$option\" \"$value\")\n"
    "    done\n"
    "    \"${COMP_WORDS[0]}\" \"$@\" \"${given[@]}\" 2>/dev/null\n"
    "}\n"
    "_unroll_store() { _unroll_with --store \"$@\" --format csv; }\n"
    "_unroll_experiments() {\n"
    "    _unroll_lines < <(_unroll_store status --limit 0 | sed -n 's/^experiment,\\([^,]*\\),.*/"
    "\\1/p')\n"
    "}\n"
    "_unroll_runs() {\n"
    "    _unroll_lines < <(_unroll_store list --limit 200 | sed -n '2,$s/,.*//p')\n"
    "}\n"
    "# Kinds and names; KIND/NAME where the word has a slash.\n"
    "_unroll_modules() {\n"
    "    local names\n"
    "    names=$(_unroll_with --plugin-dir modules | awk -v slash=\"${word//[^\\/]/}\" '\n"
    "        /^[a-z]+:$/ { kind = substr($1, 1, length($1) - 1); if (!slash) print kind }\n"
    "        /^  [a-z0-9_]+ \\(/ { print slash ? kind \"/\" $1 : $1 }')\n"
    "    _unroll_words \"$names\"\n"
    "}\n";

static const char dispatch[] =
    "_unroll() {\n"
    "    local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD - 1]}\n"
    "    local command=${COMP_WORDS[1]} what\n"
    "    COMPREPLY=()\n"
    "    if ((COMP_CWORD == 1)); then\n"
    "        _unroll_words \"$_unroll_commands help --help --version\"\n"
    "        return\n"
    "    fi\n"
    "    if [[ $command == help ]]; then\n"
    "        ((COMP_CWORD > 2)) || _unroll_words \"$_unroll_commands\"\n"
    "        return\n"
    "    fi\n"
    "    if [[ $word == = ]]; then\n"
    "        word=\n"
    "    elif [[ $before == = ]]; then\n"
    "        before=${COMP_WORDS[COMP_CWORD - 2]}\n"
    "    fi\n"
    "    read -ra what < <(_unroll_value \"$command $before\")\n"
    "    if ((${#what[@]})); then\n"
    "        \"_unroll_${what[0]}\" \"${what[@]:1}\"\n"
    "    elif [[ $word == -* ]]; then\n"
    "        _unroll_words \"$(_unroll_options \"$command\")\"\n"
    "    else\n"
    "        _unroll_arguments \"$command\"\n"
    "    fi\n"
    "}\n"
    "complete -F _unroll unroll\n";

int completion_print(const struct command *commands, int count, struct error *error)
{
    puts(helpers);
    fputs("_unroll_commands='", stdout);
    for (int i = 0; i < count; i++)
        printf("%s%s", i ? " " : "", commands[i].name);
    puts("'\n");
    if (print_function("_unroll_options() {\n    case $1 in", print_options, commands, count,
                       error) ||
        print_function("_unroll_value() {\n    case $1 in", print_values, commands, count, error) ||
        print_function("_unroll_arguments() {\n    case $1 in", print_arguments, commands, count,
                       error))
        return -1;
    fputs(dispatch, stdout);
    return 0;
}
