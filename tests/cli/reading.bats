#!/usr/bin/env bats
# What compares and draws while others write, and of an experiment that is not done: it shows what
# is there, says what is missing, and never stands in a writer's way.
load helper

# The kinds of plot, as the help names them.
kinds() {
    "$unroll" plot --help | sed -n 's/^ *-k, --kind \([a-z_|-]*\) .*/\1/p' | tr '|' ' '
}

# Everything that reads an experiment, a command in each line.
readers() {
    local kind format
    for kind in $(kinds); do
        printf 'plot --kind %s --output %s\n' "$kind" "$scratch/pictures/$1-$kind.svg"
    done
    for format in text csv json markdown latex; do
        printf 'compare --format %s\n' $format
    done
    if "$unroll" --help | grep -q '^  report '; then
        printf 'report --output %s\n' "$scratch/pictures/$1.html"
    fi
}

# complete FILE: a picture or a page has its end.
complete() {
    tail -c 20 "$1" | grep -Eq '</(svg|html)>'
}

# read_all NAME COUNT: each reader once, on experiment NAME, of which COUNT variants are not done.
# One either gives its whole answer (status 0) or says what it lacks (3), and tells of each variant.
# Leaves the commands that had an answer in $scratch/answered.
read_all() {
    local line status
    mkdir -p "$scratch/pictures"
    : > "$scratch/answered"
    readers "$1" > "$scratch/readers"
    [ "$(wc -l < "$scratch/readers")" -ge 8 ]
    while read -r line; do
        status=0
        # shellcheck disable=SC2086 # words
        timeout 60 "$unroll" ${line/ / $1 } > "$scratch/answer" 2> "$scratch/complaint" < /dev/null ||
            status=$?
        if [[ "$status" != [03] ]] || grep -Eq 'waiting for|Sanitizer|runtime error' \
            "$scratch/complaint" || { [ "$status" -eq 3 ] &&
            ! grep -q '^error: .' "$scratch/complaint"; }; then
            echo "$line: status $status"
            cat "$scratch/complaint"
            return 1
        fi
        if [ "$(grep -c 'runs are done' "$scratch/complaint")" -ne "$2" ] &&
            ! grep -q 'no experiment' "$scratch/complaint"; then
            echo "$line does not tell of $2 variants:"
            cat "$scratch/complaint"
            return 1
        fi
        if [ "$status" -eq 0 ]; then
            [ -s "$scratch/answer" ]
            [[ "$line" != *--output* ]] || complete "${line##* }"
            printf '%s\n' "$line" >> "$scratch/answered"
        fi
    done < "$scratch/readers"
}

# answered TEXT...: each was the beginning of a command that had an answer.
answered() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" "$scratch/answered" || {
            echo "no answer: $text"
            cat "$scratch/answered"
            return 1
        }
    done
}

# wait_until SQL: gives 1, at most a minute, as long as the batch lives.
wait_until() {
    for _ in $(seq 3000); do
        kill -0 "$batch" || return 1
        [ "$(sqlite3 -cmd '.timeout 10000' "$UNROLL_STORE" "$1" 2> /dev/null)" = 1 ] && return 0
        sleep 0.02
    done
    return 1
}

# write_mixed: an experiment with variants that are done soon, and one that never is.
write_mixed() {
    printf '%s\n' 'name: mixed' "base: $configs/tiny.yaml" 'seeds: 2' 'variants:' '  soon: {}' \
        '  never: {train.steps: 100000000, train.evaluate.every: 50}' \
        'compare: {metric: test.accuracy, baseline: soon}' > "$scratch/mixed.yaml"
}

stop() {
    local status=0
    kill -INT "$1"
    wait "$1" || status=$?
    [ "$status" -eq 130 ]
}

# In the background a shell has SIGINT ignored.
start_batch() {
    python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$unroll" batch "$@" > "$scratch/batch" 2>&1 3>&- &
    batch=$!
}

@test "readers of an experiment that a batch is writing" {
    printf '%s\n' 'name: busy' "base: $configs/tiny.yaml" 'seeds: 4' 'variants:' \
        '  rnn: {model.cell: rnn}' '  lstm: {}' > "$scratch/busy.yaml"
    set -- "$scratch/busy.yaml" -j 4 --checkpoint 0 train.steps=120 train.evaluate.every=5 \
        train.log.every=1
    "$unroll" batch "$@" --store "$scratch/alone.db" > "$scratch/alone" 2>&1
    start_batch "$@"
    wait_until "select count(*) > 0 from metrics"
    rounds=0
    while kill -0 $batch 2> "$scratch/gone"; do
        missing=$("$unroll" compare busy 2>&1 > "$scratch/answer" | grep -c 'runs are done') || true
        # A variant may be done between the one look and the next.
        read_all busy "$missing" > "$scratch/failure" ||
            grep -q 'does not tell of' "$scratch/failure" || {
            cat "$scratch/failure"
            kill -KILL $batch
            false
        }
        rounds=$((rounds + 1))
    done
    wait $batch
    cat "$scratch/batch"
    echo "$rounds rounds"
    [ "$rounds" -ge 1 ]
    grep -q 'busy: 8 trials: 8 done now' "$scratch/batch"
    run ! grep -E 'waiting for|warning|error' "$scratch/batch"
    read_all busy 0
    answered 'plot --kind curves' 'plot --kind accuracy' 'plot --kind rate' 'compare --format text'
    metrics_of "$scratch/alone.db" > "$scratch/expected"
    metrics_of | cmp - "$scratch/expected"
}

