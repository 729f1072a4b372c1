# Shared by the scripts of this folder. A script defines one function per check, called
# check_NAME, and ends with `torture "$@"`.
#     SCRIPT [-n COUNT] [CHECK...]      all checks where none is named; COUNT: how much of it
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
root=$(cd "$here/../.." && pwd)
unroll=$root/${UNROLL_BUILD:-build/release}/unroll
configs=$root/tests/cli/configs
# A sanitizer that looks for leaks cannot be traced, and a killed process has some.
export ASAN_OPTIONS=detect_leaks=0
unset UNROLL_STORE UNROLL_DATA UNROLL_PLUGINS
umask 022 # plugins that are built here must be trusted

# Ends a check as failed, or as one that this machine cannot do.
fail() {
    printf 'failed: %s\n' "$*"
    exit 1
}
skip() {
    printf 'skipped: %s\n' "$*"
    exit 77
}

# say TEXT...: what is shown of a check that passed.
say() {
    printf '# %s\n' "$*"
}

# ask STORE [SQL]: the answer to SQL, or to what stdin asks.
ask() {
    sqlite3 -batch -cmd '.timeout 60000' "$@"
}

# dump STORE: everything in it, and what the checkpoint files that it names really hold.
dump() {
    ask "$1" < "$here/dump.sql"
    ask "$1" "SELECT id, checkpoint FROM runs WHERE checkpoint <> '' ORDER BY id" |
        while IFS='|' read -r id file; do
            printf 'file|%s|%s\n' "$id" "$(sha256sum < "$(runs_of "$1")/$id/$file")"
        done
}

# runs_of STORE: the folder with its runs' folders.
runs_of() {
    if [ "$(basename "$1")" = unroll.db ]; then dirname "$1"; else printf '%s.runs\n' "$1"; fi
}

# intact STORE: SQLite finds no damage in it.
intact() {
    local found
    found=$(ask "$1" 'PRAGMA integrity_check; PRAGMA foreign_key_check')
    [ "$found" = ok ] || fail "$1 is damaged: $found"
}

# same STORE STORE: both hold the same, row for row.
same() {
    intact "$1"
    dump "$1" > "$scratch/dump-a"
    dump "$2" > "$scratch/dump-b"
    [ -s "$scratch/dump-b" ] || fail "$2 holds nothing"
    diff "$scratch/dump-a" "$scratch/dump-b" | cut -c 1-200 | head -n 20
    cmp -s "$scratch/dump-a" "$scratch/dump-b" || fail "$1 and $2 differ"
}

# expect STATUS COMMAND...: its output is left in $scratch/out, its messages in $scratch/err.
expect() {
    local wanted=$1 status=0
    shift
    "$@" > "$scratch/out" 2> "$scratch/err" || status=$?
    [ "$status" -eq "$wanted" ] && return
    cat "$scratch/err"
    fail "exit status $status, expected $wanted: $*"
}

# told TEXT...: the last messages hold each of the texts.
told() {
    local text
    for text in "$@"; do
        grep -qF -- "$text" "$scratch/err" && continue
        cat "$scratch/err"
        fail "the message does not say: $text"
    done
}

# run_check NAME: in a shell and a folder of its own.
run_check() {
    local status began=$SECONDS
    scratch=$work/$1
    mkdir "$scratch"
    chmod 755 "$scratch"
    (
        set -eu
        "check_${1//-/_}"
    ) > "$work/log" 2>&1
    status=$?
    case $status in
        0)
            passed=$((passed + 1))
            printf 'ok %s (%s s)\n' "$1" $((SECONDS - began))
            sed -n 's/^# /    /p' "$work/log"
            ;;
        77)
            skipped=$((skipped + 1))
            printf 'ok %s # skip %s\n' "$1" "$(sed -n 's/^skipped: //p' "$work/log")"
            ;;
        *)
            failed=$((failed + 1))
            printf 'not ok %s (status %s)\n' "$1" $status
            # What the shell says of each process that was killed tells nothing.
            grep -v ' Killed  ' "$work/log" | tail -n 60 | sed 's/^/    /'
            if [ -n "${KEEP:-}" ]; then cp -r "$scratch" "$KEEP"; fi
            ;;
    esac
    rm -rf "$scratch"
}

# torture [-n COUNT] [CHECK...]
torture() {
    passed=0 failed=0 skipped=0
    if [ "${1:-}" = -n ]; then
        count=$2
        shift 2
    fi
    work=$(mktemp -d)
    chmod 755 "$work"
    trap 'rm -rf "$work"' EXIT
    if [ $# -eq 0 ]; then
        # shellcheck disable=SC2046 # names of functions
        set -- $(sed -n 's/^check_\([a-z_]*\)() {$/\1/p' "$0" | tr _ -)
    fi
    for name in "$@"; do
        run_check "$name"
    done
    [ $skipped -eq 0 ] || printf '%s skipped\n' $skipped
    printf '%s passed, %s failed\n' $passed $failed
    [ $failed -eq 0 ]
}
