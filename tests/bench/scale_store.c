#include "bench/scale_store.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "batch/batch.h"
#include "store/database.h"
#include "store/experiments.h"

#include <errno.h>
#include <math.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const char base_text[] = "data: {set: digits}\n"
                                "model: {cell: lstm, units: 32}\n"
                                "train: {steps: 20000, batch: 50, log: {every: 100},\n"
                                "        evaluate: {every: 200, on: test}}\n";

/* Four series as often as the training is logged, two as often as the network is evaluated: a
 * tenth of a run's rows belong to each of these. */
static const char *const series[SCALE_SERIES] = {"train.loss", "train.accuracy",
                                                 "train.rate", "train.gradient_norm",
                                                 "test.loss",  "test.accuracy"};
enum { TRAIN_SERIES = 4, FINALS = 4, STEPS = 20000, TEST_EXAMPLES = 360 };
static const char *const final_names[FINALS] = {"test.accuracy", "test.loss", "train.accuracy",
                                                "train.loss"};

/* What is the same in all runs. */
struct filler {
    struct database *database;
    struct config config;
    struct environment environment;
    struct statement run, metric, final, predictions;
    int64_t number; /* of the last run */
    int64_t rows;   /* so far */
    bool is_bare;   /* runs have neither metrics nor figures */
    int64_t points[SCALE_SERIES];
};

double scale_bytes(struct scale scale)
{
    double runs = (double)(scale.runs + SCALE_SMALL_RUNS);
    return runs * (12e3 + 60.0 * (double)scale.rows / (double)scale.runs) + 2 * runs * 8e3;
}

/* A number from 0 to 1 that differs with each argument. */
static double chance(int64_t a, int64_t b, int64_t c)
{
    uint64_t x = (uint64_t)a * 0x9e3779b97f4a7c15U ^ (uint64_t)b * 0xbf58476d1ce4e5b9U ^
                 (uint64_t)c * 0x94d049bb133111ebU;
    x = (x ^ x >> 31) * 0xd6e8feb86659fd93U; /* a mixing step; nothing hangs on its quality */
    return (double)((x ^ x >> 32) >> 11) / 0x1p53;
}

/* A series' value: a climb or a fall with noise, in all digits as training gives them. */
static double value_of(int64_t run, int kind, int64_t step)
{
    double noise = chance(run, kind, step), time = (double)step / STEPS;
    if (kind == 2)
        return 1e-3 * pow(0.96, 100 * time);
    bool is_accuracy = kind == 1 || kind == 5;
    return is_accuracy ? 0.97 - 0.87 * exp(-8 * time) + 0.02 * noise
                       : 2.3 * exp(-4 * time) + 0.1 * noise;
}

static int add_metrics(struct filler *filler, struct error *error)
{
    for (int kind = 0; kind < SCALE_SERIES; kind++) {
        int64_t count = filler->points[kind], every = count < STEPS ? STEPS / count : 1;
        for (int64_t i = 1; i <= count; i++) {
            int64_t step = i * every;
            bind_integer(&filler->metric, 1, filler->number);
            bind_integer(&filler->metric, 2, kind + 1);
            bind_integer(&filler->metric, 3, step);
            bind_real(&filler->metric, 4, (double)step * 50 / 1437);
            bind_real(&filler->metric, 5, (double)step * 0.0007 + chance(filler->number, 9, i));
            bind_value(&filler->metric, 6, value_of(filler->number, kind, step));
            if (statement_run(&filler->metric, error) != 0)
                return -1;
        }
        filler->rows += count;
    }
    return 0;
}

static int add_outcome(struct filler *filler, struct error *error)
{
    for (int i = 0; i < FINALS; i++) {
        bind_integer(&filler->final, 1, filler->number);
        bind_text(&filler->final, 2, final_names[i]);
        bind_value(&filler->final, 3, value_of(filler->number, i % 2 ? 0 : 1, STEPS));
        if (statement_run(&filler->final, error) != 0)
            return -1;
    }
    bind_integer(&filler->predictions, 1, filler->number);
    return statement_run(&filler->predictions, error);
}

