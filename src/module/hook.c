#include "module/hook.h"

#include "base/memory.h"
#include "module/registry.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A handler's frame with all vector and tile registers takes up to 12 KB. */
enum { HANDLER_STACK = 64 << 10 };

static struct hooks own_hooks;
static struct hooks *hooks = &own_hooks;
static bool is_shared, catches_ends;
static char word_path[PATH_MAX];
static const char *volatile explanation; /* NULL: none */
static atomic_int threads;
static const struct module *volatile latest[HOOK_THREADS]; /* entered last, also if it is left */

/* Of each thread. */
static _Thread_local struct {
    int number; /* from 1 on; 0: has not run a hook yet */
    const struct module *at_work;
    bool has_failed; /* a plugin's hook, with an error */
} own;
static _Thread_local char handler_stack[HANDLER_STACK];

/* A stack that has overflowed is none for the handler that says so. */
static void begin_thread(void)
{
    stack_t before, stack = {.ss_sp = handler_stack, .ss_size = sizeof handler_stack};
    own.number = atomic_fetch_add(&threads, 1) + 1;
    if (catches_ends && sigaltstack(NULL, &before) == 0 && before.ss_flags & SS_DISABLE)
        sigaltstack(&stack, NULL);
}

static void set_at_work(const struct module *module)
{
    own.at_work = module;
    if (own.number <= HOOK_THREADS)
        hooks->at_work[own.number - 1] = module;
}

const struct module *hook_enter(const struct module *module)
{
    const struct module *before = own.at_work;
    if (own.number == 0)
        begin_thread();
    if (own.number <= HOOK_THREADS) {
        latest[own.number - 1] = module;
        hooks->calls[own.number - 1]++;
    }
    set_at_work(module);
    return before;
}

void hook_leave(const struct module *const *before)
{
    set_at_work(*before);
}

/* A text of fixed size that a signal handler may build: nothing is allocated. */
struct words {
    char *text;
    size_t size, length;
};

static void add(struct words *words, const char *text)
{
    while (*text && words->length + 1 < words->size)
        words->text[words->length++] = *text++;
    words->text[words->length] = '\0';
}

static void add_number(struct words *words, long number)
{
    char digits[24];
    char *at = digits + sizeof digits;
    unsigned long rest = number < 0 ? -(unsigned long)number : (unsigned long)number;
    *--at = '\0';
    do
        *--at = (char)('0' + rest % 10);
    while (rest /= 10);
    if (number < 0)
        *--at = '-';
    add(words, at);
}

/* Reads nothing through MODULE. */
static bool is_plugins(const struct module *module)
{
    return *registry_plugin_digest(module) != '\0';
}

static void add_module(struct words *words, const struct module *module)
{
    add(words, module_kind_name(module->kind));
    add(words, " ");
    add(words, module->name);
    if (!is_plugins(module))
        return;
    add(words, " (plugin ");
    add(words, registry_origin(module));
    add(words, ")");
}

void hook_name(const struct module *module, char *name, size_t size)
{
    struct words words = {.text = name, .size = size};
    add_module(&words, module);
}

void hook_explain(const char *circumstances)
{
    explanation = circumstances;
}

static void add_explanation(struct words *words)
{
    const char *text = explanation;
    if (!text)
        return;
    add(words, ", ");
    add(words, text);
}

void hook_clear(struct error *error)
{
    if (!error)
        return;
    error->code = ERROR_NONE;
    *error->text = '\0';
}

static bool is_code(enum error_code code)
{
    return code == ERROR_FAILED || code == ERROR_USAGE || code == ERROR_NOT_FOUND ||
           code == ERROR_DATA;
}

int hook_failed(const struct module *module, struct error *error)
{
    char name[HOOK_WORD_SIZE], said_by[HOOK_WORD_SIZE + 16];
    own.has_failed |= is_plugins(module);
    if (!error)
        return -1;
    error->text[sizeof error->text - 1] = '\0'; /* a plugin may have filled it all */
    if (!is_code(error->code))
        error->code = ERROR_FAILED;
    if (!*error->text)
        snprintf(error->text, sizeof error->text, "failed without saying why");
    if (!is_plugins(module))
        return -1;
    hook_name(module, name, sizeof name);
    int added = snprintf(said_by, sizeof said_by, " [%s]", name);
    size_t length = strlen(error->text), most = sizeof error->text - (size_t)added - 1;
    strcpy(error->text + (length < most ? length : most), said_by);
    return -1;
}

bool hook_take_failure(void)
{
    bool result = own.has_failed;
    own.has_failed = false;
    return result;
}

static void write_all(int descriptor, const char *text)
{
    size_t length = strlen(text);
    while (length > 0) {
        ssize_t written = write(descriptor, text, length);
        if (written <= 0)
            return; /* nobody is left to be told */
        text += written;
        length -= (size_t)written;
    }
}

