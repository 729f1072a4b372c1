/* unroll verify: train a run again and compare every stored figure. */
#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "math/isa.h"
#include "math/matrix.h"
#include "report/figures.h"
#include "train/data_folder.h"
#include "train/identity.h"
#include "train/run.h"
#include "train/trained.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct request {
    const char *run, *store, *data;
    const char *const *changes; /* [change_count] key=value */
    size_t change_count;
    int64_t threads;
    bool quiet;
};

/* The run is in no danger then: nothing is written to its store. */
static int load_stored(struct figures *stored, const struct request *request, struct error *error)
{
    char *path = store_path(request->store);
    struct store *store = NULL;
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0)
        result = figures_load(stored, store, request->run, error);
    if (result == 0 && stored->run.state != RUN_DONE) {
        result = error_set(error, ERROR_USAGE,
                           "run %s is %s: only a run that is done has all figures to compare",
                           stored->run.id, run_state_name(stored->run.state));
        figures_release(stored);
    }
    store_close(store);
    memory_free(path);
    return result;
}

/* How to have the instruction set STORED, or why not. */
static void add_isa_advice(struct text *text, const char *stored)
{
    enum math_isa then = ISA_BASELINE;
    while (then < ISA_COUNT && !text_equal(math_isa_name(then), stored))
        then++;
    if (then < math_isa())
        text_add_format(text, "; UNROLL_ISA=%s computes as then", stored);
    else if (getenv("UNROLL_ISA"))
        text_add_format(text, "; UNROLL_ISA chose that here");
    else
        text_add(text, "; this machine lacks the former");
}

/* Warns of what may change bits although it is the same training. */
static void warn_of_environment(const struct run *run, const struct config *config)
{
    const struct environment *then = &run->environment;
    struct environment now;
    struct text text = {0};
    char key[HASH_TEXT_SIZE];
    matrix_describe(&text);
    environment_collect(&now, text_get(&text), math_isa_name(math_isa()), 1);
    text_clear(&text);
    identity_key(config, run->data_digest, key);
    if (!text_equal(key, run->key))
        text_add_format(&text,
                        "\n    the program: Unroll %s computed otherwise, and calls this run %s "
                        "now; only the program of then can give the same bits",
                        run->engine, key);
    if (!text_equal(then->isa, now.isa)) {
        text_add_format(&text, "\n    the instruction set: %s then, %s now", then->isa, now.isa);
        add_isa_advice(&text, then->isa);
    }
    if (!text_equal(then->blas, now.blas)) {
        const char *kernel = strrchr(then->blas, ' ');
        text_add_format(&text, "\n    the matrix library: %s then, %s now", then->blas, now.blas);
        if (kernel)
            text_add_format(&text, "; OPENBLAS_CORETYPE=%s may choose the kernel of then",
                            kernel + 1);
    }
    if (!text_equal(then->compiler, now.compiler))
        text_add_format(&text, "\n    the compiler: %s then, %s now", then->compiler, now.compiler);
    if (text.length)
        log_warning("run %s was trained elsewhere or otherwise, so that figures may differ in the "
                    "last bits:%s",
                    run->id, text_get(&text));
    environment_release(&now);
    text_release(&text);
}

/* The temporary store and the figures of the run in it. */
struct again {
    char *folder;
    char *store;
    struct figures figures;
    bool has_diverged;
};

static int make_folder(struct again *again, struct error *error)
{
    const char *parent = getenv("TMPDIR");
    char *folder = file_join(parent && *parent ? parent : "/tmp", "unroll-verify-XXXXXX");
    if (!mkdtemp(folder)) {
        int cause = errno;
        error_system(error, ERROR_FAILED, cause,
                     "%s: the folder for training again cannot be made; TMPDIR names another place",
                     folder);
        memory_free(folder);
        return -1;
    }
    again->folder = folder;
    again->store = file_join(folder, "unroll.db");
    return 0;
}

static void again_release(struct again *again)
{
    struct error trouble;
    if (again->folder && file_remove_tree(again->folder, &trouble))
        log_warning("%s", trouble.text);
    memory_free(again->folder);
    memory_free(again->store);
    figures_release(&again->figures);
}

static int check_data(const struct run *run, const struct config *config, const char *folder,
                      struct error *error)
{
    struct data data = {0};
    int result = data_open(&data, &config->data, folder, error);
    if (result == 0)
        result = trained_check_data(run, config, &data, error);
    data_release(&data);
    return result;
}

static int load_again(struct again *again, const char *id, struct error *error)
{
    struct store *store = NULL;
    int result = store_open(&store, again->store, STORE_READ, error);
    if (result == 0)
        result = figures_load(&again->figures, store, id, error);
    store_close(store);
    return result;
}

