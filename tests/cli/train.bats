#!/usr/bin/env bats
# Training from the command line: the same bits again, alone, resumed or in a batch.
load helper

@test "run prints the run's id and nothing else on stdout" {
    run --separate-stderr "$unroll" run "$configs/tiny.yaml"
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^[0-9a-f]{12}$ ]]
}

@test "the same config twice gives the same metrics and the same checkpoint" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    again=$("$unroll" run -q "$configs/tiny.yaml" --store "$scratch/second.db")
    [ "$id" = "$again" ]
    metrics_of > "$scratch/first.txt"
    metrics_of "$scratch/second.db" > "$scratch/second.txt"
    [ -s "$scratch/first.txt" ]
    cmp "$scratch/first.txt" "$scratch/second.txt"
    [ "$(ls "$scratch/$id")" = "final.safetensors" ]
}

@test "forced again, a run gets a new id and the same checkpoint" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    again=$("$unroll" run -q --force "$configs/tiny.yaml")
    [ "$again" = "$id-2" ]
    cmp "$scratch/$id/final.safetensors" "$scratch/$again/final.safetensors"
}

@test "a run that is done is not trained again" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    before=$(stat -c %y "$scratch/$id/final.safetensors")
    run "$unroll" run "$configs/tiny.yaml"
    [ "$status" -eq 0 ]
    [[ "$output" == *"is done already"* ]]
    [ "$before" = "$(stat -c %y "$scratch/$id/final.safetensors")" ]
}

@test "form does not change the run key: order, comments, 0.01 for 1e-2, short for explicit" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    cat > "$scratch/other.yaml" <<'YAML'
name: another-name
train: {log: {every: 10}, steps: 40, batch: 32, optimizer: {adam: {rate: 0.01}},
        evaluate: {on: [validation, test], every: 20}}
seed: 1
model: {stack: [{lstm: {units: 8}}, {readout: last}]}
data: {validation: {count: 100}, set: {digits: {}}}
YAML
    run "$unroll" run "$scratch/other.yaml"
    [ "$status" -eq 0 ]
    [[ "$output" == *"$id is done already"* ]]
}

@test "threads change no bit" {
    one=$("$unroll" run -q "$configs/tiny.yaml" train.shards=3 --threads 1)
    for threads in 2 3 8; do
        many=$("$unroll" run -q --force "$configs/tiny.yaml" train.shards=3 --threads $threads)
        cmp "$scratch/$one/final.safetensors" "$scratch/$many/final.safetensors"
    done
    metrics_of | sed 's/^[^|]*|//' | sort -u > "$scratch/unique.txt"
    metrics_of | grep "^$one|" | sed 's/^[^|]*|//' | sort -u | cmp - "$scratch/unique.txt"
}

@test "an interrupted run goes on to the same bits" {
    long="train.steps=8000 train.evaluate.every=1000 train.schedule.plateau.patience=1"
    # shellcheck disable=SC2086
    whole=$("$unroll" run -q "$configs/tiny.yaml" $long --store "$scratch/whole.db")
    "$unroll" run -q "$configs/tiny.yaml" $long > "$scratch/out" 2> "$scratch/err" &
    child=$!
    wait_for_training
    kill -INT $child
    status=0
    wait $child || status=$?
    [ "$status" -eq 130 ]
    grep -q 'was interrupted at step' "$scratch/err"
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs")" = interrupted ]
    again=$("$unroll" run -q "$configs/tiny.yaml" $long)
    [ "$again" = "$whole" ]
    metrics_of > "$scratch/a"
    metrics_of "$scratch/whole.db" | cmp - "$scratch/a"
}

@test "a killed run goes on from its last checkpoint to the same bits" {
    long="train.steps=2000 train.evaluate.every=500"
    # shellcheck disable=SC2086
    "$unroll" run -q "$configs/tiny.yaml" $long --store "$scratch/whole.db"
    for _ in 1 2 3; do
        "$unroll" run -q "$configs/tiny.yaml" $long --checkpoint 0 &
        child=$!
        wait_for_training
        sleep 0.1
        kill -KILL $child 2>/dev/null || true
        wait $child || true
    done
    "$unroll" run -q "$configs/tiny.yaml" $long
    metrics_of > "$scratch/a"
    metrics_of "$scratch/whole.db" | cmp - "$scratch/a"
    [ "$(sqlite3 "$UNROLL_STORE" "select attempt > 1 from runs")" = 1 ]
}

