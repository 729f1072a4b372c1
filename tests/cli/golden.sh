#!/bin/sh
# Compares what commands print with golden files: one case a line in golden.txt,
#     NAME STATUS ARGUMENTS...
# runs `unroll ARGUMENTS` in this folder and compares stdout and stderr (together) with
# golden/NAME.out. The scratch folder is called SCRATCH; SCRATCH/status.db, compare.db and claims.db
# are stores with made-up runs (status.sql, ...), times.db is claims.db with processor times. Prints
# TAP. UPDATE_GOLDEN=1 writes the files instead: read the difference then.
# UNROLL_BUILD names the build folder.
set -u
program=$PWD/${UNROLL_BUILD:-build/release}/unroll
cd "$(dirname "$0")" || exit 1
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
# Memory that a config needs depends on the instruction set.
export UNROLL_ISA=baseline
export UNROLL_STORE="$scratch/unroll.db" UNROLL_DATA="$scratch/data"
export XDG_DATA_HOME="$scratch/share"
unset UNROLL_PLUGINS

for store in status compare; do
    {
        cat ../../src/store/schema.sql
        echo "PRAGMA application_id = 0x556e726c; PRAGMA user_version = 1;"
        cat "$store.sql"
    } | sqlite3 "$scratch/$store.db"
done

# What is asked of experiments came with version 4.
{
    cat ../../src/store/schema.sql ../../src/store/schema-[2345].sql
    echo "PRAGMA application_id = 0x556e726c; PRAGMA user_version = 5;"
    cat claims.sql
} | sqlite3 "$scratch/claims.db"

# Processor times came with version 6: those of all runs but gru's.
{
    cat ../../src/store/schema.sql ../../src/store/schema-[23456].sql
    echo "PRAGMA application_id = 0x556e726c; PRAGMA user_version = 6;"
    cat claims.sql
    echo "UPDATE runs SET train_seconds = 10 + number, cpu_seconds = 9.5 + number * 0.75"
    echo "WHERE name NOT LIKE 'gru%';"
} | sqlite3 "$scratch/times.db"

number=0
while read -r name status arguments; do
    case $name in '' | '#'*) continue ;; esac
    number=$((number + 1))
    arguments=$(echo "$arguments" | sed "s|SCRATCH|$scratch|g")
    # shellcheck disable=SC2086 # the words of the line are the arguments
    "$program" $arguments >"$scratch/raw" 2>&1 </dev/null
    found=$?
    sed "s|$scratch|SCRATCH|g" "$scratch/raw" >"$scratch/out"
    if [ -n "${UPDATE_GOLDEN:-}" ]; then
        cp "$scratch/out" "golden/$name.out"
    fi
    if [ "$found" -ne "$status" ]; then
        echo "not ok $number - $name: exit status $found, expected $status"
        sed 's/^/# /' "$scratch/out"
    elif ! diff -u "golden/$name.out" "$scratch/out" >"$scratch/diff"; then
        echo "not ok $number - $name"
        sed 's/^/# /' "$scratch/diff"
    else
        echo "ok $number - $name"
    fi
done <golden.txt
echo "1..$number"
