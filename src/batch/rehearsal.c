#include "batch/rehearsal.h"

#include "base/clock.h"
#include "base/machine.h"
#include "base/memory.h"
#include "base/text.h"
#include "batch/ending.h"
#include "module/hook.h"

#include <errno.h>
#include <fcntl.h>
#include <math.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { TICK_MILLISECONDS = 50 };

/* A process that was stopped, from the keyboard for example, did not take the time meanwhile. */
static const double longest_tick = 1;

struct place {
    struct rehearsal item;
    struct error refusal;
};

/* In shared memory. */
struct stage {
    struct hooks hooks;
    struct error error;   /* where memory ran out */
    volatile size_t at;   /* which item is being tried */
    volatile int is_over; /* not 0: all were tried */
    struct place places[];
};

struct rehearsing {
    struct stage *stage;
    struct rehearsal *items; /* of this process alone */
    size_t count;
    rehearsal_act act;
    void *context;
    double seconds; /* that one item may take */
};

/* A child that tries the items, and how it came to its end. */
struct child {
    pid_t process;
    int pipe; /* its end tells of the process's end */
    bool is_late;
    int status;
    int64_t oom_kills; /* of the system when it began */
};

/* In the child. */
static struct stage *own_stage;

static void out_of_memory(size_t size)
{
    error_set(&own_stage->error, ERROR_FAILED, "out of memory: %zu bytes could not be had", size);
    _exit(ERROR_FAILED);
}

/* The child reads nothing, and its standard output may be a program's input. */
static void redirect(void)
{
    int nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    if (nothing >= 0)
        dup2(nothing, STDIN_FILENO);
    close(nothing);
    dup2(STDERR_FILENO, STDOUT_FILENO);
}

static _Noreturn void live(const struct rehearsing *rehearsing, size_t from, pid_t parent)
{
    struct stage *stage = rehearsing->stage;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(ERROR_INTERRUPTED);
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    own_stage = stage;
    memory_set_handler(out_of_memory);
    hook_share(&stage->hooks);
    redirect();
    for (size_t i = from; i < rehearsing->count; i++) {
        stage->at = i;
        struct place *place = &stage->places[i];
        if (rehearsing->act(rehearsing->context, &place->item, &place->refusal))
            place->item.is_refused = 1;
    }
    fflush(NULL);
    stage->is_over = 1;
    _exit(0);
}

static int start(const struct rehearsing *rehearsing, size_t from, struct child *child,
                 struct error *error)
{
    struct stage *stage = rehearsing->stage;
    int ends[2];
    memset(&stage->hooks, 0, sizeof stage->hooks);
    stage->error = (struct error){0};
    stage->at = from;
    if (pipe2(ends, O_CLOEXEC) != 0)
        return error_system(error, ERROR_FAILED, errno,
                            "cannot make a pipe for a process that tries plugins");
    fflush(NULL); /* else the child has it, too */
    pid_t parent = getpid();
    *child = (struct child){.pipe = ends[0], .oom_kills = machine_oom_kills()};
    child->process = fork();
    if (child->process == 0)
        live(rehearsing, from, parent);
    int failure = errno;
    close(ends[1]);
    if (child->process > 0)
        return 0;
    close(ends[0]);
    return error_system(error, ERROR_FAILED, failure, "cannot start a process that tries plugins");
}

/* The child may have written anywhere. */
static size_t place_of(const struct rehearsing *rehearsing, size_t from)
{
    size_t at = rehearsing->stage->at;
    return at < from || at >= rehearsing->count ? from : at;
}

/* Waits for the end of CHILD, and brings it about where one item takes too long. */
static void watch(const struct rehearsing *rehearsing, size_t from, struct child *child)
{
    size_t seen = from;
    static const struct timespec moment = {.tv_nsec = 1000000};
    double spent = 0, before = clock_seconds();
    while (waitpid(child->process, &child->status, WNOHANG) == 0) {
        struct pollfd end = {.fd = child->pipe};
        if (poll(&end, 1, TICK_MILLISECONDS) > 0)
            nanosleep(&moment, NULL); /* its end is near, or a plugin has closed what it found */
        double now = clock_seconds();
        size_t at = place_of(rehearsing, from);
        spent = at == seen ? spent + fmin(now - before, longest_tick) : 0;
        before = now;
        seen = at;
        if (spent <= rehearsing->seconds)
            continue;
        child->is_late = true;
        kill(child->process, SIGKILL);
    }
    close(child->pipe);
}

