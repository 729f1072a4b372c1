#!/usr/bin/env bats
# A store that another program has locked and does not give back.
load helper

# Locks the store for a minute, or until the test ends.
lock_store() {
    python3 -c 'import sqlite3, sys, time
store = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=30)
store.execute("BEGIN EXCLUSIVE")
print("locked", flush=True)
time.sleep(60)' "$UNROLL_STORE" > "$scratch/lock" 3>&- &
    holder=$!
    for _ in $(seq 500); do
        if [ -s "$scratch/lock" ]; then return 0; fi
        sleep 0.02
    done
    return 1
}

# stops STATUS PID: SIGINT ends it with STATUS within a second, and a little for a busy machine.
stops() {
    local status=0 began
    began=$(date +%s%N)
    kill -INT "$2"
    wait "$2" || status=$?
    local took=$((($(date +%s%N) - began) / 1000000))
    kill "$holder"
    wait "$holder" || true
    cat "$scratch/err"
    echo "status $status after $took ms"
    [ "$status" -eq "$1" ]
    [ "$took" -lt 3000 ]
}

# start COMMAND...: in the background, where a shell has SIGINT ignored otherwise.
start() {
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$@" > "$scratch/out" 2> "$scratch/err" 3>&- &
    started=$!
}

@test "Ctrl-C ends a run that waits for the store, and it goes on afterwards" {
    start "$unroll" run "$configs/tiny.yaml" train.steps=100000000 --checkpoint 0
    wait_for_training
    lock_store
    sleep 6.5
    stops 130 "$started"
    grep -q 'waiting for the store, locked by another process' "$scratch/err"
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs")" != failed ]
}

@test "Ctrl-C ends a batch that waits for the store" {
    start "$unroll" batch "$configs/experiment.yaml" train.steps=100000000 -j 2
    wait_for_training
    lock_store
    sleep 3
    stops 130 "$started"
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'failed'")" = 0 ]
}

@test "Ctrl-C ends status --watch that waits for the store" {
    "$unroll" run -q "$configs/tiny.yaml"
    lock_store
    start "$unroll" status --watch
    sleep 2
    stops 0 "$started"
}