/* Only what a signal handler may do. */
static void say(const char *what)
{
    char line[HOOK_WORD_SIZE + 64];
    struct words words = {.text = line, .size = sizeof line};
    add(&words, "error: ");
    add(&words, what);
    add(&words, "\n");
    write_all(STDERR_FILENO, line);
    if (!*word_path)
        return;
    words.length = 0;
    add(&words, "process ");
    add_number(&words, getpid());
    add(&words, ": ");
    add(&words, what);
    add(&words, "\n");
    int file = open(word_path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0666);
    if (file < 0)
        return;
    write_all(file, line);
    close(file);
}

/* One thread speaks for a process that ends; others that would end it, too, wait for it. */
static atomic_flag is_ending = ATOMIC_FLAG_INIT;

static void claim_end(void)
{
    while (atomic_flag_test_and_set(&is_ending))
        pause();
}

/* Modules that a message names. */
struct named {
    const struct module *modules[HOOK_THREADS + 1];
    int count;
};

static void add_named(struct named *named, const struct module *module)
{
    for (int i = 0; i < named->count; i++)
        if (named->modules[i] == module)
            return;
    named->modules[named->count++] = module;
}

/* The plugins at work on any thread. */
static void add_all_at_work(struct named *named, const struct hooks *from)
{
    for (int i = 0; i < HOOK_THREADS; i++)
        if (is_plugins(from->at_work[i]))
            add_named(named, from->at_work[i]);
}

/* Who this thread's end is put down to. One that never ran a hook was started by a plugin, or by a
 * library that it calls. */
static struct named find_at_work(void)
{
    struct named named = {.count = 0};
    if (own.at_work)
        add_named(&named, own.at_work);
    else if (own.number == 0)
        add_all_at_work(&named, hooks);
    return named;
}

static void add_names(struct words *words, const struct named *named)
{
    for (int i = 0; i < named->count; i++) {
        add(words, i ? " or " : "");
        add_module(words, named->modules[i]);
    }
}

/* NAMED are at work while the process ends: BEFORE, their names and BEHIND say how. */
static void tell(const struct named *named, const char *before, const char *behind)
{
    char what[HOOK_WORD_SIZE];
    struct words words = {.text = what, .size = sizeof what};
    hooks->culprit = named->count == 1 ? named->modules[0] : NULL;
    if (is_shared)
        return;
    add(&words, before);
    add_names(&words, named);
    add(&words, behind);
    add_explanation(&words);
    say(what);
}

/* "BEFORE 11 (Segmentation fault) in ". */
static void add_signal(struct words *words, const char *before, int number)
{
    const char *name = sigdescr_np(number);
    add(words, before);
    add_number(words, number);
    add(words, " (");
    add(words, name ? name : "unknown");
    add(words, ") in ");
}

static void on_fatal_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    const struct named named = find_at_work();
    bool is_from_outside = info->si_code == SI_USER && info->si_pid != getpid();
    if (named.count > 0 && !is_from_outside) {
        char before[128];
        struct words words = {.text = before, .size = sizeof before};
        own.at_work = NULL;
        claim_end();
        add_signal(&words, "crashed by signal ", number);
        tell(&named, before, "");
    }
    signal(number, SIG_DFL);
    raise(number);
}

void hook_tell_signal(int number)
{
    char before[128];
    struct words words = {.text = before, .size = sizeof before};
    struct named named = {.count = 0};
    add_all_at_work(&named, hooks);
    /* This thread may be the one that speaks already: no waiting for it. */
    if (named.count == 0 || is_shared || atomic_flag_test_and_set(&is_ending))
        return;
    add_signal(&words, "ended by signal ", number);
    tell(&named, before, "");
}

static void tell_of_exit(const struct named *named, int status)
{
    char behind[64];
    struct words words = {.text = behind, .size = sizeof behind};
    own.at_work = NULL;
    add(&words, " ended the process with status ");
    add_number(&words, status);
    tell(named, "", behind);
}

/* Plugins that call exit(), quick_exit() or _exit() come here, because symbols of the program go
 * before the C library's. A run that a plugin ends so must not look as if it had gone well. */
void _exit(int status)
{
    const struct named named = find_at_work();
    if (named.count > 0 && catches_ends) {
        claim_end();
        tell_of_exit(&named, status);
        if (status == 0 && !is_shared)
            status = ERROR_FAILED;
    }
    for (;;)
        syscall(SYS_exit_group, status);
}

static void exit_by(const char *name, int status)
{
    void (*library_exit)(int) = (void (*)(int))dlsym(RTLD_NEXT, name);
    if (library_exit)
        library_exit(status);
}

/* Within a hook, what waits in buffers is written, as it would have been; the rest of an orderly
 * end is not to be had while other threads are at work. */
void exit(int status)
{
    if (find_at_work().count > 0 && catches_ends)
        fflush(NULL);
    else
        exit_by("exit", status);
    _exit(status);
}

