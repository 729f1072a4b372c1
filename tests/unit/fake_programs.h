/* Programs of a test's own, found before the real ones: FOLDER/bin is put first into PATH. Each
 * writes the line "NAME ARGUMENTS" to FOLDER/calls when it is started. */
#ifndef UNROLL_TESTS_UNIT_FAKE_PROGRAMS_H
#define UNROLL_TESTS_UNIT_FAKE_PROGRAMS_H

#include "unit/temporary.h"

static inline int fake_programs_setup(const char *folder)
{
    static char *path_before;
    if (!path_before)
        path_before = memory_copy_text(getenv("PATH"));
    char *bin = file_join(folder, "bin");
    char *path = text_format("%s:%s", bin, path_before);
    int result = file_make_folders(bin, NULL);
    setenv("PATH", path, 1);
    memory_free(path);
    memory_free(bin);
    return result;
}

/* Program NAME runs the shell lines SCRIPT; $folder is FOLDER there. */
static inline void fake_program(const char *folder, const char *name, const char *script)
{
    char *text = text_format("#!/bin/sh\nfolder=%s\necho \"%s $*\" >>$folder/calls\n%s\n", folder,
                             name, script);
    char *relative = text_format("bin/%s", name);
    char *path = temporary_write(folder, relative, text, strlen(text), false);
    if (chmod(path, 0755) != 0)
        abort();
    memory_free(path);
    memory_free(relative);
    memory_free(text);
}

/* How often TEXT occurs in the calls so far. */
static inline int fake_program_calls(const char *folder, const char *text)
{
    struct text calls = {0};
    int count = 0;
    char *path = file_join(folder, "calls");
    if (file_read(path, 1 << 20, &calls, NULL) == 0)
        for (const char *at = text_get(&calls); (at = strstr(at, text)); at++)
            count++;
    memory_free(path);
    text_release(&calls);
    return count;
}

#endif
