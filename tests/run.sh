#!/bin/sh
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

# run NAME LOG COMMAND...
run() {
    name=$1
    log=$2
    shift 2
    "$@" >"$log" 2>&1
    count "$log" "$name" $?
}

# beside NAME LOG COMMAND...: the same while the one before goes on, two at a time. settle waits for
# the last one.
pending=
beside() {
    beside_name=$1
    beside_log=$2
    shift 2
    "$@" >"$beside_log" 2>&1 &
    started=$!
    settle
    pending=$started
    pending_name=$beside_name
    pending_log=$beside_log
}
settle() {
    if [ -n "$pending" ]; then
        wait "$pending"
        count "$pending_log" "$pending_name" $?
        pending=
    fi
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
    settle
    for isa in $(instruction_sets "$build"); do
        run "$build bits ($isa)" "$logs/bits-$isa.tap" env UNROLL_BUILD="$build" \
            UNROLL_ISA="$isa" bats --tap --filter '^every layer$' tests/cli/bits.bats
    done
    run "$build cli golden" "$logs/cli-golden.tap" env UNROLL_BUILD="$build" tests/cli/golden.sh
    for suite in tests/cli/*.bats; do
        name=$(basename "$suite" .bats)
        run "$build cli $name" "$logs/cli-$name.tap" \
            env UNROLL_BUILD="$build" bats --tap "$suite"
    done
done

# Memory that SQLite, libyaml, zlib or the JSON library allocate is not the sanitizers' to see.
for name in test_parse test_experiments test_safetensors test_gzip test_table; do
    program=build/debug/tests/unit/$name
    if [ -x "$program" ] && command -v valgrind >/dev/null; then
        mkdir -p build/debug/test-logs
        run "valgrind $name" "build/debug/test-logs/$name-valgrind.tap" \
            valgrind --quiet --error-exitcode=99 --leak-check=full --trace-children=no "$program"
    fi
done

if [ "$skipped" -gt 0 ]; then
    printf '%s passed, %s failed, %s skipped\n' "$passed" "$failed" "$skipped"
else
    printf '%s passed, %s failed\n' "$passed" "$failed"
fi
[ "$failed" -eq 0 ]
