/* What of this machine a process may use. */
#ifndef UNROLL_BASE_MACHINE_H
#define UNROLL_BASE_MACHINE_H

#include <stdint.h>

/* Cores that this process may use, which in a container are not all; at least 1. */
int64_t machine_cores(void);

/* Bytes of memory that are free or can be made so, for this process's control group, too (Linux
 * /proc/meminfo, /sys/fs/cgroup), or -1 where that cannot be told. */
int64_t machine_free_memory(void);

/* How many processes the kernel has ended because memory ran out, on the whole machine (Linux
 * /proc/vmstat), or -1 where it does not tell. */
int64_t machine_oom_kills(void);

#endif
