/* Anybody's images and labels, in four IDX files. */
#include "datasets/idx_format.h"

struct idx_params {
    char *paths[IDX_PARTS];
    int64_t classes; /* 0: the largest label + 1 */
};

#define IDX_PATH(part, key, text)                                                                  \
    {                                                                                              \
        .name = key, .summary = text, .type = PARAM_PATH,                                          \
        .flags = PARAM_REQUIRED | PARAM_NOT_IN_KEY,                                                \
        .offset = offsetof(struct idx_params, paths) + (part) * sizeof(char *)                     \
    }

static const struct param idx_table[] = {
    IDX_PATH(IDX_TRAIN_IMAGES, "train_images",
             "Training images: an IDX file of unsigned bytes, raw or gzip."),
    IDX_PATH(IDX_TRAIN_LABELS, "train_labels", "Their labels, one byte each."),
    IDX_PATH(IDX_TEST_IMAGES, "test_images", "Test images, of the same size."),
    IDX_PATH(IDX_TEST_LABELS, "test_labels", "Their labels, one byte each."),
    {.name = "classes",
     .summary = "How many classes there are; none: the largest label and one.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = offsetof(struct idx_params, classes),
     .minimum = 1,
     .maximum = 256,
     .unit = "classes"},
    {0},
};

static const struct idx_params idx_defaults = {0};

static int idx_module_open(const void *params, void *state, const char *folder,
                           struct dataset_content *content, struct error *error)
{
    const struct idx_params *idx = params;
    (void)folder;
    return idx_set_open(state, (const char *const *)idx->paths, idx->classes, content, error);
}

static void idx_module_close(void *state)
{
    idx_set_close(state);
}

const struct dataset dataset_idx = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "idx",
               .summary = "Images and labels in four IDX files of your own.", .params = idx_table,
               .defaults = &idx_defaults, .params_size = sizeof(struct idx_params),
               .state_size = sizeof(struct idx_set)},
    .open = idx_module_open,
    .close = idx_module_close,
};
