/* Counts every allocation of the process, libraries included. Include it in one file of a test
 * program: it defines malloc and its relatives, or asks the sanitizer to call back. */
#ifndef UNROLL_TESTS_UNIT_ALLOCATIONS_H
#define UNROLL_TESTS_UNIT_ALLOCATIONS_H

#include <stddef.h>
#include <stdlib.h>

static long allocation_count;

static inline void allocation_seen(void)
{
    __atomic_add_fetch(&allocation_count, 1, __ATOMIC_RELAXED);
}

#ifdef __SANITIZE_ADDRESS__

/* Of <sanitizer/allocator_interface.h>, which gcc's packages leave out. */
int __sanitizer_install_malloc_and_free_hooks(void (*allocated)(const volatile void *, size_t),
                                              void (*released)(const volatile void *));

static void allocation_hook(const volatile void *block, size_t size)
{
    (void)block, (void)size;
    allocation_seen();
}

static void release_hook(const volatile void *block)
{
    (void)block;
}

static inline void allocations_count_from_now(void)
{
    static int is_installed;
    if (!is_installed)
        __sanitizer_install_malloc_and_free_hooks(allocation_hook, release_hook);
    is_installed = 1;
    __atomic_store_n(&allocation_count, 0, __ATOMIC_RELAXED);
}

#else

/* glibc's own, under the names that it keeps for those who replace malloc. */
extern void *__libc_malloc(size_t size);
extern void *__libc_calloc(size_t count, size_t size);
extern void *__libc_realloc(void *block, size_t size);
extern void *__libc_memalign(size_t alignment, size_t size);

void *malloc(size_t size)
{
    allocation_seen();
    return __libc_malloc(size);
}

void *calloc(size_t count, size_t size)
{
    allocation_seen();
    return __libc_calloc(count, size);
}

void *realloc(void *block, size_t size)
{
    allocation_seen();
    return __libc_realloc(block, size);
}

void *aligned_alloc(size_t alignment, size_t size)
{
    allocation_seen();
    return __libc_memalign(alignment, size);
}

static inline void allocations_count_from_now(void)
{
    __atomic_store_n(&allocation_count, 0, __ATOMIC_RELAXED);
}

#endif

static inline long allocations_so_far(void)
{
    return __atomic_load_n(&allocation_count, __ATOMIC_RELAXED);
}

#endif
