#!/usr/bin/env bats
# What show says of runs, their processor time, and predict's look at the data.
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

@test "predict gives the probability of each class" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    "$unroll" predict "$id" --first 1000 --probabilities --format csv > "$scratch/answers.csv"
    python3 - "$scratch/answers.csv" << 'END'
import csv, math, sys
rows = list(csv.DictReader(open(sys.argv[1])))
assert len(rows) == 360
for row in rows:
    classes = {name[12:]: float(row[name]) for name in row if name.startswith('probability_')}
    assert len(classes) == 10 and math.isclose(sum(classes.values()), 1, abs_tol=1e-5)
    assert max(classes, key=classes.get) == row['predicted']
    assert classes[row['predicted']] == float(row['probability'])
END
    "$unroll" predict "$id" --first 1000 --format csv > "$scratch/without.csv"
    cut -d, -f1-5 "$scratch/answers.csv" | cmp - "$scratch/without.csv"
    run "$unroll" predict "$id" --first 0 --probabilities
    [ "$status" -eq 2 ]
}

# processor_time ID: what show says of it, a number.
processor_time() {
    "$unroll" show "$1" |
        sed -nE 's/^# time  .* s training \(([0-9.]+) s of processor time\), .* examples$/\1/p'
}

@test "processor time is shown and imported, and neither verify nor diff compares it" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    sqlite3 "$UNROLL_STORE" 'select cpu_seconds > 0 from runs' | grep -qx 1
    sqlite3 "$UNROLL_STORE" 'update runs set cpu_seconds = 1234.5'
    [ "$(processor_time "$id")" = 1234.50 ]
    "$unroll" verify "$id"
    again=$("$unroll" run -q --force "$configs/tiny.yaml")
    [ -n "$(processor_time "$again")" ]
    run "$unroll" diff "$id" "$again"
    [ "$status" -eq 0 ]
    [[ "$output" != *processor* && "$output" != *cpu_seconds* ]]
    sqlite3 "$UNROLL_STORE" "update runs set cpu_seconds = null where id = '$again'"
    "$unroll" show "$again" | grep -qE '^# time  .*[0-9] s training, .* examples$'
    "$unroll" import "$UNROLL_STORE" --store "$scratch/here.db"
    [ "$(sqlite3 "$scratch/here.db" 'select cpu_seconds from runs')" = \
        "$(sqlite3 "$UNROLL_STORE" "select cpu_seconds from runs where id = '$again'")" ]
}

@test "a run that is killed and goes on keeps the processor time of before" {
    "$unroll" run -q "$configs/tiny.yaml" train.steps=3000 --checkpoint 0 &
    child=$!
    for _ in $(seq 500); do
        [ "$(sqlite3 "$UNROLL_STORE" 'select max(checkpoint_step) > 0 from runs' 2> /dev/null)" = 1 ] &&
            break
        sleep 0.02
    done
    kill -KILL $child
    wait $child || true
    sqlite3 "$UNROLL_STORE" 'update runs set cpu_seconds = 1000'
    run "$unroll" run "$configs/tiny.yaml" train.steps=3000
    [[ "$output" == *"goes on from step"* ]]
    sqlite3 "$UNROLL_STORE" 'select cpu_seconds > 1000 and cpu_seconds < 1500 from runs' |
        grep -qx 1
}
