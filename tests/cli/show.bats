#!/usr/bin/env bats
# What show says of runs, and predict's look at the data.
load helper

@test "a run with modules of several plugins is shown as a config that loads" {
    cat > "$scratch/plugins.yaml" <<'YAML'
data: {set: digits}
model: {stack: [{mgu: {units: 4}}, {scale: {}}, {readout: last}]}
train: {batch: 50, steps: 4}
YAML
    id=$("$unroll" run -q "$scratch/plugins.yaml")
    "$unroll" show "$id" > "$scratch/shown.yaml"
    [ "$(grep -c '^# .*layer ' "$scratch/shown.yaml")" = 2 ]
    [ "$("$unroll" run -q "$scratch/shown.yaml")" = "$id" ]
}

@test "a run is shown where its own folder is" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    cd "$scratch"
    "$unroll" show "$id" | grep -q "^# run  *$id"
}

@test "predict refuses data that the run was not trained on" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    sqlite3 "$UNROLL_STORE" "update runs set data_digest = 'another'"
    run "$unroll" predict "$id"
    [ "$status" -eq 4 ]
    [[ "$output" == *"is not the one that run $id was trained on"* ]]
}
