#include "store/safetensors.h"
#include "unit/store_fixture.h"

#include <dirent.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>

static const float values[] = {1, 2, 3, 4, 5, -6};

/* Writes two tensors and two texts to the fixture's path. */
static int write_sample(struct fixture *fixture, char hash[HASH_TEXT_SIZE])
{
    struct safetensors_writer *writer = safetensors_writer_new();
    safetensors_add(writer, "0.weight_ih", 2, (int64_t[]){2, 3}, values);
    safetensors_add(writer, "0.bias", 1, (int64_t[]){1}, values + 5);
    safetensors_add_text(writer, "step", "7");
    safetensors_add_text(writer, "config", "name: \"a\"\n");
    int result = safetensors_write(writer, fixture->path, hash, &fixture->error);
    safetensors_writer_free(writer);
    return result;
}

static void bytes_are_known(void **state)
{
    struct fixture *fixture = *state;
    char hash[HASH_TEXT_SIZE], expected_hash[HASH_TEXT_SIZE];
    static const char header[] =
        "{\"__metadata__\":{\"step\":\"7\",\"config\":\"name: \\\"a\\\"\\n\"},"
        "\"0.weight_ih\":{\"dtype\":\"F32\",\"shape\":[2,3],\"data_offsets\":[0,24]},"
        "\"0.bias\":{\"dtype\":\"F32\",\"shape\":[1],\"data_offsets\":[24,28]}}";
    size_t length = sizeof header - 1, padded = (length + 7) / 8 * 8;
    assert_ok(fixture, write_sample(fixture, hash));
    struct text file = {0};
    assert_ok(fixture, file_read(fixture->path, 4096, &file, &fixture->error));
    assert_int_equal(file.length, 8 + padded + 28);
    const unsigned char *bytes = (const unsigned char *)file.data;
    for (int i = 0; i < 8; i++)
        assert_int_equal(bytes[i], padded >> 8 * i & 0xff);
    assert_memory_equal(bytes + 8, header, length);
    for (size_t i = length; i < padded; i++)
        assert_int_equal(bytes[8 + i], ' ');
    assert_memory_equal(bytes + 8 + padded, "\0\0\x80\x3f", 4); /* 1.0f */
    assert_memory_equal(bytes + 8 + padded + 24, "\0\0\xc0\xc0", 4);
    hash_bytes(file.data, file.length, expected_hash);
    assert_string_equal(hash, expected_hash);
    text_release(&file);
}

static void comes_back(void **state)
{
    struct fixture *fixture = *state;
    char hash[HASH_TEXT_SIZE];
    struct safetensors file;
    assert_ok(fixture, write_sample(fixture, hash));
    assert_ok(fixture, safetensors_open(&file, fixture->path, hash, &fixture->error));
    assert_int_equal(file.count, 2);
    const struct safetensors_tensor *tensor = safetensors_find(&file, "0.weight_ih");
    assert_int_equal(tensor->rank, 2);
    assert_int_equal(tensor->shape[0], 2);
    assert_int_equal(tensor->shape[1], 3);
    assert_int_equal(tensor->count, 6);
    assert_memory_equal(tensor->data, values, sizeof values);
    assert_true(*safetensors_find(&file, "0.bias")->data == -6);
    assert_null(safetensors_find(&file, "1.bias"));
    assert_string_equal(safetensors_find_text(&file, "step"), "7");
    assert_string_equal(safetensors_find_text(&file, "config"), "name: \"a\"\n");
    assert_null(safetensors_find_text(&file, "seed"));
    safetensors_close(&file);
}

static void scalars_and_nothing_come_back(void **state)
{
    struct fixture *fixture = *state;
    char hash[HASH_TEXT_SIZE];
    struct safetensors file;
    struct safetensors_writer *writer = safetensors_writer_new();
    safetensors_add(writer, "scalar", 0, NULL, values);
    safetensors_add(writer, "empty", 2, (int64_t[]){0, 3}, NULL);
    safetensors_add(writer, "last", 1, (int64_t[]){2}, values + 1);
    assert_ok(fixture, safetensors_write(writer, fixture->path, hash, &fixture->error));
    safetensors_writer_free(writer);
    assert_ok(fixture, safetensors_open(&file, fixture->path, NULL, &fixture->error));
    assert_int_equal(safetensors_find(&file, "scalar")->count, 1);
    assert_int_equal(safetensors_find(&file, "empty")->count, 0);
    assert_true(safetensors_find(&file, "last")->data[1] == 3);
    safetensors_close(&file);
}

