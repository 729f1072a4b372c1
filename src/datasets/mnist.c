/* MNIST: Y. LeCun, C. Cortes, C. J. C. Burges, http://yann.lecun.com/exdb/mnist. 60,000 training
 * and 10,000 test images of 28 x 28 pixels, as the four IDX files of that page, mapped. */
#include "datasets/idx_folder.h"

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

static int mnist_open(const void *params, void *state, const char *folder,
                      struct dataset_content *content, struct error *error)
{
    static const struct idx_folder wanted = {.title = "MNIST", .source = "mnist", .classes = 10};
    const struct mnist_params *mnist = params;
    return idx_folder_open(state, &wanted, mnist->folder, folder, content, error);
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
