/* How fast a large store is read: a store in a temporary folder with many finished runs and metric
 * rows, and one a tenth as large; what people ask of them is timed as whole processes, in turns, on
 * one core. README.md explains the columns.
 *
 *     make bench-scale [RUNS=10000] [ROWS=10000000] [ROUNDS=5]
 *     or: scale PROGRAM [RUNS [ROWS [ROUNDS]]] */
#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/process.h"
#include "base/text.h"
#include "bench/samples.h"
#include "bench/scale_store.h"
#include "math/isa.h"
#include "math/matrix.h"

#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <math.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/wait.h>
#include <unistd.h>

enum { SMALL, LARGE, SIZES, TIMES = 10 /* LARGE over SMALL */, WORDS = 8 };

/* What is asked. "EXPERIMENT", "RUN", "GRID" and so on stand for those of the store. */
static const struct question {
    const char *words[WORDS];
    bool without_gnuplot; /* it is not found: all is done but the drawing */
} questions[] = {
    {{"--version"}, false},
    {{"list", "--limit", "20"}, false},
    {{"list"}, false},
    {{"list", "--format", "json"}, false},
    {{"list", "--experiment", "scale", "--state", "done"}, false},
    {{"status"}, false},
    {{"compare", "scale"}, false},
    {{"compare", "scale", "--format", "json"}, false},
    {{"plot", "scale", "--output", "PICTURE"}, true},
    {{"plot", "scale", "--output", "PICTURE"}, false},
    {{"plot", "scale", "--metric", "train.loss", "--output", "PICTURE"}, true},
    {{"plot", "scale", "--metric", "train.loss", "--output", "PICTURE"}, false},
    {{"plot", "scale", "--kind", "accuracy", "--output", "PICTURE"}, true},
    {{"plot", "scale", "--kind", "accuracy", "--output", "PICTURE"}, false},
    {{"show", "RUN"}, false},
    {{"check", "EXPERIMENT"}, false},
    {{"batch", "EXPERIMENT", "--dry-run", "--no-estimate"}, false},
    {{"batch", "GRID", "--dry-run", "--no-estimate", "--store", "SWEEPS"}, false},
    {{"batch", "RANDOM", "--dry-run", "--no-estimate", "--store", "SWEEPS"}, false},
};
enum { QUESTIONS = sizeof questions / sizeof questions[0] };

struct measured {
    struct samples seconds[SIZES];
    struct samples busy[SIZES]; /* seconds of the processor, gnuplot's included */
    double megabytes;           /* of LARGE: largest resident memory */
    bool is_there;              /* the program knows the command and its options */
};

static char root[64]; /* holds all that the bench makes */

static _Noreturn void fail(const char *text)
{
    fprintf(stderr, "scale: %s\n", text);
    exit(1);
}

static const char *word_of(const struct scale_store *store, const char *word, char picture[128])
{
    snprintf(picture, 128, "%s/picture.svg", store->folder);
    return text_equal(word, "EXPERIMENT") ? store->experiment
           : text_equal(word, "GRID")     ? store->grid
           : text_equal(word, "RANDOM")   ? store->random
           : text_equal(word, "SWEEPS")   ? store->sweeps
           : text_equal(word, "RUN")      ? store->run
           : text_equal(word, "PICTURE")  ? picture
                                          : word;
}

/* A child: what was started must not outlive the bench and its folder. */
static pid_t fork_bound(void)
{
    pid_t pid = fork();
    if (pid == 0)
        prctl(PR_SET_PDEATHSIG, SIGKILL);
    return pid;
}

/* Where a process's output goes, and what it says. Caller frees. */
static char *output_path(void)
{
    return file_join(root, "output");
}

static char *errors_path(void)
{
    return file_join(root, "errors");
}

