/* The JSON Schema of experiment files: what it lets through beside what the program does, where
 * python3-jsonschema is installed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "batch/experiment_schema.h"

#include "base/file.h"
#include "batch/file_key.h"
#include "batch/reading.h"
#include "config/parse.h"
#include "config/scalar.h"
#include "module/registry.h"
#include "unit/experiment_file.h"
#include "unit/json_schema.h"

#include <glob.h>

static void check_references(json_t *root, json_t *part)
{
    const char *reference = json_string_value(json_object_get(part, "$ref")), *key;
    if (reference) {
        assert_true(text_starts_with(reference, "#/"));
        if (!json_schema_at(root, reference + 2))
            fail_msg("%s leads nowhere", reference);
    }
    json_t *inner;
    size_t index;
    json_object_foreach(part, key, inner) check_references(root, inner);
    json_array_foreach(part, index, inner) check_references(root, inner);
}

static void references_lead_somewhere(void **state)
{
    (void)state;
    json_t *schema = json_schema_load(schema_add_experiment);
    check_references(schema, schema);
    static const char *const expected[][2] = {
        {"train.optimizer.adam.rate",
         "#/$defs/optimizer/anyOf/1/properties/adam/anyOf/0/properties/rate"},
        {"model.cell.bilstm.units",
         "#/$defs/cell/anyOf/1/properties/bilstm/anyOf/0/properties/units"},
        {"train.clip.norm", "#/$defs/config/properties/train/properties/clip/properties/norm"},
        {"name", "#/$defs/config/properties/name"}};
    json_t *keys = json_schema_at(schema, "$defs/changes/properties");
    for (size_t i = 0; i < sizeof expected / sizeof *expected; i++)
        assert_string_equal(
            json_string_value(json_object_get(json_object_get(keys, expected[i][0]), "$ref")),
            expected[i][1]);
    json_decref(schema);
}

static void check_table(const struct param *table, json_t *properties)
{
    for (; table && table->name; table++) {
        assert_true(*table->summary);
        assert_non_null(json_object_get(properties, table->name));
        if (table->type == PARAM_SECTION && table->table->name)
            check_table(table->table,
                        json_schema_at(json_object_get(properties, table->name), "properties"));
    }
}

/* Keys in capitals stand for others. */
static void check_key(const struct file_key *key, json_t *schema)
{
    json_t *mapping = json_object_get(schema, "items") ? json_object_get(schema, "items") : schema;
    json_t *properties = json_object_get(mapping, "properties");
    assert_true(*file_key_summary(key));
    if (key->param) {
        if (key->param->type == PARAM_SECTION)
            check_table(key->param->table, properties);
        return;
    }
    assert_true(*key->form);
    check_table(key->table, properties);
    for (int i = 0; key->keys && key->keys[i]; i++) {
        const char *name = file_key_name(key->keys[i]);
        bool is_any = *name >= 'A' && *name <= 'Z';
        if (!is_any)
            check_key(key->keys[i], json_object_get(properties, name));
    }
}

static void all_keys_are_described(void **state)
{
    (void)state;
    json_t *schema = json_schema_load(schema_add_experiment);
    size_t count = 0;
    for (; experiment_keys[count]; count++) {
        json_t *property = json_object_get(json_schema_at(schema, "properties"),
                                           file_key_name(experiment_keys[count]));
        assert_true(json_string_length(json_object_get(property, "description")) > 0);
        check_key(experiment_keys[count], property);
    }
    assert_int_equal(json_object_size(json_schema_at(schema, "properties")), count);
    json_decref(schema);
}

/* Those figures are offered by which can be chosen. */
static void figures_to_choose_by(void **state)
{
    (void)state;
    json_t *schema = json_schema_load(schema_add_experiment);
    json_t *names =
        json_schema_at(schema, "properties/compare/properties/select/properties/on/anyOf/0/enum");
    size_t count = 0;
    for (const char *const *metric = reading_final_metrics; *metric; metric++)
        if (!choosing_fault(*metric)) {
            const char *name = json_string_value(json_array_get(names, count++));
            assert_non_null(name);
            assert_string_equal(name, *metric);
        }
    assert_int_equal(json_array_size(names), count);
    json_decref(schema);
}

