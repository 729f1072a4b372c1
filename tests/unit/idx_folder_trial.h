/* Tests of a data set that is four IDX files in a folder, by its descriptor and the name under
 * which it is fetched. */
#ifndef UNROLL_TESTS_UNIT_IDX_FOLDER_TRIAL_H
#define UNROLL_TESTS_UNIT_IDX_FOLDER_TRIAL_H

#include "unit/dataset_params.h"
#include "unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

/* What is tried; the test file says. */
extern const struct dataset *const tried;
extern const char *const tried_source; /* "mnist" */

static char folder[64];
static char *files_folder; /* FOLDER/SOURCE */

static int make_folder(void **state)
{
    (void)state;
    if (temporary_make(folder) != 0)
        return -1;
    files_folder = file_join(folder, tried_source);
    return file_make_folders(files_folder, NULL);
}

static int remove_folder(void **state)
{
    (void)state;
    memory_free(files_folder);
    return temporary_remove(folder);
}

static void write_file(struct idx_bytes idx, const char *name, bool packed)
{
    char *path = packed ? text_format("%s.gz", name) : memory_copy_text(name);
    memory_free(idx_bytes_write(idx, files_folder, path, packed));
    memory_free(path);
}

/* Four small files; the second and third are gzipped where PACKED is set. */
static void write_all(bool packed)
{
    write_file(idx_bytes_images(40, 28, 28, 1), "train-images-idx3-ubyte", false);
    write_file(idx_bytes_labels(40, 10), "train-labels-idx1-ubyte", packed);
    write_file(idx_bytes_images(20, 28, 28, 2), "t10k-images-idx3-ubyte", packed);
    write_file(idx_bytes_labels(20, 10), "t10k-labels-idx1-ubyte", false);
}

static void remove_file(const char *name)
{
    char *path = file_join(files_folder, name);
    unlink(path);
    memory_free(path);
}

/* Opens with the parameter folder FROM (NULL: none) and the data folder DATA, and closes. */
static int open_tried(const char *from, const char *data, struct dataset_content *content,
                      struct error *error)
{
    void *params = dataset_params_make(tried);
    void *state = memory_new(tried->module.state_size);
    *(const char **)dataset_param(tried, params, "folder", PARAM_PATH) = from;
    int result = tried->open(params, state, data, content, error);
    if (result == 0) {
        assert_int_equal(content->train.values[5], 6);
        assert_int_equal(content->test.values[5], 7);
        assert_int_equal(content->train.labels[13], 3);
    }
    tried->close(state);
    memory_free(state);
    memory_free(params);
    return result;
}

static void opens_raw_and_packed_files(void **state)
{
    (void)state;
    struct dataset_content raw, packed;
    struct error error;
    write_all(false);
    assert_int_equal(open_tried(NULL, folder, &raw, &error), 0);
    assert_int_equal(raw.train.count, 40);
    assert_int_equal(raw.test.count, 20);
    assert_int_equal(raw.classes, 10);
    assert_true(raw.maximum == 255);
    remove_file("train-labels-idx1-ubyte");
    remove_file("t10k-images-idx3-ubyte");
    write_all(true);
    assert_int_equal(open_tried(files_folder, "/nowhere", &packed, &error), 0);
    assert_string_equal(raw.digest, packed.digest);
}

/* The error holds BEFORE, the source's name and AFTER. */
static void assert_says(const struct error *error, const char *before, const char *after)
{
    char *expected = text_format("%s%s%s", before, tried_source, after);
    if (!strstr(error->text, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error->text);
    memory_free(expected);
}

static void missing_files_are_to_be_fetched(void **state)
{
    (void)state;
    struct dataset_content content;
    struct error error;
    assert_int_equal(open_tried(NULL, "/nowhere", &content, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_says(&error, "/nowhere/", "/train-images-idx3-ubyte: not found");
    assert_says(&error, "`unroll fetch ", "`");
    write_all(false);
    remove_file("t10k-labels-idx1-ubyte");
    assert_int_equal(open_tried(NULL, folder, &content, &error), -1);
    assert_says(&error, "", "/t10k-labels-idx1-ubyte: not found");
}

static void damaged_files_are_to_be_fetched_anew(void **state)
{
    (void)state;
    struct dataset_content content;
    struct error error;
    write_all(false);
    write_file(idx_bytes_labels(40, 11), "train-labels-idx1-ubyte", false);
    assert_int_equal(open_tried(NULL, folder, &content, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    assert_non_null(strstr(error.text, "label 10 at position 10"));
    assert_says(&error, "`unroll fetch ", " --force`");
}

static int idx_folder_trial(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(opens_raw_and_packed_files, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(missing_files_are_to_be_fetched, make_folder,
                                        remove_folder),
        cmocka_unit_test_setup_teardown(damaged_files_are_to_be_fetched_anew, make_folder,
                                        remove_folder),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}

#endif