/* Becomes the program. */
static _Noreturn void become(const char *program, const struct question *question,
                             const struct scale_store *store)
{
    char picture[128], *arguments[WORDS + 2] = {(char *)(uintptr_t)program};
    int output = open(output_path(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    int errors = open(errors_path(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    for (int i = 0; i < WORDS && question->words[i]; i++)
        arguments[i + 1] = (char *)(uintptr_t)word_of(store, question->words[i], picture);
    setenv("UNROLL_STORE", store->path, 1);
    if (question->without_gnuplot)
        setenv("PATH", store->folder, 1);
    dup2(output, STDOUT_FILENO);
    dup2(errors, STDERR_FILENO);
    execv(program, arguments);
    _exit(127);
}

struct answer {
    int status; /* exit status, or 128 + signal */
    double seconds, busy;
    double megabytes; /* largest resident memory */
};

static double seconds_of(struct timeval time)
{
    return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static struct answer ask(const char *program, const struct question *question,
                         const struct scale_store *store)
{
    struct rusage usage;
    int status;
    double begun = clock_seconds();
    pid_t pid = fork_bound();
    if (pid == 0)
        become(program, question, store);
    if (pid < 0 || wait4(pid, &status, 0, &usage) != pid)
        fail("a process cannot be started");
    return (struct answer){
        .status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
        .seconds = clock_seconds() - begun,
        .busy = seconds_of(usage.ru_utime) + seconds_of(usage.ru_stime),
        .megabytes = (double)usage.ru_maxrss * 1024 / 1e6,
    };
}

static void print_question(const struct question *question)
{
    char line[80] = "";
    for (int i = 0; i < WORDS && question->words[i]; i++)
        if (!text_equal(question->words[i], "--output") &&
            !text_equal(question->words[i], "PICTURE") &&
            !text_equal(question->words[i], "--store") && !text_equal(question->words[i], "SWEEPS"))
            snprintf(line + strlen(line), sizeof line - strlen(line), "%s%s", i ? " " : "",
                     question->words[i]);
    if (question->without_gnuplot)
        strcat(line, " (no gnuplot)");
    printf("%-42s", line);
}

static bool has_gnuplot(void)
{
    static const char *const arguments[] = {"gnuplot", "--version", NULL};
    struct process_output output;
    int result = process_run(arguments, NULL, &output, NULL);
    process_output_release(&output);
    return result == 0;
}

/* Asks the program itself: its help must be there, and name the options. */
static bool knows(const char *program, const struct question *question,
                  const struct scale_store *store)
{
    const struct question help = {{question->words[0], "--help"}, false};
    if (text_starts_with(question->words[0], "--"))
        return true;
    struct text text = {0};
    char *path = output_path();
    bool result =
        ask(program, &help, store).status == 0 && file_read(path, 1 << 20, &text, NULL) == 0;
    for (int i = 1; i < WORDS && question->words[i]; i++)
        result = result && (!text_starts_with(question->words[i], "--") ||
                            strstr(text_get(&text), question->words[i]));
    if (text_equal(question->words[0], "plot") && !question->without_gnuplot)
        result = result && has_gnuplot();
    text_release(&text);
    memory_free(path);
    return result;
}

static _Noreturn void fail_question(const struct question *question, int status)
{
    struct text errors = {0};
    char *path = errors_path();
    print_question(question);
    printf(" ended with status %d\n", status);
    if (file_read(path, 1 << 20, &errors, NULL) == 0)
        fputs(text_get(&errors), stdout);
    fflush(stdout);
    fail("a command failed");
}

static void measure(const char *program, int rounds, const struct scale_store *stores,
                    struct measured *measured)
{
    for (int round = -1; round < rounds; round++) /* the first one warms up */
        for (int i = 0; i < QUESTIONS; i++)
            for (int size = 0; size < SIZES && measured[i].is_there; size++) {
                const struct question *question = &questions[i];
                struct answer answer = ask(program, question, &stores[size]);
                if (answer.status != (question->without_gnuplot ? ERROR_NOT_FOUND : 0))
                    fail_question(question, answer.status);
                if (round >= 0) {
                    samples_add(&measured[i].seconds[size], answer.seconds);
                    samples_add(&measured[i].busy[size], answer.busy);
                }
                if (size == LARGE)
                    measured[i].megabytes = fmax(measured[i].megabytes, answer.megabytes);
            }
}

static void print_table(const struct measured *measured, const struct scale_store *stores)
{
    printf("\n%-42s %19s %19s\n%-42s", "", "milliseconds", "of the processor", "runs");
    for (int i = 0; i < 2 * SIZES; i++)
        printf(" %9lld", (long long)stores[i % SIZES].runs);
    printf(" %7s %6s\n", "growth", "MB");
    for (int i = 0; i < QUESTIONS; i++) {
        print_question(&questions[i]);
        if (!measured[i].is_there) {
            printf(" left out: the program does not know it, or gnuplot is not there\n");
            continue;
        }
        for (int size = 0; size < SIZES; size++)
            printf(" %9.1f", samples_median(&measured[i].seconds[size]) * 1e3);
        for (int size = 0; size < SIZES; size++)
            printf(" %9.1f", samples_median(&measured[i].busy[size]) * 1e3);
        printf(" %7.1f %6.1f\n",
               samples_median_ratio(&measured[i].busy[LARGE], &measured[i].busy[SMALL]),
               measured[i].megabytes);
    }
}

static void check_disk(double bytes)
{
    struct statvfs disk;
    if (statvfs(root, &disk) != 0)
        fail("the disk's free space cannot be told");
    double free_bytes = (double)disk.f_bavail * (double)disk.f_frsize;
    if (free_bytes > 1.2 * bytes)
        return;
    fprintf(stderr,
            "scale: about %.1f GB are needed in %s, %.1f GB are free; name another folder with "
            "TMPDIR, or ask for fewer RUNS and ROWS\n",
            1.2 * bytes / 1e9, root, free_bytes / 1e9);
    exit(1);
}

static int64_t number(const char *text, int64_t least, int64_t most, const char *name)
{
    char *end;
    errno = 0;
    long long value = strtoll(text, &end, 10);
    if (errno || *end || value < least || value > most) {
        fprintf(stderr, "scale: %s: %s is not a number from %lld to %lld\n", name, text,
                (long long)least, (long long)most);
        exit(2);
    }
    return value;
}

/* A child fills the stores: a process begins with its parent's memory, and that would count. */
static void make_stores(const struct scale *scales, struct scale_store *stores)
{
    struct error error;
    if (math_isa_init(&error))
        fail(error.text);
    matrix_init();
    for (int size = 0; size < SIZES; size++) {
        char *folder = file_join(root, size == SMALL ? "small" : "large");
        if (scale_store_make(&stores[size], folder, scales[size], &error) != 0)
            fail(error.text);
        memory_free(folder);
        printf("%lld runs, %lld metric rows: %.2f GB, filled in %.1f s\n",
               (long long)stores[size].runs, (long long)stores[size].rows, stores[size].bytes / 1e9,
               stores[size].seconds);
        fflush(stdout);
    }
}

static void bench(const char *program, int rounds, const struct scale *scales)
{
    struct scale_store *stores = mmap(NULL, SIZES * sizeof *stores, PROT_READ | PROT_WRITE,
                                      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int status;
    if (stores == MAP_FAILED)
        fail("out of memory");
    pid_t filler = fork_bound();
    if (filler == 0) {
        make_stores(scales, stores);
        exit(0);
    }
    if (filler < 0 || waitpid(filler, &status, 0) != filler || status != 0)
        fail("the stores could not be filled");
    struct measured *measured = memory_array(QUESTIONS, sizeof *measured);
    for (int i = 0; i < QUESTIONS; i++)
        measured[i].is_there = knows(program, &questions[i], &stores[SMALL]);
    measure(program, rounds, stores, measured);
    print_table(measured, stores);
    memory_free(measured);
}

static void begin(int argc, char **argv)
{
    struct scale scales[SIZES];
    int64_t runs = argc > 2 ? number(argv[2], 100, 100000, "RUNS") : 10000;
    int64_t rows = argc > 3 ? number(argv[3], 10 * runs, 1000000000, "ROWS") : 1000 * runs;
    int rounds = argc > 4 ? (int)number(argv[4], 1, ROUNDS_LIMIT, "ROUNDS") : 5;
    runs -= runs % (SCALE_VARIANTS * TIMES); /* a variant's seeds are what grows */
    scales[LARGE] = (struct scale){runs, rows};
    scales[SMALL] = (struct scale){runs / TIMES, rows / TIMES};
    check_disk(scale_bytes(scales[SMALL]) + scale_bytes(scales[LARGE]));
    bench(argv[1], rounds, scales);
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *place)
{
    (void)status;
    (void)type;
    (void)place;
    return remove(path);
}

static volatile sig_atomic_t worker;

static void pass_on(int signal)
{
    kill((pid_t)worker, signal);
}

/* One core for this process and all that it starts. */
static void use_one_core(void)
{
    cpu_set_t cores, one;
    CPU_ZERO(&one);
    if (sched_getaffinity(0, sizeof cores, &cores) != 0)
        fail("the cores cannot be told");
    for (int i = CPU_SETSIZE - 1; i >= 0 && CPU_COUNT(&one) == 0; i--)
        if (CPU_ISSET(i, &cores))
            CPU_SET(i, &one);
    sched_setaffinity(0, sizeof one, &one);
}

/* A child does all the work, so that the folder goes however it ends. */
int main(int argc, char **argv)
{
    const char *place = getenv("TMPDIR");
    int status = 1;
    if (argc < 2)
        fail("usage: scale PROGRAM [RUNS [ROWS [ROUNDS]]]");
    if (snprintf(root, sizeof root, "%s/unroll-scale-XXXXXX", place && *place ? place : "/tmp") >=
            (int)sizeof root ||
        !mkdtemp(root))
        fail("cannot make a folder in TMPDIR or /tmp");
    use_one_core();
    const struct sigaction action = {.sa_handler = pass_on};
    sigset_t stops, before;
    sigemptyset(&stops);
    sigaddset(&stops, SIGINT);
    sigaddset(&stops, SIGTERM);
    sigprocmask(SIG_BLOCK, &stops, &before);
    pid_t child = fork_bound();
    if (child == 0) {
        sigprocmask(SIG_SETMASK, &before, NULL);
        begin(argc, argv);
        exit(0);
    }
    worker = child;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    sigprocmask(SIG_SETMASK, &before, NULL);
    while (child > 0 && waitpid(child, &status, 0) != child)
        if (errno != EINTR)
            break;
    nftw(root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
