#include "datasets/idx_folder.h"

#include "base/memory.h"
#include "base/text.h"

static const char *const file_names[IDX_PARTS] = {
    [IDX_TRAIN_IMAGES] = "train-images-idx3-ubyte",
    [IDX_TRAIN_LABELS] = "train-labels-idx1-ubyte",
    [IDX_TEST_IMAGES] = "t10k-images-idx3-ubyte",
    [IDX_TEST_LABELS] = "t10k-labels-idx1-ubyte",
};

/* The path of file NAME in FOLDER, raw or gzipped, or NULL with an error. The caller frees it. */
static char *find_file(const struct idx_folder *wanted, const char *folder, const char *name,
                       struct error *error)
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
              "%s: not found, nor with .gz; `unroll fetch %s` gets %s into the data folder, or use "
              "the built-in set `digits`",
              raw, wanted->source, wanted->title);
    memory_free(raw);
    memory_free(packed);
    return NULL;
}

/* What to do about a damaged file. */
static int with_remedy(const struct idx_folder *wanted, struct error *error)
{
    if (error) {
        struct error found = *error;
        error_set(error, found.code, "%s; `unroll fetch %s --force` gets the files anew",
                  found.text, wanted->source);
    }
    return -1;
}

int idx_folder_open(struct idx_set *set, const struct idx_folder *wanted, const char *folder,
                    const char *data, struct dataset_content *content, struct error *error)
{
    char *paths[IDX_PARTS] = {0};
    char *from = folder ? memory_copy_text(folder) : file_join(data, wanted->source);
    int result = 0;
    for (int part = 0; result == 0 && part < IDX_PARTS; part++) {
        paths[part] = find_file(wanted, from, file_names[part], error);
        if (!paths[part])
            result = -1;
    }
    if (result == 0 &&
        idx_set_open(set, (const char *const *)paths, wanted->classes, content, error) != 0)
        result = with_remedy(wanted, error);
    for (int part = 0; part < IDX_PARTS; part++)
        memory_free(paths[part]);
    memory_free(from);
    return result;
}
