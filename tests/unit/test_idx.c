#include "unit/dataset_params.h"
#include "unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

extern const struct dataset dataset_idx;

static int open_idx(char *const paths[4], int64_t classes, struct dataset_content *content,
                    struct error *error)
{
    const char *const names[] = {"train_images", "train_labels", "test_images", "test_labels"};
    void *params = dataset_params_make(&dataset_idx);
    void *state = memory_new(dataset_idx.module.state_size);
    for (int i = 0; i < 4; i++)
        *(char **)dataset_param(&dataset_idx, params, names[i], PARAM_PATH) = paths[i];
    if (classes > 0)
        *(int64_t *)dataset_param(&dataset_idx, params, "classes", PARAM_INTEGER) = classes;
    int result = dataset_idx.open(params, state, "/nowhere", content, error);
    dataset_idx.close(state);
    memory_free(state);
    memory_free(params);
    return result;
}

static void opens_the_files_that_it_is_given(void **state)
{
    (void)state;
    struct dataset_content content;
    struct error error;
    char *paths[] = {idx_bytes_write(idx_bytes_images(12, 5, 3, 0), folder, "a", true),
                     idx_bytes_write(idx_bytes_labels(12, 3), folder, "b", false),
                     idx_bytes_write(idx_bytes_images(6, 5, 3, 0), folder, "c", false),
                     idx_bytes_write(idx_bytes_labels(6, 2), folder, "d", true)};
    assert_int_equal(open_idx(paths, 0, &content, &error), 0);
    assert_int_equal(content.train.count, 12);
    assert_int_equal(content.test.count, 6);
    assert_int_equal(content.rows, 5);
    assert_int_equal(content.columns, 3);
    assert_int_equal(content.classes, 3);
    assert_int_equal(open_idx(paths, 7, &content, &error), 0);
    assert_int_equal(content.classes, 7);
    assert_int_equal(open_idx(paths, 2, &content, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    char *swapped[] = {paths[1], paths[0], paths[2], paths[3]};
    assert_int_equal(open_idx(swapped, 0, &content, &error), -1);
    assert_non_null(strstr(error.text, "holds labels where images are expected"));
    for (int i = 0; i < 4; i++)
        memory_free(paths[i]);
}

/* The digest stands for the content in the run key, so paths must not. */
static void paths_are_not_in_the_run_key(void **state)
{
    (void)state;
    int count = 0;
    for (const struct param *param = dataset_idx.module.params; param->name; param++) {
        assert_int_equal(!!(param->flags & PARAM_NOT_IN_KEY), param->type == PARAM_PATH);
        count += param->type == PARAM_PATH;
    }
    assert_int_equal(count, 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(opens_the_files_that_it_is_given),
        cmocka_unit_test(paths_are_not_in_the_run_key),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
