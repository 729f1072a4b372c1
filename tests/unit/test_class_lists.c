#include "commands/class_lists.h"

#include "unit/temporary.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { CLASSES = 10, PIXELS = 784 };

static const struct class_lists lists = {.test = 2, .train = 3};
static char folder[64];

/* Every pixel of image NUMBER of class LABEL, but the last. */
static int pixel_of(int label, int number)
{
    return 20 * label + number;
}

static void add_image(struct text *json, int pixel, const char *last)
{
    text_add(json, "[");
    for (int i = 0; i < PIXELS - 1; i++)
        text_add_format(json, "%d,", pixel);
    text_add_format(json, "%s]", last);
}

/* A class's file: two test and three training images, the last pixel of the first being LAST;
 * class 0 has empty lists between and behind, as the real one has. */
static void write_class(int label, const char *last)
{
    struct text json = {0};
    text_add(&json, "{\"data\":[");
    for (int number = 0; number < 5; number++) {
        text_add(&json, number > 0 ? "," : "");
        text_add(&json, label == 0 && number == 2 ? "[]," : "");
        add_image(&json, pixel_of(label, number), number > 0 ? "255" : last);
    }
    text_add(&json, label == 0 ? ",[]]}" : "]}");
    char *name = text_format("%d.json", label);
    memory_free(temporary_write(folder, name, text_get(&json), json.length, false));
    memory_free(name);
    text_release(&json);
}

static int set_up(void **state)
{
    (void)state;
    if (temporary_make(folder) != 0)
        return -1;
    for (int label = 0; label < CLASSES; label++)
        write_class(label, "255");
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    return temporary_remove(folder);
}

static void write_text(const char *name, const char *content)
{
    memory_free(temporary_write(folder, name, content, strlen(content), false));
}

static void read_file(const char *name, struct text *bytes)
{
    struct error error;
    char *path = file_join(folder, name);
    if (file_read(path, 1 << 20, bytes, &error) != 0)
        fail_msg("%s", error.text);
    memory_free(path);
}

/* The file of images NAME holds images FIRST ... FIRST + COUNT - 1 of each class, in turn. */
static void assert_images(const char *name, int first, int count)
{
    const unsigned char header[16] = {0, 0, 8, 3,  0, 0, 0, (unsigned char)(count * CLASSES),
                                      0, 0, 0, 28, 0, 0, 0, 28};
    struct text found = {0};
    read_file(name, &found);
    assert_int_equal(found.length, sizeof header + (size_t)(count * CLASSES * PIXELS));
    assert_memory_equal(found.data, header, sizeof header);
    const unsigned char *image = (const unsigned char *)found.data + sizeof header;
    for (int k = 0; k < count * CLASSES; k++, image += PIXELS) {
        assert_int_equal(image[0], pixel_of(k % CLASSES, first + k / CLASSES));
        assert_int_equal(image[PIXELS - 2], pixel_of(k % CLASSES, first + k / CLASSES));
        assert_int_equal(image[PIXELS - 1], 255);
    }
    text_release(&found);
}

static void assert_labels(const char *name, int count)
{
    const unsigned char header[8] = {0, 0, 8, 1, 0, 0, 0, (unsigned char)(count * CLASSES)};
    struct text found = {0};
    read_file(name, &found);
    assert_int_equal(found.length, sizeof header + (size_t)(count * CLASSES));
    assert_memory_equal(found.data, header, sizeof header);
    for (int k = 0; k < count * CLASSES; k++)
        assert_int_equal(found.data[sizeof header + (size_t)k], k % CLASSES);
    text_release(&found);
}

static void assert_refused(const char *expected)
{
    struct error error = {0};
    assert_int_equal(class_lists_to_idx(folder, &lists, &error), -1);
    assert_int_equal(error.code, ERROR_DATA);
    if (!strstr(error.text, expected))
        fail_msg("\"%s\" is not in \"%s\"", expected, error.text);
    char *path = file_join(folder, "train-images-idx3-ubyte");
    assert_false(file_exists(path));
    memory_free(path);
}

static void classes_are_taken_in_turn(void **state)
{
    (void)state;
    struct error error;
    if (class_lists_to_idx(folder, &lists, &error) != 0)
        fail_msg("%s", error.text);
    assert_images("t10k-images-idx3-ubyte", 0, 2);
    assert_labels("t10k-labels-idx1-ubyte", 2);
    assert_images("train-images-idx3-ubyte", 2, 3);
    assert_labels("train-labels-idx1-ubyte", 3);
}

static void what_is_no_such_list_is_refused(void **state)
{
    (void)state;
    write_text("7.json", "{\"data\":[[1,2,");
    assert_refused("/7.json: cannot be read as JSON: line 1: ");
    write_text("7.json", "");
    assert_refused("/7.json: cannot be read as JSON: ");
    write_text("7.json", "{\"date\":[]}");
    assert_refused("/7.json: has no list `data`");
    write_text("7.json", "[1]");
    assert_refused("/7.json: has no list `data`");
    write_text("7.json", "{\"data\":[1]}");
    assert_refused("/7.json: data[0] is no image, which is a list of 784 pixels");
    write_text("7.json", "{\"data\":[[], [1, 2]]}");
    assert_refused("/7.json: data[1] is no image");
    char *path = file_join(folder, "7.json");
    unlink(path);
    memory_free(path);
    assert_refused("/7.json: cannot be read as JSON: ");
}

static void what_is_no_pixel_is_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"256",   "-1",   "1.0", "1e400",
                                        "\"1\"", "null", "[]",  "18446744073709551616"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        write_class(4, wrong[i]);
        assert_refused(i == 3 || i == 7 ? "/4.json: cannot be read as JSON: line 1: "
                                        : "/4.json: data[0][783] is no pixel, which is an integer");
    }
}

static void too_few_and_too_many_are_refused(void **state)
{
    (void)state;
    struct error error = {0};
    write_text("9.json", "{\"data\":[]}");
    assert_refused("/9.json: its list `data` has 0 images where 5 belong");
    write_class(9, "255");
    const struct class_lists fewer = {.test = 2, .train = 2};
    assert_int_equal(class_lists_to_idx(folder, &fewer, &error), -1);
    assert_non_null(strstr(error.text, "/0.json: its list `data` has 5 images where 4 belong"));
}

#define WITH_FOLDER(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        WITH_FOLDER(classes_are_taken_in_turn),
        WITH_FOLDER(what_is_no_such_list_is_refused),
        WITH_FOLDER(what_is_no_pixel_is_refused),
        WITH_FOLDER(too_few_and_too_many_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