/* A run of TRIAL that is done, with all that belongs to it. */
static int add_run(struct filler *filler, const struct trial *trial, struct error *error)
{
    struct statement *run = &filler->run;
    const struct environment *environment = &filler->environment;
    char id[RUN_ID_SIZE];
    snprintf(id, sizeof id, "%.12s", trial->key);
    bind_integer(run, 1, ++filler->number);
    bind_text(run, 2, id);
    bind_text(run, 3, trial->key);
    bind_text(run, 4, trial->variant);
    bind_integer(run, 5, trial->seed);
    bind_real(run, 6, 1.75e9 + 20 * (double)filler->number);
    bind_integer(run, 7, STEPS);
    bind_real(run, 8, 14 + chance(filler->number, 0, 0));
    bind_text(run, 9, environment->compiler);
    bind_text(run, 10, environment->cpu);
    bind_text(run, 11, environment->process.host);
    bind_text(run, 12, environment->process.boot_id);
    bind_text(run, 13, filler->config.yaml);
    bind_text(run, 14, filler->config.canonical);
    if (filler->is_bare)
        return statement_run(run, error);
    if (statement_run(run, error) != 0 || add_metrics(filler, error) != 0)
        return -1;
    return add_outcome(filler, error);
}

static void release_statements(struct filler *filler)
{
    statement_release(&filler->run);
    statement_release(&filler->metric);
    statement_release(&filler->final);
    statement_release(&filler->predictions);
}

static int prepare(struct filler *filler, struct error *error)
{
    static const char run[] =
        "INSERT INTO runs (number, id, key, name, state, seed, created, started, ended, heartbeat, "
        "steps, step, examples, train_seconds, evaluate_seconds, parameters, checkpoint, "
        "checkpoint_hash, checkpoint_step, data_digest, engine, compiler, blas, isa, cpu, threads, "
        "host, boot_id, pid_namespace, pid, start_ticks, plugins, config, canonical) "
        "VALUES (?1, ?2, ?3, ?4, 'done', ?5, ?6, ?6, ?6 + 15, ?6 + 15, ?7, ?7, ?7 * 50, ?8, 0.5, "
        "5770, 'final.safetensors', ?3, ?7, ?3, '0.1', ?9, 'OpenBLAS 0.3.21', 'avx512', ?10, 1, "
        "?11, ?12, 4026531836, 1000 + ?1, 100000 + ?1, '', ?13, ?14)";
    static const char predictions[] = "INSERT INTO predictions VALUES "
                                      "(?1, 'test', ?2, zeroblob(?2), zeroblob(?2), zeroblob(4 * "
                                      "?2))";
    struct database *database = filler->database;
    if (statement_prepare(&filler->run, database, run, error) != 0 ||
        statement_prepare(&filler->metric, database,
                          "INSERT INTO metrics VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)", error) != 0 ||
        statement_prepare(&filler->final, database, "INSERT INTO finals VALUES (?1, ?2, ?3, ?4)",
                          error) != 0 ||
        statement_prepare(&filler->predictions, database, predictions, error) != 0)
        return -1;
    bind_integer(&filler->predictions, 2, TEST_EXAMPLES);
    return 0;
}

static int add_series(struct database *database, struct error *error)
{
    for (int i = 0; i < SCALE_SERIES; i++) {
        char *sql = text_format("INSERT INTO series VALUES (%d, '%s')", i + 1, series[i]);
        int result = database_execute(database, sql, error);
        memory_free(sql);
        if (result != 0)
            return -1;
    }
    return 0;
}

/* Runs for all trials of the experiment called NAME, except those that an experiment before it
 * shares. */
static int fill_experiment(struct filler *filler, struct store *store, const char *name,
                           struct scale_store *made, struct error *error)
{
    struct experiment experiment;
    if (store_experiment_load(store, name, &experiment, error) != 0)
        return -1;
    int result = database_begin_write(filler->database, error);
    for (size_t i = 0; result == 0 && i < experiment.trial_count; i++)
        result = add_run(filler, &experiment.trials[i], error);
    result = database_end(filler->database, result, error);
    if (result == 0 && !*made->run)
        snprintf(made->run, sizeof made->run, "%.12s",
                 experiment.trials[experiment.trial_count / 2].key);
    experiment_release(&experiment);
    return result;
}

