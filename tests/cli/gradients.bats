#!/usr/bin/env bats
# check --gradients: right layers pass, a wrong one is named. tests/cli/plugins/wrong_gradient.c
# has a layer, a loss, and series of different lengths.
load helper

# It is built once, by the first test that wants it.
wrong_plugin() {
    plugins=$BATS_FILE_TMPDIR/plugins
    [ -e "$plugins/wrong_gradient.so" ] ||
        plugin "$BATS_TEST_DIRNAME/plugins/wrong_gradient.c" "$plugins/wrong_gradient.so" -lm
    export UNROLL_PLUGINS=$plugins
}

# wrong WHAT OVERRIDE...: checks a network with the wrong layer in the middle, on the bundled digits.
wrong() {
    wrong_plugin
    cat > "$scratch/wrong.yaml" <<YAML
data: {set: digits}
model: {stack: [{rnn: {units: 6}}, {wrong: $1}, {readout: mean}]}
train: {batch: 10, steps: 10, evaluate: {on: test}}
YAML
    run "$unroll" check --gradients "$scratch/wrong.yaml" "${@:2}"
}

# stairs WHAT: the same on series, with layers in both directions.
stairs() {
    wrong_plugin
    cat > "$scratch/stairs.yaml" <<YAML
data: {set: stairs}
model:
  stack:
    - rnn: {units: 6}
    - wrong: $1
    - bidirectional: {of: {gru: {units: 5}}}
    - dropout: 0.3
    - readout: last
train: {batch: 5, steps: 10, evaluate: {on: test}}
YAML
    run "$unroll" check --gradients "$scratch/stairs.yaml"
}

# Of the rows of the table, those that are not right: tensor and verdict.
not_right() {
    awk '$NF ~ /^(wrong|unclear|replaced)$/ { print $1, $NF }' <<< "$output"
}

@test "right layers pass, with a row for each tensor, input and the logits" {
    wrong nothing
    [ "$status" -eq 0 ]
    [ -z "$(not_right)" ]
    [ "$(grep -c ' right$' <<< "$output")" -eq 11 ]
    for tensor in 0.weight_ih 0.weight_hh 0.bias 0.in 1.scale 1.in 2.in 3.weight 3.bias 3.in \
        logits; do
        grep -q "^$tensor " <<< "$output"
    done
}

@test "the cells and layers that come with Unroll pass" {
    for override in model.cell=rnn model.cell=lstm model.cell=bigru model.cell=mgu \
        model.readout=max model.dropout=0.4 data.scale=none train.loss=double_softmax; do
        "$unroll" check --gradients "$configs/tiny.yaml" "$override"
    done
    cat > "$scratch/kinks.yaml" <<YAML
base: $configs/tiny.yaml
model:
  init: keras
  stack:
    - rnn: {units: 20, activation: relu}
    - readout: max
    - dense: {units: 30, activation: relu}
    - scale
YAML
    for seed in 1 2 3; do
        "$unroll" check --gradients "$scratch/kinks.yaml" "seed=$seed"
    done
}

@test "one wrong entry of a weight's gradient is found and named" {
    wrong weight
    [ "$status" -eq 1 ]
    [ "$(not_right)" = "1.scale wrong" ]
    [[ "$output" == *"1.scale (wrong): "*" at [1] the gradient is "* ]]
    [[ "$output" == *"1 of 11 gradients are not right"* ]]
}

@test "an input's gradient that is wrong by 2 % is found, and no other is called wrong" {
    wrong input
    [ "$status" -eq 1 ]
    [ "$(not_right)" = "1.in wrong" ]
}

@test "a gradient that is not written, and one that is infinite" {
    wrong unwritten
    [ "$status" -eq 1 ]
    [ "$(not_right)" = "1.in wrong" ]
    [[ "$output" == *"no number"* ]]
    wrong infinite
    [ "$status" -eq 1 ]
    [ "$(not_right)" = "1.scale wrong" ]
}

@test "what reads arrays before anybody wrote them, and an output that is not written" {
    for what in gap lost stale_saved stale_scratch; do
        wrong $what
        [ "$status" -eq 1 ]
        [ "$(not_right)" = $'1.scale wrong\n1.in wrong' ] || { echo "$what: $output"; return 1; }
    done
}

@test "more than a tenth at a kink leave a gradient unclear" {
    wrong kinks
    [ "$status" -eq 1 ]
    [ "$(not_right)" = "1.in unclear" ]
    [[ "$output" =~ 1.in\ \(wrong\):\ 1[0-9]\ of\ 61\ entries\ stand\ where ]]
}

