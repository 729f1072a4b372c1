#!/usr/bin/env bats
# Many processes on one store: tests/torture/pressure.sh.
load helper

@test "32 processes begin on a store that is not there" {
    torture pressure -n 32 first-moment-of-different-runs
}

@test "of 32 processes that begin the same run one trains it" {
    torture pressure -n 32 first-moment-of-one-run
}

@test "two batches of one experiment at once train each trial once" {
    torture pressure two-batches
}

@test "eight batches of one experiment at once train each trial once" {
    torture pressure -n 16 many-batches
}

@test "what fails in one of several batches at once is not tried again by another" {
    torture pressure -n 24 batches-that-fail
}

@test "workers write after every step while others read: no error, no lost row" {
    torture pressure -n 16 writers-and-readers
}