static void what_cannot_be_written_is_refused(void **state)
{
    struct fixture *fixture = *state;
    char hash[HASH_TEXT_SIZE];
    static const struct {
        const char *first, *second, *text, *part;
        int64_t size;
    } cases[] = {
        {"a", "a", "", "'a' is taken", 1},
        {"a", "__metadata__", "", "'__metadata__' is taken", 1},
        {"a", "\xff", "", "not UTF-8", 1},
        {"a", "b", "\xff", "not UTF-8", 1},
        {"a", "b", "", "impossible shape", -1},
        {"a", "b", "", "impossible shape", INT64_MAX / 2},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct safetensors_writer *writer = safetensors_writer_new();
        safetensors_add(writer, cases[i].first, 1, (int64_t[]){1}, values);
        safetensors_add(writer, cases[i].second, 1, &cases[i].size, values);
        safetensors_add_text(writer, "key", cases[i].text);
        assert_refused(fixture, safetensors_write(writer, fixture->path, hash, &fixture->error),
                       ERROR_USAGE, cases[i].part);
        safetensors_writer_free(writer);
        assert_false(file_exists(fixture->path));
    }
}

static int count_files(const char *folder)
{
    int count = 0;
    DIR *entries = opendir(folder);
    while (readdir(entries))
        count++;
    closedir(entries);
    return count - 2; /* without . and .. */
}

static void a_full_disk_keeps_the_old_file(void **state)
{
    struct fixture *fixture = *state;
    char hash[HASH_TEXT_SIZE], other[HASH_TEXT_SIZE];
    struct rlimit files;
    assert_ok(fixture, write_sample(fixture, hash));
    float *many = memory_array(100000, sizeof *many);
    struct safetensors_writer *writer = safetensors_writer_new();
    safetensors_add(writer, "many", 1, (int64_t[]){100000}, many);
    signal(SIGXFSZ, SIG_IGN);
    getrlimit(RLIMIT_FSIZE, &files);
    files.rlim_cur = 100000;
    setrlimit(RLIMIT_FSIZE, &files);
    assert_refused(fixture, safetensors_write(writer, fixture->path, other, &fixture->error),
                   ERROR_FAILED, "cannot be written");
    files.rlim_cur = RLIM_INFINITY;
    setrlimit(RLIMIT_FSIZE, &files);
    safetensors_writer_free(writer);
    memory_free(many);
    assert_int_equal(count_files(fixture->folder), 1);
    struct safetensors file;
    assert_ok(fixture, safetensors_open(&file, fixture->path, hash, &fixture->error));
    safetensors_close(&file);
}

static void a_missing_folder_is_named(void **state)
{
    struct fixture *fixture = *state;
    char hash[HASH_TEXT_SIZE];
    snprintf(fixture->path, sizeof fixture->path, "%s/missing/x", fixture->folder);
    assert_refused(fixture, write_sample(fixture, hash), ERROR_FAILED, "missing/x");
    struct safetensors file;
    assert_refused(fixture, safetensors_open(&file, fixture->path, NULL, &fixture->error),
                   ERROR_NOT_FOUND, "missing/x");
}

/* Writes HEADER, as a file's header of the length that it says or has, and BODY zero bytes. */
static void write_raw(struct fixture *fixture, const char *header, int64_t stated, size_t body)
{
    struct text bytes = {0};
    size_t length = strlen(header);
    uint64_t padded = stated >= 0 ? (uint64_t)stated : (length + 7) / 8 * 8;
    text_add_bytes(&bytes, (const char *)&padded, sizeof padded);
    text_add(&bytes, header);
    while (stated < 0 && length++ < padded)
        text_add_char(&bytes, ' ');
    for (size_t i = 0; i < body; i++)
        text_add_char(&bytes, '\0');
    assert_ok(fixture, file_replace(fixture->path, bytes.data, bytes.length, &fixture->error));
    text_release(&bytes);
}

#define TENSOR(shape, offsets)                                                                     \
    "{\"dtype\":\"F32\",\"shape\":" shape ",\"data_offsets\":" offsets "}"

