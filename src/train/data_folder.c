#include "train/data_folder.h"

#include "base/file.h"
#include "base/memory.h"

#include <pwd.h>
#include <stdlib.h>
#include <unistd.h>

char *data_folder(const char *option)
{
    if (option && *option)
        return memory_copy_text(option);
    const char *folder = getenv("UNROLL_DATA");
    if (folder && *folder)
        return memory_copy_text(folder);
    const char *home = getenv("HOME");
    if (!home || !*home) {
        const struct passwd *user = getpwuid(getuid());
        home = user ? user->pw_dir : NULL;
    }
    return file_join(home, ".cache/unroll");
}
