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
static void claim_end(void)
{
    static atomic_flag is_ending = ATOMIC_FLAG_INIT;
    while (atomic_flag_test_and_set(&is_ending))
        pause();
}

/* MODULE is at work while the process ends: BEFORE, its name and BEHIND say how. */
static void tell(const struct module *module, const char *before, const char *behind)
{
    char what[HOOK_WORD_SIZE];
    struct words words = {.text = what, .size = sizeof what};
    hooks->culprit = module;
    if (is_shared)
        return;
    add(&words, before);
    add_module(&words, module);
    add(&words, behind);
    add_explanation(&words);
    say(what);
}

static void on_fatal_signal(int number, siginfo_t *info, void *context)
{
    (void)context;
    const struct module *module = own.at_work;
    bool is_from_outside = info->si_code == SI_USER && info->si_pid != getpid();
    if (module && !is_from_outside) {
        char before[128];
        struct words words = {.text = before, .size = sizeof before};
        const char *name = sigdescr_np(number);
        own.at_work = NULL;
        claim_end();
        add(&words, "crashed by signal ");
        add_number(&words, number);
        add(&words, " (");
        add(&words, name ? name : "unknown");
        add(&words, ") in ");
        tell(module, before, "");
    }
    signal(number, SIG_DFL);
    raise(number);
}

static void tell_of_exit(int status)
{
    const struct module *module = own.at_work;
    char behind[64];
    struct words words = {.text = behind, .size = sizeof behind};
    own.at_work = NULL;
    add(&words, " ended the process with status ");
    add_number(&words, status);
    tell(module, "", behind);
}

/* Plugins that call exit() or _exit() come here, because symbols of the program go before the C
 * library's. A run that a plugin ends so must not look as if it had gone well. */
void _exit(int status)
{
    if (own.at_work && catches_ends) {
        claim_end();
        tell_of_exit(status);
        if (status == 0 && !is_shared)
            status = ERROR_FAILED;
    }
    for (;;)
        syscall(SYS_exit_group, status);
}

/* Within a hook, what waits in buffers is written, as it would have been; the rest of an orderly
 * end is not to be had while other threads are at work. */
void exit(int status)
{
    if (own.at_work && catches_ends) {
        fflush(NULL);
        _exit(status);
    }
    void (*library_exit)(int) = (void (*)(int))dlsym(RTLD_NEXT, "exit");
    if (library_exit)
        library_exit(status);
    _exit(status);
}

void _Exit(int status)
{
    _exit(status);
}

/* A sanitizer has reported an error and ends the process. */
static void on_sanitizer_end(void)
{
    const struct module *module = own.at_work;
    own.at_work = NULL;
    if (!module)
        return;
    claim_end();
    tell(module, "a sanitizer found an error in ", "");
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

void hook_condemn(const struct module *module, const char *format, ...)
{
    char what[HOOK_WORD_SIZE / 2];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    claim_end();
    struct words words = {.text = hooks->word, .size = sizeof hooks->word};
    add_module(&words, module);
    add(&words, " ");
    add(&words, what);
    add_explanation(&words);
    hooks->culprit = module;
    own.at_work = NULL;
    fflush(NULL);
    if (!is_shared)
        say(hooks->word);
    _exit(ERROR_FAILED);
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

static bool is_among(const struct module *module, const struct module *const *named, int count)
{
    for (int i = 0; i < count; i++)
        if (named[i] == module)
            return true;
    return false;
}

bool hook_add_place(struct text *text, const struct hooks *from)
{
    const struct module *named[HOOK_THREADS];
    int count = 0;
    bool is_certain = is_known(from->culprit);
    if (is_certain)
        named[count++] = from->culprit;
    for (int i = 0; i < HOOK_THREADS && !is_certain; i++) {
        const struct module *module = from->at_work[i];
        if (is_plugins(module) && !is_among(module, named, count))
            named[count++] = module;
    }
    for (int i = 0; i < count; i++) {
        char name[HOOK_WORD_SIZE];
        hook_name(named[i], name, sizeof name);
        text_add_format(text, "%s%s", i ? " or " : " in ", name);
    }
    return count > 0;
}
