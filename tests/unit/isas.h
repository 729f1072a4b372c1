/* The same tests on every instruction set that this machine has. Include it in one file of a test
 * program, before or behind cmocka. */
#ifndef UNROLL_TESTS_UNIT_ISAS_H
#define UNROLL_TESTS_UNIT_ISAS_H

#include "math/isa.h"

#include <stdbool.h>
#include <stdlib.h>

/* False where the machine lacks ISA; else it is used from now on. */
static inline bool isas_use(enum math_isa isa)
{
    setenv("UNROLL_ISA", math_isa_name(isa), 1);
    int result = math_isa_init(NULL);
    unsetenv("UNROLL_ISA");
    return result == 0;
}

/* The machine's own choice again. */
static inline int isas_restore(void)
{
    unsetenv("UNROLL_ISA");
    return math_isa_init(NULL);
}

/* A cmocka prestate setup; *STATE points to the instruction set. */
static inline int isas_setup(void **state)
{
    return isas_use(*(const enum math_isa *)*state) ? 0 : -1;
}

#endif
