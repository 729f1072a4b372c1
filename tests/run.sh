#!/bin/bash
# Runs the tests of one or more builds and ends with the line "N passed, N failed".
#     tests/run.sh BUILD_FOLDER...        for example: tests/run.sh build/release build/san
# Each build folder holds the program, the plugins, and the test programs under tests/. Everything
# is run from the repository's root; logs go to BUILD_FOLDER/test-logs.
set -u

passed=0
failed=0
skipped=0

# count LOG NAME STATUS: adds up a TAP log; a program that died counts as a failure.
count() {
    skip=$(grep -ciE '^(not )?ok .*# skip' "$1")
    ok=$(grep -iv '# skip' "$1" | grep -c '^ok ')
    bad=$(grep -iv '# skip' "$1" | grep -c '^not ok ')
    if [ "$3" -ne 0 ] && [ "$bad" -eq 0 ]; then
        bad=1
    fi
    if [ "$ok" -eq 0 ] && [ "$bad" -eq 0 ] && [ "$skip" -eq 0 ]; then
        bad=1
    fi
    passed=$((passed + ok))
    skipped=$((skipped + skip))
    failed=$((failed + bad))
    if [ "$bad" -gt 0 ]; then
        printf 'FAILED %s (exit status %s), see %s\n' "$2" "$3" "$1"
        grep -v '^ok ' "$1" | tail -n 40
    fi
}

# beside NAME LOG COMMAND...: runs it in the background, two at a time. settle waits for all.
names=()
logs_of=()
beside() {
    names+=("$1")
    logs_of+=("$2")
    while [ "$(jobs -rp | wc -l)" -ge 2 ]; do
        wait -n
    done
    {
        "${@:3}" >"$2" 2>&1
        echo $? >"$2.status"
    } &
}
settle() {
    wait
    for i in "${!names[@]}"; do
        count "${logs_of[i]}" "${names[i]}" "$(cat "${logs_of[i]}.status")"
    done
    names=()
    logs_of=()
}

# What the machine cannot do is left out of the list.
instruction_sets() {
    for isa in baseline avx2 avx512 amx; do
        if UNROLL_ISA=$isa "$1/unroll" modules layer >/dev/null 2>&1; then
            echo "$isa"
        fi
    done
}

export CMOCKA_MESSAGE_OUTPUT=TAP
export UBSAN_OPTIONS=print_stacktrace=1
export ASAN_OPTIONS=detect_leaks=1:detect_stack_use_after_return=1
unset UNROLL_STORE UNROLL_DATA UNROLL_PLUGINS NO_COLOR
for build in "$@"; do
    logs=$build/test-logs
    rm -rf "$logs"
    mkdir -p "$logs"
    for program in "$build"/tests/unit/test_*; do
        case $program in *.d) continue ;; esac
        name=$(basename "$program")
        beside "$build unit $name" "$logs/$name.tap" "$program"
    done
    for isa in $(instruction_sets "$build"); do
        for program in "$build"/tests/numerics/test_*; do
            case $program in *.d) continue ;; esac
            name=$(basename "$program")
            beside "$build numerics $name ($isa)" "$logs/$name-$isa.tap" \
                env UNROLL_ISA="$isa" "$program"
        done
    done
    for isa in $(instruction_sets "$build"); do
        beside "$build bits ($isa)" "$logs/bits-$isa.tap" env UNROLL_BUILD="$build" \
            UNROLL_ISA="$isa" bats --tap --filter '^every layer$' tests/cli/bits.bats
    done
    beside "$build cli golden" "$logs/cli-golden.tap" env UNROLL_BUILD="$build" tests/cli/golden.sh
    for suite in tests/cli/*.bats; do
        name=$(basename "$suite" .bats)
        beside "$build cli $name" "$logs/cli-$name.tap" \
            env UNROLL_BUILD="$build" bats --tap "$suite"
    done
    settle
done

# Memory that SQLite, libyaml, zlib or the JSON library allocate is not the sanitizers' to see.
for program in ${UNDER_VALGRIND:-}; do
    name=$(basename "$program")
    mkdir -p build/debug/test-logs
    beside "valgrind $name" "build/debug/test-logs/$name-valgrind.tap" \
        valgrind --quiet --error-exitcode=99 --leak-check=full --trace-children=no "$program"
done
settle

if [ "$skipped" -gt 0 ]; then
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
else
    printf '%s passed, %s failed\n' "$passed" "$failed"
fi
[ "$failed" -eq 0 ]