/* As an editor reads YAML 1.2. */
static json_t *node_json(const struct node *node)
{
    struct text remedy = {0};
    json_t *json = NULL;
    int64_t integer;
    double real;
    if (node->type == NODE_SCALAR) {
        if (!node->quoted && !*node->text)
            json = json_null();
        else if (!node->quoted && scalar_read_integer(node->text, &integer, &remedy) == 0)
            json = json_integer(integer);
        else if (!node->quoted && scalar_read_real(node->text, &real, &remedy) == 0)
            json = json_real(real);
        else if (!node->quoted &&
                 (text_equal(node->text, "true") || text_equal(node->text, "false")))
            json = json_boolean(*node->text == 't');
        else
            json = json_string(node->text);
        text_release(&remedy);
        return json;
    }
    json = node->type == NODE_LIST ? json_array() : json_object();
    for (size_t i = 0; i < node->count; i++) {
        json_t *item = node_json(node->items[i]);
        if (node->type == NODE_LIST)
            json_array_append_new(json, item);
        else
            json_object_set_new(json, node->keys[i], item);
    }
    return json;
}

static json_t *file_json(const char *path)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct node *tree = parse_file(path, diagnostics);
    assert_non_null(tree);
    json_t *json = node_json(tree);
    node_free(tree);
    diagnostics_free(diagnostics);
    return json;
}

static const char *const validator =
    "import json, sys\n"
    "try:\n"
    "    from jsonschema import Draft202012Validator\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "schema, cases = (json.load(open(path)) for path in sys.argv[1:])\n"
    "Draft202012Validator.check_schema(schema)\n"
    "validator = Draft202012Validator(schema)\n"
    "wrong = [case for case in cases if validator.is_valid(case['file']) != case['is_valid']]\n"
    "for case in wrong:\n"
    "    print('expected', case['is_valid'], 'of', json.dumps(case['file']), file=sys.stderr)\n"
    "    for error in validator.iter_errors(case['file']):\n"
    "        print('   ', error.message[:200], list(error.path), file=sys.stderr)\n"
    "sys.exit(1 if wrong else 0)\n";

/* Is what CASES (taken over) say of their files what the schema in the file SCHEMA says of them? */
static void assert_judged(const char *schema, json_t *cases)
{
    char *text = json_dumps(cases, JSON_COMPACT);
    char *path = temporary_write(experiment_folder, "cases.json", text, strlen(text), false);
    int status = json_schema_judge(validator, schema, path);
    memory_free(path);
    free(text);
    json_decref(cases);
    if (status == JSON_SCHEMA_CANNOT_JUDGE)
        skip();
    assert_int_equal(status, 0);
}

static void add_case(json_t *cases, json_t *file, bool is_valid)
{
    json_array_append_new(cases, json_pack("{s:o, s:b}", "file", file, "is_valid", is_valid));
}

#define V "variants: {a: {}, b: {model.units: 5}}\n"
#define S "sweep: {model.units: [3, 4]}\n"

