#!/usr/bin/env bats
# From a run back to the experiments that have it, and runs that none has.
load helper

# experiment NAME VARIANT=CHANGES...: a file with these variants of one seed.
experiment() {
    {
        printf 'base: %s/tiny.yaml\nvariants:\n' "$configs"
        for variant in "${@:2}"; do
            printf '  %s: {%s}\n' "${variant%%=*}" "${variant#*=}"
        done
    } > "$scratch/$1.yaml"
}

batch() {
    "$unroll" batch "$scratch/$1.yaml" "${@:2}" 2>/dev/null
}

# id KEY=VALUE...: of the run of these changes, which is there.
id() {
    "$unroll" run -q "$configs/tiny.yaml" "$@" 2>/dev/null
}

@test "show names each experiment and variant that has a run" {
    experiment reg plain= 'clip=train.clip.norm: 1'
    experiment other base=
    batch reg
    batch other
    run "$unroll" show "$(id)"
    [[ "$output" == *$'\n# experiments  reg/plain\n#              other/base\n'* ]]
    run "$unroll" show "$(id train.clip.norm=1)"
    [[ "$output" == *$'\n# experiments  reg/clip\n# '* ]]
    [[ "$output" != *other* ]]
    run "$unroll" show "$(id seed=9)"
    [ "$status" -eq 0 ]
    [[ "$output" != *"# experiments"* ]]
}

@test "list names them, too, for people and programs" {
    id seed=9 > /dev/null
    run -0 "$unroll" list
    [[ "$output" == *" done "* && "$output" != *experiments* ]]
    experiment reg plain= 'clip=train.clip.norm: 1'
    experiment other base=
    batch reg
    batch other
    "$unroll" list | head -n 1 | grep -q ' experiments'
    "$unroll" list | grep -q ' reg/plain; other/base'
    "$unroll" list --format json | python3 -c '
import json, sys
rows = {row["name"]: row["experiments"] for row in json.load(sys.stdin)}
assert rows["plain"] == [{"experiment": "reg", "variant": "plain"},
                         {"experiment": "other", "variant": "base"}], rows
assert rows["clip"] == [{"experiment": "reg", "variant": "clip"}], rows
assert rows["tiny"] == [], rows'
    "$unroll" list --format csv | python3 -c '
import csv, sys
rows = {row["name"]: row["experiments"] for row in csv.DictReader(sys.stdin)}
assert rows == {"plain": "reg/plain; other/base", "clip": "reg/clip", "tiny": ""}, rows'
}

@test "a renamed variant is found by its name, and called so in its experiment" {
    experiment reg plain= 'clip=train.clip.norm: 1'
    batch reg
    experiment reg plain= 'clipped=train.clip.norm: 1'
    batch reg
    run --separate-stderr "$unroll" list -n clipped --format csv
    [ "${#lines[@]}" -eq 2 ]
    [[ "${lines[1]}" == "$(id train.clip.norm=1)",clip,* ]]
    run --separate-stderr "$unroll" list -n clip --format csv
    [ "${#lines[@]}" -eq 2 ]
    run --separate-stderr "$unroll" list -e reg -n clipped --format csv
    [ "${#lines[@]}" -eq 2 ]
    [[ "${lines[1]}" == *,clipped,* ]]
    run --separate-stderr "$unroll" list -e reg -n clip --format csv
    [ "${#lines[@]}" -eq 1 ]
    [[ "$("$unroll" list -e reg)" != *" clip "* ]]
}

@test "what no experiment has is listed" {
    experiment reg plain= 'clip=train.clip.norm: 1'
    batch reg
    [ "$("$unroll" list --no-experiment --format csv | wc -l)" -eq 1 ]
    alone=$(id seed=9)
    clip=$(id train.clip.norm=1)
    experiment reg plain= 'clip=train.clip.norm: 2'
    batch reg
    "$unroll" rm -e reg > /dev/null
    [ "$("$unroll" list --no-experiment --format csv | tail -n +2 | cut -d, -f1 | sort)" = \
        "$(printf '%s\n' "$alone" "$clip" | sort)" ]
    [ "$("$unroll" list --no-experiment -n clip --format csv | tail -n +2 | cut -d, -f1)" = "$clip" ]
    run "$unroll" list --no-experiment -e reg
    [ "$status" -eq 2 ]
    [[ "$output" == *"--no-experiment cannot be together with --experiment"* ]]
}

