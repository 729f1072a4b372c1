/* unroll show: a resolved config, or a run with all that is known of it. */
#include "base/clock.h"
#include "base/memory.h"
#include "base/printable.h"
#include "commands/commands.h"
#include "commands/load.h"
#include "commands/options.h"
#include "store/gradient_flow.h"
#include "store/memberships.h"
#include "store/metrics.h"
#include "store/remarks.h"
#include "store/store.h"
#include "train/data_folder.h"
#include "train/trainer.h"

#include <inttypes.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

/* Each line of VALUE is a comment of its own. */
static void print_text(const char *label, const char *value)
{
    while (value && *value) {
        size_t length = strcspn(value, "\n");
        printf("# %-12s %.*s\n", label, (int)length, value);
        value += length + (value[length] == '\n');
        label = "";
    }
}

/* What the config will take, as comments. It needs the data's shape. */
static void print_costs(const struct config *config, const char *data_option)
{
    char *folder = data_folder(data_option);
    struct data data;
    struct trainer trainer;
    struct error error;
    if (data_open(&data, &config->data, folder, &error)) {
        print_text("costs", "not known without the data:");
        print_text("", error.text);
        memory_free(folder);
        return;
    }
    if (trainer_init(&trainer, config, &data, 1, &error)) {
        print_text("costs", error.text);
    } else {
        const struct model *model = &trainer.model;
        if (data.shortest < data.steps)
            printf("# %-12s %" PRId64 " to %" PRId64 " steps of %" PRId64 " values\n", "sequences",
                   data.shortest, data.steps, data.features);
        printf("# %-12s %" PRId64 "\n", "parameters", model->weight_count);
        printf("# %-12s %" PRId64 " of %" PRId64 " examples, %" PRId64 " in an epoch\n", "steps",
               trainer.steps, config->train.batch, data.splits[SPLIT_TRAIN].count);
        printf("# %-12s %.1f MB on one thread: parameters, moments, gradients, activations\n",
               "memory", (double)trainer_memory(&trainer) / 1e6);
        printf("# %-12s %.3f million for an example's forward pass, %.3f for its training step\n",
               "operations", model->forward_operations / 1e6, model->training_operations / 1e6);
        trainer_release(&trainer);
    }
    data_release(&data);
    memory_free(folder);
}

static int show_config(const char *path, char **overrides, int count, const char *data,
                       struct error *error)
{
    struct config config = {0};
    int result = load_modules(error);
    if (result == 0)
        result = load_config(&config, path, overrides, count, error);
    if (result == 0) {
        struct text text = {0};
        config_add_yaml(&text, &config, true);
        fputs(text_get(&text), stdout);
        text_release(&text);
        print_costs(&config, data);
    }
    config_release(&config);
    return result;
}

static void print_time(const char *label, double wall)
{
    struct text text = {0};
    if (wall > 0)
        clock_add_iso(&text, wall);
    if (wall > 0)
        printf("# %-12s %s\n", label, text_get(&text));
    text_release(&text);
}

static void print_duration(const struct run_progress *progress)
{
    printf("# %-12s %.2f s training", "time", progress->train_seconds);
    if (!isnan(progress->cpu_seconds))
        printf(" (%.2f s of processor time)", progress->cpu_seconds);
    printf(", %.2f s evaluating, %" PRId64 " examples\n", progress->evaluate_seconds,
           progress->examples);
}

/* Comments, so that the whole output is the run's config and can be trained again. */
static void print_run(const struct run *run)
{
    const struct environment *environment = &run->environment;
    print_text("run", run->id);
    print_text("state", run_state_name(run->state));
    print_text("message", run->message);
    print_text("key", run->key);
    printf("# %-12s %" PRId64 " of %" PRId64 "\n", "step", run->progress.step, run->steps);
    printf("# %-12s %" PRId64 "\n", "parameters", run->parameters);
    print_duration(&run->progress);
    print_time("started", run->started);
    print_time("ended", run->ended);
    print_text("checkpoint", run->checkpoint);
    print_text("data", run->data_digest);
    print_text("engine", run->engine);
    print_text("plugins", run->plugins);
    print_text("compiler", environment->compiler);
    print_text("blas", environment->blas);
    print_text("isa", environment->isa);
    print_text("cpu", environment->cpu);
    printf("# %-12s %d\n", "threads", environment->threads);
    print_text("host", environment->process.host);
}

