#include "base/memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The address sanitizer otherwise ends the program where malloc would give NULL. */
const char *__asan_default_options(void);
const char *__asan_default_options(void)
{
    return "allocator_may_return_null=1";
}

static jmp_buf out_of_memory;
static size_t wanted;

static void remember(size_t size)
{
    wanted = size;
    longjmp(out_of_memory, 1);
}

static int set_handler(void **state)
{
    (void)state;
    memory_set_handler(remember);
    return 0;
}

/* Volatile, so that the compiler does not warn of sizes that cannot be had. */
static volatile size_t huge = SIZE_MAX / 2;

static void is_zero(const unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++)
        assert_int_equal(bytes[i], 0);
}

static void gives_zeroed_memory(void **state)
{
    (void)state;
    unsigned char *block = memory_new(1000), *array = memory_array(100, 12);
    is_zero(block, 1000);
    is_zero(array, 1200);
    memory_free(block);
    memory_free(array);
    memory_free(NULL);
}

static void gives_memory_for_nothing(void **state)
{
    (void)state;
    void *blocks[] = {memory_new(0), memory_array(0, 8), memory_array(8, 0),
                      memory_grow(NULL, 0, 8), memory_copy(NULL, 0)};
    for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
        assert_non_null(blocks[i]);
        memory_free(blocks[i]);
    }
}

static void grows_and_keeps_the_content(void **state)
{
    (void)state;
    int *numbers = NULL;
    for (int i = 0; i < 1000; i++) {
        numbers = memory_grow(numbers, (size_t)i + 1, sizeof *numbers);
        numbers[i] = i * i;
    }
    for (int i = 0; i < 1000; i++)
        assert_int_equal(numbers[i], i * i);
    memory_free(numbers);
}

static void copies(void **state)
{
    (void)state;
    char bytes[] = "ab\0cd";
    char *copy = memory_copy(bytes, sizeof bytes), *text = memory_copy_text(bytes);
    bytes[0] = 'z';
    assert_memory_equal(copy, "ab\0cd", sizeof bytes);
    assert_string_equal(text, "ab");
    memory_free(copy);
    memory_free(text);
    assert_null(memory_copy_text(NULL));
}

static void calls_the_handler_for_new(void **state)
{
    (void)state;
    wanted = 0;
    if (!setjmp(out_of_memory)) {
        memory_new(huge);
        fail();
    }
    assert_int_equal(wanted, SIZE_MAX / 2);
}

/* 2^33 elements of 2^32 bytes are 0 bytes modulo 2^64: that must not look like success. */
static void calls_the_handler_for_an_overflow(void **state)
{
    (void)state;
    volatile size_t count = (size_t)1 << 33, size = (size_t)1 << 32;
    wanted = 0;
    if (!setjmp(out_of_memory)) {
        memory_array(count, size);
        fail();
    }
    assert_true(wanted == SIZE_MAX);
    wanted = 0;
    if (!setjmp(out_of_memory)) {
        memory_grow(NULL, count, size);
        fail();
    }
    assert_true(wanted == SIZE_MAX);
}

static void tries_with_alignment(void **state)
{
    (void)state;
    for (size_t size = 1; size < 300; size += 37) {
        void *block = NULL;
        assert_int_equal(memory_try(&block, size, "a test", NULL), 0);
        assert_int_equal((uintptr_t)block % 64, 0);
        is_zero(block, size);
        memset(block, 0xA5, size); /* the next block may be this one again */
        memory_free(block);
    }
    void *nothing;
    assert_int_equal(memory_try(&nothing, 0, "a test", NULL), 0);
    memory_free(nothing);
}

static void says_what_could_not_be_had(void **state)
{
    (void)state;
    struct error error = {0};
    void *block = &error;
    wanted = 0;
    assert_int_equal(memory_try(&block, huge, "the parameters", &error), -1);
    assert_null(block);
    assert_int_equal(error.code, ERROR_FAILED);
    assert_string_equal(error.text, "out of memory: 9223372036854.8 MB for the parameters");
    for (size_t less = 0; less < 70; less++)
        assert_int_equal(memory_try(&block, SIZE_MAX - less, "the parameters", &error), -1);
    assert_int_equal(wanted, 0); /* the handler is not for these */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(gives_zeroed_memory),
        cmocka_unit_test(gives_memory_for_nothing),
        cmocka_unit_test(grows_and_keeps_the_content),
        cmocka_unit_test(copies),
        cmocka_unit_test(calls_the_handler_for_new),
        cmocka_unit_test(calls_the_handler_for_an_overflow),
        cmocka_unit_test(tries_with_alignment),
        cmocka_unit_test(says_what_could_not_be_had),
    };
    return cmocka_run_group_tests(tests, set_handler, NULL);
}
