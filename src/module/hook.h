/* Which module's hook is at work on each thread, so that one that crashes, never returns, ends the
 * process or writes where it must not can be named by whoever is left: the parent of a worker, or
 * the next command that looks at the run. */
#ifndef UNROLL_MODULE_HOOK_H
#define UNROLL_MODULE_HOOK_H

#include "base/error.h"
#include "base/text.h"
#include "module/module.h"

#include <stdbool.h>
#include <stdint.h>

/* Threads that are seen from outside; those beyond are seen by the process itself only. */
enum { HOOK_THREADS = 32, HOOK_WORD_SIZE = 1024 };

/* What a process says of its hooks. It may lie in memory that another one shares, which reads it
 * when this one has ended, however it did. */
struct hooks {
    const struct module *volatile at_work[HOOK_THREADS]; /* one per thread; NULL: none */
    volatile uint32_t calls[HOOK_THREADS];               /* of hooks, by each thread */
    const struct module *volatile culprit; /* whose hook a fatal signal or an exit came in */
    char word[HOOK_WORD_SIZE];             /* of hook_condemn, "" otherwise */
};

/* For HOOK: MODULE is at work on this thread; returns which one was before. */
const struct module *hook_enter(const struct module *module);

/* For HOOK: the one at BEFORE is at work again, or none. */
void hook_leave(const struct module *const *before);

/* From here to the end of the block MODULE (a const struct module *) is at work. What it calls may
 * name modules of its own. It costs a few stores. */
#define HOOK_JOIN(a, b) a##b
#define HOOK_VARIABLE(line) HOOK_JOIN(hook_before_line_, line)
#define HOOK(which)                                                                                \
    const struct module *const HOOK_VARIABLE(__LINE__) __attribute__((cleanup(hook_leave))) =      \
        hook_enter(which)

/* Before a hook that may fail: ERROR (may be NULL) says nothing, so that a hook which fails without
 * a word is noticed. */
void hook_clear(struct error *error);

/* After such a hook of MODULE has failed: ERROR gets a text where it has none, a code that is one,
 * and the file where MODULE is a plugin's. Returns -1. */
int hook_failed(const struct module *module, struct error *error);

/* Whether hook_failed was told of a plugin's module, on this thread, since this was asked last. */
bool hook_take_failure(void);

/* Ends the process at once, because MODULE's hook did what leaves nothing to be trusted; FORMAT
 * says what, as a predicate: "wrote ...". */
_Noreturn void hook_condemn(const struct module *module, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The same after a call of MODULE, where what was found is a plugin's doing: that of MODULE, or of
 * the one which MODULE, built in, has called. IS_COMMON: threads have in common what was spoilt,
 * and those at work on the others are named beside it. Returns only where MODULE and what it called
 * are built in: then it was another's doing, which is found behind that one's call. */
void hook_condemn_plugin(const struct module *module, bool is_common, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* CIRCUMSTANCES of the hooks that follow, a text that must stay, is said behind the name of a
 * module that ends the process; NULL, as at first: nothing. */
void hook_explain(const char *circumstances);

/* "layer mgu (plugin build/plugins/mgu.so)", or "layer lstm" where it is built in; cut to SIZE. A
 * signal handler may call it. */
void hook_name(const struct module *module, char *name, size_t size);

/* From now on a fatal signal, exit(), quick_exit() or _exit() within a hook names the module, in
 * one line on stderr and in the file of hook_keep_word, before the process ends as it would have.
 * On a thread that never ran a hook, a plugin's own, it names the plugins at work on any thread. */
void hook_catch_ends(void);

/* Signal NUMBER ends this process: says so, as above, where a plugin is at work. For its handler.
 */
void hook_tell_signal(int number);

/* Where the last word is written; NULL: nowhere. One line: "process PID: WHAT". */
void hook_keep_word(const char *path);

/* This process is a worker: HOOKS, in shared memory, is all that it says of itself; its parent says
 * the rest. */
void hook_share(struct hooks *hooks);

/* What the parent of a worker has seen of its calls. All zero at first. */
struct hook_watch {
    uint32_t calls[HOOK_THREADS];
    double seconds[HOOK_THREADS]; /* within the newest call of a plugin */
};

/* HOOKS were looked at PASSED seconds ago before: returns the module of a plugin that has not come
 * back from one call for more than LIMIT seconds, or NULL. */
const struct module *hook_overdue(struct hook_watch *watch, const struct hooks *hooks,
                                  double passed, double limit);

/* Adds " in layer mgu (plugin ...)" to TEXT: the module that the process of HOOKS has named as its
 * end's cause, else those of plugins that were at work when it ended; nothing where there are none,
 * or none that this process knows (a plugin may have written over HOOKS). Returns whether it added
 * something. */
bool hook_add_place(struct text *text, const struct hooks *hooks);

#endif
