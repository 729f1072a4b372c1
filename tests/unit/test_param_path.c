/* Paths of a config and the parameters that stand there. */
#include "unit/config_modules.h"

#include "config/dotted_path.h"
#include "config/param_path.h"

static void test_found(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name;
        enum param_type type;
    } cases[] = {
        {"seed", "seed", PARAM_INTEGER},
        {"train", "train", PARAM_SECTION},
        {"train.batch", "batch", PARAM_INTEGER},
        {"train.clip.norm", "norm", PARAM_REAL},
        {"train.optimizer", "optimizer", PARAM_MODULE},
        {"model.units", "units", PARAM_INTEGER},
        {"model.dropout", "dropout", PARAM_REAL},
        {"model.stack", "stack", PARAM_MODULES},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        const struct param *param = param_at_path(cases[i].path);
        assert_non_null(param);
        assert_string_equal(param->name, cases[i].name);
        assert_int_equal(param->type, cases[i].type);
    }
}

static void test_within(void **state)
{
    (void)state;
    static const char *const within[][2] = {
        {"model", "model"}, {"model.units", "model"}, {"model.stack.0.lstm", "model.stack"}};
    static const char *const beside[][2] = {{"model", "model.units"},
                                            {"models", "model"},
                                            {"model.unit", "model.units"},
                                            {"", "model"}};
    for (size_t i = 0; i < sizeof within / sizeof *within; i++)
        assert_true(dotted_path_is_within(within[i][0], within[i][1]));
    for (size_t i = 0; i < sizeof beside / sizeof *beside; i++)
        assert_false(dotted_path_is_within(beside[i][0], beside[i][1]));
}

static void test_not_found(void **state)
{
    (void)state;
    static const char *const paths[] = {"",
                                        "x",
                                        "train.x",
                                        "train.batch.x",
                                        "train..batch",
                                        "train.optimizer.x",
                                        "train.optimizer.x.rate",
                                        "model.stack.0.x",
                                        "model.stack.0.x.y"};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
        assert_null(param_at_path(paths[i]));
}

static void test_modules(void **state)
{
    (void)state;
    const struct param *rate = param_at_path("train.optimizer.adam.rate");
    assert_non_null(rate);
    assert_int_equal(rate->type, PARAM_REAL);
    assert_ptr_equal(param_at_path("train.optimizer.adam"), rate);
    const struct param *units = param_at_path("model.stack.3.lstm.units");
    assert_non_null(units);
    assert_int_equal(units->type, PARAM_INTEGER);
    assert_ptr_equal(param_at_path("model.cell.lstm.units"), units);
    assert_ptr_equal(param_at_path("model.cell.bilstm.units"), units);
    assert_null(param_at_path("train.optimizer.adam.x"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_found),
        cmocka_unit_test(test_within),
        cmocka_unit_test(test_not_found),
        cmocka_unit_test(test_modules),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
