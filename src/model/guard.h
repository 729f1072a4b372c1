/* Gaps between the arrays that a plugin's hooks are given: what is written there was meant for no
 * array, and the module is named instead of a result that is wrong without a word. After each hook
 * every gap must be as it was. In the sanitizer build a gap is closed while a hook runs: one that
 * is built with the same sanitizer is stopped at the very line. */
#ifndef UNROLL_MODEL_GUARD_H
#define UNROLL_MODEL_GUARD_H

#include "base/hash.h"
#include "module/layer.h"
#include "module/module.h"

#include <stddef.h>

/* Floats of a gap, besides those that fill an array up to where the next may begin. */
enum { GUARD_FLOATS = 64, GUARD_NAME_SIZE = 112 };

struct guard_gap {
    const float *array; /* the one in front of it; NULL: none */
    float *from;
    int64_t floats;
    uint32_t bits;  /* of each float */
    bool is_common; /* threads have it in common */
};

struct guard_array {
    const void *array;
    char name[GUARD_NAME_SIZE];
};

/* The gaps of one thread's arrays. Empty where all modules are built in: then nothing is checked.
 */
struct guards {
    struct guard_gap *gaps;
    struct guard_array *arrays;
    size_t gap_count, array_count;
};

/* Whether modules of plugins write to a model's arrays. CHOICE and what its parameters choose. */
bool guard_is_needed(const struct module_choice *choice);

/* Adds a gap behind ARRAY and fills it; or one that is zero and stays so, within a block that is
 * cleared and copied as a whole, which other threads may be given as well (IS_COMMON). */
void guards_add(struct guards *guards, const float *array, float *from, int64_t floats);
void guards_add_zeros(struct guards *guards, const float *array, float *from, int64_t floats,
                      bool is_common);

/* What messages call ARRAY. */
void guards_name(struct guards *guards, const void *array, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
void guards_release(struct guards *guards);

/* Around a hook of MODULE. The second ends the process, by hook_condemn_plugin, if a gap has
 * changed; within the HOOK, so that other threads can tell who may have done it. */
void guards_close(const struct guards *guards);
void guards_check(const struct guards *guards, const struct module *module);

/* A digest of FLOATS [COUNT], which a hook may not change; "" where nothing is watched, and in
 * other builds than the sanitizer's. */
void guards_look(const struct guards *guards, const float *floats, int64_t count,
                 char digest[HASH_TEXT_SIZE]);

/* HOOK, forward or backward of MODULE, with CALL, between these two. In the sanitizer build, what
 * CALL gives as const is compared as well. */
void guards_call(const struct guards *guards, const struct module *module,
                 void (*hook)(const struct layer_call *call), const struct layer_call *call);

#endif