static void hostile_headers_are_refused(void **state)
{
    struct fixture *fixture = *state;
    struct safetensors file;
    static const struct {
        const char *header;
        int64_t stated; /* -1: as it is */
        size_t body;
        const char *part;
    } cases[] = {
        {"{}", 1 << 20, 0, "only 2 follow"},
        {"{}", INT64_MAX, 0, "expected at most"},
        {"{} ", 3, 0, "a multiple of 4"},
        {"", 0, 0, "not JSON"},
        {"{\"a\":", -1, 0, "not JSON"},
        {"[]", -1, 0, "not a JSON object"},
        {"{\"a\":1,\"a\":2}", -1, 0, "not JSON: duplicate"},
        {"{}", -1, 4, "4 bytes behind the header, expected 0"},
        {"{\"a\":3}", -1, 0, "its type is missing"},
        {"{\"a\":{\"dtype\":\"BF16\"}}", -1, 0, "its type is BF16, expected F32"},
        {"{\"a\":{\"dtype\":[\"F32\"]}}", -1, 0, "its type is missing"},
        {"{\"a\":{\"dtype\":\"F32\"}}", -1, 0, "shape is not a list"},
        {"{\"a\":" TENSOR("[1,1,1,1,1,1,1,1,1]", "[0,4]") "}", -1, 4, "shape is not a list"},
        {"{\"a\":" TENSOR("[-1]", "[0,4]") "}", -1, 4, "size 1 of its shape"},
        {"{\"a\":" TENSOR("[1.5]", "[0,4]") "}", -1, 4, "size 1 of its shape"},
        {"{\"a\":" TENSOR("[4294967296,4294967296]", "[0,0]") "}", -1, 0, "size 2 of its shape"},
        {"{\"a\":" TENSOR("[99999999999999999999]", "[0,4]") "}", -1, 4, "not JSON"},
        {"{\"a\":" TENSOR("[4611686018427387904]", "[0,0]") "}", -1, 0, "0 bytes for 46116860"},
        {"{\"a\":" TENSOR("[1]", "7") "}", -1, 4, "do not lie within"},
        {"{\"a\":" TENSOR("[1]", "[0,4,8]") "}", -1, 4, "do not lie within"},
        {"{\"a\":" TENSOR("[1]", "[0,8]") "}", -1, 4, "do not lie within the 4 bytes"},
        {"{\"a\":" TENSOR("[1]", "[4,0]") "}", -1, 4, "do not lie within"},
        {"{\"a\":" TENSOR("[1]", "[-4,0]") "}", -1, 4, "do not lie within"},
        {"{\"a\":" TENSOR("[2]", "[0,4]") "}", -1, 4, "4 bytes for 2 values"},
        {"{\"a\":" TENSOR("[1]", "[0,5]") "}", -1, 5, "5 bytes for 1 values"},
        {"{\"a\":" TENSOR("[1]", "[1,5]") "}", -1, 5, "not aligned"},
        {"{\"a\":" TENSOR("[1]", "[4,8]") "}", -1, 8, "leaves a hole"},
        {"{\"a\":" TENSOR("[1]", "[0,4]") "}", -1, 8, "8 bytes behind the header, expected 4"},
        {"{\"a\":" TENSOR("[2]", "[0,8]") ",\"b\":" TENSOR("[2]", "[4,12]") "}", -1, 12,
         "overlaps another"},
        {"{\"__metadata__\":[]}", -1, 0, "__metadata__ is not an object"},
        {"{\"__metadata__\":{\"step\":7}}", -1, 0, "'step' is not a text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        write_raw(fixture, cases[i].header, cases[i].stated, cases[i].body);
        assert_refused(fixture, safetensors_open(&file, fixture->path, NULL, &fixture->error),
                       ERROR_DATA, cases[i].part);
        assert_null(file.map.bytes);
    }
    write_raw(fixture, "{\"a\":" TENSOR("[1]", "[0,4]") "}", -1, 4);
    assert_ok(fixture, safetensors_open(&file, fixture->path, NULL, &fixture->error));
    safetensors_close(&file);
}

static void every_truncation_and_every_flipped_byte_is_found(void **state)
{
    struct fixture *fixture = *state;
    char hash[HASH_TEXT_SIZE];
    struct safetensors file;
    struct text whole = {0};
    assert_ok(fixture, write_sample(fixture, hash));
    assert_ok(fixture, file_read(fixture->path, 4096, &whole, &fixture->error));
    for (size_t size = 0; size < whole.length; size++) {
        assert_ok(fixture, file_replace(fixture->path, whole.data, size, &fixture->error));
        assert_refused(fixture, safetensors_open(&file, fixture->path, NULL, &fixture->error),
                       ERROR_DATA, "damaged");
    }
    for (size_t at = 0; at < whole.length; at += 7) {
        whole.data[at] ^= 0x10;
        assert_ok(fixture, file_replace(fixture->path, whole.data, whole.length, &fixture->error));
        assert_refused(fixture, safetensors_open(&file, fixture->path, hash, &fixture->error),
                       ERROR_DATA, "content hash");
        whole.data[at] ^= 0x10;
    }
    text_release(&whole);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        STORE_TEST(bytes_are_known),
        STORE_TEST(comes_back),
        STORE_TEST(scalars_and_nothing_come_back),
        STORE_TEST(what_cannot_be_written_is_refused),
        STORE_TEST(a_full_disk_keeps_the_old_file),
        STORE_TEST(a_missing_folder_is_named),
        STORE_TEST(hostile_headers_are_refused),
        STORE_TEST(every_truncation_and_every_flipped_byte_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
