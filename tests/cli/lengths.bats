#!/usr/bin/env bats
# Sequences of different lengths, from the files to the figures. The label stands in the first step
# of each.
load helper

series() {
    export UNROLL_PLUGINS=$root/${UNROLL_BUILD:-build/release}/plugins
    awk 'BEGIN {
        srand(1)
        print "id,label,a,b"
        for (i = 0; i < 160; i++)
            for (t = 0; t <= i * 7 % 12; t++)
                printf "%d,%s,%.3f,%.3f\n", i, i % 2 ? "odd" : "even",
                    t ? rand() - 0.5 : i % 2, rand()
    }' > "$scratch/series.csv"
    cat > "$scratch/series.yaml" << 'END'
name: series
data:
  set: {csv: {path: series.csv, hold_out: 0.25, id: id, label: label}}
  scale: standard
  validation: {count: 20, from: random}
model: {cell: bilstm, units: 8, layers: 2, dropout: 0.1}
train:
  epochs: 40
  batch: 16
  shards: 2
  optimizer: {adam: {rate: 0.02}}
  evaluate: {on: validation}
  diagnostics: gradient_flow
END
    cd "$scratch"
}

@test "they train, on any number of threads to the same bits, and can be told again" {
    series
    "$unroll" run series.yaml --threads 1 > one 2> log
    grep -q 'final test loss .* accuracy \(9[5-9]\|100\)\.' log
    metrics_of > metrics
    run -0 "$unroll" verify "$(tail -n 1 one)"
    [[ "$output" == *identical:* ]]
    run -0 "$unroll" predict "$(tail -n 1 one)" --format csv
    rm -r "$UNROLL_STORE"*
    "$unroll" run series.yaml --threads 3 > three 2> log
    metrics_of | cmp - metrics
}

@test "a run that is interrupted and killed goes on to the same bits" {
    series
    "$unroll" run series.yaml train.epochs=120 > /dev/null 2>&1
    metrics_of > metrics
    rm -r "$UNROLL_STORE"*
    for signal in INT KILL INT; do # one that has ended before is as good
        timeout -s "$signal" 0.4 "$unroll" run series.yaml train.epochs=120 --checkpoint 0.05 \
            > /dev/null 2>&1 || true
    done
    "$unroll" run series.yaml train.epochs=120 > /dev/null 2>&1
    metrics_of | cmp - metrics
}

@test "show says how long they are, and what is about images alone is refused" {
    series
    run -0 "$unroll" show series.yaml
    [[ "$output" == *"sequences    1 to 12 steps of 2 values"* ]]
    for view in columns pixels permuted; do
        run -2 "$unroll" run series.yaml "data.sequence=$view"
        [[ "$output" == *"data.sequence: $view is a way to read images"*"leave data.sequence out"* ]]
    done
    run=$("$unroll" run series.yaml train.epochs=1 2> /dev/null | tail -n 1)
    run -2 "$unroll" plot "$run" --kind misclassified
    [[ "$output" == *"nothing says that its examples are images"* ]]
}

@test "gradient flow says where no example of the batch was so long" {
    series
    run=$("$unroll" run series.yaml train.epochs=1 train.batch=1 train.shards=1 2> /dev/null \
        | tail -n 1)
    run -0 "$unroll" plot "$run" --kind gradient-flow -o flow.svg
    [[ "$output" == *"of 12 time steps nothing is recorded in some run, which is left out there: no \
example of its batch was so long"* ]]
    [[ "$output" != *"not a number"* ]]
}
