#include "module/plugin_open.h"

#include "base/memory.h"
#include "base/text.h"

#include <dlfcn.h>
#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

/* Whether COPY says anywhere that what it needs lies beside it. */
static bool wants_origin(int copy)
{
    static const char word[] = "$ORIGIN";
    struct stat status;
    if (fstat(copy, &status) != 0 || status.st_size == 0)
        return false;
    size_t size = (size_t)status.st_size;
    void *bytes = mmap(NULL, size, PROT_READ, MAP_PRIVATE, copy, 0);
    if (bytes == MAP_FAILED)
        return false;
    bool wants = memmem(bytes, size, word, sizeof word - 1) != NULL;
    munmap(bytes, size);
    return wants;
}

/* The loader's message without the name that only we gave the file. */
static int report_loader(const char *name, int copy, struct error *error)
{
    const char *text = dlerror();
    size_t length = strlen(name);
    if (text && strncmp(text, name, length) == 0 && strncmp(text + length, ": ", 2) == 0)
        text += length + 2;
    if (access(name, F_OK) != 0)
        text = "/proc is not mounted";
    return error_set(
        error, ERROR_FAILED, "cannot be loaded: %s%s", text ? text : "no reason given",
        wants_origin(copy) ? ": a plugin has no $ORIGIN, its -rpath must be an absolute path" : "");
}

/* The name by which the loader finds COPY. It knows an object by it, and copies that are closed
 * give their numbers to others: so each is called by one slash more than the one before. Caller
 * frees. */
static char *name_of(int copy)
{
    static size_t slashes;
    struct text name = {0};
    text_add(&name, "/proc/self/fd");
    slashes++;
    for (size_t i = 0; i < slashes; i++)
        text_add_char(&name, '/');
    text_add_format(&name, "%d", copy);
    return text_take(&name);
}

int plugin_open(int copy, void **handle, const struct plugin **plugin, struct error *error)
{
    char *name = name_of(copy);
    *plugin = NULL;
    *handle = dlopen(name, RTLD_NOW | RTLD_LOCAL);
    int result = *handle ? 0 : report_loader(name, copy, error);
    memory_free(name);
    if (result)
        return result;
    *plugin = dlsym(*handle, PLUGIN_SYMBOL);
    if (!*plugin)
        return error_set(error, ERROR_FAILED,
                         "does not export %s: is UNROLL_PLUGIN(...) at its end?", PLUGIN_SYMBOL);
    return 0;
}
