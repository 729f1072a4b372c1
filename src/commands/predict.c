/* unroll predict: what a trained network answers. */
#include "base/memory.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "report/table.h"
#include "store/store.h"
#include "train/data_folder.h"
#include "train/trained.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

struct request {
    const char *run, *store, *data;
    const char *const *changes; /* [change_count] key=value */
    size_t change_count;
    int64_t first, threads;
    int split, format;
    bool with_probabilities;
};

static void add_columns(struct table *table, const char *const *titles, size_t count)
{
    for (size_t i = 0; i < count; i++)
        table_add_column(table, NULL, titles[i], titles[i]);
}

/* NAMES[NUMBER], or NUMBER where it has no name. */
static void set_name(struct table *table, size_t column, const char *const *names, int64_t number,
                     int64_t otherwise)
{
    if (names && names[number])
        table_set_text(table, column, names[number]);
    else
        table_set_whole(table, column, otherwise);
}

/* "5", or the class's name. */
static char *class_name(const struct data *data, int64_t class)
{
    const char *const *names = data->content.class_names;
    return names && names[class] ? memory_copy_text(names[class]) : text_format("%" PRId64, class);
}

/* A column for each class, behind "probability" or "predicted". */
static void add_class_columns(struct table *table, const struct data *data, const char *group)
{
    for (int64_t i = 0; i < data->content.classes; i++) {
        char *title = class_name(data, i);
        char *key = text_format("%s_%s", group, title);
        table_add_column(table, group, title, key);
        memory_free(title);
        memory_free(key);
    }
}

/* PROBABILITIES [examples, classes] of each class, or NULL. */
static int print_predictions(const struct data *data, const struct predictions *predictions,
                             const float *probabilities, const struct request *request,
                             struct error *error)
{
    enum { TITLES = 5 };
    static const char *const titles[TITLES] = {"example", "label", "predicted", "probability",
                                               "right"};
    const struct data_split *split = &data->splits[request->split];
    const char *const *classes = data->content.class_names;
    int64_t columns = probabilities ? data->content.classes : 0;
    struct table table = {0};
    add_columns(&table, titles, TITLES);
    if (probabilities)
        add_class_columns(&table, data, "probability");
    for (int64_t i = 0; i < predictions->count && i < request->first; i++) {
        table_add_row(&table);
        set_name(&table, 0, split->from->names, data_number(split, i), i);
        set_name(&table, 1, classes, predictions->labels[i], predictions->labels[i]);
        set_name(&table, 2, classes, predictions->predicted[i], predictions->predicted[i]);
        table_set_number(&table, 3, (double)predictions->probabilities[i], 4);
        table_set_text(&table, 4,
                       predictions->labels[i] == predictions->predicted[i] ? "yes" : "no");
        for (int64_t j = 0; j < columns; j++)
            table_set_number(&table, (size_t)(TITLES + j), (double)probabilities[i * columns + j],
                             4);
    }
    int result = table_print(&table, (enum table_format)request->format, stdout, error);
    table_release(&table);
    return result;
}

/* Row: label; column: prediction; the last column: how many per cent of the row are right. */
static int print_matrix(const struct data *data, const struct predictions *predictions,
                        const struct request *request, struct error *error)
{
    int64_t classes = data->content.classes;
    const char *const *names = data->content.class_names;
    int64_t *counts = memory_array((size_t)(classes * classes), sizeof *counts);
    for (int64_t i = 0; i < predictions->count; i++)
        counts[predictions->labels[i] * classes + predictions->predicted[i]]++;
    struct table table = {0};
    table_add_column(&table, NULL, "label", "label");
    add_class_columns(&table, data, "predicted");
    table_add_column(&table, NULL, "recall %", "recall");
    for (int64_t i = 0; i < classes; i++) {
        int64_t total = 0;
        table_add_row(&table);
        set_name(&table, 0, names, i, i);
        for (int64_t j = 0; j < classes; j++) {
            total += counts[i * classes + j];
            table_set_whole(&table, (size_t)j + 1, counts[i * classes + j]);
        }
        if (total)
            table_set_number(&table, (size_t)classes + 1,
                             100.0 * (double)counts[i * classes + i] / (double)total, 2);
    }
    int result = table_print(&table, (enum table_format)request->format, stdout, error);
    table_release(&table);
    memory_free(counts);
    return result;
}

