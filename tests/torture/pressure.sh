#!/bin/bash
# Many processes on one store: no error, no lost row, nothing trained twice.
#     pressure.sh [-n PROCESSES] [CHECK...]
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
count=32

# All that is started with `at_once` begins when `open_gate` is called, at the same instant: each
# waits for a shared lock on a file that is locked until then.
close_gate() {
    exec 9> "$scratch/gate"
    flock -x 9
    pids=()
}
at_once() {
    local number=${#pids[@]}
    flock -s -F "$scratch/gate" "$@" > "$scratch/out.$number" 2> "$scratch/err.$number" 9>&- &
    pids+=($!)
}
open_gate() {
    sleep 0.5
    flock -u 9
    exec 9>&-
}

# wait_all STATUS...: all end with one of these.
wait_all() {
    local number status
    for number in "${!pids[@]}"; do
        status=0
        wait "${pids[$number]}" || status=$?
        [[ " $* " == *" $status "* ]] && continue
        cat "$scratch/err.$number"
        fail "process $number ended with $status, expected $*"
    done
}

check_first_moment_of_different_runs() {
    local store=$scratch/new/folder/unroll.db seed
    close_gate
    for seed in $(seq "$count"); do
        at_once "$unroll" run -q "$configs/tiny.yaml" "seed=$seed" --store "$store"
    done
    open_gate
    wait_all 0
    [ "$(ask "$store" "SELECT count(*), sum(state = 'done'), sum(attempt) FROM runs")" = \
        "$count|$count|$count" ] || fail "not $count runs, each done at once"
    for seed in $(seq "$count"); do
        "$unroll" run -q "$configs/tiny.yaml" "seed=$seed" --store "$scratch/alone.db"
    done
    same "$store" "$scratch/alone.db"
    say "$count processes began on a store that was not there: $count runs"
}

check_first_moment_of_one_run() {
    local store=$scratch/new/unroll.db trained=0 done=0 number
    close_gate
    for number in $(seq "$count"); do
        at_once "$unroll" run "$configs/tiny.yaml" train.steps=400 --store "$store"
    done
    open_gate
    wait_all 0 1
    for number in "${!pids[@]}"; do
        if grep -q 'is being trained by another process' "$scratch/err.$number" ||
            grep -q 'is done already' "$scratch/err.$number"; then
            done=$((done + 1))
        elif [ -s "$scratch/out.$number" ]; then
            trained=$((trained + 1))
        else
            cat "$scratch/err.$number"
        fi
    done
    [ "$trained" -eq 1 ] || fail "$trained of $count processes trained, expected one"
    [ "$done" -eq $((count - 1)) ] || fail "$done of $count processes found it trained"
    [ "$(ask "$store" "SELECT state, attempt FROM runs")" = 'done|1' ] || fail "not one run"
    "$unroll" run -q "$configs/tiny.yaml" train.steps=400 --store "$scratch/alone.db"
    same "$store" "$scratch/alone.db"
    say "$count processes began the same run: one trained it"
}

# batches_at_once BATCHES WORKERS: of one experiment, on a store that is not there yet.
batches_at_once() {
    local store=$scratch/new/unroll.db number
    printf '%s\n' "base: $configs/tiny.yaml" 'name: many' 'seeds: 6' \
        'variants: {rnn: {model.cell: rnn}, lstm: {}}' > "$scratch/many.yaml"
    "$unroll" batch "$scratch/many.yaml" --store "$scratch/alone.db" -j 2
    close_gate
    for number in $(seq "$1"); do
        at_once "$unroll" batch "$scratch/many.yaml" --store "$store" -j "$2"
    done
    open_gate
    wait_all 0
    [ "$(ask "$store" "SELECT count(*), sum(state = 'done'), sum(attempt) FROM runs")" = \
        '12|12|12' ] || fail "not 12 runs, each begun once: $(ask "$store" \
        'SELECT state, attempt, count(*) FROM runs GROUP BY 1, 2')"
    all_done 12
    same "$store" "$scratch/alone.db"
    say "$1 batches of one experiment at once: each of 12 trials trained once"
}

# all_done TRIALS: each batch, which ended with status 0, had nothing but trials that are done.
all_done() {
    local number
    for number in "${!pids[@]}"; do
        sed -nE 's/^[a-z]+: [0-9]+ trials: ([0-9]+) done now(, ([0-9]+) done before)?$/\1 \3/p' \
            "$scratch/err.$number" > "$scratch/sum"
        [ "$(awk '{ print $1 + $2 }' "$scratch/sum")" = "$1" ] && continue
        cat "$scratch/err.$number"
        fail "batch $number ended with status 0, but not with $1 trials done"
    done
}

# What crashes or diverges in one batch is not tried again by another.
check_batches_that_fail() {
    local store=$scratch/new/unroll.db number
    mkdir "$scratch/plugins"
    cc -std=gnu11 "-I${unroll%/*}/include" -shared -fPIC -o "$scratch/plugins/fault.so" \
        "$root/tests/cli/plugins/fault.c"
    printf '%s\n' "base: $configs/tiny.yaml" 'name: failing' 'seeds: 3' 'variants:' \
        '  good: {}' '  crash: {train.schedule: {fault: {what: crash}}}' \
        '  diverge: {model.cell: {rnn: {activation: linear}}, train.optimizer: {sgd: {rate: 1000}}}' > "$scratch/failing.yaml"
    close_gate
    for number in $(seq $((count / 8))); do
        at_once env UNROLL_PLUGINS="$scratch/plugins" ASAN_OPTIONS=handle_segv=0:detect_leaks=0 \
            "$unroll" batch "$scratch/failing.yaml" --store "$store" -j 4
    done
    open_gate
    wait_all 1
    for number in "${!pids[@]}"; do
        grep -q '6 of 9 trials failed' "$scratch/err.$number" || {
            cat "$scratch/err.$number"
            fail "batch $number did not count six failures"
        }
    done
    intact "$store"
    ask "$store" "SELECT name, state, sum(attempt) FROM runs GROUP BY 1, 2" > "$scratch/counts"
    printf '%s\n' 'crash|failed|3' 'diverge|diverged|3' 'good|done|3' |
        diff - "$scratch/counts" || fail 'not each trial begun once'
    say "$((count / 8)) batches with trials that fail at once: each trial begun once"
}

check_two_batches() {
    batches_at_once 2 4
}

check_many_batches() {
    batches_at_once $((count / 2)) 2
}

# read_on NUMBER STATUSES HARMLESS COMMAND...: reads again and again until the writers are done. It
# may end with one of STATUSES only, and say nothing but lines that match HARMLESS.
read_on() {
    local number=$1 statuses=$2 harmless=$3 times=0 status
    shift 3
    while [ ! -e "$scratch/written" ]; do
        status=0
        "$@" > "$scratch/read.$number" 2> "$scratch/complaint.$number" || status=$?
        if [[ " $statuses " != *" $status "* ]] ||
            grep -Eqv "$waiting|$harmless" "$scratch/complaint.$number"; then
            cat "$scratch/complaint.$number"
            fail "a reader ended with $status: $*"
        fi
        times=$((times + 1))
    done
    say "$times times: ${*##*/}"
    [ "$times" -gt 2 ] || fail "read $times times only: $*"
}
# That it had to wait for the writers some seconds is no complaint.
waiting='waiting for the store, locked by another process'
# Of what is being written: it is not there yet (status 3), or in part.
unfinished='no experiment|no run is done yet|no run has measured|before (its|their) first record|'
unfinished+='are done, |the axis begins at '

# Sixteen workers at COUNT = 32. A checkpoint after every step is a transaction after every step.
check_writers_and_readers() {
    local store=$scratch/unroll.db workers=$((count / 2)) steps=$((count * 4)) readers=() reader
    local status=0
    printf '%s\n' "base: $configs/tiny.yaml" 'name: before' 'seeds: 2' \
        'variants: {rnn: {model.cell: rnn}, lstm: {}}' 'compare: {baseline: lstm}' \
        > "$scratch/before.yaml"
    printf '%s\n' "base: $configs/tiny.yaml" 'name: now' "seeds: $workers" \
        'variants: {gru: {model.cell: gru}}' > "$scratch/now.yaml"
    set -- "train.steps=$steps" train.evaluate.every=1 train.log.every=1
    "$unroll" batch "$scratch/before.yaml" --store "$scratch/alone.db"
    "$unroll" batch "$scratch/now.yaml" "$@" --store "$scratch/alone.db"
    "$unroll" batch "$scratch/before.yaml" --store "$store"
    read_on 1 0 "$waiting" "$unroll" list --store "$store" &
    readers+=($!)
    read_on 2 0 "$waiting" "$unroll" compare before --store "$store" &
    readers+=($!)
    read_on 3 0 "$waiting" "$unroll" plot before --output "$scratch/plot.txt" --store "$store" &
    readers+=($!)
    read_on 5 '0 3' "$unfinished" "$unroll" compare now --store "$store" &
    readers+=($!)
    read_on 6 '0 3' "$unfinished" "$unroll" plot now --output "$scratch/now.txt" \
        --store "$store" &
    readers+=($!)
    if "$unroll" --help | grep -q '^  status '; then
        read_on 4 0 "$waiting" "$unroll" status --store "$store" &
        readers+=($!)
    fi
    "$unroll" batch "$scratch/now.yaml" "$@" -j "$workers" --checkpoint 0 --store "$store" ||
        status=$?
    touch "$scratch/written"
    for reader in "${readers[@]}"; do
        wait "$reader" || fail "a reader failed"
    done
    [ "$status" -eq 0 ] || fail "the batch ended with $status"
    same "$store" "$scratch/alone.db"
    say "$workers workers wrote $(ask "$store" 'SELECT count(*) FROM metrics') rows meanwhile"
}

torture "$@"