/* An experiment whose keys are its own, saved without a file. */
static int save_small(struct store *store, int number, struct error *error)
{
    struct trial trials[2 * 5];
    char keys[2 * 5][HASH_TEXT_SIZE];
    char *name = text_format("small-%d", number);
    for (int i = 0; i < 2 * 5; i++) {
        char *text = text_format("%s %d", name, i);
        hash_bytes(text, strlen(text), keys[i]);
        memory_free(text);
        trials[i] = (struct trial){.variant = i < 5 ? (char[]){"lstm"} : (char[]){"gru"},
                                   .variant_order = i / 5,
                                   .seed = i % 5 + 1,
                                   .key = keys[i],
                                   .overrides = (char[]){"model.layers=2\n"}};
    }
    const struct experiment experiment = {.name = name,
                                          .source = (char[]){"variants: {lstm: {}, gru: {}}\n"},
                                          .metric = (char[]){"test.accuracy"},
                                          .baseline = (char[]){"lstm"},
                                          .trials = trials,
                                          .trial_count = 2 * 5};
    int result = store_experiment_save(store, &experiment, error);
    memory_free(name);
    return result;
}

static int write_file(const char *folder, const char *name, const char *text, struct error *error)
{
    char *path = file_join(folder, name);
    int result = file_replace(path, text, strlen(text), error);
    memory_free(path);
    return result;
}

/* The large experiment's file: one variant for each number of units. */
static int write_experiment(const char *folder, int64_t runs, struct error *error)
{
    struct text text = {0};
    text_add_format(&text, "name: scale\nbase: base.yaml\nseeds: %lld\nvariants:\n",
                    (long long)(runs / SCALE_VARIANTS));
    for (int i = 0; i < SCALE_VARIANTS; i++)
        text_add_format(&text, "  lstm-%d: {model.units: %d}\n", 8 * (i + 1), 8 * (i + 1));
    text_add(&text, "compare: {metric: test.accuracy, baseline: lstm-8}\n");
    int result = write_file(folder, "base.yaml", base_text, error);
    if (result == 0)
        result = write_file(folder, "scale.yaml", text_get(&text), error);
    text_release(&text);
    return result;
}

static int write_sweeps(const char *folder, int64_t runs, struct error *error)
{
    enum { VALUES = 100 };
    struct text grid = {0}, search = {0};
    int64_t points = runs < SCALE_POINTS ? runs : SCALE_POINTS;
    text_add_format(&grid,
                    "name: grid\nbase: base.yaml\nsweep:\n"
                    "  train.optimizer.adam.rate: {log: {from: 1e-5, to: 1e-1, points: %d}}\n"
                    "  train.weight_decay: {log: {from: 1e-6, to: 1e-2, points: %lld}}\n",
                    VALUES, (long long)(points / VALUES > 1 ? points / VALUES : 2));
    text_add_format(&search,
                    "name: random\nbase: base.yaml\nsweep:\n"
                    "  random: {points: %lld, seed: 1, over: {\n"
                    "    train.optimizer.adam.rate: {log: {from: 1e-5, to: 1e-1}},\n"
                    "    train.weight_decay: {log: {from: 1e-6, to: 1e-2}},\n"
                    "    model.units: {linear: {from: 4, to: 64}}}}\n",
                    (long long)points);
    int result = write_file(folder, "grid.yaml", text_get(&grid), error);
    if (result == 0)
        result = write_file(folder, "random.yaml", text_get(&search), error);
    text_release(&grid);
    text_release(&search);
    return result;
}

static int error_of_config(struct diagnostics *diagnostics, struct error *error)
{
    diagnostics_print(diagnostics);
    return error_set(error, ERROR_FAILED, "the bench's own config is wrong");
}

/* Saves the experiment in FILE, and so the store DATABASE, by what `unroll batch` does before it
 * trains. */
static int plan_experiment(const struct scale_store *made, const char *file, const char *database,
                           struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    const struct batch_options options = {.store = database, .data = made->folder, .workers = 1};
    struct experiment_file experiment;
    struct batch batch = {0};
    error_set(error, ERROR_FAILED, "%s", "");
    int result = experiment_load(&experiment, file, diagnostics);
    if (result == 0)
        result = batch_plan(&batch, &experiment, &options, false, diagnostics, error);
    if (result != 0 && !*error->text)
        error_of_config(diagnostics, error);
    batch_release(&batch);
    experiment_file_release(&experiment);
    diagnostics_free(diagnostics);
    return result;
}

static int load_config(struct config *config, const char *folder, struct error *error)
{
    struct diagnostics *diagnostics = diagnostics_new();
    char *path = file_join(folder, "base.yaml");
    int result = config_load(config, path, NULL, 0, diagnostics);
    if (result != 0)
        error_of_config(diagnostics, error);
    memory_free(path);
    diagnostics_free(diagnostics);
    return result;
}

