#!/usr/bin/env bats
# experiments/study.sh, with a study of its own that takes a second.
load helper

teardown() {
    if [ -e "$scratch/experiments/study.sh" ]; then
        "$scratch/experiments/study.sh" stop "$unroll" "$UNROLL_STORE" > /dev/null 2>&1 || true
    fi
    rm -rf "$scratch"
}

# A program to download with that has no network.
without_network() {
    mkdir -p "$scratch/bin"
    for tool in npm curl; do
        printf '#!/bin/sh\nexit 1\n' > "$scratch/bin/$tool"
        chmod +x "$scratch/bin/$tool"
    done
    PATH=$scratch/bin:$PATH
}

small_study() {
    without_network
    study=$scratch/experiments
    mkdir -p "$study/pictures"
    cp "$root/experiments/study.sh" "$study"
    cat > "$study/cells.yaml" << END
name: cells
base: $configs/tiny.yaml
seeds: 2
variants: {lstm: {}, rnn: {model.cell: rnn}}
compare: {metric: test.accuracy, baseline: lstm}
claims:
  - {text: The LSTM is more accurate., better: lstm, than: rnn}
  - {text: It gets something wrong., variant: lstm, metric: test.loss, above: 0.01}
END
    cat > "$study/study.md" << END
<!-- train cells -->
# A page
<!-- verdicts cells -->

<!-- claims cells -->
<!-- table cells --columns n,mean -->
<!-- compare cells --columns n,mean -->
<!-- predict $configs/tiny.yaml 2 -->
<!-- plot cells cells -->
![Curves](pictures/cells.svg)
END
}