static void add_place(struct text *text, const struct stage *stage, const char *sign)
{
    struct text place = {0};
    if (hook_add_place(&place, &stage->hooks))
        text_add_format(text, "%s%s", sign, text_get(&place));
    text_release(&place);
}

/* How CHILD ended, as of a worker that trains. Caller frees. */
static char *describe_end(const struct rehearsing *rehearsing, const struct child *child)
{
    struct stage *stage = rehearsing->stage;
    struct text text = {0};
    stage->hooks.word[sizeof stage->hooks.word - 1] = '\0';
    stage->error.text[sizeof stage->error.text - 1] = '\0';
    if (child->is_late) {
        text_add(&text, "timed out: it was not ready to be trained within ");
        clock_add_duration(&text, rehearsing->seconds);
        add_place(&text, stage, ",");
    } else if (WIFSIGNALED(child->status)) {
        ending_add_signal(&text, WTERMSIG(child->status), child->oom_kills, machine_oom_kills());
        add_place(&text, stage, "");
        text_add(&text, ", before it was trained");
    } else if (*stage->hooks.word) {
        text_add(&text, stage->hooks.word);
        text_add(&text, ", before it was trained");
    } else if (*stage->error.text) {
        text_add(&text, stage->error.text);
        add_place(&text, stage, ",");
    } else {
        text_add_format(&text, "its process ended with status %d without saying why",
                        WEXITSTATUS(child->status));
        add_place(&text, stage, ",");
        text_add(&text, ", before it was trained");
    }
    return text_take(&text);
}

/* Tries the items from FROM on, up to the first that ends the process, or to the last. Returns the
 * index behind it, or 0 after an error. */
static size_t try(const struct rehearsing *rehearsing, size_t from, struct error *error)
{
    struct stage *stage = rehearsing->stage;
    struct child child;
    if (start(rehearsing, from, &child, error))
        return 0;
    watch(rehearsing, from, &child);
    if (stage->is_over && WIFEXITED(child.status) && WEXITSTATUS(child.status) == 0)
        return rehearsing->count;
    bool is_signalled = WIFSIGNALED(child.status) && !child.is_late;
    if (is_signalled &&
        ending_is_from_outside(WTERMSIG(child.status), child.oom_kills, machine_oom_kills())) {
        error_set(error, ERROR_INTERRUPTED,
                  "the process that tries plugins was ended by signal %d (%s)",
                  WTERMSIG(child.status), strsignal(WTERMSIG(child.status)));
        return 0;
    }
    size_t at = place_of(rehearsing, from);
    stage->is_over = 0;
    rehearsing->items[at].fault = describe_end(rehearsing, &child);
    return at + 1;
}

/* ITEM gets what the child has said of it at PLACE, which may be spoilt. */
static void take(struct rehearsal *item, struct place *place)
{
    struct error *refusal = &place->refusal;
    item->size = place->item.size;
    item->is_refused = place->item.is_refused != 0;
    snprintf(item->digest, sizeof item->digest, "%.*s", HASH_TEXT_SIZE - 1, place->item.digest);
    refusal->text[sizeof refusal->text - 1] = '\0';
    if (!item->is_refused || !*refusal->text)
        return;
    bool is_code = refusal->code >= ERROR_FAILED && refusal->code <= ERROR_DATA;
    item->code = is_code ? refusal->code : ERROR_FAILED;
    item->refusal = memory_copy_text(refusal->text);
}

int rehearsal_run(struct rehearsal *items, size_t count, rehearsal_act act, void *context,
                  double seconds, struct error *error)
{
    size_t size = sizeof(struct stage) + count * sizeof(struct place), at = 0;
    struct stage *stage =
        mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (stage == MAP_FAILED)
        return error_system(error, ERROR_FAILED, errno, "no memory for trying plugins");
    struct rehearsing rehearsing = {stage, items, count, act, context, seconds};
    for (size_t i = 0; i < count; i++)
        stage->places[i].item.subject = items[i].subject;
    do
        at = try(&rehearsing, at, error);
    while (at > 0 && at < count);
    for (size_t i = 0; i < count; i++)
        take(&items[i], &stage->places[i]);
    munmap(stage, size);
    return at > 0 ? 0 : -1;
}

void rehearsal_release(struct rehearsal *rehearsal)
{
    memory_free(rehearsal->refusal);
    memory_free(rehearsal->fault);
    *rehearsal = (struct rehearsal){0};
}
