#!/usr/bin/env bats
# Runs that are ended from outside, at moments that nobody chose, and gone on with on other numbers
# of threads. Where each kind of state is lost or kept: tests/unit/test_resume.c, test_crash.c.
load helper

# Everything that a run keeps from step to step.
everything() {
    cat > "$scratch/everything.yaml" <<'YAML'
name: everything
data: {set: digits, order: tf, validation: {count: 200}}
model: {cell: bigru, units: 12, layers: 2, dropout: 0.3}
train:
  batch: 32
  steps: 1200
  shards: 4
  optimizer: {adamw: {rate: 1e-2}}
  schedule: {plateau: {patience: 1, factor: 0.7}}
  warmup: {steps: 20}
  clip: {norm: 1}
  evaluate: {every: 40, on: [validation, test], limit: 150, take: next}
  log: {every: 7}
  stop: {patience: 25, restore: best}
YAML
    "$unroll" run -q "$scratch/everything.yaml" --store "$scratch/whole.db" --threads 2
    metrics_of "$scratch/whole.db" > "$scratch/whole.txt"
    [ -s "$scratch/whole.txt" ]
}

# disturb SIGNAL SECONDS THREADS OPTION...: starts the run and sends it the signal after that time,
# unless it has ended.
disturb() {
    "$unroll" run -q "$scratch/everything.yaml" --threads "$3" "${@:4}" > "$scratch/out" \
        2> "$scratch/err" &
    child=$!
    wait_for_training
    sleep "$2"
    kill -"$1" $child 2>/dev/null || true
    status=0
    wait $child 2>/dev/null || status=$?
}

assert_as_whole() {
    "$unroll" run -q "$scratch/everything.yaml" --threads 1
    metrics_of | cmp - "$scratch/whole.txt"
    id=$(sqlite3 "$UNROLL_STORE" "select id from runs")
    [ "$(ls "$scratch/$id")" = "final.safetensors" ]
    [ "$(sqlite3 "$UNROLL_STORE" "select hex(probabilities) from predictions")" = \
        "$(sqlite3 "$scratch/whole.db" "select hex(probabilities) from predictions")" ]
}

@test "SIGINT, SIGTERM and SIGKILL in one run, on other numbers of threads" {
    everything
    disturb INT 0.05 3
    [ "$status" -eq 130 ]
    disturb KILL 0.1 1 --checkpoint 0
    [ "$status" -eq 137 ]
    disturb TERM 0.05 2
    [ "$status" -eq 130 ]
    grep -q 'the same command goes on from there' "$scratch/err"
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs")" = interrupted ]
    disturb KILL 0.05 4
    [ "$status" -eq 137 ]
    assert_as_whole
    [ "$(sqlite3 "$UNROLL_STORE" "select attempt from runs")" = 5 ]
}

@test "a forced run that was interrupted is gone on with" {
    everything
    "$unroll" run -q "$scratch/everything.yaml"
    disturb INT 0.05 1 --force
    [ "$status" -eq 130 ]
    run --separate-stderr "$unroll" run "$scratch/everything.yaml" --force
    [ "$status" -eq 0 ]
    [[ "$output" == *-2 ]]
    [[ "$stderr" == *"goes on from step "* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(distinct checkpoint_hash) from runs")" = 1 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs")" = 2 ]
}

@test "what stands in the way of an evaluation is said before anything trains" {
    run "$unroll" run "$configs/tiny.yaml" train.evaluate.every=none \
        train.stop.patience=2 train.steps=20
    [ "$status" -eq 2 ]
    [[ "$output" == *"the first evaluation would come after step 42, the run ends after step 20, and train.stop.patience waits for one"* ]]
    [ ! -e "$UNROLL_STORE" ]
}
