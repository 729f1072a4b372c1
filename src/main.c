/* The command table and its dispatch. */
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/version.h"
#include "commands/commands.h"
#include "commands/pages.h"
#include "module/hook.h"
#include "module/registry.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static const struct command commands[] = {
    {"run", command_run, "train one config"},
    {"batch", command_batch, "train what is missing of an experiment, in parallel"},
    {"check", command_check, "validate configs and experiments; train nothing"},
    {"show", command_show, "a resolved config with origins, or all about a run"},
    {"list", command_list, "the runs in the store"},
    {"status", command_status, "how far experiments are, and the runs in training"},
    {"compare", command_compare, "which variant is better, and by how much"},
    {"plot", command_plot, "pictures: learning curves, finals, sweeps, gradients, ..."},
    {"report", command_report, "an experiment as one page to share"},
    {"predict", command_predict, "predictions beside labels, and the confusion matrix"},
    {"diff", command_diff, "in what two runs or configs differ"},
    {"verify", command_verify, "train a run again and compare every stored figure"},
    {"tag", command_tag, "give runs tags, by which they are found again"},
    {"note", command_note, "write a note on a run"},
    {"rm", command_rm, "remove runs and experiments, with their files"},
    {"gc", command_gc, "remove files that no run needs any more"},
    {"import", command_import, "bring in the runs and experiments of other stores"},
    {"fetch", command_fetch, "get a data set into the data folder"},
    {"modules", command_modules, "what a config can choose, with all parameters"},
    {"schema", command_schema, "the JSON Schema of a config, for editors"},
    {"doctor", command_doctor, "what is installed, and what is missing"},
};

enum { COMMANDS = sizeof commands / sizeof commands[0] };

static void print_usage(FILE *stream)
{
    fputs("usage: unroll COMMAND [OPTION...] [ARGUMENT...]\n\n"
          "A laboratory for recurrent networks: a YAML file says what to train, an\n"
          "experiment file what to compare; every figure is kept in one store.\n\ncommands:\n",
          stream);
    for (int i = 0; i < COMMANDS; i++)
        fprintf(stream, "  %-8s  %s\n", commands[i].name, commands[i].help);
    fputs("\n`unroll help COMMAND` tells more about each, with an example.\n"
          "exit status: 0 done, 1 a run failed or a difference was found, 2 usage or config,\n"
          "3 not found, 4 data, 130 interrupted\n",
          stream);
}

static int unknown_command(const char *name)
{
    const char *names[COMMANDS];
    for (int i = 0; i < COMMANDS; i++)
        names[i] = commands[i].name;
    const char *nearest = text_nearest(name, names, COMMANDS);
    if (nearest)
        log_error("%s: unknown command; did you mean `%s`?", name, nearest);
    else
        log_error("%s: unknown command; `unroll --help` lists them", name);
    return ERROR_USAGE;
}

/* A pipe that closed early (| head) is no failure; a full disk is. */
static int finish_output(int status)
{
    bool is_broken = ferror(stdout) != 0;
    if ((fflush(stdout) != 0 || is_broken) && status == 0) {
        log_error("the output could not be written completely");
        return ERROR_FAILED;
    }
    return status;
}

static int report(int result, const struct error *error)
{
    if (result == 0)
        return 0;
    if (*error->text)
        log_error("%s", error->text);
    return error->code;
}

/* Plugins stay loaded: what they do while they are unloaded could still crash or hang, and would
 * change nothing. The sanitizer build looks whether all memory was given back. */
static int end(int status)
{
#ifdef __SANITIZE_ADDRESS__
    registry_release();
    return finish_output(status);
#else
    status = finish_output(status);
    fflush(NULL);
    _exit(status);
#endif
}

static int dispatch(int argc, char **argv)
{
    for (int i = 0; i < COMMANDS; i++) {
        if (!text_equal(commands[i].name, argv[0]))
            continue;
        struct error error = {.code = ERROR_FAILED};
        return end(report(commands[i].run(argc, argv, &error), &error));
    }
    return unknown_command(argv[0]);
}

static bool asks_for_help(const char *word)
{
    return text_equal(word, "--help") || text_equal(word, "-h") || text_equal(word, "help");
}

/* argv[1] asks for help, and what follows says on what. */
static int print_help(int argc, char **argv)
{
    if (argc == 2 || *argv[2] == '-' || text_equal(argv[2], "help")) {
        print_usage(stdout);
        return finish_output(0);
    }
    if (argc > 3) {
        log_error("%s: help is on one command at a time; `unroll --help` lists them", argv[3]);
        return ERROR_USAGE;
    }
    char help[] = "--help";
    char *page[] = {argv[2], help, NULL};
    return dispatch(2, page);
}

/* What `make install` asks for: the pages that other programs show. */
static int print_page(const char *which, bool *is_page)
{
    struct error error = {.code = ERROR_FAILED};
    *is_page = true;
    if (text_equal(which, "--man"))
        return finish_output(report(manual_print(commands, COMMANDS, &error), &error));
    if (text_equal(which, "--bash-completion"))
        return finish_output(report(completion_print(commands, COMMANDS, &error), &error));
    *is_page = false;
    return 0;
}

static void out_of_memory(size_t size)
{
    log_status("");
    log_error("out of memory: %zu bytes could not be had", size);
    exit(ERROR_FAILED);
}

/* A file that took the place of a closed standard stream would be written to by messages. What
 * stands there instead can only be read, so that output which goes nowhere is still an error. */
static void open_standard_streams(void)
{
    int descriptor;
    do
        descriptor = open("/dev/null", O_RDONLY);
    while (descriptor >= 0 && descriptor <= STDERR_FILENO);
    if (descriptor >= 0)
        close(descriptor);
}

int main(int argc, char **argv)
{
    open_standard_streams();
    memory_set_handler(out_of_memory);
    hook_catch_ends();
    /* A parent may have left it ignored, and then nobody learns how a worker or gnuplot ended. */
    signal(SIGCHLD, SIG_DFL);
    /* A file that grows past a limit (ulimit -f) is an error with a message, not the end. */
    signal(SIGXFSZ, SIG_IGN);
    if (argc < 2) {
        print_usage(stderr);
        return ERROR_USAGE;
    }
    if (asks_for_help(argv[1]))
        return print_help(argc, argv);
    if (text_equal(argv[1], "--version")) {
        printf("unroll %s\n", UNROLL_VERSION);
        return finish_output(0);
    }
    bool is_page;
    int status = print_page(argv[1], &is_page);
    return is_page ? status : dispatch(argc - 1, argv + 1);
}
