#!/usr/bin/env bats
# What a machine may do to a run and its store, in short: tests/torture.
load helper

@test "a batch that is killed with its workers at random moments ends as if undisturbed" {
    torture kills -n 10 kill-all
}

@test "so does one whose parent or workers are killed" {
    torture kills -n 10 kill-some
}

@test "a kill at any call that changes a file costs nothing" {
    torture inject -n 40 kill-at-each-call
}

@test "an error at any call that changes a file costs nothing" {
    torture inject -n 60 error-at-each-call
}

@test "nor do errors from there on" {
    torture inject -n 60 errors-from-each-call-on
}

@test "nor does a disk without room" {
    torture inject -n 60 no-space-at-each-call
}

@test "nor one that stays without" {
    torture inject -n 60 no-space-from-each-call-on
}

@test "an error in a batch costs a trial at most, and --retry-failed mends it" {
    torture inject -n 60 error-in-a-batch
}

@test "what relies on the disk waits for it" {
    torture inject order-of-calls
}

@test "a full disk" {
    torture faults -n 5 full-disk
}

@test "a limit on the size of files" {
    torture faults size-limit
}

@test "a store that cannot be written" {
    torture faults not-permitted
}

@test "a run's folder that cannot be written, and a checkpoint that cannot be read" {
    torture faults run-folder-not-permitted
}

@test "a store that is mounted for reading only" {
    torture faults read-only-mount
}

@test "damaged and missing checkpoints of a run that goes on" {
    torture faults damaged-checkpoint
}

@test "damaged and missing checkpoints of a run that is done" {
    torture faults damaged-result
}

@test "damaged databases, and files that are none" {
    torture faults damaged-database
}

@test "an empty database" {
    torture faults empty-database
}

@test "a store that was taken away" {
    torture faults store-taken-away
}