/* Trains in the temporary store, from the start and with one checkpoint at the end. */
static int train(struct again *again, const struct config *config, const struct run *run,
                 const char *data, const struct request *request, struct error *error)
{
    if (make_folder(again, error))
        return -1;
    const struct run_options options = {.store = again->store,
                                        .data = data,
                                        .threads = (int)request->threads,
                                        .quiet = request->quiet,
                                        .checkpoint_seconds = 1e9};
    struct run_outcome outcome;
    if (run_train(config, &options, &outcome, error)) {
        again->has_diverged = outcome.state == RUN_DIVERGED;
        if (error->code == ERROR_INTERRUPTED)
            error_set(error, ERROR_INTERRUPTED, "run %s was not verified to its end: interrupted",
                      run->id);
        return again->has_diverged ? 0 : -1;
    }
    return load_again(again, outcome.id, error);
}

static int print_difference(const char *what, struct error *error)
{
    struct text line = {0};
    printable_add(&line, what); /* names come from the store's file */
    printf("different: %s\n", text_get(&line));
    text_release(&line);
    return error_set(error, ERROR_FAILED, "%s", "");
}

/* What was found, on stdout; ERROR_FAILED without a text where something differs. */
static int report(const struct figures *stored, const struct figures *again, struct error *error)
{
    struct figures_comparison found;
    figures_compare(stored, again, &found);
    int64_t count = found.metrics + found.flows + found.counts + found.finals + found.predictions +
                    (found.checkpoint ? 1 : 0);
    struct text flows = {0}; /* few runs have any */
    if (found.flows)
        text_add_format(&flows, "%" PRId64 " norms of gradient flow, ", found.flows);
    int result = 0;
    if (found.different) {
        result = print_difference(text_get(&found.first), error);
        printf("%" PRId64 " of %" PRId64 " figures differ\n", found.different, count);
    } else {
        printf("identical: %" PRId64 " figures (%" PRId64 " metrics, %s%" PRId64 " counts, %" PRId64
               " finals, %" PRId64 " predictions%s)\n",
               count, found.metrics, text_get(&flows), found.counts, found.finals,
               found.predictions, found.checkpoint ? ", the last checkpoint" : "");
    }
    if (found.left_out)
        log_note("run %s is older than the final figures of the training split: those "
                 "(train_split.*) were not compared",
                 stored->run.id);
    text_release(&flows);
    figures_comparison_release(&found);
    return result;
}

static int verify_stored(const struct figures *stored, const struct request *request,
                         struct error *error)
{
    const struct run *run = &stored->run;
    struct config config = {0};
    struct again again = {0};
    char *data = data_folder(request->data);
    int result =
        trained_config_changed(&config, run, request->changes, request->change_count, error);
    if (result == 0)
        result = trained_check_modules(run, &config, error);
    if (result == 0)
        result = check_data(run, &config, data, error);
    if (result == 0) {
        warn_of_environment(run, &config);
        result = train(&again, &config, run, data, request, error);
    }
    if (result == 0)
        result = again.has_diverged ? print_difference(error->text, error)
                                    : report(stored, &again.figures, error);
    again_release(&again);
    config_release(&config);
    memory_free(data);
    return result;
}

static int verify(const struct request *request, struct error *error)
{
    struct figures stored = {0};
    int result = load_stored(&stored, request, error);
    if (result == 0)
        result = verify_stored(&stored, request, error);
    figures_release(&stored);
    return result;
}

int command_verify(int argc, char **argv, struct error *error)
{
    struct request request = {.threads = 1};
    const struct option_entry entries[] = {
        {"threads", 't', OPTION_INTEGER, &request.threads, "N",
         "Threads; useful up to train.shards. Changes no result.", 1, 1024, NULL},
        {"quiet", 'q', OPTION_FLAG, &request.quiet, NULL, "No progress, no lines.", 0, 0, NULL},
        OPTION_STORE(&request.store),
        OPTION_DATA(&request.data),
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "verify RUN [key=value...] [OPTION...]",
        "Trains the config of a run that is done again, from the start and in a temporary\n"
        "store (in TMPDIR, or /tmp), and compares every figure that the store has of it, bit\n"
        "for bit: metrics at every step, final figures, predictions, the last checkpoint.\n"
        "Says `identical` and ends with 0, or tells the first difference and ends with 1. The\n"
        "store is only read. Another instruction set or matrix library may change last bits:\n"
        "a warning then says how to compute as the run did. Ctrl-C removes the temporary store.\n"
        "key=value says where files of data are now, such as data.set.csv.path=moved.csv; it\n"
        "can change nothing that matters to the run.",
        "unroll verify 3f9a2c --threads 4", entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "verify needs a run");
    request.changes = (const char *const *)argv + first + 1;
    request.change_count = (size_t)(argc - first - 1);
    request.run = argv[first];
    log_set_quiet(request.quiet);
    run_catch_signals();
    return load_modules(error) ? -1 : verify(&request, error);
}
