/* MNIST: Y. LeCun, C. Cortes, C. J. C. Burges, http://yann.lecun.com/exdb/mnist. 60,000 training
 * and 10,000 test images of 28 x 28 pixels, as the four IDX files of that page, mapped. */
#include "base/memory.h"
#include "base/text.h"
#include "datasets/idx_format.h"

enum { CLASSES = 10 };

struct mnist_params {
    char *folder; /* NULL: the data folder's subfolder "mnist" */
};

static const struct param mnist_table[] = {
    {.name = "folder",
     .summary = "Folder with the four IDX files, raw or as .gz; none: mnist in the data folder.",
     .type = PARAM_PATH,
     .flags = PARAM_OPTIONAL | PARAM_NOT_IN_KEY,
     .offset = offsetof(struct mnist_params, folder)},
    {0},
};

static const struct mnist_params mnist_defaults = {0};

static const char *const mnist_names[IDX_PARTS] = {
    [IDX_TRAIN_IMAGES] = "train-images-idx3-ubyte",
    [IDX_TRAIN_LABELS] = "train-labels-idx1-ubyte",
    [IDX_TEST_IMAGES] = "t10k-images-idx3-ubyte",
    [IDX_TEST_LABELS] = "t10k-labels-idx1-ubyte",
};

/* The path of file NAME in FOLDER, raw or gzipped, or NULL with an error. The caller frees it. */
static char *find_file(const char *folder, const char *name, struct error *error)
{
    char *raw = file_join(folder, name);
    if (file_exists(raw))
        return raw;
    char *packed = text_format("%s.gz", raw);
    if (file_exists(packed)) {
        memory_free(raw);
        return packed;
    }
    error_set(error, ERROR_DATA,
              "%s: not found, nor with .gz; `unroll fetch mnist` gets MNIST into the data folder, "
              "or use the built-in set `digits`",
              raw);
    memory_free(raw);
    memory_free(packed);
    return NULL;
}

/* What to do about a damaged file. */
static int with_remedy(struct error *error)
{
    if (error) {
        struct error found = *error;
        error_set(error, found.code, "%s; `unroll fetch mnist --force` gets the files anew",
                  found.text);
    }
    return -1;
}

static int mnist_open(const void *params, void *state, const char *folder,
                      struct dataset_content *content, struct error *error)
{
    const struct mnist_params *mnist = params;
    char *paths[IDX_PARTS] = {0};
    char *from = mnist->folder ? memory_copy_text(mnist->folder) : file_join(folder, "mnist");
    int result = 0;
    for (int part = 0; result == 0 && part < IDX_PARTS; part++) {
        paths[part] = find_file(from, mnist_names[part], error);
        if (!paths[part])
            result = -1;
    }
    if (result == 0 &&
        idx_set_open(state, (const char *const *)paths, CLASSES, content, error) != 0)
        result = with_remedy(error);
    for (int part = 0; part < IDX_PARTS; part++)
        memory_free(paths[part]);
    memory_free(from);
    return result;
}

static void mnist_close(void *state)
{
    idx_set_close(state);
}

const struct dataset dataset_mnist = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "mnist",
               .summary =
                   "60,000 + 10,000 handwritten digits of 28 x 28 pixels (unroll fetch mnist).",
               .params = mnist_table, .defaults = &mnist_defaults,
               .params_size = sizeof(struct mnist_params), .state_size = sizeof(struct idx_set)},
    .open = mnist_open,
    .close = mnist_close,
};