@test "what the page shows is trained, and what is trained is there" {
    page=$root/experiments/study.md
    trained=$(sed -n 's/^<!-- train \(.*\) -->$/\1/p' "$page")
    [ "$(wc -w <<< "$trained")" -gt 10 ]
    for experiment in $trained; do
        [ -e "$root/experiments/$experiment.yaml" ]
    done
    shown=$(sed -n 's/^<!-- \(compare\|table\|plot [^ ]*\) \([^ ]*\).* -->$/\2/p
        s/^<!-- \(claims\|verdicts\) \(.*\) -->$/\2/p' "$page")
    [ "$(wc -w <<< "$shown")" -gt 20 ]
    for experiment in $shown; do
        [[ " $trained " == *" $experiment "* ]] || { echo "not trained: $experiment"; false; }
    done
}

@test "the study trains what is missing and writes its page" {
    small_study
    run "$study/study.sh" page "$unroll" "$scratch/s/study.db"
    [ "$status" -ne 0 ]
    [[ "$output" == *"cells: 4 runs are not done"* ]]
    [ "$(ls "$study" | tr '\n' ' ')" = "cells.yaml pictures study.md study.sh " ]

    "$study/study.sh" train "$unroll" "$scratch/s/study.db"
    run "$study/study.sh" train "$unroll" "$scratch/s/study.db"
    [ "$status" -eq 0 ]
    [[ "$output" == *"4 done before"* ]]
    "$study/study.sh" page "$unroll" "$scratch/s/study.db"
    page=$(< "$study/README.md")
    echo "$page"
    [[ "$page" != *"<!-- "[a-z]* ]]
    [[ "$page" == *"# A page"*"| cells | It gets something wrong. | holds |"*"| lstm | 2 |"*"| rnn | 2 |"* ]]
    [[ "$page" == *"| It gets something wrong. | holds | lstm: test.loss "* ]]
    [ "$(grep -c '^| lstm | 2 |' "$study/README.md")" -eq 2 ]
    [ "$(grep -cE '^\| [01] \| [0-9] \|' "$study/README.md")" -eq 2 ]
    grep -q '<svg' "$study/pictures/cells.svg"
    [ "$(ls "$study/pictures")" = cells.svg ]
}

@test "what fails does not keep the study from the rest" {
    small_study
    sed -i 's/<!-- train cells/<!-- train nothing cells/' "$study/study.md"
    run "$study/study.sh" train "$unroll" "$scratch/study.db"
    [ "$status" -ne 0 ]
    [[ "$output" == *"nothing is not complete"*"4 done now"* ]]
    sed -i 's/<!-- train nothing/<!-- train/' "$study/study.md"
    echo '<!-- nonsense -->' >> "$study/study.md"
    run "$study/study.sh" page "$unroll" "$scratch/study.db"
    [ "$status" -ne 0 ]
    [[ "$output" == *'unknown directive `nonsense`'* ]]
    [ "$(ls "$study" "$study/pictures" | grep -cE 'README|page|svg')" -eq 0 ]
}

@test "what diverges is no reason to train, and the page is made" {
    small_study
    sed -i 's/rnn: {model.cell: rnn}/rnn: {model.cell: {rnn: {activation: linear}}, train.optimizer: {sgd: {rate: 1000}}}/' \
        "$study/cells.yaml"
    run "$study/study.sh" train "$unroll" "$scratch/study.db"
    [ "$status" -eq 0 ]
    [[ "$output" == *"2 of 4 trials failed"* && "$output" != *"is not complete"* ]]
    run -0 "$unroll" batch "$study/cells.yaml" --store "$scratch/study.db" --dry-run --format csv --no-estimate
    [ "$(grep -cE '^rnn,.*,diverged,' <<< "$output")" -eq 2 ]
    "$study/study.sh" page "$unroll" "$scratch/study.db"
    grep -q '| lstm | 2 |' "$study/README.md"
}

@test "the page answers the questions that the files ask now" {
    small_study
    "$study/study.sh" train "$unroll" "$scratch/study.db"
    sed -i 's/It gets something wrong., variant: lstm, metric: test.loss, above/It is perfect., variant: lstm, metric: test.loss, below/' \
        "$study/cells.yaml"
    "$study/study.sh" page "$unroll" "$scratch/study.db"
    grep -q 'It is perfect. | does not hold |' "$study/README.md"
    sed -i 's/^seeds: 2/seeds: 3/' "$study/cells.yaml"
    run "$study/study.sh" page "$unroll" "$scratch/study.db"
    [ "$status" -ne 0 ]
    [[ "$output" == *"cells: 2 runs are not done"* ]]
    grep -q 'It is perfect. | does not hold |' "$study/README.md"
}

@test "the study goes to the background once, and is stopped" {
    small_study
    sed -i 's/^seeds: 2/seeds: 400/' "$study/cells.yaml"
    run "$study/study.sh" stop "$unroll" "$UNROLL_STORE"
    [ "$status" -eq 1 ]
    "$study/study.sh" start "$unroll" "$UNROLL_STORE" 3>&-
    wait_for_training
    for step in start train; do
        run "$study/study.sh" $step "$unroll" "$UNROLL_STORE"
        [ "$status" -eq 1 ]
        [[ "$output" == *"is being trained"* ]]
    done
    "$study/study.sh" stop "$unroll" "$UNROLL_STORE"
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'running'")" = 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" -lt 800 ]
    run "$study/study.sh" stop "$unroll" "$UNROLL_STORE"
    [ "$status" -eq 1 ]
}

@test "a study that was killed is trained again, and its number stops nobody else" {
    small_study
    sed -i 's/^seeds: 2/seeds: 400/' "$study/cells.yaml"
    "$study/study.sh" start "$unroll" "$UNROLL_STORE" 3>&-
    wait_for_training
    kill -9 -- "-$(cat "${UNROLL_STORE%.db}.lock")"
    sleep 60 3>&- &
    bystander=$!
    echo $bystander > "${UNROLL_STORE%.db}.lock"
    run "$study/study.sh" stop "$unroll" "$UNROLL_STORE"
    [ "$status" -eq 1 ]
    "$study/study.sh" start "$unroll" "$UNROLL_STORE" 3>&-
    for _ in $(seq 100); do # it takes a moment to begin
        ! "$study/study.sh" stop "$unroll" "$UNROLL_STORE" || break
        sleep 0.1
    done
    run "$study/study.sh" stop "$unroll" "$UNROLL_STORE"
    [ "$status" -eq 1 ]
    kill $bystander
}
