/* What this program is called in records. */
#ifndef UNROLL_BASE_VERSION_H
#define UNROLL_BASE_VERSION_H

#define UNROLL_VERSION "0.1.0"

/* Grows whenever the same config would give other numbers: part of every run key. */
#define UNROLL_NUMERICS 3

#endif