@test "an experiment that is half done, in training and interrupted" {
    write_mixed
    start_batch "$scratch/mixed.yaml" -j 3
    wait_until "select sum(state = 'done') = 2 and sum(state = 'running') = 2 from runs"
    wait_until "select count(distinct run) = 2 from metrics where step > 1000"
    for state in running interrupted; do
        read_all mixed 1
        answered 'plot --kind curves' 'plot --kind accuracy' 'plot --kind rate' \
            'compare --format text' 'compare --format latex'
        run --separate-stderr "$unroll" compare mixed
        [ "$status" -eq 0 ]
        [[ "$output" == *soon*never* ]]
        [ "$stderr" = "warning: never: 0 of 2 runs are done, 2 $state" ]
        # The curves go as far as the runs are.
        for kind in curves rate; do
            awk '$1 + 0 > 1000 { far++ } END { exit !far }' "$scratch/pictures/mixed-$kind.svg.dat"
        done
        [ $state = interrupted ] || stop $batch
    done
}

@test "an experiment of which nothing is done yet" {
    write_mixed
    sed -i '/soon: {}/d; s/baseline: soon/baseline: never/' "$scratch/mixed.yaml"
    start_batch "$scratch/mixed.yaml" -j 1
    wait_until "select count(*) > 0 from metrics where step > 1000"
    read_all mixed 1
    answered 'plot --kind curves' 'plot --kind rate'
    run "$unroll" plot mixed --kind accuracy
    [ "$status" -eq 3 ]
    [[ "$output" == *"0 of 2 runs are done, 1 not begun, 1 running"* ]]
    [[ "$output" == *"no run is done yet"* ]]
    stop $batch
}

@test "an experiment of which nothing was begun" {
    "$unroll" batch "$configs/experiment.yaml" > "$scratch/batch" 2>&1
    # shellcheck disable=SC2046 # ids
    "$unroll" rm $(sqlite3 "$UNROLL_STORE" 'select id from runs')
    read_all tiny-cells 2
    run ! grep '^plot' "$scratch/answered"
    run "$unroll" compare tiny-cells
    [ "$status" -eq 3 ]
    [[ "$output" == *"lstm: 0 of 2 runs are done, 2 not begun"* ]]
}

@test "no experiment, no store" {
    read_all nothing 0
    [ ! -s "$scratch/answered" ]
    [ ! -e "$UNROLL_STORE" ]
    "$unroll" run -q "$configs/tiny.yaml"
    read_all nothing 0
    [ ! -s "$scratch/answered" ]
    grep -q 'nothing' "$scratch/complaint"
}

@test "an experiment with runs that failed and diverged" {
    mkdir "$scratch/plugins"
    plugin "$BATS_TEST_DIRNAME/plugins/fault.c" "$scratch/plugins/fault.so"
    printf '%s\n' 'name: bad' "base: $configs/tiny.yaml" 'seeds: 2' 'variants:' '  good: {}' \
        '  crash: {train.schedule: {fault: {what: abort, at: 25}}}' \
        '  diverge: {model.cell: {rnn: {activation: linear}}, train.optimizer: {sgd: {rate: 1000}}}' \
        'compare: {metric: test.accuracy, baseline: crash}' > "$scratch/bad.yaml"
    UNROLL_PLUGINS=$scratch/plugins run "$unroll" batch "$scratch/bad.yaml"
    [ "$status" -eq 1 ]
    read_all bad 2
    answered 'plot --kind curves' 'plot --kind accuracy' 'plot --kind rate' 'compare --format text'
    run --separate-stderr "$unroll" compare bad --format json
    [[ "$stderr" == *"crash: 0 of 2 runs are done, 2 failed"* ]]
    [[ "$stderr" == *"diverge: 0 of 2 runs are done, 2 diverged"* ]]
    python3 -c 'import json, sys; json.load(sys.stdin)' <<< "$output"
}

@test "a gnuplot that takes long keeps no writer waiting" {
    "$unroll" batch "$configs/experiment.yaml" > "$scratch/batch" 2>&1
    mkdir "$scratch/bin" "$scratch/pictures"
    printf '%s\n' '#!/bin/sh' "echo >> '$scratch/drawing'" 'exec sleep 1000' > "$scratch/bin/gnuplot"
    chmod 755 "$scratch/bin/gnuplot"
    drawing=()
    for kind in $(kinds); do
        : > "$scratch/drawing"
        PATH=$scratch/bin:$PATH "$unroll" plot tiny-cells --kind "$kind" \
            --output "$scratch/pictures/$kind/x.svg" > "$scratch/out" 2>&1 3>&- &
        plot=$!
        while [ ! -s "$scratch/drawing" ] && kill -0 $plot 2> "$scratch/gone"; do
            sleep 0.02
        done
        if kill -0 $plot 2> "$scratch/gone"; then drawing+=($plot); fi
    done
    [ "${#drawing[@]}" -ge 3 ]
    status=0
    timeout 30 "$unroll" run "$configs/tiny.yaml" seed=77 > "$scratch/out" 2> "$scratch/err" ||
        status=$?
    kill "${drawing[@]}"
    cat "$scratch/err"
    [ "$status" -eq 0 ]
    run ! grep 'waiting for' "$scratch/err"
}
