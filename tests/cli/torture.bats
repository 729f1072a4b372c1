#!/usr/bin/env bats
# The script that runs those of tests/torture one after another.
load helper

# script NAME LINES: one that does LINES, beside a copy of all.sh.
script() {
    mkdir -p "$scratch/torture"
    cp "$root/tests/torture/all.sh" "$scratch/torture"
    printf '#!/bin/bash\n%s\n' "$2" > "$scratch/torture/$1.sh"
    chmod +x "$scratch/torture/$1.sh"
}

@test "what the scripts passed and failed is added up" {
    script first 'echo "ok a"; echo "1 skipped"; echo "2 passed, 0 failed"'
    script second 'echo "3 passed, 0 failed"'
    run "$scratch/torture/all.sh" first second
    [ "$status" -eq 0 ]
    [ "${lines[-1]}" = '5 passed, 0 failed, 1 skipped' ]
    script second 'echo "3 passed, 1 failed"; exit 1'
    run "$scratch/torture/all.sh" first second
    [ "$status" -eq 1 ]
    [ "${lines[-1]}" = '5 passed, 1 failed, 1 skipped' ]
}

@test "a script that dies has failed" {
    script first 'echo "2 passed, 0 failed"'
    script second 'echo "ok a"; exit 3'
    run "$scratch/torture/all.sh" first second
    [ "$status" -eq 1 ]
    [ "${lines[-1]}" = '2 passed, 1 failed' ]
    [[ "$output" == *'not ok second ended with status 3 before its last line'* ]]
    run "$scratch/torture/all.sh" first missing
    [ "$status" -eq 1 ]
}
