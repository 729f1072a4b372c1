/* The files of runs, in their folders beside the database: what they are called, and deleting
 * them. Whether they may be deleted is decided by removal.h. */
#ifndef UNROLL_STORE_RUN_FILES_H
#define UNROLL_STORE_RUN_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define CHECKPOINT_ENDING ".safetensors"

/* What a process that a module's hook ended has left to say: "process PID: WHAT" and a line end. */
#define LAST_WORD "last-word.txt"

/* 12 digits of a run's key, and perhaps -2, -3, ... behind them. */
bool run_files_is_id(const char *name);

/* step-N.safetensors or final.safetensors, perhaps with the .PID.tmp of one that is being written;
 * or a last word, which like them serves the run's next attempt only. */
bool run_files_is_checkpoint(const char *name);

/* What process PID has left as its last word in FOLDER, without the line end; the caller frees it.
 * NULL: nothing, or nothing that can be understood. */
char *run_files_last_word(const char *folder, int64_t pid);

/* A cleaning: how it is done, and what it came to. */
struct sweep {
    bool is_dry; /* count and tell, but delete nothing */
    /* Called for every file with its path, its size and why it is not needed; may be NULL. */
    void (*tell)(const char *path, int64_t bytes, const char *why);
    size_t files, folders;
    int64_t bytes;
    size_t failures; /* what could not be deleted, each with a warning */
};

/* Deletes the checkpoints in FOLDER but KEPT ("" for none), and those in part that no living
 * process is writing, because of WHY; with IS_WHOLE also FOLDER, unless other files are in it. A
 * link is never followed, and what another process has just deleted is not counted. */
void run_files_sweep(const char *folder, const char *kept, const char *why, bool is_whole,
                     struct sweep *sweep);

#endif
