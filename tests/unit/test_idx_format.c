#include "datasets/idx_format.h"
#include "unit/temporary_folder.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void assert_says(const struct error *error, const char *expected)
{
    assert_int_equal(error->code, ERROR_DATA);
    if (!strstr(error->text, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error->text);
}

/* Writes BYTES, opens them as ROLE, expects an error that says EXPECTED and names the file. */
static void assert_refused(const void *bytes, size_t size, bool packed, enum idx_role role,
                           const char *expected)
{
    struct idx_file file;
    struct error error = {0};
    char *path = temporary_write(folder, "file", bytes, size, packed);
    assert_int_equal(idx_open(&file, role, path, &error), -1);
    assert_says(&error, expected);
    assert_says(&error, path);
    idx_close(&file);
    memory_free(path);
}

static void reads_images_raw_and_packed(void **state)
{
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        struct idx_file file;
        struct error error;
        char *path = idx_bytes_write(idx_bytes_images(5, 3, 4, 7), folder, "images", packed);
        assert_int_equal(idx_open(&file, IDX_IMAGES, path, &error), 0);
        assert_int_equal(file.count, 5);
        assert_int_equal(file.rows, 3);
        assert_int_equal(file.columns, 4);
        for (int i = 0; i < 60; i++)
            assert_int_equal(file.values[i], 7 + i);
        idx_close(&file);
        assert_null(file.values);
        memory_free(path);
    }
}

static void reads_gzip_members_one_after_the_other(void **state)
{
    (void)state;
    struct idx_bytes labels = idx_bytes_labels(100, 10);
    struct text both = {0};
    for (int half = 0; half < 2; half++) {
        size_t begin = half ? 50 : 0, end = half ? labels.size : 50;
        char *part = temporary_write(folder, "part", labels.bytes + begin, end - begin, true);
        struct text bytes = {0};
        assert_int_equal(file_read(part, 4096, &bytes, NULL), 0);
        text_add_bytes(&both, bytes.data, bytes.length);
        text_release(&bytes);
        memory_free(part);
    }
    char *path = temporary_write(folder, "labels", both.data, both.length, false);
    struct idx_file file;
    struct error error;
    assert_int_equal(idx_open(&file, IDX_LABELS, path, &error), 0);
    assert_int_equal(file.count, 100);
    assert_memory_equal(file.values, labels.bytes + labels.header, 100);
    idx_close(&file);
    text_release(&both);
    memory_free(path);
    memory_free(labels.bytes);
}

static void refuses_what_is_not_idx(void **state)
{
    (void)state;
    assert_refused("", 0, false, IDX_IMAGES, "empty where images are expected");
    assert_refused("", 0, true, IDX_LABELS, "empty where labels are expected");
    assert_refused("<!DOCTYPE html>", 15, false, IDX_IMAGES, "begins with the bytes 3c 21 44 4f");
    assert_refused("\0\0\x0d\x03", 4, false, IDX_IMAGES, "holds 32-bit floats (type 0x0d)");
    assert_refused("\0\0\x08\x02", 4, true, IDX_IMAGES, "has 2 dimensions where images have 3");
    assert_refused("\0\0\x08\x01", 4, false, IDX_IMAGES, "holds labels where images are expected");
    assert_refused("\0\0\x08\x03", 4, true, IDX_LABELS, "holds images where labels are expected");
    assert_refused("\0\0\x08\x03\0\0", 6, false, IDX_IMAGES, "truncated: 6 bytes, the header");
    assert_refused("\0\0\x08\x03\0\0", 6, true, IDX_IMAGES, "truncated: 6 bytes, the header");
    assert_refused("\0\0", 2, false, IDX_IMAGES, "truncated: 2 bytes, the header");
}

static void refuses_wrong_sizes(void **state)
{
    (void)state;
    for (int packed = 0; packed < 2; packed++) {
        struct idx_bytes images = idx_bytes_images(5, 3, 4, 0);
        assert_refused(images.bytes, images.size - 1, packed, IDX_IMAGES,
                       packed ? "fewer when unpacked: truncated" : "it has 75: truncated");
        images.bytes[7]--; /* the header's count, 4 now */
        assert_refused(images.bytes, images.size, packed, IDX_IMAGES,
                       packed ? "more when unpacked" : "takes 64 bytes, but it has 76: too long");
        images.bytes[7] = 0;
        assert_refused(images.bytes, images.header, packed, IDX_IMAGES,
                       "holds no images: its header says 0 of 3 x 4 values");
        memory_free(images.bytes);
    }
}

static void refuses_sizes_beyond_counting(void **state)
{
    (void)state;
    const uint32_t all = UINT32_MAX;
    const uint32_t sizes[][3] = {{all, all, all}, {2, all, all}, {2, 65536, 65536}, {all, 1, 1}};
    for (int i = 0; i < 4; i++) {
        struct idx_bytes huge = idx_bytes_make(3, sizes[i], 0);
        assert_refused(huge.bytes, huge.size, i % 2, IDX_IMAGES, "too large");
        memory_free(huge.bytes);
    }
}

/* A header may claim a petabyte: neither memory nor time may be spent on it. */
static void refuses_gzip_bombs(void **state)
{
    (void)state;
    struct idx_bytes claim = idx_bytes_make(3, (const uint32_t[]){1 << 30, 1024, 1024}, 0);
    assert_refused(claim.bytes, claim.size, true, IDX_IMAGES, "too few: damaged");
    memory_free(claim.bytes);
    struct idx_bytes bomb = idx_bytes_make(1, (const uint32_t[]){10}, 50 << 20);
    assert_refused(bomb.bytes, bomb.size, true, IDX_LABELS, "more when unpacked");
    memory_free(bomb.bytes);
}

