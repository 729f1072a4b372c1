#!/bin/sh
# Fails when a file under src/ includes a header of a floor above its own, or of another floor of
# modules. Arguments: the floors from the bottom up.
set -eu
modules='datasets initializers layers losses optimizers schedules'

level() {
    at=0
    for floor in $floors; do
        at=$((at + 1))
        if [ "$floor" = "$1" ]; then
            echo "$at"
            return
        fi
    done
    echo "unknown floor $1" >&2
    exit 2
}

is_module_floor() {
    case " $modules " in
    *" $1 "*) return 0 ;;
    *) return 1 ;;
    esac
}

floors=$*
status=0
for file in src/*/*.c src/*/*.h; do
    floor=$(basename "$(dirname "$file")")
    # shellcheck disable=SC2013 # names of headers have no spaces
    for header in $(sed -n 's/^#include "\([^"]*\)".*/\1/p' "$file"); do
        other=${header%%/*}
        if [ "$other" = "$floor" ]; then
            continue
        fi
        if is_module_floor "$other" || [ "$(level "$other")" -gt "$(level "$floor")" ] ||
            { is_module_floor "$floor" && [ "$other" = config ]; }; then
            echo "$file: includes $header, which is not below it"
            status=1
        fi
    done
done
exit $status
