/* Other programs, started without a shell; and whether a process still lives. */
#ifndef UNROLL_BASE_PROCESS_H
#define UNROLL_BASE_PROCESS_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* Bytes of each stream that come back; the rest is read and dropped. */
enum { PROCESS_OUTPUT_LIMIT = 16 << 20 };

/* What of a program's output comes back. */
struct process_output {
    int status;         /* exit status, or 128 + signal */
    struct text output; /* its stdout */
    struct text errors; /* its stderr */
};
void process_output_release(struct process_output *output);

/* Runs ARGUMENTS[0] (looked up in PATH; the list ends with NULL) in FOLDER (NULL: here), waits,
 * and fills OUTPUT, which the caller releases (empty after an error). A program, or folder, that
 * does not exist is ERROR_NOT_FOUND; a file that is no program (no "#!" either) is an error, not
 * handed to a shell; one that ends with a non-zero status is no error here. Ctrl-C
 * ends both; when this process ends before the program, that is killed. */
int process_run(const char *const *arguments, const char *folder, struct process_output *output,
                struct error *error);

/* When process PID started, in clock ticks since boot (Linux /proc), or 0 when there is none, it
 * has ended, or it cannot be seen: a pid together with it names a process for good on this boot. */
uint64_t process_start_time(pid_t pid);

/* The same for a process that has ended and whose parent has not asked for that yet, where the
 * parent lives and runs the same program: it made it by fork, and will ask. 0 for any other: a
 * parent of another kind may never ask. The program is told by its name (/proc/PID/comm). */
uint64_t process_unasked_start_time(pid_t pid);

/* Whether there is certainly no process PID, or one that has ended and waits for its parent. False
 * where this cannot be told: /proc may not be mounted, or not show other users' processes. */
bool process_is_gone(pid_t pid);

/* Names this boot of this machine (/proc/sys/kernel/random/boot_id), or "" where unknown. */
void process_boot_id(struct text *text);

#endif
