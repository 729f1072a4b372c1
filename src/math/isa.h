/* Which instruction set the vector code uses: the best that the processor has, or a lower one that
 * the environment variable UNROLL_ISA names (amx, avx512, avx2, baseline). Results may differ in
 * the last bits between instruction sets; a run records which one it used. amx is avx512 with the
 * products of math/amx.h. */
#ifndef UNROLL_MATH_ISA_H
#define UNROLL_MATH_ISA_H

#include "base/error.h"

#include <stdbool.h>

enum math_isa { ISA_BASELINE, ISA_AVX2, ISA_AVX512, ISA_AMX, ISA_COUNT };

/* Chooses; an unknown name, or one that this machine cannot have, is an error (ERROR_USAGE). Where
 * it was not called, math_isa() chooses by the machine alone. Choosing amx asks the system for it,
 * for the whole process and its children: from then on an alternate signal stack must have room
 * for the tiles too. Where the system refuses, the choice is avx512, and doctor says so.
 * Not for plugins. */
int math_isa_init(struct error *error);

/* The one that was chosen. */
enum math_isa math_isa(void);

/* Its name as in UNROLL_ISA. Not for plugins. */
const char *math_isa_name(enum math_isa isa);

/* Whether the processor has the tile unit and the system does not allow it. Not for plugins. */
bool math_isa_is_refused(void);

/* Of a function that is compiled for AVX-512 or AVX2. (Clang ignores the whole attribute when it
 * names a vector width.) */
#ifdef __clang__
#define MATH_AVX512_TARGET "arch=x86-64-v4"
#else
#define MATH_AVX512_TARGET "arch=x86-64-v4,prefer-vector-width=512"
#endif
#define MATH_AVX2_TARGET "arch=x86-64-v3"

/* In front of a loop whose rounds do not depend on each other, whatever its pointers look like.
 * (Clang looks at the pointers at run time; what it could be told would let it reorder sums.) */
#ifdef __clang__
#define MATH_INDEPENDENT
#else
#define MATH_INDEPENDENT _Pragma("GCC ivdep")
#endif

/* Defines the static function NAME with three clones of the static inline function BODY, one for
 * each of baseline, avx2 and avx512:
 *     static inline void gates_body(int64_t n, float *x) { ... }
 *     MATH_CLONES(gates, gates_body, (int64_t n, float *x), (n, x))
 * BODY must be declared MATH_BODY so that it is inlined into each clone and vectorised there. */
#define MATH_BODY static inline __attribute__((always_inline))

#ifdef __x86_64__
#define MATH_CLONES(name, body, parameters, arguments)                                             \
    __attribute__((target(MATH_AVX512_TARGET))) static void name##_avx512 parameters               \
    {                                                                                              \
        body arguments;                                                                            \
    }                                                                                              \
    __attribute__((target(MATH_AVX2_TARGET))) static void name##_avx2 parameters                   \
    {                                                                                              \
        body arguments;                                                                            \
    }                                                                                              \
    static void name##_baseline parameters                                                         \
    {                                                                                              \
        body arguments;                                                                            \
    }                                                                                              \
    static void name parameters                                                                    \
    {                                                                                              \
        switch (math_isa()) {                                                                      \
        case ISA_AMX:                                                                              \
        case ISA_AVX512:                                                                           \
            name##_avx512 arguments;                                                               \
            break;                                                                                 \
        case ISA_AVX2:                                                                             \
            name##_avx2 arguments;                                                                 \
            break;                                                                                 \
        default:                                                                                   \
            name##_baseline arguments;                                                             \
        }                                                                                          \
    }
#else
#define MATH_CLONES(name, body, parameters, arguments)                                             \
    static void name parameters                                                                    \
    {                                                                                              \
        body arguments;                                                                            \
    }
#endif

#endif