@test "a batch says which finished trials its experiment loses, and what changed" {
    experiment reg plain= 'clip=train.clip.norm: 1' hot=model.units:\ 9
    batch reg
    run --separate-stderr "$unroll" batch "$scratch/reg.yaml"
    [[ "$stderr" != *"no longer part"* ]]
    # Another name, and another order, lose nothing.
    experiment reg 'cut=train.clip.norm: 1' plain= hot=model.units:\ 9
    run --separate-stderr "$unroll" batch "$scratch/reg.yaml"
    [[ "$stderr" != *"no longer part"* ]]
    experiment reg plain=train.steps:\ 41 'cut=train.clip.norm: 1, train.steps: 41'
    run --separate-stderr "$unroll" batch "$scratch/reg.yaml" --dry-run --format json
    [[ "$stderr" == *"note: 3 trials that are trained would no longer be part of reg \
(changed: train.steps; gone: hot); their runs would stay in the store"$'\n'* ]]
    echo "$output" | python3 -m json.tool > /dev/null
    run --separate-stderr "$unroll" batch "$scratch/reg.yaml"
    [[ "$stderr" == *"note: 3 trials that were trained are no longer part of reg \
(changed: train.steps; gone: hot); their runs stay in the store (unroll list --no-experiment)"$'\n'* ]]
    [ "$("$unroll" list --no-experiment --format csv | wc -l)" -eq 4 ]
    run --separate-stderr "$unroll" batch "$scratch/reg.yaml"
    [[ "$stderr" != *"no longer part"* ]]
}

@test "what another experiment keeps is not called left behind, and modules are named once" {
    experiment reg plain=
    experiment other base=
    batch reg
    batch other
    experiment reg 'plain=train.optimizer: {sgd: {rate: 0.1}}'
    run --separate-stderr "$unroll" batch "$scratch/reg.yaml"
    [[ "$stderr" == *"note: 1 trial that was trained is no longer part of reg (changed: \
train.optimizer); its run stays in the store, for other experiments"$'\n'* ]]
    sed -i "s|^base: .*|base: $scratch/base.yaml|" "$scratch/other.yaml"
    printf 'base: %s/tiny.yaml\nseed: 7\ntrain: {batch: 16}\n' "$configs" > "$scratch/base.yaml"
    run --separate-stderr "$unroll" batch "$scratch/other.yaml"
    [[ "$stderr" == *"1 trial that was trained is no longer part of other (changed: train.batch); "* ]]
    sqlite3 "$UNROLL_STORE" "update runs set key = '00000000000000000000000000000000' where name = 'base';
        update trials set key = '00000000000000000000000000000000' where variant = 'base'"
    run --separate-stderr "$unroll" batch "$scratch/other.yaml"
    [[ "$stderr" == *"(the data, the engine or a plugin changed)"* ]]
}

@test "trials with plugins are compared without calling them, and seeds that go are named" {
    cat > "$scratch/mgu.yaml" <<YAML
base: $configs/tiny.yaml
seeds: 2
variants:
  mgu: {model.cell: {mgu: {}}}
YAML
    batch mgu
    sed -i 's/seeds: 2/seeds: [2]/' "$scratch/mgu.yaml"
    run --separate-stderr "$unroll" batch "$scratch/mgu.yaml"
    [[ "$stderr" == *"1 trial that was trained is no longer part of mgu (gone: seed 1); "* ]]
    sed -i 's/{model.cell: .*/{model.cell: {mgu: {}}, model.units: 9}/' "$scratch/mgu.yaml"
    run --separate-stderr "$unroll" batch "$scratch/mgu.yaml"
    [[ "$stderr" == *"1 trial that was trained is no longer part of mgu \
(changed: model.stack.0.mgu.units); "* ]]
}
