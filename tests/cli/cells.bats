#!/usr/bin/env bats
# The recurrent layers of plugins/: their configs, their first weights, gradient flow.
load helper

cells='mgu peephole_lstm layernorm_lstm indrnn'

@test "each cell's config trains on the bundled digits" {
    for config in mgu peephole-lstm layernorm-lstm indrnn; do
        "$unroll" run -q "$root/configs/$config.yaml"
    done
    run sqlite3 "$UNROLL_STORE" "select runs.name, value > 0.75 from runs
        join finals on run = number where finals.name = 'test.accuracy' order by runs.name"
    [ "$output" = $'indrnn|1\nlayernorm-lstm|1\nmgu|1\npeephole-lstm|1' ]
}

@test "the bundled experiment compares them" {
    cat > "$scratch/cells.yaml" <<YAML
$(sed -e "s|\.\./configs|$root/configs|" -e 's/^seeds: 3/seeds: 2/' \
    "$root/experiments/cells-digits.yaml")
YAML
    "$unroll" batch "$scratch/cells.yaml" train.epochs=2 > /dev/null 2>&1
    run "$unroll" compare cells-digits
    [ "$status" -eq 0 ]
    for variant in lstm gru mgu peephole layer-norm indrnn; do
        [[ "$output" == *$'\n'"$variant "* ]]
    done
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 12 ]
}

@test "each cell runs in both directions, stacked, and measures its gradient flow" {
    for cell in $cells; do
        "$unroll" run -q "$configs/tiny.yaml" model.cell="bi$cell" model.layers=2 train.steps=4 \
            train.diagnostics=gradient_flow > /dev/null
    done
    run sqlite3 "$UNROLL_STORE" "select count(distinct run), count(distinct layer),
        count(distinct direction), min(length(norms)) from gradient_flow"
    [ "$output" = '4|2|2|32' ]
    python3 - "$UNROLL_STORE" <<'PYTHON'
import sqlite3, struct, sys
for (norms,) in sqlite3.connect(sys.argv[1]).execute("select norms from gradient_flow"):
    values = struct.unpack("<8f", norms)
    assert all(0 < value < 100 for value in values), values
PYTHON
}

# first_weights CELL INIT: what the first layer of 48 units over 8 inputs starts with, a line for
# each tensor: its name, least, largest and mean value.
first_weights() {
    id=$("$unroll" run -q "$configs/tiny.yaml" model.cell="$1" model.init="$2" model.units=48 \
        train.steps=1 'train.optimizer={sgd: {rate: 1e-30}}')
    python3 - "$scratch/$id/final.safetensors" <<'PYTHON'
import array, json, struct, sys
data = open(sys.argv[1], "rb").read()
size, = struct.unpack("<Q", data[:8])
for name, tensor in json.loads(data[8:8 + size]).items():
    if name.startswith("0."):
        begin, end = (8 + size + at for at in tensor["data_offsets"])
        values = array.array("f", data[begin:end])
        mean = round(sum(values) / len(values), 2)
        print(name[2:], *(f"{round(value, 3) + 0.0:.3f}" for value in (min(values), max(values))),
              f"{mean + 0.0:.2f}") # no −0.000
PYTHON
}

# has TENSOR LIMIT: the values of TENSOR fill ±LIMIT, and nothing beyond.
has() {
    awk -v name="$1" -v limit="$2" '$1 == name {
        found = -$2 <= limit + 0.0006 && $3 <= limit + 0.0006 && $3 - $2 > 1.8 * limit }
        END { if (!found) print name " is not in ±" limit; exit !found }' <<< "$weights"
}