static int fill(struct store *store, struct filler *filler, struct scale_store *made,
                struct error *error)
{
    /* For the filling only: if it is cut off, the store is thrown away. */
    static const char fast[] = "PRAGMA synchronous = OFF; PRAGMA journal_mode = MEMORY; "
                               "PRAGMA cache_size = -100000; PRAGMA foreign_keys = OFF;";
    int result = prepare(filler, error);
    for (int i = 0; result == 0 && i < SCALE_SMALL_EXPERIMENTS; i++)
        result = save_small(store, i + 1, error);
    if (result == 0)
        result = database_execute(filler->database, fast, error);
    if (result == 0)
        result = add_series(filler->database, error);
    if (result == 0)
        result = fill_experiment(filler, store, "scale", made, error);
    for (int i = 0; result == 0 && i < SCALE_SMALL_EXPERIMENTS; i++) {
        char *name = text_format("small-%d", i + 1);
        result = fill_experiment(filler, store, name, made, error);
        memory_free(name);
    }
    return result;
}

/* The runs of the sweeps: all done, in a store of their own. */
static int make_sweeps(const struct scale_store *made, struct error *error)
{
    struct filler filler = {.is_bare = true};
    struct scale_store unused = {0};
    struct store *store = NULL;
    environment_collect(&filler.environment, "OpenBLAS", "avx512", 1);
    int result = load_config(&filler.config, made->folder, error);
    if (result == 0)
        result = plan_experiment(made, made->grid, made->sweeps, error);
    if (result == 0)
        result = plan_experiment(made, made->random, made->sweeps, error);
    if (result == 0)
        result = store_open(&store, made->sweeps, STORE_WRITE, error);
    if (result == 0) {
        filler.database = store_database(store);
        result = prepare(&filler, error);
        if (result == 0)
            result = fill_experiment(&filler, store, "grid", &unused, error);
        if (result == 0)
            result = fill_experiment(&filler, store, "random", &unused, error);
        release_statements(&filler);
    }
    store_close(store);
    config_release(&filler.config);
    environment_release(&filler.environment);
    return result;
}

static int open_and_fill(struct scale_store *made, struct scale scale, struct error *error)
{
    struct filler filler = {0};
    struct store *store = NULL;
    int64_t rows = scale.rows / scale.runs;
    for (int i = 0; i < SCALE_SERIES; i++)
        filler.points[i] = i < TRAIN_SERIES ? (rows - 2 * (rows / 10)) / TRAIN_SERIES : rows / 10;
    environment_collect(&filler.environment, "OpenBLAS", "avx512", 1);
    int result = load_config(&filler.config, made->folder, error);
    if (result == 0)
        result = store_open(&store, made->path, STORE_WRITE, error);
    if (result == 0) {
        filler.database = store_database(store);
        result = fill(store, &filler, made, error);
        release_statements(&filler);
    }
    store_close(store);
    config_release(&filler.config);
    environment_release(&filler.environment);
    made->runs = filler.number;
    made->rows = filler.rows;
    return result;
}

int scale_store_make(struct scale_store *store, const char *folder, struct scale scale,
                     struct error *error)
{
    double begun = clock_seconds();
    *store = (struct scale_store){0};
    snprintf(store->folder, sizeof store->folder, "%s", folder);
    snprintf(store->path, sizeof store->path, "%s/unroll.db", folder);
    snprintf(store->experiment, sizeof store->experiment, "%s/scale.yaml", folder);
    snprintf(store->grid, sizeof store->grid, "%s/grid.yaml", folder);
    snprintf(store->random, sizeof store->random, "%s/random.yaml", folder);
    snprintf(store->sweeps, sizeof store->sweeps, "%s/sweeps.db", folder);
    if (file_make_folders(folder, error) != 0 || write_experiment(folder, scale.runs, error) != 0 ||
        write_sweeps(folder, scale.runs, error) != 0 ||
        plan_experiment(store, store->experiment, store->path, error) != 0 ||
        open_and_fill(store, scale, error) != 0 || make_sweeps(store, error) != 0)
        return -1;
    struct stat status;
    if (stat(store->path, &status) != 0)
        return error_system(error, ERROR_FAILED, errno, "%s: cannot be read", store->path);
    store->bytes = (double)status.st_size;
    store->seconds = clock_seconds() - begun;
    return 0;
}