# breaks WHAT TEXT...: the gradients are right, and what is said besides is one line for each TEXT.
breaks() {
    local what=$1
    shift
    wrong "$what"
    echo "$output"
    [ "$status" -eq 1 ]
    [ -z "$(not_right)" ]
    for text in "$@"; do
        grep -qF "warning: layer 1 (wrong) $text" <<< "$output"
    done
    [ "$(grep -c '^warning: ' <<< "$output")" -eq $# ]
    [[ "$output" == *"error: the gradients are right, but not each call that training makes"* ]]
}

@test "calls as the lowest layer, for an evaluation, and of fewer examples than the plan's" {
    breaks lowest "as the lowest layer, where in_gradient is NULL: the gradient of 1.scale is not"
    breaks evaluation "in an evaluation, where saved is NULL: out is not what the usual call gives"
    fewer="with 4 examples where 7 are planned for"
    breaks planned "$fewer: out is written behind the call's examples" \
        "$fewer: in_gradient is written behind" "$fewer: the gradient of 1.scale is not what"
    breaks planned_write "$fewer: out is written behind the call's examples"
}

@test "what crashes in such a call alone is named with it" {
    # A sanitizer would say it in its own words.
    export ASAN_OPTIONS=handle_segv=0:allow_user_segv_handler=1:detect_leaks=0
    for line in 'lowest_crash as the lowest layer, where in_gradient is NULL' \
        'evaluation_crash in an evaluation, where saved is NULL'; do
        wrong "${line%% *}"
        [ "$status" -gt 1 ]
        [[ "$output" == *" in layer wrong (plugin $plugins/wrong_gradient.so), ${line#* }"* ]]
    done
}

@test "a gradient that is not added to what stands there" {
    wrong replaced
    [ "$status" -eq 1 ]
    [ "$(not_right)" = "1.scale replaced" ]
    [[ "$output" == *"1.scale (wrong): "*"has to add it"* ]]
}

@test "a loss that is wrong, or forgets the factor" {
    wrong nothing 'train.loss={wrong: nothing}'
    [ "$status" -eq 0 ]
    for what in sign scale; do
        wrong nothing "train.loss={wrong: $what}"
        [ "$status" -eq 1 ]
        [ "$(not_right)" = "logits wrong" ]
    done
}

@test "sequences of different lengths: what reaches behind an end is found" {
    stairs nothing
    [ "$status" -eq 0 ]
    [[ "$output" == *"12 of 30 steps"* ]]
    stairs behind
    [ "$status" -eq 1 ]
    [ "$(not_right)" = "1.in wrong" ]
    wrong behind # right where all have all steps
    [ "$status" -eq 0 ]
}

@test "a layer that crashes or writes out of bounds is named" {
    plugin "$BATS_TEST_DIRNAME/plugins/trouble.c" "$scratch/plugins/trouble.so" -lm
    export UNROLL_PLUGINS=$scratch/plugins
    # A sanitizer would say it in its own words.
    export ASAN_OPTIONS=handle_segv=0:allow_user_segv_handler=1:detect_leaks=0
    for what in 'what: segfault' 'what: behind, of: out' 'what: before, of: in_gradient'; do
        cat > "$scratch/trouble.yaml" <<YAML
data: {set: digits}
model: {stack: [{rnn: {units: 6}}, {trouble: {$what, at: 0}}, {readout: last}]}
train: {batch: 10, steps: 10, evaluate: {on: test}}
YAML
        run "$unroll" check --gradients "$scratch/trouble.yaml"
        [ "$status" -ne 0 ]
        [[ "$output" == *"layer trouble (plugin $scratch/plugins/trouble.so)"* ]]
    done
    [[ "$output" == *"out of bounds"* ]]
    # The lowest layer's, which training does not ask for.
    sed -i 's/{rnn: {units: 6}}, \({trouble: .*}}\), {read/\1, {rnn: {units: 6}}, {read/' \
        "$scratch/trouble.yaml"
    for where in before behind; do
        run "$unroll" check --gradients "$scratch/trouble.yaml" \
            model.stack.0.trouble.what=$where
        [ "$status" -ne 0 ]
        [[ "$output" == *"layer trouble (plugin $scratch/plugins/trouble.so) wrote out of bounds: \
$where in_gradient of layer 0"* ]]
    done
}

@test "json says where, and both gradients" {
    wrong weight --format json
    "$unroll" check --gradients "$scratch/wrong.yaml" --format json 2>/dev/null > "$scratch/json" ||
        [ $? -eq 1 ]
    python3 - "$scratch/json" <<'PYTHON'
import json, sys
rows = {row["tensor"]: row for row in json.load(open(sys.argv[1]))}
assert len(rows) == 11
wrong = [name for name, row in rows.items() if row["verdict"] != "right"]
assert wrong == ["1.scale"], wrong
row = rows["1.scale"]
assert row["module"] == "wrong" and row["entry"] == "[1]" and row["entries"] == 7
assert 1e-3 < row["largest_error"] < 0.06
assert abs(abs(row["by_backward"] - row["by_differences"]) / abs(row["by_differences"]) - 0.05) < 0.01
PYTHON
}

@test "nothing is trained or written, and the same is printed again" {
    wrong nothing
    first=$output
    wrong nothing
    [ "$output" = "$first" ]
    [ ! -e "$UNROLL_STORE" ]
}

@test "a config that is wrong, and data that are not there" {
    run "$unroll" check --gradients "$configs/unknown-key.yaml"
    [ "$status" -eq 2 ]
    run "$unroll" check --gradients "$scratch/absent.yaml"
    [ "$status" -eq 2 ]
    run "$unroll" check --gradients "$root/configs/quick.yaml"
    [ "$status" -eq 4 ]
    [[ "$output" == *"fetch mnist"* ]]
}

@test "an experiment, and a second config, are told what is expected" {
    printf 'base: %s\nvariants: {a: {}, b: {model.units: 9}}\nseeds: 2\n' "$configs/tiny.yaml" \
        > "$scratch/experiment.yaml"
    run "$unroll" check --gradients "$scratch/experiment.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == "error: $scratch/experiment.yaml is an experiment, and --gradients checks a config"* ]]
    run "$unroll" check --gradients "$configs/tiny.yaml" "$configs/tiny.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"--gradients checks one config"*"'$configs/tiny.yaml' is not"* ]]
}
