#!/usr/bin/env bats
# What a parent process may leave behind.
load helper

# Runs its arguments with SIGCHLD ignored, as some supervisors do.
ignoring_children() {
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGCHLD, signal.SIG_IGN)
os.execvp(sys.argv[1], sys.argv[1:])' "$@"
}

@test "a batch ends although SIGCHLD was ignored" {
    run timeout -k 5 30 bash -c "$(declare -f ignoring_children)
        ignoring_children '$unroll' batch '$configs/experiment.yaml' -j 2"
    [ "$status" -eq 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 4 ]
}

@test "programs are found although SIGCHLD was ignored" {
    run ignoring_children "$unroll" doctor
    [ "$status" -eq 0 ]
    [[ "$output" == *"sha256sum (GNU coreutils)"* ]]
}