@test "a preset starts each cell as that framework would" {
    # Glorot's limits √(6 / (fan_in + fan_out)): TensorFlow 1 counts input and state together.
    weights=$(first_weights peephole_lstm tf1)
    has weight_ih 0.156 && has weight_hh 0.156 && has peephole 0.25
    [[ "$weights" == *"bias 0.000 0.000 0.00"* ]]
    weights=$(first_weights peephole_lstm keras)
    has weight_ih 0.173 && has peephole 0.25
    [[ "$weights" == *"bias 0.000 1.000 0.25"* ]]
    weights=$(first_weights peephole_lstm pytorch) # ±1/√48
    for tensor in weight_ih weight_hh bias_ih bias_hh peephole; do has $tensor 0.144; done

    weights=$(first_weights mgu tf1)
    has weight_ih 0.199 && has weight_hh 0.199
    weights=$(first_weights mgu keras)
    has weight_ih 0.240
    [[ "$weights" == *"bias 0.000 0.000 0.00"* ]]
    weights=$(first_weights mgu pytorch)
    for tensor in weight_ih weight_hh bias_ih bias_hh; do has $tensor 0.144; done

    weights=$(first_weights layernorm_lstm tf1)
    has weight_ih 0.156
    [[ "$weights" == *"gain_ih 1.000 1.000 1.00"*"gain_cell 1.000 1.000 1.00"* ||
        "$weights" == *"gain_cell 1.000 1.000 1.00"*"gain_ih 1.000 1.000 1.00"* ]]
    weights=$(first_weights layernorm_lstm keras)
    has weight_ih 0.173
    [[ "$weights" == *"bias 0.000 1.000 0.25"* ]]
    weights=$(first_weights layernorm_lstm pytorch)
    for tensor in weight_ih weight_hh bias_ih bias_hh; do has $tensor 0.144; done
    [[ "$weights" == *"bias_cell 0.000 0.000 0.00"* ]] # the normalisation's own, as its gains
    [[ "$weights" == *"gain_cell 1.000 1.000 1.00"* ]]

    for init in tf1 keras pytorch; do # the recurrent weights lie between 0 and 1
        weights=$(first_weights indrnn $init)
        awk '$1 == "weight_hh" { found = $2 >= 0 && $2 < 0.1 && $3 > 0.9 && $3 <= 1 }
            END { exit !found }' <<< "$weights"
    done
    has weight_ih 0.144 && has bias 0.144
}

@test "a preset sets what else the frameworks have otherwise" {
    for line in 'peephole_lstm tf1 forget_bias:.1' 'peephole_lstm keras unit_forget_bias:.true' \
        'layernorm_lstm tf1 epsilon:.1e-12' 'layernorm_lstm keras epsilon:.0?.001' \
        'layernorm_lstm pytorch epsilon:.1e-05' 'mgu pytorch recurrent_bias:.true'; do
        read -r cell init expected <<< "$line"
        "$unroll" show "$configs/tiny.yaml" model.cell="$cell" model.init="$init" |
            grep -Eq "^ *$expected( |$)" || { echo "missing: $line"; return 1; }
    done
}

# refused TEXT CELL: a run with CELL ends with status 2 before it begins, and says TEXT.
refused() {
    run "$unroll" run "$configs/tiny.yaml" "model.cell=$2"
    [ "$status" -eq 2 ] && [[ "$output" == *"$1"* ]]
}

@test "what a cell cannot be is refused with its place" {
    refused 'indrnn.activation: expected one of relu, tanh' '{indrnn: {activation: sigmoid}}'
    refused 'between: `from` (1) must be less than `to` (1)' \
        '{indrnn: {recurrent_init: {between: {from: 1, to: 1}}}}'
    refused 'layernorm_lstm.epsilon: 0 is out of range' '{layernorm_lstm: {epsilon: 0}}'
    refused 'peephole is a vector' '{peephole_lstm: {peephole_init: orthogonal}}'
}

# 120 series of 1 to 12 steps, whose second column rises or falls.
series() {
    awk 'BEGIN {
        print "series,label,trend,noise"
        for (s = 0; s < 120; s++) {
            up = s * 37 % 100 < 50
            for (t = 0; t < 1 + s % 12; t++)
                printf "%d,%s,%.3f,%.3f\n", s, up ? "up" : "down", (up ? 0.3 : -0.3) * t + \
                    (s * 7919 + t * 4729) % 1000 / 1000 - 0.5, (s * 613 + t * 397) % 1000 / 1000
        }
    }' > "$scratch/series.csv"
    cat > "$scratch/series.yaml" <<'YAML'
data:
  set: {csv: {path: series.csv, hold_out: 0.25, id: series, label: label}}
  validation: {count: 16}
model: {cell: lstm, units: 8}
train: {batch: 16, steps: 60, optimizer: {adam: {rate: 1e-2}}, evaluate: {every: 30, on: test}}
YAML
}

@test "each cell learns from series of different lengths, with the same bits on two threads" {
    series
    for cell in $cells; do
        for threads in 1 2; do
            id=$("$unroll" run -q --threads $threads --store "$scratch/$threads.db" \
                "$scratch/series.yaml" model.cell="bi$cell" model.layers=2 train.shards=3)
        done
        cmp "$scratch/1.db.runs/$id/final.safetensors" "$scratch/2.db.runs/$id/final.safetensors"
    done
    [ "$(sqlite3 "$scratch/1.db" "select count(*) from finals
        where name = 'test.accuracy' and value > 0.75")" = 4 ]
    cmp <(metrics_of "$scratch/1.db") <(metrics_of "$scratch/2.db")
}
