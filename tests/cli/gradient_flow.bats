#!/usr/bin/env bats
# Gradient flow from the config to the picture.
load helper

# The norms of RUN's first training step as numbers, the first time step first.
norms_of() {
    sqlite3 "$UNROLL_STORE" "select hex(norms) from gradient_flow, runs
        where number = run and id = '$1' and gradient_flow.step = 1" |
        python3 -c 'import struct, sys
for line in sys.stdin:
    data = bytes.fromhex(line.strip())
    print(*struct.unpack(f"<{len(data) // 4}f", data))'
}

needs_gnuplot() {
    command -v gnuplot > /dev/null || skip "gnuplot is missing"
}

@test "the bundled experiment shows an RNN's gradient vanish and draws in every format" {
    needs_gnuplot
    "$unroll" batch "$root/experiments/gradient-flow-digits.yaml" > /dev/null 2>&1
    for variant in rnn lstm-open; do
        id=$(sqlite3 "$UNROLL_STORE" "select id from runs join trials using (key)
            where variant = '$variant' and trials.seed = 1")
        norms_of "$id" > "$scratch/$variant"
        [ "$(wc -w < "$scratch/$variant")" = 64 ]
    done
    awk '{exit !($1 < 1e-9 * $64)}' "$scratch/rnn"
    awk '{exit !($1 > 1e-4 * $64)}' "$scratch/lstm-open"
    cd "$scratch"
    for format in svg png pdf; do
        "$unroll" plot gradient-flow-digits --kind gradient-flow -o "flow.$format"
        [ -s "flow.$format" ]
    done
    run "$unroll" plot gradient-flow-digits --kind gradient-flow --format ascii
    [[ "$output" == *"gradient norm at step 1"*"time steps back from the last"* ]]
    run "$unroll" plot gradient-flow-digits --kind gradient-flow --at best
    [ "$status" -eq 2 ]
    run "$unroll" plot gradient-flow-digits --layer 0
    [ "$status" -eq 2 ]
    [[ "$output" == *"--kind curves takes no --layer"* ]]
}

@test "show, verify, import and rm know it" {
    id=$("$unroll" run -q "$configs/tiny.yaml" train.diagnostics=gradient_flow)
    plain=$("$unroll" run -q "$configs/tiny.yaml")
    [ "$id" != "$plain" ]
    run "$unroll" show "$id"
    [[ "$output" == *"gradient flow at "*"unroll plot $id --kind gradient-flow"* ]]
    run "$unroll" show "$plain"
    [[ "$output" != *"gradient flow at"* ]]
    run "$unroll" verify "$id"
    [ "$status" -eq 0 ]
    [[ "$output" == *" norms of gradient flow, "* ]]
    "$unroll" import "$UNROLL_STORE" --store "$scratch/other.db"
    for store in "$UNROLL_STORE" "$scratch/other.db"; do
        sqlite3 "$store" "select step, layer, direction, hex(norms) from gradient_flow
            order by 1, 2, 3" > "$store.flow"
    done
    [ -s "$UNROLL_STORE.flow" ]
    cmp "$UNROLL_STORE.flow" "$scratch/other.db.flow"
    sqlite3 "$UNROLL_STORE" "update gradient_flow set norms = x'0000803f0000803f' where step = 1"
    run "$unroll" verify "$id"
    [ "$status" -eq 1 ]
    [[ "$output" == *"gradient flow of layer 0, direction 0, time step 0, at step 1: stored 1"* ]]
    "$unroll" rm "$id"
    [ "$(sqlite3 "$UNROLL_STORE" 'select count(*) from gradient_flow')" = 0 ]
}

@test "without any recorded the plot names the key" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    run "$unroll" plot "$id" --kind gradient-flow
    [ "$status" -eq 3 ]
    [[ "$output" == *"train.diagnostics: gradient_flow"* ]]
}

@test "a model without hidden states refuses the diagnostic" {
    cat > "$scratch/flat.yaml" <<'YAML'
data: {set: digits}
model: {stack: [{dense: {units: 4}}, {readout: last}]}
train:
  steps: 4
  diagnostics: gradient_flow
YAML
    for command in check run; do
        run "$unroll" "$command" "$scratch/flat.yaml"
        [ "$status" -eq 2 ]
        [[ "$output" == *"flat.yaml:5"*"no layer of the model measures"* ]]
    done
    [ "$(sqlite3 "$UNROLL_STORE" 'select count(*) from runs' 2> /dev/null || echo 0)" = 0 ]
}

@test "a plugin's layer that does not measure it is told, not taken for zero" {
    mkdir "$scratch/plugins"
    sed -e 's/\.name = "mgu"/.name = "silent"/' -e '/recurrent_measure(/d' \
        -e 's/^ *plan->saved_floats = /    plan->states = 0;\n&/' "$root/plugins/mgu.c" \
        > "$scratch/silent.c"
    grep -q 'states = 0' "$scratch/silent.c"
    run ! grep -q measure "$scratch/silent.c"
    plugin "$scratch/silent.c" "$scratch/plugins/silent.so"
    export UNROLL_PLUGINS=$scratch/plugins
    cat > "$scratch/both.yaml" <<'YAML'
data: {set: digits}
model: {stack: [{lstm: {units: 4}}, {bidirectional: {of: {silent: {units: 3}}}}, {readout: last}]}
train: {steps: 4, batch: 20, diagnostics: gradient_flow}
YAML
    run "$unroll" run "$scratch/both.yaml"
    [ "$status" -eq 0 ]
    [[ "$output" == *"layer 1 (bidirectional) does not measure its gradient flow"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" 'select distinct layer from gradient_flow')" = 0 ]
}

@test "a run from before the finals of the training split is verified without them" {
    id=$("$unroll" run -q "$configs/tiny.yaml" train.evaluate.on="[train, test]")
    run "$unroll" verify "$id"
    [ "$status" -eq 0 ]
    [[ "$output" != *"were not compared"* ]]
    sqlite3 "$UNROLL_STORE" "delete from finals where name like 'train_split.%'"
    run "$unroll" verify "$id"
    [ "$status" -eq 0 ]
    [[ "$output" == *"identical: "*"(train_split.*) were not compared"* ]] ||
        [[ "$output" == *"(train_split.*) were not compared"*"identical: "* ]]
}

@test "a batch that has only begun is told from one that records nothing" {
    needs_gnuplot
    id=$("$unroll" run -q "$configs/tiny.yaml" train.diagnostics=gradient_flow)
    sqlite3 "$UNROLL_STORE" "delete from gradient_flow; update runs set state = 'interrupted'"
    run "$unroll" plot "$id" --kind gradient-flow
    [ "$status" -eq 3 ]
    [[ "$output" == *"no gradient flow is recorded yet: 1 interrupted"* ]]
    [[ "$output" != *"train again"* ]]
}
