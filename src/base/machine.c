#include "base/machine.h"

#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int64_t machine_cores(void)
{
    cpu_set_t cores;
    int count = sched_getaffinity(0, sizeof cores, &cores) == 0 ? CPU_COUNT(&cores) : 1;
    return count > 0 ? count : 1;
}

/* The number behind NAME at the beginning of a line of the file at PATH, or -1. */
static int64_t read_number(const char *path, const char *name)
{
    char line[256];
    int64_t number = -1;
    size_t length = strlen(name);
    FILE *file = fopen(path, "re");
    while (file && number < 0 && fgets(line, sizeof line, file)) {
        char *end;
        if (strncmp(line, name, length) != 0)
            continue;
        long long value = strtoll(line + length, &end, 10);
        number = end > line + length && value >= 0 ? value : -1;
    }
    if (file)
        fclose(file);
    return number;
}

int64_t machine_free_memory(void)
{
    int64_t kilobytes = read_number("/proc/meminfo", "MemAvailable:");
    int64_t free = kilobytes < 0 ? -1 : kilobytes * 1024;
    /* Version 2 control groups; a file that says "max", or is not there, sets no limit. */
    int64_t limit = read_number("/sys/fs/cgroup/memory.max", "");
    int64_t used = read_number("/sys/fs/cgroup/memory.current", "");
    if (limit < 0 || used < 0)
        return free;
    int64_t rest = limit > used ? limit - used : 0;
    return free < 0 || rest < free ? rest : free;
}

int64_t machine_oom_kills(void)
{
    return read_number("/proc/vmstat", "oom_kill ");
}
