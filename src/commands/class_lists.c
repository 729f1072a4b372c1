#include "commands/class_lists.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <jansson.h>
#include <stdint.h>

enum {
    CLASSES = 10,
    SIDE = 28,
    PIXELS = SIDE * SIDE,
    IMAGES_HEADER = 16,
    LABELS_HEADER = 8,
    UNSIGNED_BYTES = 8
};

/* One split as it grows, both files whole with their headers. */
struct split {
    uint8_t *images; /* [header, CLASSES * per_class, PIXELS] */
    uint8_t *labels; /* [header, CLASSES * per_class] */
    size_t per_class;
};

static size_t images_size(const struct split *split)
{
    return IMAGES_HEADER + split->per_class * CLASSES * PIXELS;
}

static size_t labels_size(const struct split *split)
{
    return LABELS_HEADER + split->per_class * CLASSES;
}

/* The header of an IDX file: type, number of dimensions, their sizes with the first byte first. */
static void write_header(uint8_t *bytes, int dimensions, const size_t *sizes)
{
    bytes[2] = UNSIGNED_BYTES;
    bytes[3] = (uint8_t)dimensions;
    for (int i = 0; i < dimensions; i++)
        for (int byte = 0; byte < 4; byte++)
            bytes[4 + 4 * i + byte] = (uint8_t)(sizes[i] >> (24 - 8 * byte));
}

static int split_init(struct split *split, size_t per_class, struct error *error)
{
    split->per_class = per_class;
    if (memory_try((void **)&split->images, images_size(split), "images", error) != 0 ||
        memory_try((void **)&split->labels, labels_size(split), "labels", error) != 0)
        return -1;
    size_t count = per_class * CLASSES;
    write_header(split->images, 3, (const size_t[]){count, SIDE, SIDE});
    write_header(split->labels, 1, &count);
    return 0;
}

static void split_release(struct split *split)
{
    memory_free(split->images);
    memory_free(split->labels);
}

/* Puts IMAGE, number INDEX of PATH's list, where the class's NUMBER-th belongs. */
static int put_image(struct split *split, int label, size_t number, const json_t *image,
                     const char *path, size_t index, struct error *error)
{
    size_t place = number * CLASSES + (size_t)label;
    uint8_t *pixels = split->images + IMAGES_HEADER + place * PIXELS;
    split->labels[LABELS_HEADER + place] = (uint8_t)label;
    if (!json_is_array(image) || json_array_size(image) != PIXELS)
        return error_set(error, ERROR_DATA,
                         "%s: data[%zu] is no image, which is a list of %d pixels", path, index,
                         PIXELS);
    for (size_t i = 0; i < PIXELS; i++) {
        const json_t *pixel = json_array_get(image, i);
        json_int_t value = json_is_integer(pixel) ? json_integer_value(pixel) : -1;
        if (value < 0 || value > UINT8_MAX)
            return error_set(error, ERROR_DATA,
                             "%s: data[%zu][%zu] is no pixel, which is an integer from 0 to %d",
                             path, index, i, UINT8_MAX);
        pixels[i] = (uint8_t)value;
    }
    return 0;
}

static int put_class(struct split *test, struct split *train, int label, const json_t *data,
                     const char *path, struct error *error)
{
    size_t expected = test->per_class + train->per_class, count = 0;
    for (size_t i = 0; i < json_array_size(data); i++) {
        const json_t *image = json_array_get(data, i);
        if (json_is_array(image) && json_array_size(image) == 0)
            continue;
        if (count < expected) {
            struct split *split = count < test->per_class ? test : train;
            size_t number = split == test ? count : count - test->per_class;
            if (put_image(split, label, number, image, path, i, error) != 0)
                return -1;
        }
        count++;
    }
    if (count == expected)
        return 0;
    return error_set(error, ERROR_DATA, "%s: its list `data` has %zu images where %zu belong", path,
                     count, expected);
}

static int read_class(struct split *test, struct split *train, int label, const char *path,
                      struct error *error)
{
    json_error_t wrong;
    json_t *root = json_load_file(path, 0, &wrong);
    if (!root)
        return error_set(error, ERROR_DATA, "%s: cannot be read as JSON: line %d: %s", path,
                         wrong.line, wrong.text);
    const json_t *data = json_object_get(root, "data");
    int result = json_is_array(data) ? put_class(test, train, label, data, path, error)
                                     : error_set(error, ERROR_DATA, "%s: has no list `data`", path);
    json_decref(root);
    return result;
}

static int write_file(const char *folder, const char *name, const uint8_t *bytes, size_t size,
                      struct error *error)
{
    char *path = file_join(folder, name);
    int result = file_replace(path, bytes, size, error);
    if (result != 0 && error)
        error->code = ERROR_DATA;
    memory_free(path);
    return result;
}

static int write_splits(const char *folder, const struct split *test, const struct split *train,
                        struct error *error)
{
    const struct split *const splits[] = {test, train};
    static const char *const images[] = {"t10k-images-idx3-ubyte", "train-images-idx3-ubyte"};
    static const char *const labels[] = {"t10k-labels-idx1-ubyte", "train-labels-idx1-ubyte"};
    for (int i = 0; i < 2; i++)
        if (write_file(folder, images[i], splits[i]->images, images_size(splits[i]), error) ||
            write_file(folder, labels[i], splits[i]->labels, labels_size(splits[i]), error))
            return -1;
    return 0;
}

int class_lists_to_idx(const char *folder, const struct class_lists *lists, struct error *error)
{
    struct split test = {0}, train = {0};
    int result = split_init(&test, lists->test, error);
    if (result == 0)
        result = split_init(&train, lists->train, error);
    for (int label = 0; result == 0 && label < CLASSES; label++) {
        char *name = text_format("%d.json", label), *path = file_join(folder, name);
        result = read_class(&test, &train, label, path, error);
        memory_free(path);
        memory_free(name);
    }
    if (result == 0)
        result = write_splits(folder, &test, &train, error);
    split_release(&test);
    split_release(&train);
    return result;
}