@test "a loss that is no number ends the run as diverged, with the step" {
    run "$unroll" run "$configs/diverges.yaml"
    [ "$status" -eq 1 ]
    [[ "$output" == *"diverged: the loss of step "* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs")" = diverged ]
}

@test "early stopping ends before the last step and can restore the best weights" {
    id=$("$unroll" run -q "$configs/tiny.yaml" train.steps=5000 train.stop.patience=2 \
        train.stop.min_delta=0.2 train.stop.restore=best)
    step=$(sqlite3 "$UNROLL_STORE" "select step from runs")
    [ "$step" -lt 5000 ]
    "$unroll" show "$id" | grep -q 'validation.accuracy'
}

@test "a run says that it stopped early, and since when nothing got better" {
    run "$unroll" run "$configs/tiny.yaml" train.steps=5000 train.stop.patience=2 \
        train.stop.min_delta=10
    [ "$status" -eq 0 ]
    [[ "$output" == *"tiny: stopped early at step 60: 2 evaluations without improvement since step 20"* ]]
}

@test "predict answers as the run did" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    accuracy=$("$unroll" show "$id" | sed -n 's/^# test.accuracy *//p')
    run "$unroll" predict "$id" --first 5
    [ "$status" -eq 0 ]
    percent=$(awk "BEGIN { printf \"%.2f\", 100 * $accuracy }")
    [[ "$output" == *"test: accuracy $percent % of 360 examples"* ]]
}

@test "a damaged checkpoint is noticed" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    printf 'x' | dd of="$scratch/$id/final.safetensors" bs=1 seek=900 conv=notrunc status=none
    run "$unroll" predict "$id"
    [ "$status" -eq 4 ]
    [[ "$output" == *"final.safetensors"* ]]
}

@test "show of a run is a config that trains the same run" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    "$unroll" show "$id" > "$scratch/again.yaml"
    run "$unroll" run "$scratch/again.yaml"
    [[ "$output" == *"$id is done already"* ]]
}

@test "a plugin's layer is used by name, and the run records it" {
    id=$("$unroll" run -q "$configs/tiny.yaml" model.cell=mgu)
    sqlite3 "$UNROLL_STORE" "select plugins from runs" | grep -q '^layer mgu '
    id=$("$unroll" run -q "$configs/tiny.yaml" model.cell=bimgu)
    [ -n "$id" ]
}

@test "predict refuses another plugin than the one that trained" {
    plugin "$BATS_TEST_DIRNAME/plugins/kind_schedule.c" "$scratch/plugins/half.so"
    export UNROLL_PLUGINS=$scratch/plugins
    id=$("$unroll" run -q "$configs/tiny.yaml" train.schedule=kind_halving)
    "$unroll" predict "$id"
    before=$(xxh128sum "$scratch/plugins/half.so" | cut -d' ' -f1)
    echo >> "$scratch/plugins/half.so"
    after=$(xxh128sum "$scratch/plugins/half.so" | cut -d' ' -f1)
    run "$unroll" predict "$id"
    [ "$status" -eq 4 ]
    [[ "$output" == *"was trained with other modules"* ]]
    [[ "$output" == *"(\`xxh128sum FILE\`): schedule kind_halving 1 $before; those of now: schedule kind_halving 1 $after"* ]]
}

@test "two processes with the same config: one trains" {
    long="train.steps=3000 train.evaluate.every=1000"
    # shellcheck disable=SC2086
    "$unroll" run -q "$configs/tiny.yaml" $long > "$scratch/a" 2> "$scratch/a.err" &
    first=$!
    # shellcheck disable=SC2086
    "$unroll" run -q "$configs/tiny.yaml" $long > "$scratch/b" 2> "$scratch/b.err" &
    second=$!
    good=0
    wait $first && good=$((good + 1))
    wait $second && good=$((good + 1))
    [ "$good" -ge 1 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs")" = 1 ]
}

@test "quiet leaves nothing but the id, and errors" {
    run --separate-stderr "$unroll" run --quiet "$configs/tiny.yaml"
    [ "$stderr" = "" ]
    run --separate-stderr "$unroll" run --quiet "$configs/tiny.yaml"
    [ "$stderr" = "" ]
    [[ "$output" =~ ^[0-9a-f]{12}$ ]]
    run --separate-stderr "$unroll" run --quiet "$configs/diverges.yaml"
    [[ "$stderr" == "error: "* ]]
}