void quick_exit(int status)
{
    if (find_at_work().count == 0 || !catches_ends)
        exit_by("quick_exit", status);
    _exit(status);
}

void _Exit(int status)
{
    _exit(status);
}

/* A sanitizer has reported an error and ends the process. */
static void on_sanitizer_end(void)
{
    const struct named named = find_at_work();
    own.at_work = NULL;
    if (named.count == 0)
        return;
    claim_end();
    tell(&named, "a sanitizer found an error in ", "");
}

extern void __sanitizer_set_death_callback(void (*callback)(void)) __attribute__((weak));

void hook_catch_ends(void)
{
    static const int signals[] = {SIGSEGV, SIGBUS, SIGFPE, SIGILL, SIGABRT, SIGTRAP, SIGSYS};
    struct sigaction before, action = {.sa_sigaction = on_fatal_signal,
                                       .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    if (catches_ends)
        return;
    catches_ends = true;
    sigemptyset(&action.sa_mask);
    /* Sanitizers have handlers of their own, which say more. */
    for (size_t i = 0; i < sizeof signals / sizeof signals[0]; i++)
        if (sigaction(signals[i], NULL, &before) == 0 && before.sa_handler == SIG_DFL)
            sigaction(signals[i], &action, NULL);
    if (__sanitizer_set_death_callback)
        __sanitizer_set_death_callback(on_sanitizer_end);
}

void hook_keep_word(const char *path)
{
    *word_path = '\0';
    if (path && strlen(path) < sizeof word_path)
        strcpy(word_path, path);
}

void hook_share(struct hooks *shared)
{
    hooks = shared;
    is_shared = true;
    *word_path = '\0';
}

static _Noreturn void condemn(const struct named *named, const char *format, va_list arguments)
{
    char what[HOOK_WORD_SIZE / 2];
    vsnprintf(what, sizeof what, format, arguments);
    claim_end();
    struct words words = {.text = hooks->word, .size = sizeof hooks->word};
    add_names(&words, named);
    add(&words, " ");
    add(&words, what);
    add_explanation(&words);
    hooks->culprit = named->modules[0];
    own.at_work = NULL;
    fflush(NULL);
    if (!is_shared)
        say(hooks->word);
    _exit(ERROR_FAILED);
}

void hook_condemn(const struct module *module, const char *format, ...)
{
    const struct named named = {.modules = {module}, .count = 1};
    va_list arguments;
    va_start(arguments, format);
    condemn(&named, format, arguments);
}

/* The plugin that MODULE, at work on thread NUMBER, is or has called; NULL: none. */
static const struct module *plugin_of(const struct module *module, int number)
{
    const struct module *last = number <= HOOK_THREADS ? latest[number - 1] : NULL;
    if (module && is_plugins(module))
        return module;
    return module && is_plugins(last) ? last : NULL;
}

void hook_condemn_plugin(const struct module *module, bool is_common, const char *format, ...)
{
    struct named named = {.count = 0};
    const struct module *plugin = plugin_of(module, own.number ? own.number : HOOK_THREADS + 1);
    va_list arguments;
    if (!plugin)
        return;
    add_named(&named, plugin);
    for (int i = 0; i < HOOK_THREADS && is_common; i++)
        if ((plugin = plugin_of(hooks->at_work[i], i + 1)))
            add_named(&named, plugin);
    va_start(arguments, format);
    condemn(&named, format, arguments);
}

const struct module *hook_overdue(struct hook_watch *watch, const struct hooks *of, double passed,
                                  double limit)
{
    const struct module *overdue = NULL;
    for (int i = 0; i < HOOK_THREADS; i++) {
        const struct module *module = of->at_work[i];
        uint32_t calls = of->calls[i];
        bool is_same = module && calls == watch->calls[i] && is_plugins(module);
        watch->calls[i] = calls;
        watch->seconds[i] = is_same ? watch->seconds[i] + passed : 0;
        if (watch->seconds[i] > limit)
            overdue = module;
    }
    return overdue;
}

/* The process that pointed to it may have been out of its mind: nothing is read through it before
 * it is found among the modules. */
static bool is_known(const struct module *module)
{
    bool found = false;
    for (int kind = 0; module && !found && kind < MODULE_KINDS; kind++) {
        const struct module **modules;
        size_t count = registry_list((enum module_kind)kind, &modules);
        for (size_t i = 0; i < count; i++)
            found |= modules[i] == module;
        memory_free(modules);
    }
    return found;
}

bool hook_add_place(struct text *text, const struct hooks *from)
{
    struct named named = {.count = 0};
    if (is_known(from->culprit))
        add_named(&named, from->culprit);
    else
        add_all_at_work(&named, from);
    for (int i = 0; i < named.count; i++) {
        char name[HOOK_WORD_SIZE];
        hook_name(named.modules[i], name, sizeof name);
        text_add_format(text, "%s%s", i ? " or " : " in ", name);
    }
    return named.count > 0;
}