static const char *const good[] = {
    "variants: {a: {}}\n",
    S,
    V "name: 7\nseeds: 3\n",
    V "seeds: [0, 4]\nbudget: {max_trials: 10, trial_seconds: 1.5}\n",
    V "budget: {max_trials: none}\ncompare: {}\n",
    "variants:\n  a: {train.optimizer: sgd, model.cell: {lstm: {forget_bias: 2}}}\n"
    "  b: {train.optimizer.adam.rate: 1e-2, model.cell: bilstm}\n"
    "  c: {train: {clip: {norm: 1}}, train.evaluate.on: [train, test]}\n"
    "  d: {train.optimizer.adam: 0.1, model.cell.lstm.kernel_init.uniform.limit: 0.5}\n",
    "variants: {a: {name: x}}\n",
    "sweep: {model.units: {linear: {from: 2, to: 8, points: 4}}, train.batch: [3]}\n",
    "sweep: {train.optimizer.adam.rate: {log: {from: 1e-3, to: 1, points: 3}}}\n",
    "sweep: {zip: {model.units: [3, 4], train.batch: {linear: {from: 5, to: 6, points: 2}}}}\n",
    "sweep: {random: {points: 3, seed: 1, over: {train.weight_decay: {log: {from: 1e-6, to: 1e-3}},"
    " model.cell: [lstm, gru]}}}\n",
    "sweep: {model.cell: [lstm, {lstm: {forget_bias: 2}}, gru]}\n",
    S "exclude: [{model.units: 4}]\n",
    V "sweep: {train.batch: [3, 4]}\nexclude: [{variant: a, train.batch: 4}, {variant: b}]\n",
    V "sweep: {train.batch: [3, 4], train.shards: [1, 2]}\n"
      "compare: {metric: test.loss, baseline: a, select: {over: [train.batch, train.shards], on: "
      "gap.validation.loss}}\n",
    S "compare: {select: {over: model.units}}\n",
    V "compare: {metric: validation.accuracy, baseline: a}\n"
      "claims:\n  - {text: One., better: a, than: b}\n"
      "  - {text: Two., better: a, than: b, by: 0.01, metric: gap.loss}\n"
      "  - {text: Three., variant: a, above: 0.5, below: 0.6}\n"
      "  - {text: Four., variant: a, below: 1e6, metric: parameters}\n",
    "variants: {a: {}}\nreported:\n  source: Document\n  test.accuracy: {1: 0.1, end: 0.98}\n"
    "  train.loss: {100: {value: 0.3, within: 0.05}}\n",
    V "reported: {source: 3, test.loss: {a: {1: 0.1}, b: {end: 1}}}\n",
};

static const char *const bad[] = {
    "",
    "variants: {}\n",
    "variants: {a: }\n",
    "variants: [a]\n",
    "variants: {a: {seed: 3}}\n",
    "variants: {a: {base: base.yaml}}\n",
    "variants: {a: {model.unit: 3}}\n",
    "variants: {a: {model.units: 0}}\n",
    "variants: {a: {train: {step: 3}}}\n",
    V "seed: 3\n",
    V "seeds: 0\n",
    V "seeds: []\n",
    V "seeds: [1, 1]\n",
    V "seeds: [-1]\n",
    V "seeds: 10001\n",
    V "budget: {max_trials: 0}\n",
    V "budget: {trials: 3}\n",
    V "base: 3\n",
    "sweep: {}\n",
    "sweep: {seed: [1, 2]}\n",
    "sweep: {name: [a, b]}\n",
    "sweep: {model.unit: [1, 2]}\n",
    "sweep: {model.units: []}\n",
    "sweep: {model.units: 3}\n",
    "sweep: {model.units: [0, 3]}\n",
    "sweep: {model.units: {linear: {from: 2, to: 8}}}\n",
    "sweep: {model.units: {linear: {from: 2, to: 8, points: 1}}}\n",
    "sweep: {model.units: {log: {from: 0, to: 8, points: 3}}}\n",
    "sweep: {zip: {model.units: [3, 4]}}\n",
    "sweep: {random: {points: 3, over: {model.units: [3, 4, 5, 6]}}}\n",
    "sweep: {random: {points: 3, seed: 1}}\n",
    "sweep: {random: {points: 3, seed: 1, over: {}}}\n",
    "sweep: {random: {points: 3, seed: 1, over: {model.units: {linear: {from: 2, to: 8, points: "
    "3}}}}}\n",
    S "exclude: []\n",
    S "exclude: [{}]\n",
    S "exclude: {model.units: 4}\n",
    S "exclude: [{seed: 4}]\n",
    V "compare: {metric: test.acc}\n",
    V "compare: {over: model.units}\n",
    S "compare: {select: {on: validation.loss}}\n",
    S "compare: {select: {over: []}}\n",
    S "compare: {select: {over: model.units, on: test.accuracy}}\n",
    V "claims: []\n",
    V "claims: {text: x, better: a, than: b}\n",
    V "claims: [{better: a, than: b}]\n",
    V "claims: [{text: x, better: a}]\n",
    V "claims: [{text: x, variant: a}]\n",
    V "claims: [{text: x, variant: a, better: a, than: b}]\n",
    V "claims: [{text: x, better: a, than: b, above: 0.5}]\n",
    V "claims: [{text: x, variant: a, above: 0.5, by: 0.1}]\n",
    V "claims: [{text: x, better: a, than: b, metric: train.loss}]\n",
    V "claims: [{text: x, better: a, than: b, by: -1}]\n",
    V "reported: {source: x}\n",
    V "reported: {test.loss: {a: {1: 0.1}}}\n",
    V "reported: {source: x, test.loss: {a: {}}}\n",
    V "reported: {source: x, seconds: {a: {1: 0.1}}}\n",
    V "reported: {source: x, test.loss: {a: {last: 0.1}}}\n",
    V "reported: {source: x, test.loss: {a: {1: many}}}\n",
    V "reported: {source: x, test.loss: {a: {1: {value: 1}}}}\n",
    V "reported: {source: x, test.loss: {a: {1: {value: 1, within: -1}}}}\n",
};

