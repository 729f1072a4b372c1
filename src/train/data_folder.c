#include "train/data_folder.h"

#include "base/file.h"
#include "base/memory.h"

#include <stdlib.h>

char *data_folder(const char *option)
{
    if (option && *option)
        return memory_copy_text(option);
    const char *folder = getenv("UNROLL_DATA");
    if (folder && *folder)
        return memory_copy_text(folder);
    return file_in_home(".cache/unroll");
}
