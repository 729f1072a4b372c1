#!/usr/bin/env bats
# Experiments with a sweep, and run keys that experiments share.
load helper

json() {
    python3 -c "import json, sys
plan = json.load(sys.stdin)
trials = plan['trials']
$1"
}

@test "a sweep trains every point once" {
    run "$unroll" batch "$configs/sweep.yaml" -j 2
    [ "$status" -eq 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 16 ]
    run "$unroll" batch "$configs/sweep.yaml" -j 2
    [[ "$output" == *"16 done, 0 to train"* ]]
    run "$unroll" compare tiny-sweep --format csv
    [ "$status" -eq 0 ]
    [[ "$output" == *"lstm rate=0.01 units=8 batch=32,"* ]]
}

@test "a dry run measures memory and time of each trial, and trains nothing" {
    "$unroll" batch "$configs/experiment.yaml" --dry-run --format json -j 2 2> "$scratch/err" |
        json 'assert len(trials) == 4
for trial in trials:
    assert trial["seconds"] > 0 and trial["memory_mb"] > 0.1 and trial["state"] == "missing"
    assert trial["run"] is None'
    grep -Eq 'tiny-cells: about .* for 4 trials, [12] at a time, .*\(2 of 2 speeds measured\)' \
        "$scratch/err"
    [ ! -e "$UNROLL_STORE" ]
    "$unroll" batch "$configs/experiment.yaml" -j 2
    "$unroll" batch "$configs/experiment.yaml" --dry-run --no-estimate --format json |
        json 'assert all(t["state"] == "done" and t["run"] and t["seconds"] is None for t in trials)'
}

@test "a dry run says where trials would exceed their time" {
    printf 'base: %s\nvariants: {a: {train.steps: 100000}}\nbudget: {trial_seconds: 0.01}\n' \
        "$configs/tiny.yaml" > "$scratch/long.yaml"
    run "$unroll" batch "$scratch/long.yaml" --dry-run
    [ "$status" -eq 0 ]
    [[ "$output" == *"budget.trial_seconds is 0.01"* ]]
}

@test "a dry run knows failed and diverged trials from missing ones" {
    printf 'base: %s\nvariants: {bad: {}, worse: {model.units: 5}}\n' "$configs/diverges.yaml" \
        > "$scratch/bad.yaml"
    "$unroll" batch "$scratch/bad.yaml" > /dev/null 2>&1 || true
    "$unroll" batch "$scratch/bad.yaml" --dry-run --no-estimate --format json |
        json 'assert {t["state"] for t in trials} == {"diverged"}'
    sqlite3 "$UNROLL_STORE" "update runs set state = 'failed' where name = 'worse'"
    "$unroll" batch "$scratch/bad.yaml" --dry-run --no-estimate --format json |
        json 'assert {t["variant"]: t["state"] for t in trials} == {"bad": "diverged", "worse": "failed"}'
    "$unroll" batch "$scratch/bad.yaml" --dry-run --no-estimate --retry-failed --format json |
        json 'assert {t["state"] for t in trials} == {"missing"}'
}

@test "a dry run shows what differs, and no value that an override replaces" {
    printf 'base: %s\nvariants: {a: {model.units: 4, train.batch: 8}, b: {model.cell: rnn, train.batch: 8}}\n' \
        "$configs/tiny.yaml" > "$scratch/two.yaml"
    run "$unroll" batch "$scratch/two.yaml" --dry-run --no-estimate
    [[ "$output" == *"model.units=4"* && "$output" != *"train.batch"* ]]
    run "$unroll" batch "$scratch/two.yaml" --dry-run --no-estimate --format csv train.batch=16
    [[ "$output" == *"model.units=4"* && "$output" != *"train.batch"* ]]
    "$unroll" batch "$scratch/two.yaml" --dry-run --no-estimate --format json |
        json 'assert trials[0]["changes"] == {"model.units": 4, "train.batch": 8}
assert trials[1]["changes"] == {"model.cell": "rnn", "train.batch": 8}
assert plan["seconds"] is None'
}

@test "an experiment from standard input says its name" {
    printf 'base: %s\nvariants: {a: {}}\n' "$configs/tiny.yaml" > "$scratch/piped.yaml"
    run "$unroll" batch - --dry-run --no-estimate < "$scratch/piped.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"name: is missing"* ]]
    (echo "name: piped"; cat "$scratch/piped.yaml") |
        "$unroll" batch - --dry-run --no-estimate --format json |
        json 'assert plan["experiment"] == "piped"'
}

@test "the form of an experiment, the threads and the place of the store change no key" {
    cat > "$scratch/a.yaml" <<YAML
base: $configs/tiny.yaml
variants: {small: {model.units: 4}}
sweep: {train.optimizer.adam.rate: [1e-3, 1e-2]}
YAML
    cat > "$scratch/b.yaml" <<YAML
# The same trials, said in another way.
sweep:
    train.optimizer: [{adam: {rate: 0.0100}}, {adam: 0.001}]
seeds:
    - 1
name: another
variants:
    other: {model: {units: 4}, train.batch: 32}
base: $configs/tiny.yaml
YAML
    "$unroll" batch "$scratch/a.yaml" -j 2
    run "$unroll" batch "$scratch/b.yaml" --dry-run --no-estimate --format csv
    [ "$(grep -c ',done,' <<< "$output")" = 2 ]
    "$unroll" run -q "$configs/tiny.yaml" model.units=4 train.optimizer.adam.rate=.001 \
        --threads 2 > "$scratch/id"
    grep -q "$(cat "$scratch/id")" <<< "$output"
    mkdir "$scratch/elsewhere"
    "$unroll" batch "$scratch/b.yaml" --store "$scratch/elsewhere/other.db"
    sqlite3 "$UNROLL_STORE" "select key from runs order by key" > "$scratch/keys"
    sqlite3 "$scratch/elsewhere/other.db" "select key from runs order by key" |
        cmp - "$scratch/keys"
}

@test "two experiments share the trials that they have in common" {
    "$unroll" batch "$configs/experiment.yaml" -j 2
    printf 'name: more\nbase: %s\nseeds: [5, 7]\nvariants: {rnn: {model.cell: rnn}, lstm: {}}\n' \
        "$configs/tiny.yaml" > "$scratch/more.yaml"
    run "$unroll" batch "$scratch/more.yaml" -j 2
    [[ "$output" == *"2 done, 2 to train"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs")" = 6 ]
}

@test "--force trains every trial again as a new run, to the same figures" {
    "$unroll" batch "$configs/experiment.yaml" -j 2
    run "$unroll" batch "$configs/experiment.yaml" -j 2 --force
    [ "$status" -eq 0 ]
    [[ "$output" == *"4 to train"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 8 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(distinct checkpoint_hash) from runs")" = 4 ]
    run "$unroll" batch "$configs/experiment.yaml"
    [[ "$output" == *"4 done, 0 to train"* ]]
}

@test "ten thousand trials are planned within seconds" {
    cat > "$scratch/large.yaml" <<YAML
base: $configs/tiny.yaml
seeds: 5
sweep:
  train.optimizer.adam.rate: {log: {from: 1e-4, to: 1e-1, points: 40}}
  model.units: {linear: {from: 1, to: 50, points: 50}}
YAML
    run timeout 20 "$unroll" batch "$scratch/large.yaml" --dry-run --no-estimate --format csv
    [ "$status" -eq 0 ]
    [ "$(wc -l <<< "$output")" = 10001 ]
    run timeout 20 "$unroll" check "$scratch/large.yaml"
    [ "$status" -eq 0 ]
}
