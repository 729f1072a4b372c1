#include "batch/claims_read.h"

#include "base/memory.h"
#include "batch/file_key.h"
#include "config/resolve.h"
#include "config/schema.h"
#include "store/metric_rules.h"

#include <math.h>
#include <string.h>

enum { MOST_CLAIMS = 1000 };

/* A claim as its table has it; NaN: not said. */
struct claim_keys {
    char *text, *better, *than, *variant, *metric;
    double by, above, below;
};

static const struct param claim_table[] = {
    {.name = "text",
     .summary = "The claim in words.",
     .type = PARAM_TEXT,
     .flags = PARAM_REQUIRED,
     .offset = offsetof(struct claim_keys, text)},
    {.name = "better",
     .summary = "The variant that is said to be better.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, better)},
    {.name = "than",
     .summary = "The variant that it is better than.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, than)},
    {.name = "by",
     .summary = "By how much at least.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, by),
     .minimum = 0,
     .maximum = 1e300},
    {.name = "variant",
     .summary = "The variant whose figure is said to lie above or below a number.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, variant)},
    {.name = "above",
     .summary = "The figure's lower bound.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, above)},
    {.name = "below",
     .summary = "The figure's upper bound.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, below)},
    {.name = "metric",
     .summary = "The final figure that the claim is about, if not compare.metric.",
     .type = PARAM_TEXT,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct claim_keys, metric),
     .choices = reading_final_metrics}, /* which check_claim() checks */
    {0}};

static const struct claim_keys claim_defaults = {.by = NAN, .above = NAN, .below = NAN};

/* As check_kind() has it. */
static json_t *claims_schema(void)
{
    json_t *claim = schema_of_whole_table(claim_table, &claim_defaults);
    json_t *of_two =
        json_pack("{s:[s, s], s:{s:[{s:[s]}, {s:[s]}, {s:[s]}]}}", "required", "better", "than",
                  "not", "anyOf", "required", "variant", "required", "above", "required", "below");
    json_t *of_one =
        json_pack("{s:[s], s:[{s:[s]}, {s:[s]}], s:{s:[{s:[s]}, {s:[s]}, {s:[s]}]}}", "required",
                  "variant", "anyOf", "required", "above", "required", "below", "not", "anyOf",
                  "required", "better", "required", "than", "required", "by");
    json_object_set_new(claim, "anyOf", json_pack("[o, o]", of_two, of_one));
    return json_pack("{s:s, s:o, s:i, s:i}", "type", "array", "items", claim, "minItems", 1,
                     "maxItems", MOST_CLAIMS);
}

const struct file_key claims_key = {
    .name = "claims",
    .summary = "What is claimed, for `unroll compare` to judge.",
    .form = "list of mappings, each with better and than, or with variant and above or below; "
            "default none",
    .table = claim_table,
    .defaults = &claim_defaults,
    .schema = claims_schema};

static void complain(const struct reading *reading, const struct node *item, const char *key,
                     const char *path, const char *hint, const char *what)
{
    const struct node *value = node_get(item, key);
    char *full = text_format("%s.%s", path, key);
    diagnostics_add(reading->diagnostics, value ? &value->mark : &item->mark, full, hint, "%s",
                    what);
    memory_free(full);
}

/* A claim is about two variants or about one: the keys of the other kind mean nothing. */
static bool check_kind(const struct reading *reading, const struct node *item,
                       const struct claim_keys *keys, const char *path)
{
    static const char hint[] = "write `better: A` and `than: B`, or `variant: A` and `above` or "
                               "`below`";
    if (!keys->better == !keys->variant) {
        diagnostics_add(reading->diagnostics, &item->mark, path, hint,
                        keys->better ? "has both `better` and `variant`"
                                     : "says neither `better` nor `variant`");
        return false;
    }
    if (keys->better && !keys->than)
        complain(reading, item, "than", path, hint, "is missing");
    else if (keys->better && !isnan(keys->above))
        complain(reading, item, "above", path, "take `by`", "belongs to `variant`");
    else if (keys->better && !isnan(keys->below))
        complain(reading, item, "below", path, "take `by`", "belongs to `variant`");
    else if (keys->variant && keys->than)
        complain(reading, item, "than", path, hint, "belongs to `better`");
    else if (keys->variant && !isnan(keys->by))
        complain(reading, item, "by", path, hint, "belongs to `better`");
    else if (keys->variant && isnan(keys->above) && isnan(keys->below))
        complain(reading, item, "above", path, hint, "is missing, and so is `below`");
    else if (keys->variant && keys->above >= keys->below)
        complain(reading, item, "below", path, NULL, "is not greater than `above`");
    else if (keys->better && text_equal(keys->better, keys->than))
        complain(reading, item, "than", path, NULL, "is the same variant");
    else
        return true;
    return false;
}

/* Only of figures that are tested, and of which one direction is better, can one be better. */
static void check_direction(const struct reading *reading, const struct node *item,
                            const char *metric, const char *path)
{
    static const char hint[] = "claim it of one `variant`, with `above` or `below`";
    if (comparison_direction(metric) == NEITHER_IS_BETTER)
        complain(reading, item, "metric", path, hint, "more is neither better nor worse");
    else if (!comparison_is_tested(metric))
        complain(reading, item, "metric", path, hint,
                 "depends on the machine and what else it did: no test says which is better");
}

static void check_claim(const struct reading *reading, const struct node *item,
                        const struct claim_keys *keys, const char *metric, const char *path)
{
    static const char *const names[] = {"better", "than", "variant"};
    const char *const values[] = {keys->better, keys->than, keys->variant};
    const struct node *said = node_get(item, "metric");
    char *full = text_format("%s.metric", path);
    for (int i = 0; i < 3; i++) {
        const struct node *node = node_get(item, names[i]);
        char *place = text_format("%s.%s", path, names[i]);
        if (values[i] && node)
            reading_check_variant(reading, values[i], &node->mark, place);
        memory_free(place);
    }
    if (reading_check_metric(reading, metric, reading_final_metrics,
                             said ? &said->mark : &item->mark, full) &&
        keys->better)
        check_direction(reading, item, metric, path);
    memory_free(full);
}

/* Bounds that no figure can keep to, and a text that says nothing. */
static void check_values(const struct reading *reading, const struct node *item,
                         const struct claim_keys *keys, const char *metric, const char *path)
{
    static const char *const names[] = {"by", "above", "below"};
    const double numbers[] = {keys->by, keys->above, keys->below};
    if (!keys->text[strspn(keys->text, " \t\n")])
        complain(reading, item, "text", path, "say in words what is claimed", "is empty");
    for (int i = 0; i < 3; i++) {
        const struct node *node = node_get(item, names[i]);
        char *place = text_format("%s.%s", path, names[i]);
        if (node)
            reading_check_share(reading, metric, i == 0, numbers[i], &node->mark, place);
        memory_free(place);
    }
}

static void read_claim(const struct reading *reading, const struct node *item, const char *path)
{
    struct claim_keys keys;
    size_t errors = diagnostics_reported(reading->diagnostics);
    resolve_table(&keys, sizeof keys, &claim_defaults, claim_table, item, -1, path, NULL,
                  reading->diagnostics);
    const char *metric = keys.metric ? keys.metric : reading->experiment->metric;
    if (diagnostics_reported(reading->diagnostics) == errors &&
        check_kind(reading, item, &keys, path)) {
        check_claim(reading, item, &keys, metric, path);
        check_values(reading, item, &keys, metric, path);
    }
    if (diagnostics_reported(reading->diagnostics) == errors) {
        const struct claim claim = {
            .text = memory_copy_text(keys.text),
            .variant = memory_copy_text(keys.better ? keys.better : keys.variant),
            .than = memory_copy_text(keys.than),
            .metric = memory_copy_text(metric),
            .least = !keys.better     ? keys.above
                     : isnan(keys.by) ? 0
                                      : keys.by,
            .most = keys.better ? NAN : keys.below,
        };
        questions_add_claim(&reading->experiment->questions, &claim);
    }
    resolve_release(&keys, claim_table);
}

void claims_read(const struct reading *reading, const struct node *claims)
{
    if (!claims)
        return;
    if (claims->type != NODE_LIST || claims->count == 0 || claims->count > MOST_CLAIMS) {
        char *found = node_describe(claims);
        diagnostics_add(reading->diagnostics, &claims->mark, "claims",
                        "write `- {text: …, better: A, than: B}` for each",
                        "expected a list of 1 to %d claims, found %s", MOST_CLAIMS, found);
        memory_free(found);
        return;
    }
    for (size_t i = 0; i < claims->count; i++) {
        char *path = text_format("claims.%zu", i);
        if (claims->items[i]->type == NODE_MAPPING) {
            read_claim(reading, claims->items[i], path);
        } else {
            char *found = node_describe(claims->items[i]);
            diagnostics_add(reading->diagnostics, &claims->items[i]->mark, path,
                            "write `{text: …, better: A, than: B}`", "expected a mapping, found %s",
                            found);
            memory_free(found);
        }
        memory_free(path);
    }
}
