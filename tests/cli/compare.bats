#!/usr/bin/env bats
# Comparisons of what was really trained.
load helper

# json CODE: the printed object is `root`.
json() {
    python3 -c "import json, sys
root = json.load(sys.stdin)
$1"
}

@test "variants are paired by seed, in every format" {
    sed 's/\[3, 5\]/4/' "$configs/experiment.yaml" > "$scratch/cells.yaml"
    sed -i "s|^base: |base: $configs/|" "$scratch/cells.yaml"
    "$unroll" batch "$scratch/cells.yaml" -j 2
    "$unroll" compare tiny-cells --format json > "$scratch/json"
    json 'rnn, = root["comparisons"]
assert (rnn["a"], rnn["b"], rnn["test"], rnn["n"]) == ("rnn", "lstm", "paired t", 4), rnn
assert rnn["verdict"] in ("better", "worse", "undecided") and 0 < rnn["p"] <= 1
assert rnn["low"] < rnn["difference"] < rnn["high"]
means = {v["variant"]: v["test.accuracy"]["mean"] for v in root["variants"]}
assert abs(means["rnn"] - means["lstm"] - rnn["difference"]) < 1e-12
assert root["missing"] == []' < "$scratch/json"
    for format in text markdown; do
        "$unroll" compare tiny-cells --format $format | grep -q "paired t over 4 seeds"
    done
    "$unroll" compare tiny-cells --format latex | grep -q 'mathbf'
    # Groups by what makes the variants are the variants.
    "$unroll" compare tiny-cells --group-by model.cell --baseline cell=lstm --format json |
        json "other = json.load(open('$scratch/json'))['comparisons'][0]
assert root['comparisons'][0]['p'] == other['p']
assert root['comparisons'][0]['a'] == 'cell=rnn'"
    "$unroll" compare tiny-cells --only-changed --sort model.cell --format csv > "$scratch/csv"
    head -1 "$scratch/csv" | grep -q '^variant,model.cell,'
    [[ "$(sed -n 2p "$scratch/csv")" == lstm,lstm,* ]]
}

@test "the best step is that of the validation split" {
    "$unroll" batch "$configs/experiment.yaml" -j 2
    "$unroll" compare tiny-cells --at best --format json | json "
import sqlite3
store = sqlite3.connect('$UNROLL_STORE')
for variant in root['variants']:
    picked = [store.execute('''
        select t.value from metrics t, metrics v, series ts, series vs
        where t.run = ? and v.run = t.run and v.step = t.step and t.series = ts.number
        and v.series = vs.number and ts.name = 'test.accuracy' and vs.name = 'validation.accuracy'
        order by v.value desc, v.step limit 1''', run).fetchone()[0]
        for run in store.execute('select number from runs where name = ?', [variant['variant']])]
    assert abs(variant['test.accuracy']['mean'] - sum(picked) / len(picked)) < 1e-12, variant"
}

@test "what was not evaluated on the way is told, with the remedy" {
    sed 's/on: \[validation, test\]/on: [validation]/' "$configs/tiny.yaml" > "$scratch/tiny.yaml"
    cp "$configs/experiment.yaml" "$scratch/cells.yaml"
    "$unroll" batch "$scratch/cells.yaml" -j 2
    run "$unroll" compare tiny-cells --at best
    [ "$status" -eq 3 ]
    [[ "$output" == *"train.evaluate.on"* ]]
    "$unroll" compare tiny-cells
}

@test "an experiment without a finished run has nothing to compare" {
    "$unroll" batch "$configs/experiment.yaml" -j 2
    sqlite3 "$UNROLL_STORE" "delete from finals; update runs set state = 'interrupted'"
    run "$unroll" compare tiny-cells
    [ "$status" -eq 3 ]
    [[ "$output" == *"no run is done yet"* ]]
}

@test "a full disk is an error" {
    "$unroll" batch "$configs/experiment.yaml" -j 2
    for format in text json latex; do
        run bash -c "'$unroll' compare tiny-cells --format $format > /dev/full"
        [ "$status" -eq 1 ]
        [[ "$output" == *"cannot be written"* ]]
    done
}
