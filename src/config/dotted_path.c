#include "config/dotted_path.h"

#include <string.h>

bool dotted_path_is_within(const char *path, const char *key)
{
    size_t length = strlen(key);
    return strncmp(path, key, length) == 0 && (!path[length] || path[length] == '.');
}
