#include "store/environment.h"

#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

void process_identity_collect(struct process_identity *identity)
{
    char host[256] = "";
    if (gethostname(host, sizeof host - 1) != 0)
        host[0] = '\0';
    struct text boot = {0};
    process_boot_id(&boot);
    struct stat namespace;
    *identity = (struct process_identity){
        .host = memory_copy_text(host),
        .boot_id = text_take(&boot),
        .namespace = stat("/proc/self/ns/pid", &namespace) == 0 ? (int64_t) namespace.st_ino : 0,
        .pid = getpid(),
        .start_ticks = (int64_t)process_start_time(getpid()),
    };
}

void process_identity_release(struct process_identity *identity)
{
    memory_free(identity->host);
    memory_free(identity->boot_id);
    *identity = (struct process_identity){0};
}

enum process_life process_identity_life(const struct process_identity *identity,
                                        const struct process_identity *here)
{
    if (!text_equal(identity->host, here->host))
        return PROCESS_UNKNOWN;
    if (!*identity->boot_id || !*here->boot_id)
        return PROCESS_UNKNOWN;
    if (!text_equal(identity->boot_id, here->boot_id))
        return PROCESS_DEAD;
    if (identity->namespace != here->namespace || !here->namespace)
        return PROCESS_UNKNOWN;
    pid_t pid = (pid_t)identity->pid;
    int64_t start = (int64_t)process_start_time(pid);
    if (!start)
        start = (int64_t)process_unasked_start_time(pid);
    if (start && identity->start_ticks)
        return start == identity->start_ticks ? PROCESS_ALIVE : PROCESS_DEAD;
    return process_is_gone(pid) ? PROCESS_DEAD : PROCESS_UNKNOWN;
}

/* The value of the first line "KEY : value" of /proc/cpuinfo, or "". The caller frees. */
static char *find_cpu(void)
{
    char line[1024];
    char *model = NULL;
    FILE *file = fopen("/proc/cpuinfo", "re");
    while (file && !model && fgets(line, sizeof line, file)) {
        char *colon = strchr(line, ':');
        if (!colon || !text_starts_with(line, "model name"))
            continue;
        char *value = colon + 1 + strspn(colon + 1, " \t");
        value[strcspn(value, "\n")] = '\0';
        model = memory_copy_text(value);
    }
    if (file)
        fclose(file);
    return model ? model : memory_copy_text("");
}

void environment_collect(struct environment *environment, const char *blas, const char *isa,
                         int threads)
{
    *environment = (struct environment){
#ifdef __clang__
        .compiler = memory_copy_text(__VERSION__),
#else
        .compiler = memory_copy_text("gcc " __VERSION__),
#endif
        .blas = memory_copy_text(blas),
        .isa = memory_copy_text(isa),
        .cpu = find_cpu(),
        .threads = threads,
    };
    process_identity_collect(&environment->process);
}

void environment_release(struct environment *environment)
{
    memory_free(environment->compiler);
    memory_free(environment->blas);
    memory_free(environment->isa);
    memory_free(environment->cpu);
    process_identity_release(&environment->process);
    *environment = (struct environment){0};
}
