#!/usr/bin/env bats
# What no golden file can hold: files too large to keep, the shipped configs, other ways to read.
load helper

@test "every shipped config and experiment is right" {
    run "$unroll" check "$root"/configs/*.yaml "$root"/experiments/*.yaml
    [ "$status" -eq 0 ]
    [[ "$output" == *"files checked, no errors"* ]]
}

@test "a file of more than 1 MiB is refused" {
    { cat "$configs/tiny.yaml"; head -c 1100000 /dev/zero | tr '\0' '#'; } > "$scratch/big.yaml"
    run "$unroll" check "$scratch/big.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"big.yaml"*"larger than the limit of 1048576 bytes"* ]]
}

@test "more than 64 levels are refused, with the place" {
    { echo 'data: {set: digits}'; printf 'model: '; head -c 70 /dev/zero | tr '\0' '['; } \
        > "$scratch/deep.yaml"
    run "$unroll" check "$scratch/deep.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"deep.yaml:2:"*"64"* ]]
}

@test "a MiB of brackets is refused at once" {
    head -c 1000000 /dev/zero | tr '\0' '[' > "$scratch/brackets.yaml"
    run timeout 5 "$unroll" check "$scratch/brackets.yaml"
    [ "$status" -eq 2 ]
}

@test "a file that may not be read is named" {
    [ "$(id -u)" -ne 0 ] || skip "root may read everything"
    cp "$configs/tiny.yaml" "$scratch/secret.yaml"
    chmod 000 "$scratch/secret.yaml"
    run "$unroll" check "$scratch/secret.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"secret.yaml"* ]]
}

@test "a config can come from standard input" {
    "$unroll" run -q - < "$configs/tiny.yaml"
}

@test "the printed schemas are those in configs/ and experiments/" {
    env -u UNROLL_PLUGINS "$unroll" schema | cmp - "$root/configs/unroll.schema.json"
    env -u UNROLL_PLUGINS "$unroll" schema --experiment |
        cmp - "$root/experiments/experiment.schema.json"
}

@test "show prints a config that checks and means the same" {
    for config in "$root"/configs/*.yaml; do
        "$unroll" show "$config" > "$scratch/shown.yaml"
        "$unroll" show "$scratch/shown.yaml" | sed 's/ *#.*//' > "$scratch/again"
        sed 's/ *#.*//' "$scratch/shown.yaml" | cmp - "$scratch/again"
    done
}

@test "on a terminal there is a bar, and NO_COLOR keeps colours away" {
    command -v script >/dev/null || skip "script (bsdutils) is missing"
    TERM=xterm script -qec "$unroll run $configs/tiny.yaml" "$scratch/typescript" >/dev/null
    grep -q $'\033\[K' "$scratch/typescript"
    TERM=xterm script -qec "$unroll check $configs/octal.yaml" "$scratch/colour" >/dev/null || true
    grep -q $'\033\[3' "$scratch/colour"
    NO_COLOR=1 TERM=xterm script -qec "$unroll check $configs/octal.yaml" "$scratch/plain" \
        >/dev/null || true
    ! grep -q $'\033\[' "$scratch/plain"
}
