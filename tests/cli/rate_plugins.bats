#!/usr/bin/env bats
# The plugins lion and one_cycle as a user meets them: their numbers are in tests/numerics.
load helper

# The learning rates that the one run in the store recorded, one a line.
rates() {
    sqlite3 "$UNROLL_STORE" "SELECT printf('%.9g', value) FROM metrics
        JOIN series ON series.number = metrics.series WHERE series.name = 'train.rate'
        ORDER BY step"
}

@test "lion trains its config, to the same bits on any number of threads" {
    "$unroll" run -q "$root/configs/lion.yaml" train.shards=3 --threads 1
    accuracy=$(sqlite3 "$UNROLL_STORE" \
        "SELECT value > 0.8 FROM finals WHERE name = 'test.accuracy'")
    [ "$accuracy" -eq 1 ]
    metrics_of > "$scratch/one"
    "$unroll" run -q "$root/configs/lion.yaml" train.shards=3 --threads 3 \
        --store "$scratch/three.db"
    metrics_of "$scratch/three.db" | cut -d'|' -f2- | grep -v done > "$scratch/three"
    cut -d'|' -f2- "$scratch/one" | grep -v done | cmp - "$scratch/three"
}

@test "one_cycle trains its config: up, down, and far below at the end" {
    "$unroll" run -q "$root/configs/one-cycle.yaml" train.log.every=1
    accuracy=$(sqlite3 "$UNROLL_STORE" \
        "SELECT value > 0.7 FROM finals WHERE name = 'test.accuracy'")
    [ "$accuracy" -eq 1 ]
    rates > "$scratch/rates"
    [ "$(wc -l < "$scratch/rates")" -eq 312 ]
    [ "$(head -n 1 "$scratch/rates")" = 0.0008 ]
    [ "$(tail -n 1 "$scratch/rates")" = 8e-08 ]
    # The peak is at step 0.3 · 312 − 1 = 92.6, so step 93, the 94th, is the largest.
    [ "$(sort -gr "$scratch/rates" | head -n 1)" = "$(sed -n 94p "$scratch/rates")" ]
}

@test "a warm-up goes before the cycle, which takes the steps that are left" {
    "$unroll" run -q "$root/configs/one-cycle.yaml" train.epochs=none train.steps=14 \
        train.log.every=1 train.evaluate.every=14 train.evaluate.unit=steps \
        'train.warmup={steps: 4, from: 0.5}' 'train.optimizer={sgd: {rate: 1}}' \
        'train.schedule={one_cycle: {pct_start: 0.4, anneal_strategy: linear, div_factor: 4, final_div_factor: 5}}'
    # Half of 1/4 and up to it in 4 steps, to 1 in 3 more, to 1/20 in 6.
    rates > "$scratch/rates"
    printf '%s\n' 0.125 0.15625 0.1875 0.21875 0.25 0.5 0.75 1 0.841666667 0.683333333 0.525 \
        0.366666667 0.208333333 0.05 | diff - "$scratch/rates"
}

@test "what one_cycle cannot be told is an error with its place" {
    run "$unroll" check --gradients "$root/configs/one-cycle.yaml" \
        'train.schedule={one_cycle: {three_phase: true, pct_start: 0.6}}'
    [ "$status" -eq 2 ]
    [[ "$output" == *"train.schedule"*"0.5 at most"* ]]
    run "$unroll" show "$root/configs/one-cycle.yaml" 'train.schedule={one_cycle: {div_factor: 0.5}}'
    [ "$status" -eq 2 ]
    [[ "$output" == *"div_factor"*"from 1"* ]]
}

@test "modules lists both with their ranges" {
    run "$unroll" modules optimizer/lion
    [ "$status" -eq 0 ]
    [[ "$output" == *"beta1"*"lion.so"* || "$output" == *"lion.so"*"beta1"* ]]
    run "$unroll" modules schedule/one_cycle
    [ "$status" -eq 0 ]
    [[ "$output" == *"cos | linear"* ]]
}

# names TEXT MODULE OVERRIDE: a run with OVERRIDE fails, and its error and its record say that
# MODULE of odd.so gave TEXT.
names() {
    local said="$2 odd (plugin $scratch/plugins/odd.so) gave $1"
    said+=", which must be finite and not negative"
    run "$unroll" run -q "$configs/tiny.yaml" train.steps=5 "$3"
    [ "$status" -eq 1 ]
    [[ "$output" == *"error: $said"* ]] || { echo "$output"; return 1; }
    "$unroll" gc > /dev/null
    [ "$(sqlite3 "$UNROLL_STORE" "select state || ': ' || message from runs
        order by started desc, number desc limit 1")" = "failed: $said" ]
}

@test "a factor or a rate that is none ends the run and names its module" {
    plugin "$BATS_TEST_DIRNAME/plugins/rates.c" "$scratch/plugins/odd.so"
    export UNROLL_PLUGINS=$scratch/plugins
    for figure in nan infinite:inf negative:-0.5; do
        names "${figure#*:} as the rate's factor of step 3" schedule \
            "train.schedule={odd: {figure: ${figure%:*}}}"
        names "${figure#*:} as the base rate of step 1" optimizer \
            "train.optimizer={odd: {figure: ${figure%:*}}}"
    done
    "$unroll" run -q "$configs/tiny.yaml" train.steps=5 'train.schedule={odd: {figure: one}}' \
        'train.optimizer={odd: {figure: one}}'
}

@test "a batch goes on beside a factor that is none" {
    plugin "$BATS_TEST_DIRNAME/plugins/rates.c" "$scratch/plugins/odd.so"
    export UNROLL_PLUGINS=$scratch/plugins
    printf 'base: %s\nvariants:\n  good: {}\n  odd: {train.schedule: {odd: {figure: nan}}}\n' \
        "$configs/tiny.yaml" > "$scratch/experiment.yaml"
    run "$unroll" batch "$scratch/experiment.yaml" train.steps=5
    [ "$status" -eq 1 ]
    run sqlite3 "$UNROLL_STORE" "select name || ' ' || state || ': ' || coalesce(message, '')
        from runs order by name"
    [[ "$output" == "good done: "*"odd failed: schedule odd (plugin "*") gave nan as the rate's "* ]]
}