static void refuses_damaged_gzip(void **state)
{
    (void)state;
    struct idx_bytes images = idx_bytes_images(500, 4, 4, 0);
    char *path = idx_bytes_write(images, folder, "good", true);
    struct text packed = {0};
    assert_int_equal(file_read(path, 1 << 20, &packed, NULL), 0);
    for (size_t cut = 2; cut < packed.length; cut += 7)
        assert_refused(packed.data, cut, false, IDX_IMAGES, "truncated");
    packed.data[packed.length - 8] ^= 1; /* its checksum */
    assert_refused(packed.data, packed.length, false, IDX_IMAGES, "damaged gzip data");
    text_release(&packed);
    memory_free(path);
}

static void names_what_cannot_be_opened(void **state)
{
    (void)state;
    struct idx_file file;
    struct error error;
    assert_int_equal(idx_open(&file, IDX_IMAGES, "/nowhere/images", &error), -1);
    assert_says(&error, "/nowhere/images: cannot be opened: No such file");
    idx_close(&file);
    assert_int_equal(idx_open(&file, IDX_IMAGES, folder, &error), -1);
    assert_says(&error, "is not a regular file");
    idx_close(&file);
}

/* Four files with the given counts and sizes; expects EXPECTED, or success where it is NULL. */
static void open_set(const uint32_t counts[IDX_PARTS], uint32_t test_rows, int64_t classes,
                     const char *expected, struct dataset_content *content)
{
    char *paths[IDX_PARTS] = {
        idx_bytes_write(idx_bytes_images(counts[0], 3, 4, 0), folder, "train-images", false),
        idx_bytes_write(idx_bytes_labels(counts[1], 4), folder, "train-labels", true),
        idx_bytes_write(idx_bytes_images(counts[2], test_rows, 4, 9), folder, "test-images", true),
        idx_bytes_write(idx_bytes_labels(counts[3], 6), folder, "test-labels", false),
    };
    struct idx_set set = {0};
    struct error error;
    int result = idx_set_open(&set, (const char *const *)paths, classes, content, &error);
    if (expected) {
        assert_int_equal(result, -1);
        assert_says(&error, expected);
        assert_says(&error, folder);
    } else {
        assert_int_equal(result, 0);
        assert_int_equal(content->train.values[5], 5);
        assert_int_equal(content->test.values[0], 9);
        assert_int_equal(content->train.labels[3], 3);
        assert_int_equal(content->test.labels[5], 5);
    }
    idx_set_close(&set);
    for (int part = 0; part < IDX_PARTS; part++)
        memory_free(paths[part]);
}

static void a_set_must_fit_together(void **state)
{
    (void)state;
    struct dataset_content content;
    const uint32_t good[] = {20, 20, 10, 10};
    open_set(good, 3, 6, NULL, &content);
    assert_int_equal(content.classes, 6);
    open_set(good, 3, 0, NULL, &content);
    assert_int_equal(content.classes, 6);
    assert_int_equal(content.rows, 3);
    assert_int_equal(content.columns, 4);
    assert_int_equal(content.train.count, 20);
    assert_int_equal(content.test.count, 10);
    assert_true(content.maximum == 255);
    open_set(good, 3, 5, "label 5 at position 5 (from 0), but with 5 classes", &content);
    open_set(good, 2, 0, "of 3 x 4 pixels, but those of ", &content);
    open_set((const uint32_t[]){20, 19, 10, 10}, 3, 0, "holds 20 images, but ", &content);
    open_set((const uint32_t[]){20, 20, 10, 11}, 3, 0, "holds 11 labels", &content);
}

static void the_digest_follows_the_content_only(void **state)
{
    (void)state;
    struct dataset_content content, same, more;
    open_set((const uint32_t[]){20, 20, 10, 10}, 3, 0, NULL, &content);
    open_set((const uint32_t[]){20, 20, 10, 10}, 3, 6, NULL, &same);
    assert_string_equal(content.digest, same.digest);
    assert_int_equal(strlen(content.digest), HASH_TEXT_SIZE - 1);
    open_set((const uint32_t[]){20, 20, 10, 10}, 3, 7, NULL, &more);
    assert_string_not_equal(content.digest, more.digest);
    open_set((const uint32_t[]){21, 21, 10, 10}, 3, 0, NULL, &more);
    assert_string_not_equal(content.digest, more.digest);
    uint8_t values[] = {1, 2, 3, 4}, labels[] = {0};
    struct dataset_content tiny = {.rows = 2,
                                   .columns = 2,
                                   .classes = 1,
                                   .maximum = 255,
                                   .train = {1, values, labels},
                                   .test = {1, values, labels}};
    char before[HASH_TEXT_SIZE];
    idx_digest(&tiny);
    strcpy(before, tiny.digest);
    values[3]++;
    idx_digest(&tiny);
    assert_string_not_equal(before, tiny.digest);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_images_raw_and_packed),
        cmocka_unit_test(reads_gzip_members_one_after_the_other),
        cmocka_unit_test(refuses_what_is_not_idx),
        cmocka_unit_test(refuses_wrong_sizes),
        cmocka_unit_test(refuses_sizes_beyond_counting),
        cmocka_unit_test(refuses_gzip_bombs),
        cmocka_unit_test(refuses_damaged_gzip),
        cmocka_unit_test(names_what_cannot_be_opened),
        cmocka_unit_test(a_set_must_fit_together),
        cmocka_unit_test(the_digest_follows_the_content_only),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
