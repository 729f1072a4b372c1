/* The JSON Schema: its form, and, where python3-jsonschema is installed, what it accepts. */
#include "config/schema.h"

#include "config_modules.h"
#include "json_schema.h"
#include "temporary.h"

/* The part of SCHEMA at PATH, which must be there. */
static json_t *at(json_t *schema, const char *path)
{
    json_t *part = json_schema_at(schema, path);
    assert_non_null(part);
    return part;
}

static void assert_json(json_t *part, const char *expected)
{
    char *found = json_dumps(part, JSON_ENCODE_ANY | JSON_COMPACT | JSON_SORT_KEYS);
    assert_string_equal(found, expected);
    free(found);
}

static void test_form(void **state)
{
    (void)state;
    json_t *schema = json_schema_load(schema_add_config);
    static const char *const cases[][2] = {
        {"$schema", "\"https://json-schema.org/draft/2020-12/schema\""},
        {"additionalProperties", "false"},
        {"properties/train/additionalProperties", "false"},
        {"properties/seed",
         "{\"default\":1,\"description\":\"Determines every random number of the run.\","
         "\"maximum\":9223372036854775807,\"minimum\":0,\"type\":\"integer\"}"},
        {"properties/train/properties/batch",
         "{\"default\":128,\"description\":\"How many examples make one step. In examples.\","
         "\"maximum\":1000000,\"minimum\":1,\"type\":\"integer\"}"},
        {"properties/train/properties/clip/properties/norm/anyOf",
         "[{\"exclusiveMinimum\":0.0,\"type\":\"number\"},{\"const\":\"none\"}]"},
        {"properties/train/properties/evaluate/properties/on/default", "[\"test\"]"},
        {"properties/train/properties/evaluate/properties/every/default", "\"none\""},
        {"properties/train/properties/optimizer/$ref", "\"#/$defs/optimizer\""},
        {"properties/train/properties/optimizer/default", "\"adam\""},
        {"properties/data/properties/sequence/enum",
         "[\"rows\",\"columns\",\"pixels\",\"permuted\"]"},
        {"properties/data/properties/drop_last/type", "\"boolean\""},
        {"properties/base/type", "\"string\""},
        {"properties/model/properties/units/default", "128"},
        {"properties/model/properties/stack/items/$ref", "\"#/$defs/layer\""},
        {"properties/model/properties/cell/$ref", "\"#/$defs/cell\""},
        {"$defs/cell/anyOf/0/enum", "[\"gru\",\"bigru\",\"lstm\",\"bilstm\"]"},
        {"$defs/optimizer/anyOf/0/enum", "[\"adam\",\"sgd\"]"},
        {"$defs/optimizer/anyOf/1/maxProperties", "1"},
        {"$defs/optimizer/anyOf/1/properties/adam/description", "\"Adam.\""},
        {"$defs/optimizer/anyOf/1/properties/adam/anyOf/0/properties/rate/default", "0.001"},
        {"$defs/optimizer/anyOf/1/properties/adam/anyOf/0/properties/epsilon/description",
         "\"Keeps from dividing by zero. Default with init keras: 1e-7.\""},
        {"$defs/optimizer/anyOf/1/properties/adam/anyOf/1/type", "\"number\""},
        {"then/required", "[\"data\",\"model\"]"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
        assert_json(at(schema, cases[i][0]), cases[i][1]);
    json_decref(schema);
}

/* Every parameter of every table has a property with a description. */
static void check_table(json_t *properties, const struct param *table)
{
    for (; table && table->name; table++) {
        json_t *property = json_object_get(properties, table->name);
        assert_non_null(property);
        assert_true(json_string_length(json_object_get(property, "description")) > 0);
        if (table->type == PARAM_SECTION) {
            check_table(json_object_get(property, "properties"), table->table);
            check_table(json_object_get(property, "properties"), config_extra_keys(table->table));
        }
    }
}

static void test_complete(void **state)
{
    (void)state;
    json_t *schema = json_schema_load(schema_add_config);
    check_table(at(schema, "properties"), config_table);
    for (const struct module *const *module = builtin_modules; *module; module++) {
        json_t *kinds = at(at(schema, "$defs"), module_kind_name((*module)->kind));
        json_t *entry = at(at(kinds, "anyOf/1/properties"), (*module)->name);
        if ((*module)->params)
            check_table(at(entry, "anyOf/0/properties"), (*module)->params);
    }
    json_decref(schema);
}

/* Ranges are possible and defaults are inside them, or a config could not be written back. */
static void check_ranges(const struct param *table, const void *defaults)
{
    for (; table && table->name; table++) {
        const void *field = (const char *)defaults + table->offset;
        bool is_number = table->type == PARAM_INTEGER || table->type == PARAM_REAL;
        if (table->type == PARAM_SECTION)
            check_ranges(table->table, field);
        if (!is_number || (table->minimum == 0 && table->maximum == 0))
            continue;
        assert_true(table->minimum < table->maximum);
        double value =
            table->type == PARAM_REAL ? *(const double *)field : (double)*(const int64_t *)field;
        if (!(table->flags & (PARAM_OPTIONAL | PARAM_REQUIRED)))
            assert_true(value >= table->minimum && value <= table->maximum);
    }
}

static void test_ranges(void **state)
{
    (void)state;
    check_ranges(config_table, &config_defaults);
    check_ranges(model_short_table, &model_short_defaults);
}

static const char *const validator =
    "import json, sys\n"
    "try:\n"
    "    import jsonschema\n"
    "except ImportError:\n"
    "    sys.exit(77)\n"
    "schema = json.load(open(sys.argv[1]))\n"
    "jsonschema.Draft202012Validator.check_schema(schema)\n"
    "check = jsonschema.Draft202012Validator(schema).is_valid\n"
    "data, train = {'set': 'mnist'}, {'steps': 3}\n"
    "good = [{'cell': 'lstm'}, {'cell': {'bilstm': {'units': 3}}}, {'stack': ['lstm']},\n"
    "        {'stack': [{'dropout': 0.5}, {'lstm': {'init': 'zeros'}}], 'init': 'tf1'}]\n"
    "bad = [{}, {'cel': 'lstm'}, {'cell': 'dense'}, {'stack': ['lstm'], 'cell': 'lstm'},\n"
    "       {'stack': [{'lstm': {'unit': 3}}]}, {'stack': [{'lstm': {}, 'gru': {}}]},\n"
    "       {'cell': 'lstm', 'units': 0}, {'cell': 'lstm', 'dropout': 1}]\n"
    "for model in good:\n"
    "    assert check({'data': data, 'model': model, 'train': train}), model\n"
    "for model in bad:\n"
    "    assert not check({'data': data, 'model': model, 'train': train}), model\n"
    "assert check({'base': 'x.yaml', 'train': {'evaluate': {'on': ['test', 'train']}}})\n"
    "assert not check({'data': {}, 'model': good[0]})\n"
    "assert not check({'data': data, 'model': good[0], 'train': {'evaluate': {'on': []}}})\n";

static void test_validates(void **state)
{
    (void)state;
    char folder[64];
    assert_int_equal(temporary_make(folder), 0);
    struct text text = {0};
    schema_add_config(&text);
    char *path = temporary_write(folder, "schema.json", text_get(&text), text.length, false);
    int status = json_schema_judge(validator, path, NULL);
    memory_free(path);
    text_release(&text);
    temporary_remove(folder);
    if (status == JSON_SCHEMA_CANNOT_JUDGE)
        skip();
    assert_int_equal(status, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_form),
        cmocka_unit_test(test_complete),
        cmocka_unit_test(test_ranges),
        cmocka_unit_test(test_validates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
