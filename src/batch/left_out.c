#include "batch/left_out.h"

#include "base/log.h"
#include "base/memory.h"
#include "base/names.h"
#include "base/printable.h"
#include "base/text.h"
#include "config/difference.h"
#include "config/dotted_path.h"
#include "store/memberships.h"

#include <inttypes.h>

/* Of that many variants the configs are compared: what has changed shows in a few. */
enum { COMPARED = 20, SHOWN = 5 };

struct left_out {
    const struct batch *batch;
    struct store *store;
    size_t count, alone;  /* trials; those that no other experiment has */
    struct names changed; /* keys of the configs */
    struct names gone;    /* variants and seeds */
    struct names variants, compared;
    bool is_beyond_config; /* a config is the same, and its key another */
};

/* What lies below a key that is noted is not worth a word, nor is the run's name, which is none of
 * its key. */
static void note_key(void *data, const char *path, const char *before, const char *now)
{
    struct names *changed = data;
    (void)before;
    (void)now;
    if (text_equal(path, "name"))
        return;
    for (size_t i = 0; i < changed->count; i++)
        if (dotted_path_is_within(path, changed->items[i]))
            return;
    names_add(changed, path);
}

/* Notes in what the run of TRIAL and VARIANT differ, where both can be read without their
 * plugins. */
static void compare_configs(struct left_out *left_out, const struct trial *trial, size_t variant)
{
    const struct batch_options *options = left_out->batch->options;
    struct diagnostics *diagnostics = diagnostics_new();
    struct config before = {0}, now = {0};
    struct run run;
    struct names changed = {0};
    if (store_run_find(left_out->store, trial->run, &run, NULL) == 0) {
        const struct config_source source = {
            .path = trial->run, .text = run.config, .without_yaml = true, .spares_plugins = true};
        if (config_load_from(&before, &source, diagnostics) == 0 &&
            experiment_spared_config(left_out->batch->experiment, variant, trial->seed,
                                     options->overrides, options->override_count, false, &now,
                                     diagnostics) == 0 &&
            !before.absent && !now.absent) {
            difference_each(before.resolved, now.resolved, note_key, &changed);
            left_out->is_beyond_config = left_out->is_beyond_config || changed.count == 0;
        }
    }
    for (size_t i = 0; i < changed.count; i++)
        names_add(&left_out->changed, changed.items[i]);
    names_release(&changed);
    config_release(&before);
    config_release(&now);
    run_release(&run);
    diagnostics_free(diagnostics);
}

static bool has_seed(const struct experiment_file *experiment, int64_t seed)
{
    for (size_t i = 0; i < experiment->seed_count; i++)
        if (experiment->seeds[i] == seed)
            return true;
    return false;
}

/* Notes why TRIAL is not planned any more. */
static void explain(struct left_out *left_out, const struct trial *trial)
{
    size_t variant = names_find(&left_out->variants, trial->variant);
    if (variant == left_out->variants.count) {
        names_add(&left_out->gone, trial->variant);
    } else if (!has_seed(left_out->batch->experiment, trial->seed)) {
        char *seed = text_format("seed %" PRId64, trial->seed);
        names_add(&left_out->gone, seed);
        memory_free(seed);
    } else if (left_out->compared.count < COMPARED &&
               names_find(&left_out->compared, trial->variant) == left_out->compared.count) {
        names_add(&left_out->compared, trial->variant);
        compare_configs(left_out, trial, variant);
    }
}

/* Whether EXPERIMENT is the only one that has TRIAL. */
static bool is_alone(struct store *store, const struct trial *trial, const char *experiment)
{
    struct membership_list list;
    bool result = true;
    if (store_memberships_load(store, trial->key, &list, NULL) != 0)
        return false;
    for (size_t i = 0; i < list.count; i++)
        result = result && text_equal(list.items[i].experiment, experiment);
    membership_list_release(&list);
    return result;
}

static void find(struct left_out *left_out, const struct experiment *before)
{
    const struct batch *batch = left_out->batch;
    struct names keys = {0};
    for (size_t i = 0; i < batch->count; i++)
        names_add(&keys, batch->trials[i].key);
    for (size_t i = 0; i < batch->experiment->variant_count; i++)
        names_add(&left_out->variants, batch->experiment->variants[i].name);
    for (size_t i = 0; i < before->trial_count; i++) {
        const struct trial *trial = &before->trials[i];
        bool has_ended = trial->state == RUN_DONE || trial->state == RUN_DIVERGED;
        if (!has_ended || names_find(&keys, trial->key) < keys.count)
            continue;
        left_out->count++;
        left_out->alone += is_alone(left_out->store, trial, before->name);
        explain(left_out, trial);
    }
    names_release(&keys);
}

/* "changed: train.steps, model.stack and 3 more" */
static void add_names(struct text *text, const char *label, const struct names *names)
{
    if (names->count == 0)
        return;
    text_add_format(text, "%s%s: ", text->length ? "; " : "", label);
    for (size_t i = 0; i < names->count && i < SHOWN; i++) {
        text_add(text, i ? ", " : "");
        printable_add(text, names->items[i]);
    }
    if (names->count > SHOWN)
        text_add_format(text, " and %zu more", names->count - SHOWN);
}

static void add_reasons(struct text *text, const struct left_out *left_out)
{
    struct text why = {0};
    add_names(&why, "changed", &left_out->changed);
    add_names(&why, "gone", &left_out->gone);
    if (left_out->is_beyond_config)
        text_add_format(&why, "%sthe data, the engine or a plugin changed", why.length ? "; " : "");
    if (why.length)
        text_add_format(text, " (%s)", text_get(&why));
    text_release(&why);
}

static void say(const struct left_out *left_out, bool dry)
{
    bool is_one = left_out->count == 1;
    struct text text = {0};
    text_add_format(&text, "%zu %s", left_out->count, is_one ? "trial" : "trials");
    if (dry)
        text_add_format(&text, " that %s trained would no longer be part of ",
                        is_one ? "is" : "are");
    else
        text_add_format(&text, " that %s trained %s no longer part of ", is_one ? "was" : "were",
                        is_one ? "is" : "are");
    printable_add(&text, left_out->batch->experiment->name);
    add_reasons(&text, left_out);
    text_add_format(&text, "; %s %s in the store", is_one ? "its run" : "their runs",
                    dry      ? "would stay"
                    : is_one ? "stays"
                             : "stay");
    if (left_out->alone == 0)
        text_add(&text, ", for other experiments");
    else if (!dry)
        text_add(&text, " (unroll list --no-experiment)");
    log_note("%s", text_get(&text));
    text_release(&text);
}

void left_out_say(const struct batch *batch, const struct experiment *before, struct store *store,
                  bool dry)
{
    struct left_out left_out = {.batch = batch, .store = store};
    find(&left_out, before);
    if (left_out.count)
        say(&left_out, dry);
    names_release(&left_out.changed);
    names_release(&left_out.gone);
    names_release(&left_out.variants);
    names_release(&left_out.compared);
}
