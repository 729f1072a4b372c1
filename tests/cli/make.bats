#!/usr/bin/env bats
# What `make` promises beside building: the link build/unroll, and the demonstration.
load helper

@test "build/unroll is the release build, whatever else is built" {
    for variant in release debug san; do
        env -u MAKEFLAGS -u MFLAGS make -n -C "$root" VARIANT=$variant all > "$scratch/$variant"
    done
    grep -q 'ln .*release/unroll ' "$scratch/release"
    ! grep -q 'ln ' "$scratch/debug" "$scratch/san"
}

@test "a plugin is the same file wherever it is built, and whatever its comments say" {
    cp -r "$root/Makefile" "$root/src" "$root/plugins" "$scratch"
    sed -i '1i /* One line more. */' "$scratch/plugins/mgu.c" "$scratch/src/math/vector.h"
    env -u MAKEFLAGS -u MFLAGS make -C "$scratch" VARIANT=release build/release/plugins/mgu.so
    env -u MAKEFLAGS -u MFLAGS make -C "$root" VARIANT=release BUILD="$scratch/again" \
        "$scratch/again/release/plugins/mgu.so"
    cmp "$scratch/build/release/plugins/mgu.so" "$scratch/again/release/plugins/mgu.so"
}

# A program that notes what it is asked, and cannot fetch.
make_program() {
    cat > "$scratch/program" <<SH
#!/bin/sh
echo "\$*" >> '$scratch/asked'
[ "\$1" != fetch ] || { echo 'curl failed'; echo 'npm failed' >&2; exit $1; }
SH
    chmod +x "$scratch/program"
}

@test "the demonstration says in one line that MNIST cannot be had, and takes the digits" {
    make_program 4
    run --separate-stderr "$root/tests/demo.sh" "$scratch/program" cells
    [ "$status" -eq 0 ]
    [ "$(grep -c 'MNIST cannot be had' <<< "$stderr")" = 1 ]
    run ! grep failed <<< "$stderr$output"
    grep -q '^batch experiments/cells.yaml data.set=digits ' "$scratch/asked"
    grep -q '^compare cells$' "$scratch/asked"
    [ "$(grep -c '^plot cells ' "$scratch/asked")" = 4 ]
    grep -q '^report cells$' "$scratch/asked"
}

@test "the demonstration takes MNIST where it can be had" {
    make_program 0
    run "$root/tests/demo.sh" "$scratch/program" cells
    [ "$status" -eq 0 ]
    grep -qx 'batch experiments/cells.yaml' "$scratch/asked"
}
