#!/usr/bin/env bats
# Batches of an experiment.
load helper

@test "a batch trains every trial, and launched again nothing" {
    run "$unroll" batch "$configs/experiment.yaml" -j 2
    [ "$status" -eq 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 4 ]
    run "$unroll" batch "$configs/experiment.yaml" -j 2
    [ "$status" -eq 0 ]
    [[ "$output" == *"4 done, 0 to train"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs")" = 4 ]
}

@test "the number of workers changes no bit" {
    "$unroll" batch "$configs/experiment.yaml" -j 1
    "$unroll" batch "$configs/experiment.yaml" -j 4 --store "$scratch/four.db"
    metrics_of > "$scratch/one"
    metrics_of "$scratch/four.db" | cmp - "$scratch/one"
}

@test "a batch trains only what is missing, and shares trials with single runs" {
    "$unroll" run -q "$configs/tiny.yaml" seed=3
    run "$unroll" batch "$configs/experiment.yaml"
    [[ "$output" == *"1 done, 3 to train"* ]]
}

@test "a dry run trains nothing and makes no store" {
    run "$unroll" batch "$configs/experiment.yaml" --dry-run
    [ "$status" -eq 0 ]
    [[ "$output" == *"missing"* ]]
    [ ! -e "$UNROLL_STORE" ]
    "$unroll" batch "$configs/experiment.yaml" --dry-run --format json |
        python3 -c 'import json, sys
plan = json.load(sys.stdin)
assert plan["experiment"] == "tiny-cells" and plan["seconds"] > 0 and plan["places"] >= 1
assert len(plan["trials"]) == 4
assert plan["trials"][0]["changes"] == {"model.cell": "rnn"}'
}

@test "one diverged trial does not stop the others" {
    cat > "$scratch/mixed.yaml" <<YAML
base: $configs/tiny.yaml
seeds: 2
variants:
  good: {}
  bad: {model.cell: {rnn: {activation: linear}}, train.optimizer: {sgd: {rate: 1000}}}
YAML
    run "$unroll" batch "$scratch/mixed.yaml"
    [ "$status" -eq 1 ]
    [[ "$output" == *"2 of 4 trials failed"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 2 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'diverged'")" = 2 ]
    run "$unroll" batch "$scratch/mixed.yaml"
    [[ "$output" == *"2 trials failed before"* ]]
    run "$unroll" batch "$scratch/mixed.yaml" --retry-failed
    [[ "$output" == *"2 of 4 trials failed"* ]]
}

@test "an interrupted batch goes on" {
    "$unroll" batch "$configs/experiment.yaml" -j 2 train.steps=4000 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    kill -TERM $child
    status=0
    wait $child || status=$?
    [ "$status" -eq 130 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'running'")" = 0 ]
    "$unroll" batch "$configs/experiment.yaml" -j 2 train.steps=4000
    "$unroll" batch "$configs/experiment.yaml" -j 2 train.steps=4000 --store "$scratch/whole.db"
    metrics_of > "$scratch/a"
    metrics_of "$scratch/whole.db" | cmp - "$scratch/a"
}

@test "a worker that is killed costs one trial" {
    "$unroll" batch "$configs/experiment.yaml" -j 1 train.steps=8000 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    pkill -KILL -P $child
    status=0
    wait $child || status=$?
    [ "$status" -eq 130 ] # the same command goes on
    grep -q 'ended by signal 9' "$scratch/out"
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 3 ]
}

@test "variants that mean the same config are refused" {
    cat > "$scratch/same.yaml" <<YAML
base: $configs/tiny.yaml
variants: {a: {}, b: {train.batch: 32}}
YAML
    run "$unroll" batch "$scratch/same.yaml" -j 2
    [ "$status" -eq 2 ]
    [[ "$output" == *'same.yaml:2:19: error: variants: `b` is the same run as `a`'* ]]
    [ ! -e "$UNROLL_STORE" ] || [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs")" = 0 ]
}

@test "the experiment alone decides the seeds" {
    run "$unroll" batch "$configs/experiment.yaml" seed=7
    [ "$status" -eq 2 ]
    [[ "$output" == *'change its `seeds`'* ]]
}
