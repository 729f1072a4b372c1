#!/usr/bin/env bats
# One thing taken for another: configs, experiments and runs.
load helper

# refused STATUS LINE ARGUMENT...: prints one line, and nothing is made.
refused() {
    run "$unroll" "${@:3}"
    [ "$status" -eq "$1" ]
    [ "${#lines[@]}" -eq 1 ]
    [ "$output" = "$2" ]
}

@test "an experiment is no config" {
    file=$configs/experiment.yaml
    said="error: $file is an experiment, not a config; train it by: unroll batch $file (--dry-run lists its trials)"
    refused 2 "$said" run "$file"
    refused 2 "$said" run "$file" seed=3
    refused 2 "$said" show "$file"
    refused 2 "$said" diff "$file" "$file"
    refused 2 "$said" diff "$configs/tiny.yaml" "$file"
    [ ! -e "$UNROLL_STORE" ]
    # One whose base is all that could be wrong.
    mkdir "$scratch/my files"
    printf 'base: nowhere.yaml\nclaims: []\n' > "$scratch/my files/x.yaml"
    refused 2 "error: $scratch/my files/x.yaml is an experiment, not a config; train it by: \
unroll batch '$scratch/my files/x.yaml' (--dry-run lists its trials)" run "$scratch/my files/x.yaml"
}

@test "a config is no experiment" {
    file=$configs/tiny.yaml
    refused 2 "error: $file is a config, not an experiment; train it by: unroll run $file" \
        batch "$file"
    printf 'base: %s\ntrain: {steps: 3}\n' "$file" > "$scratch/x.yaml"
    refused 2 "error: $scratch/x.yaml is a config, not an experiment; train it by: \
unroll run $scratch/x.yaml" batch -n "$scratch/x.yaml"
    [ ! -e "$UNROLL_STORE" ]
    "$unroll" run -q "$scratch/x.yaml"
}

@test "what could be either keeps its own errors" {
    # A dotted key stands at the top of neither, and a pipe can be read once only.
    printf 'base: %s/tiny.yaml\ntrain.steps: 4\nvarients: {a: {}}\n' "$configs" > "$scratch/d.yaml"
    run "$unroll" batch "$scratch/d.yaml"
    [[ "$output" == *"varients: unknown key"* ]]
    mkfifo "$scratch/pipe"
    printf 'train: {stps: 3}\n' > "$scratch/pipe" &
    run timeout 20 "$unroll" run "$scratch/pipe"
    [ "$status" -eq 2 ]
    [[ "$output" == *"stps: unknown key"* ]]
    cat "$configs/tiny.yaml" > "$scratch/pipe" &
    timeout 20 "$unroll" check "$scratch/pipe"
    # A wrong key in a config, and a config's key in an experiment.
    printf 'base: %s/tiny.yaml\nseeds: 3\nmodel: {units: 4}\n' "$configs" > "$scratch/x.yaml"
    run "$unroll" run "$scratch/x.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"x.yaml:2:1: error: seeds: unknown key"*'did you mean `seed`?'* ]]
    run "$unroll" batch "$scratch/x.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"x.yaml:3:1: error: model: unknown key"* ]]
    printf 'name: neither\n' > "$scratch/y.yaml"
    run "$unroll" batch "$scratch/y.yaml"
    [[ "$output" == *"base"*"missing"* ]]
    run "$unroll" batch "$scratch/absent.yaml"
    [[ "$output" == *"absent.yaml"*"cannot be opened"* ]]
    run "$unroll" batch - < "$configs/tiny.yaml"
    [[ "$output" == *"unknown key"* ]]
}

@test "a run is no config, but has one" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    way="unroll show $id > $id.yaml; unroll run $id.yaml"
    refused 2 "error: $id is a run, not a config file; this is its config: $way" run "$id"
    refused 2 "error: ${id:0:5} is a run, not a config file; its config makes another one: \
$way train.steps=4 'train.optimizer={sgd: {rate: 1}}'" \
        run "${id:0:5}" train.steps=4 'train.optimizer={sgd: {rate: 1}}'
    other=$(UNROLL_STORE='' "$unroll" run -q "$configs/tiny.yaml" seed=8 --store "$scratch/an other.db")
    refused 2 "error: $other is a run, not a config file; this is its config: unroll show $other \
--store '$scratch/an other.db' > $other.yaml; unroll run $other.yaml --store '$scratch/an other.db'" \
        run "$other" --store "$scratch/an other.db"
    cd "$scratch"
    "$unroll" show "$id" > "$id.yaml"
    run --separate-stderr "$unroll" run -q "$id.yaml" train.steps=4
    [ "$status" -eq 0 ]
    [ "$output" != "$id" ]
    run "$unroll" run zzzz
    [ "$status" -eq 2 ]
    [[ "$output" == *"zzzz"*"cannot be opened"* ]]
    run "$unroll" run zzzz --store "$scratch/absent.db"
    [[ "$output" == *"zzzz"*"cannot be opened"* ]]
    [ ! -e "$scratch/absent.db" ]
}

@test "an experiment's own keys are changed in its file" {
    for override in seeds=5 compare.metric=test.loss 'variants={a: {}}' sweep.model.units=3; do
        key=${override%%[.=]*}
        refused 2 "error: $override: overrides change the trials' configs; change \`$key\` in the experiment's file" \
            batch -n "$configs/experiment.yaml" "$override"
    done
    run "$unroll" batch -n --no-estimate "$configs/experiment.yaml" name=other train.steps=4
    [ "$status" -eq 0 ]
}