static int print_all(struct trainer *trainer, const struct request *request, struct error *error)
{
    enum split split = (enum split)request->split;
    if (trainer->data->splits[split].count == 0)
        return error_set(error, ERROR_USAGE, "the run has no %s split", config_split_names[split]);
    struct evaluation evaluation;
    struct predictions predictions;
    size_t count = (size_t)(trainer->data->splits[split].count * trainer->data->content.classes);
    float *probabilities = request->with_probabilities && request->first > 0
                               ? memory_array(count, sizeof *probabilities)
                               : NULL;
    trainer->class_probabilities = probabilities;
    trainer_evaluate(trainer, split, 0, 0, &evaluation, &predictions);
    trainer->class_probabilities = NULL;
    int result = request->first > 0
                     ? print_predictions(trainer->data, &predictions, probabilities, request, error)
                     : 0;
    memory_free(probabilities);
    if (result != 0)
        return -1;
    if (request->first > 0 && request->format != TABLE_TEXT)
        return 0; /* one table per output, for programs */
    if (request->first > 0)
        printf("\n");
    if (print_matrix(trainer->data, &predictions, request, error))
        return -1;
    if (request->format == TABLE_TEXT)
        printf("\n%s: accuracy %.2f %% of %" PRId64 " examples, loss %.6f\n",
               config_split_names[split], 100 * evaluation.accuracy, evaluation.count,
               evaluation.loss);
    return 0;
}

/* Builds the network of RUN's own config, loads its weights, and answers. */
static int answer(const struct run *run, const char *folder, const struct request *request,
                  struct error *error)
{
    struct trained trained = {.changes = request->changes, .change_count = request->change_count};
    char *data_path = data_folder(request->data);
    int result = trained_open_data(&trained, run, data_path, error);
    if (result == 0)
        result = trained_open_network(&trained, run, folder, (int)request->threads, error);
    if (result == 0)
        result = print_all(&trained.trainer, request, error);
    trained_release(&trained);
    memory_free(data_path);
    return result;
}

static int predict(const struct request *request, struct error *error)
{
    char *path = store_path(request->store);
    struct store *store;
    struct run run = {0};
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0)
        result = store_run_find(store, request->run, &run, error);
    if (result == 0) {
        char *folder = store_run_folder(store, run.id);
        result = answer(&run, folder, request, error);
        memory_free(folder);
    }
    run_release(&run);
    store_close(store);
    memory_free(path);
    return result;
}

int command_predict(int argc, char **argv, struct error *error)
{
    struct request request = {.first = 20, .threads = 1, .split = SPLIT_TEST};
    const struct option_entry entries[] = {
        {"split", 0, OPTION_CHOICE, &request.split, NULL, "Which examples (test).", 0, 0,
         config_split_names},
        {"first", 'n', OPTION_INTEGER, &request.first, "N",
         "How many predictions to list (20); 0: the confusion matrix alone.", 0, INT64_MAX, NULL},
        {"probabilities", 0, OPTION_FLAG, &request.with_probabilities, NULL,
         "Also the probability of each class.", 0, 0, NULL},
        {"format", 0, OPTION_CHOICE, &request.format, NULL,
         "Other than text: the list, or with --first 0 the matrix.", 0, 0, table_format_names},
        {"threads", 't', OPTION_INTEGER, &request.threads, "N", "Threads.", 1, 1024, NULL},
        OPTION_STORE(&request.store),
        OPTION_DATA(&request.data),
        OPTION_PLUGIN_DIR,
        {0}};
    const struct option_page page = {
        "predict RUN [key=value...] [OPTION...]",
        "Loads the run's last checkpoint and lists predictions beside labels, with the\n"
        "confusion matrix of the whole split. key=value says where files of data are now,\n"
        "such as data.set.csv.path=moved.csv; it can change nothing that matters to the run.",
        "unroll predict 3f9a2c --first 20\n"
        "unroll predict 3f9a2c --first 10000 --probabilities --format csv",
        entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "predict needs a run");
    if (request.with_probabilities && request.first == 0)
        return options_misused(&page, error,
                               "--probabilities are of the list, which --first 0 leaves out");
    request.changes = (const char *const *)argv + first + 1;
    request.change_count = (size_t)(argc - first - 1);
    request.run = argv[first];
    return load_modules(error) ? -1 : predict(&request, error);
}