/* Each experiment and variant that has the run, a line each. */
static int print_memberships(struct store *store, const struct run *run, struct error *error)
{
    struct membership_list list;
    if (store_memberships_load(store, run->key, &list, error) != 0)
        return -1;
    for (size_t i = 0; i < list.count; i++) {
        struct text name = {0}, shown = {0};
        membership_add_name(&name, &list.items[i]);
        printable_add(&shown, text_get(&name));
        print_text(i ? "" : "experiments", text_get(&shown));
        text_release(&name);
        text_release(&shown);
    }
    membership_list_release(&list);
    return 0;
}

static int print_finals(struct store *store, const struct run *run, struct error *error)
{
    struct finals finals;
    if (store_finals_load(store, run->id, &finals, error))
        return -1;
    for (size_t i = 0; i < finals.count; i++)
        printf("# %-20s %.6g\n", finals.items[i].name, finals.items[i].value);
    finals_release(&finals);
    return 0;
}

static int print_remarks(struct store *store, const struct run *run, struct error *error)
{
    struct names tags;
    char *note;
    if (store_tags_load(store, run->id, &tags, error) != 0)
        return -1;
    for (size_t i = 0; i < tags.count; i++)
        print_text(i ? "" : "tags", tags.items[i]);
    names_release(&tags);
    if (store_note_load(store, run->id, &note, error) != 0)
        return -1;
    print_text("note", note);
    memory_free(note);
    return 0;
}

/* What of gradient flow is recorded, and how it is looked at. */
static int print_flow(struct store *store, const struct run *run, struct error *error)
{
    struct gradient_flow_list list;
    if (store_gradient_flow_list(store, run->id, &list, error) != 0)
        return -1;
    int64_t steps = 0;
    for (size_t i = 0; i < list.count; i++)
        steps += i == 0 || list.items[i].step != list.items[i - 1].step;
    if (list.count > 0)
        printf("# %-12s gradient flow at %" PRId64 " step%s, %" PRId64 " to %" PRId64
               ": unroll plot %s --kind gradient-flow\n",
               "diagnostics", steps, steps == 1 ? "" : "s", list.items[0].step,
               list.items[list.count - 1].step, run->id);
    gradient_flow_list_release(&list);
    return 0;
}

static int show_run(const char *id, const char *store_option, struct error *error)
{
    char *path = store_path(store_option);
    struct store *store;
    struct run run = {0};
    int result = store_open(&store, path, STORE_READ, error);
    if (result == 0)
        result = store_run_find(store, id, &run, error);
    if (result == 0) {
        struct process_identity here;
        process_identity_collect(&here);
        run_settle(store, &run, &here);
        process_identity_release(&here);
        print_run(&run);
        result = print_memberships(store, &run, error);
        if (result == 0)
            result = print_remarks(store, &run, error);
        if (result == 0)
            result = print_finals(store, &run, error);
        if (result == 0)
            result = print_flow(store, &run, error);
        fputs(run.config, stdout);
    }
    run_release(&run);
    store_close(store);
    memory_free(path);
    return result;
}

int command_show(int argc, char **argv, struct error *error)
{
    const char *store = NULL, *data = NULL;
    const struct option_entry entries[] = {
        OPTION_STORE(&store), OPTION_DATA(&data), OPTION_PLUGIN_DIR, {0}};
    const struct option_page page = {
        "show CONFIG [key=value...] | show RUN",
        "For a config file: every value with the place that it comes from, the short form of\n"
        "`model` expanded, and what training it takes. For a run (its id or the beginning of\n"
        "it): what is known of it, with each experiment and variant that it belongs to\n"
        "(cells/lstm), as comments above its resolved config. `unroll show RUN > again.yaml`\n"
        "makes a config of it, which `unroll run again.yaml key=value` trains with a change.",
        "unroll show configs/starter.yaml model.layers=2", entries};
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (first == argc)
        return options_misused(&page, error, "show needs a config file or a run");
    const char *what = argv[first];
    if (load_is_file(what))
        return show_config(what, argv + first + 1, argc - first - 1, data, error);
    if (first + 1 < argc)
        return options_misused(&page, error, "show takes one run");
    return show_run(what, store, error);
}
