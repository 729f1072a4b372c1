#!/bin/bash
# The long form of everything in this folder; ends with the line "N passed, N failed".
#     all.sh [SCRIPT...]
set -o pipefail
here=$(dirname "$0")
log=$(mktemp)
last=$(mktemp)
trap 'rm -f "$log" "$last"' EXIT
[ $# -gt 0 ] || set -- pressure kills inject faults

# A script that dies before its last line has failed, whatever it did until then.
run_script() {
    local status=0
    printf '%s\n' "$1"
    "$here/$1.sh" | sed -u 's/^/    /' | tee "$last" || status=$?
    grep -q '^    [0-9]* passed, [0-9]* failed$' "$last" ||
        printf '    not ok %s ended with status %s before its last line\n    0 passed, 1 failed\n' \
            "$1" $status
}

for script in "$@"; do
    run_script "$script"
done | tee "$log" | grep -v ' passed, '
awk '/ passed, / { passed += $1; failed += $3 } / skipped$/ { skipped += $1; }
    END {
        printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
        exit failed > 0 || passed == 0
    }' "$log"
