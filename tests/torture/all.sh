#!/bin/bash
# The long form of everything in this folder; ends with the line "N passed, N failed".
here=$(dirname "$0")
log=$(mktemp)
trap 'rm -f "$log"' EXIT
for script in pressure kills inject faults; do
    printf '%s\n' "$script"
    "$here/$script.sh" | sed -u 's/^/    /'
done | tee "$log" | grep -v ' passed, '
awk '/ passed, / { passed += $1; failed += $3 } / skipped$/ { skipped += $1; }
    END {
        printf "%d passed, %d failed%s\n", passed, failed, skipped ? ", " skipped " skipped" : ""
        exit failed > 0 || passed == 0
    }' "$log"
