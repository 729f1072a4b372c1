#include "plots/answers.h"

#include "base/log.h"
#include "base/memory.h"
#include "train/data_folder.h"
#include "train/trained.h"

#include <inttypes.h>

enum { CLASS_LIMIT = 256 }; /* labels of data sets are bytes */

static struct predictions copy_predictions(const struct predictions *from, const char *split)
{
    size_t count = (size_t)from->count;
    return (struct predictions){
        .split = split,
        .count = from->count,
        .labels = memory_copy(from->labels, count * sizeof *from->labels),
        .predicted = memory_copy(from->predicted, count * sizeof *from->predicted),
        .probabilities = memory_copy(from->probabilities, count * sizeof *from->probabilities),
    };
}

/* Asks the network of run ID. */
static int answer(struct predictions *predictions, struct store *store, const char *id,
                  const struct plot_request *request, struct error *error)
{
    struct run run;
    if (store_run_find(store, id, &run, error) != 0)
        return -1;
    enum split split = (enum split)request->split;
    struct trained trained = {0};
    char *folder = data_folder(request->data), *run_folder = store_run_folder(store, id);
    int result = trained_open_data(&trained, &run, folder, error);
    if (result == 0 && trained.data.splits[split].count == 0)
        result =
            error_set(error, ERROR_USAGE, "run %s has no %s split", id, config_split_names[split]);
    if (result == 0)
        result = trained_open_network(&trained, &run, run_folder, 1, error);
    if (result == 0) {
        struct evaluation evaluation;
        struct predictions lent;
        trainer_evaluate(&trained.trainer, split, 0, 0, &evaluation, &lent);
        *predictions = copy_predictions(&lent, config_split_names[split]);
    }
    trained_release(&trained);
    run_release(&run);
    memory_free(folder);
    memory_free(run_folder);
    return result;
}

/* Counts what PREDICTIONS of run ID hold; they may have been damaged in the store. */
static int count_answers(struct answers *answers, const struct predictions *predictions,
                         const char *id, struct error *error)
{
    for (int64_t i = 0; i < predictions->count; i++) {
        int32_t label = predictions->labels[i], predicted = predictions->predicted[i];
        if (label < 0 || label >= CLASS_LIMIT || predicted < 0 || predicted >= CLASS_LIMIT)
            return error_set(error, ERROR_DATA,
                             "the predictions of run %s are damaged: example %" PRId64
                             " has class %d and was taken for class %d, but classes are from 0 to "
                             "%d; train it again with --force",
                             id, i, label, predicted, CLASS_LIMIT - 1);
        int32_t larger = label > predicted ? label : predicted;
        answers->classes = larger >= answers->classes ? larger + 1 : answers->classes;
        answers->right += label == predicted;
    }
    answers->total += predictions->count;
    return 0;
}

static int load_run(struct answers *answers, struct store *store, const char *id,
                    const struct plot_request *request, struct error *error)
{
    const char *split = config_split_names[request->split];
    struct predictions *predictions = &answers->runs[answers->count];
    bool found;
    if (store_predictions_load(store, id, split, predictions, &found, error) != 0)
        return -1;
    if (!found && request->split != SPLIT_TEST) {
        if (answer(predictions, store, id, request, error) != 0)
            return -1;
        found = true;
    }
    if (!found || predictions->count == 0) {
        log_warning("run %s has no predictions on the %s split", id, split);
        predictions_release(predictions);
        return 0;
    }
    answers->ids[answers->count++] = id;
    return count_answers(answers, predictions, id, error);
}

static void release_one(struct answers *answers)
{
    for (size_t i = 0; i < answers->count; i++)
        predictions_release(&answers->runs[i]);
    memory_free(answers->runs);
    memory_free(answers->ids);
    *answers = (struct answers){0};
}

static int load_group(struct answers_list *list, struct store *store, const struct group *group,
                      const struct plot_request *request, struct error *error)
{
    struct answers *answers = &list->items[list->count++];
    *answers = (struct answers){.name = group->name};
    answers->ids = memory_array(group->run_count, sizeof *answers->ids);
    answers->runs = memory_array(group->run_count, sizeof *answers->runs);
    int result = 0;
    for (size_t i = 0; i < group->run_count && result == 0; i++)
        if (group->runs[i].run.state == RUN_DONE)
            result = load_run(answers, store, group->runs[i].run.id, request, error);
    if (answers->count == 0) {
        release_one(answers);
        list->count--;
    }
    return result;
}

static bool has_done(const struct group *group)
{
    for (size_t i = 0; i < group->run_count; i++)
        if (group->runs[i].run.state == RUN_DONE)
            return true;
    return false;
}

int answers_load(struct answers_list *list, struct store *store, const struct groups *groups,
                 const struct plot_request *request, struct error *error)
{
    size_t done = 0;
    *list = (struct answers_list){0};
    for (size_t i = 0; i < groups->count; i++)
        done += has_done(&groups->items[i]);
    if (done > ANSWERS_GROUPS)
        return error_set(error, ERROR_USAGE,
                         "%zu variants are too many for one picture of this kind, which holds %d; "
                         "choose some by --where, or name a run",
                         done, ANSWERS_GROUPS);
    int result = 0;
    for (size_t i = 0; i < groups->count && result == 0; i++)
        if (has_done(&groups->items[i]))
            result = load_group(list, store, &groups->items[i], request, error);
    if (result == 0 && list->count == 0)
        result = error_set(error, ERROR_NOT_FOUND, "no run has predictions on the %s split%s",
                           config_split_names[request->split],
                           done ? "" : " yet; they are there when a run is done");
    return result;
}

void answers_release(struct answers_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        release_one(&list->items[i]);
    *list = (struct answers_list){0};
}

void answers_add_count(struct text *text, int64_t number)
{
    struct text digits = {0};
    text_add_integer(&digits, number);
    text_add_grouped(text, text_get(&digits));
    text_release(&digits);
}

void answers_add_accuracy(struct text *text, const struct answers *answers)
{
    int64_t each = answers->runs[0].count;
    bool same = true;
    for (size_t i = 1; i < answers->count; i++)
        same = same && answers->runs[i].count == each;
    text_add_format(
        text, "accuracy %.2f %%, n = ", 100 * (double)answers->right / (double)answers->total);
    if (same && answers->count > 1)
        text_add_format(text, "%zu × ", answers->count);
    answers_add_count(text, same ? each : answers->total);
}