/* Whether the program takes the file that opened_load() has made of TEXT, with all its trials. */
static bool is_taken(const char *text)
{
    struct opened opened;
    opened_load(&opened, text);
    bool result = opened.result == 0;
    for (size_t i = 0; result && i < opened.experiment.variant_count; i++) {
        struct config config;
        result =
            experiment_config(&opened.experiment, i, 1, NULL, 0, &config, opened.diagnostics) == 0;
        config_release(&config);
    }
    opened_release(&opened);
    return result;
}

static void judges_as_the_program_does(void **state)
{
    (void)state;
    json_t *cases = json_array();
    char *file = text_format("%s/e.yaml", experiment_folder);
    for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
        if (!is_taken(good[i]))
            fail_msg("the program refuses %s", good[i]);
        add_case(cases, file_json(file), true);
    }
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        if (is_taken(bad[i]))
            fail_msg("the program takes %s", bad[i]);
        if (!strstr(bad[i], "\nbase:")) /* which stands twice: no YAML */
            add_case(cases, file_json(file), false);
    }
    memory_free(file);
    struct text text = {0};
    schema_add_experiment(&text);
    static char schema[128]; /* a test that skips releases nothing any more */
    char *path =
        temporary_write(experiment_folder, "schema.json", text_get(&text), text.length, false);
    snprintf(schema, sizeof schema, "%s", path);
    memory_free(path);
    text_release(&text);
    assert_judged(schema, cases);
}

/* With the schema of the first line, which knows the plugins. */
static void our_experiments_are_valid(void **state)
{
    (void)state;
    static const char first_line[] = "# yaml-language-server: $schema=experiment.schema.json\n";
    json_t *cases = json_array();
    glob_t found;
    assert_int_equal(glob("experiments/*.yaml", 0, NULL, &found), 0);
    for (size_t i = 0; i < found.gl_pathc; i++) {
        struct text text = {0};
        assert_int_equal(file_read(found.gl_pathv[i], PARSE_BYTES, &text, NULL), 0);
        if (!text_starts_with(text_get(&text), first_line))
            fail_msg("%s names no schema", found.gl_pathv[i]);
        text_release(&text);
        add_case(cases, file_json(found.gl_pathv[i]), true);
    }
    globfree(&found);
    assert_judged("experiments/experiment.schema.json", cases);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(references_lead_somewhere), cmocka_unit_test(all_keys_are_described),
        cmocka_unit_test(figures_to_choose_by),      cmocka_unit_test(judges_as_the_program_does),
        cmocka_unit_test(our_experiments_are_valid),
    };
    return cmocka_run_group_tests(tests, experiment_make_folder, experiment_remove_folder);
}
