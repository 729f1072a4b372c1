#!/bin/bash
# What a machine can do to a store: a full disk, a store that cannot be written, files that are
# damaged or gone. In each case a clear message, nothing lost, and the same command goes on.
#     faults.sh [-n PLACES] [CHECK...]      PLACES: at how many points the disk gets full
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
count=40

# About 0.1 s, with a hundred checkpoints.
train() {
    "$unroll" run "$configs/tiny.yaml" train.steps=100 train.evaluate.every=10 --checkpoint 0 "$@"
}

# interrupted STORE: a run that has a checkpoint and is not done.
interrupted() {
    local pid
    "$unroll" run -q "$configs/tiny.yaml" train.steps=100 train.evaluate.every=10 --checkpoint 0 \
        --store "$1" &
    pid=$!
    until [ -s "$1" ] && [ "$(ask "$1" 'SELECT max(checkpoint_step) > 2 FROM runs' \
        2> "$scratch/asked")" = 1 ]; do
        kill -0 $pid || fail 'it was done before it could be killed'
    done
    kill -KILL $pid
    wait $pid || true
    [ "$(ask "$1" 'SELECT state FROM runs')" = running ] || fail 'it was not killed in time'
}

mount_small() {
    mkdir -p "$scratch/small"
    mount -t tmpfs -o "size=$1" tmpfs "$scratch/small" 2> "$scratch/err" ||
        skip "no file system can be mounted here: $(cat "$scratch/err")"
    trap 'umount -l "$scratch/small"' EXIT
}

# Room for less and less: each time the run fails, says so, and goes on when there is room again.
check_full_disk() {
    local place filled=0 store=$scratch/small/unroll.db
    train -q --store "$scratch/alone.db"
    mount_small 1m
    for place in $(seq 1 "$count"); do
        rm -rf "$scratch"/small/*
        head -c $((1048576 - 4096 * (place * 70 / count + 3))) /dev/zero > "$scratch/small/filler"
        status=0
        train -q --store "$store" > "$scratch/out" 2> "$scratch/err" || status=$?
        if [ "$status" -ne 0 ]; then
            [ "$status" -eq 1 ] || fail "status $status, expected 1"
            filled=$((filled + 1))
            told 'error: ' "$scratch/small" 'make room'
        fi
        expect_list "$store"
        rm "$scratch/small/filler"
        [ ! -s "$store" ] || intact "$store"
        expect 0 train -q --store "$store"
        same "$store" "$scratch/alone.db"
    done
    [ "$filled" -gt 0 ] || fail 'the disk was never full'
    say "$filled times the disk was full"
}

# A store, or none yet, can be looked into though nothing can be written.
expect_list() {
    local status=0
    "$unroll" list --store "$1" > "$scratch/list" 2> "$scratch/list.err" || status=$?
    [ "$status" -eq 0 ] || { [ "$status" -eq 3 ] && grep -q 'unroll run CONFIG' "$scratch/list.err"; } || {
        cat "$scratch/list.err"
        fail "list ended with $status"
    }
}

check_size_limit() {
    local kilobytes status store=$scratch/limited.db
    set -o pipefail
    train -q --store "$scratch/alone.db"
    for kilobytes in 0 1 4 12 48 68; do
        rm -rf "$store" "$store".runs "$store"-journal
        # The message goes through a pipe, which has no size.
        status=0
        (
            ulimit -f $kilobytes
            train -q --store "$store" 2>&1 > /dev/null
        ) | cat > "$scratch/err" || status=$?
        [ $status -eq 1 ] || fail "status $status, expected 1"
        told 'error: ' "$store" 'File too large' 'limits'
        [ ! -s "$store" ] || intact "$store"
        expect 0 train -q --store "$store"
        same "$store" "$scratch/alone.db"
    done
}

# as_nobody COMMAND...: as somebody whom permissions stop.
as_nobody() {
    if [ "$(id -u)" -ne 0 ]; then
        "$@"
    else
        setpriv --reuid=65534 --regid=65534 --clear-groups "$@"
    fi
}

check_not_permitted() {
    local store=$scratch/closed/unroll.db
    cp "$unroll" "$scratch/unroll"
    cp "$configs/tiny.yaml" "$scratch"
    chmod 755 "$scratch/unroll"
    mkdir "$scratch/closed"
    expect 0 "$unroll" run -q "$configs/tiny.yaml" --store "$store"
    dump "$store" > "$scratch/before"
    [ "$(id -u)" -ne 0 ] || chown -R 65534 "$scratch/closed"
    chmod 444 "$store"
    chmod 755 "$scratch/closed"
    expect 1 as_nobody "$scratch/unroll" run -q "$scratch/tiny.yaml" seed=2 --store "$store"
    told "$store" 'cannot be written' 'check the permissions'
    expect 0 as_nobody "$scratch/unroll" list --store "$store"
    chmod 644 "$store"
    chmod 555 "$scratch/closed"
    expect 1 as_nobody "$scratch/unroll" run -q "$scratch/tiny.yaml" seed=2 --store "$store"
    told "$store" 'cannot be written' 'check the permissions'
    expect 0 as_nobody "$scratch/unroll" list --store "$store"
    chmod 755 "$scratch/closed"
    chmod 000 "$store"
    expect 1 as_nobody "$scratch/unroll" list --store "$store"
    told "$store" 'permission'
    chmod 644 "$store"
}

# A run whose own folder cannot be written ends as failed, and goes on when it can be.
check_run_folder_not_permitted() {
    local store=$scratch/unroll.db folder
    cp "$unroll" "$scratch/unroll"
    cp "$configs/tiny.yaml" "$scratch"
    chmod 755 "$scratch/unroll"
    train -q --store "$scratch/whole/unroll.db"
    interrupted "$store"
    folder=$scratch/$(ask "$store" 'SELECT id FROM runs')
    [ "$(id -u)" -ne 0 ] || chown -R 65534 "$scratch"
    chmod 555 "$folder"
    expect 1 as_nobody "$scratch/unroll" run -q "$scratch/tiny.yaml" train.steps=100 \
        train.evaluate.every=10 --checkpoint 0 --store "$store"
    told "$folder" 'cannot be written' 'Permission denied'
    intact "$store"
    chmod 755 "$folder"
    chmod 000 "$folder"/step-*
    ask "$store" 'SELECT step FROM runs'
    expect 1 as_nobody "$scratch/unroll" run -q "$scratch/tiny.yaml" train.steps=100 \
        train.evaluate.every=10 --store "$store"
    told "$folder" 'Permission denied'
    [ "$(ask "$store" 'SELECT checkpoint_step > 2 FROM runs')" = 1 ] || fail 'progress was lost'
    chmod 644 "$folder"/step-*
    expect 0 train --store "$store"
    told 'goes on from step'
    same "$store" "$scratch/whole/unroll.db"
}

check_read_only_mount() {
    local store=$scratch/small/unroll.db
    mount_small 4m
    train -q --store "$store"
    mount -o remount,ro "$scratch/small"
    expect 1 train seed=2 --store "$store"
    told "$store" 'cannot be written' 'Read-only file system'
    expect 0 "$unroll" list --store "$store"
    expect 0 "$unroll" predict "$(ask "$store" 'SELECT id FROM runs')" --store "$store"
    mount -o remount,rw "$scratch/small"
    interrupted_in_transaction "$store"
    mount -o remount,ro "$scratch/small"
    expect 1 "$unroll" list --store "$store"
    told "$store" 'killed' 'may write'
    mount -o remount,rw "$scratch/small"
    expect 0 "$unroll" list --store "$store"
    expect 0 train seed=2 --store "$store"
    intact "$store"
}

# A writer that is killed with part of its transaction in the file leaves a journal.
interrupted_in_transaction() {
    python3 - "$1" 2> "$scratch/killed" <<'PYTHON' || true
import os, signal, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA cache_size = 5")
store.execute("BEGIN IMMEDIATE")
store.executemany("INSERT INTO series (name) VALUES (?)",
                  (("a long name %d" % i,) for i in range(5000)))
os.kill(os.getpid(), signal.SIGKILL)
PYTHON
    [ -s "$1-journal" ] || fail 'no journal was left'
}

# paired FOLDER: script and data are of one time: both draw METRIC, or neither is there.
paired() {
    local script='' data=''
    [ ! -e "$1/x.svg.gp" ] || script=$(grep -c "ylabel 'test loss" "$1/x.svg.gp" || true)
    [ ! -e "$1/x.svg.dat" ] || data=$(cmp -s "$1/x.svg.dat" "$scratch/whole/loss.svg.dat" && echo 1 || echo 0)
    [ "$script" = "$data" ] || fail "script and data do not belong together: '$script', '$data'"
}

# Less and less room beside an old picture, its script and its data: what cannot be written leaves
# the old ones, and drawing again with room does it.
check_full_disk_under_a_picture() {
    local place status filled=0 store=$scratch/unroll.db small=$scratch/small
    command -v gnuplot > /dev/null || skip 'no gnuplot'
    "$unroll" batch -j 2 "$configs/experiment.yaml" --store "$store"
    mkdir "$scratch/whole"
    for place in loss accuracy; do
        expect 0 "$unroll" plot tiny-cells --metric "test.$place" --store "$store" \
            --output "$scratch/whole/$place.svg"
    done
    mount_small 1m
    for place in $(seq 0 "$count"); do
        rm -f "$small"/*
        cp "$scratch/whole/accuracy.svg" "$small/x.svg"
        expect 0 "$unroll" plot tiny-cells --metric test.accuracy --store "$store" \
            --output "$small/x.svg"
        head -c $((1048576 - 4096 * place)) /dev/zero > "$small/filler" 2> "$scratch/err" || true
        truncate -s "-$((4096 * place))" "$small/filler"
        status=0
        "$unroll" plot tiny-cells --metric test.loss --store "$store" --output "$small/x.svg" \
            > "$scratch/out" 2> "$scratch/err" || status=$?
        paired "$small"
        [ "$(find "$small" -name '*.tmp' -o -name '*.new')" = '' ] || fail 'a part of a file was left'
        if [ "$status" -eq 0 ]; then
            cmp "$small/x.svg" "$scratch/whole/loss.svg"
            continue
        fi
        [ "$status" -eq 1 ] || fail "status $status, expected 1"
        filled=$((filled + 1))
        told 'error: ' "$small/x." 'cannot be written: No space left on device'
        cmp "$small/x.svg" "$scratch/whole/accuracy.svg"
        rm "$small/filler"
        expect 0 "$unroll" plot tiny-cells --metric test.loss --store "$store" \
            --output "$small/x.svg"
        cmp "$small/x.svg" "$scratch/whole/loss.svg"
    done
    [ "$filled" -gt 1 ] || fail 'the disk was never full'
    [ "$filled" -lt "$place" ] || fail 'the disk was always full'
    say "$filled of $((place + 1)) times the disk was full"
}

check_picture_not_permitted() {
    local store=$scratch/unroll.db folder=$scratch/pictures
    command -v gnuplot > /dev/null || skip 'no gnuplot'
    cp "$unroll" "$scratch/unroll"
    chmod 755 "$scratch/unroll"
    "$unroll" batch -j 2 "$configs/experiment.yaml" --store "$store"
    mkdir "$folder"
    printf 'old\n' > "$folder/x.svg"
    chmod 555 "$folder"
    for place in "$folder/x.svg" "$folder/new/x.svg"; do
        expect 1 as_nobody "$scratch/unroll" plot tiny-cells --store "$store" --output "$place"
        told "$folder" 'Permission denied'
    done
    [ "$(find "$folder" -type f)" = "$folder/x.svg" ] || fail 'something was written'
    [ "$(cat "$folder/x.svg")" = old ] || fail 'the old picture was changed'
}

# The named checkpoint of a run that was killed is damaged or gone: the run begins again, says so,
# and ends the same.
check_damaged_checkpoint() {
    local store=$scratch/unroll.db damage file
    train -q --store "$scratch/whole/unroll.db"
    for damage in truncated empty changed another gone 'folder gone'; do
        rm -rf "$scratch"/unroll.db* "$scratch"/[0-9a-f]*[0-9a-f]
        interrupted "$store"
        file=$scratch/$(ask "$store" "SELECT id || '/' || checkpoint FROM runs")
        [ -s "$file" ] || fail "$file is not there"
        case $damage in
            truncated) truncate -s -100 "$file" ;;
            empty) truncate -s 0 "$file" ;;
            changed) printf 'x' | dd of="$file" bs=1 seek=2000 conv=notrunc status=none ;;
            another) cp "$scratch"/whole/*/final.safetensors "$file" ;;
            gone) rm "$file" ;;
            'folder gone') rm -r "$(dirname "$file")" ;;
        esac
        expect 0 train --store "$store"
        told 'warning: ' "$file" 'begins again from step 0'
        same "$store" "$scratch/whole/unroll.db"
    done
}

# The weights of a run that is done are gone: what needs them says so, and how to get them back.
check_damaged_result() {
    local store=$scratch/unroll.db id
    train -q --store "$store"
    id=$(ask "$store" 'SELECT id FROM runs')
    dump "$store" > "$scratch/before"
    cp -r "$scratch/$id" "$scratch/kept"
    truncate -s 5000 "$scratch/$id/final.safetensors"
    expect 4 "$unroll" predict "$id" --store "$store"
    told "$scratch/$id/final.safetensors" '--force'
    rm -r "${scratch:?}/$id"
    expect 3 "$unroll" predict "$id" --store "$store"
    told "$scratch/$id/final.safetensors" '--force'
    expect 0 "$unroll" list --store "$store"
    expect 0 "$unroll" show "$id" --store "$store"
    expect 0 train --store "$store"
    told 'is done already'
    expect 0 train -q --force --store "$store"
    cmp "$scratch/$id-2/final.safetensors" "$scratch/kept/final.safetensors"
    expect 0 "$unroll" predict "$id-2" --store "$store"
}

# refused STORE TEXT...: nothing may be done with it, nor to it.
refused() {
    local store=$1 before
    shift
    before=$(sha256sum < "$store")
    expect 4 "$unroll" list --store "$store"
    told "$store" "$@"
    expect 4 train -q --store "$store"
    told "$store" "$@"
    expect 4 "$unroll" batch "$configs/experiment.yaml" --store "$store"
    told "$store" "$@"
    [ "$before" = "$(sha256sum < "$store")" ] || fail "$store was changed"
}

check_damaged_database() {
    local whole=$scratch/whole/unroll.db store=$scratch/unroll.db size
    "$unroll" batch "$configs/experiment.yaml" --store "$whole"
    for size in 1 99 100 511 512 4095 4096 4097 8192 20000 65536; do
        cp "$whole" "$store"
        truncate -s $size "$store"
        refused "$store" 'store'
        grep -qE 'move it away|restore it from a copy' "$scratch/err" || fail "no remedy: $size"
    done
    cp "$whole" "$store"
    head -c 3000 /dev/urandom | dd of="$store" bs=1 seek=4096 conv=notrunc status=none
    expect 4 "$unroll" list --store "$store"
    told "$store" 'damaged' '.recover'
    printf 'name: lstm\nnot a database, but a config that someone named by mistake\n' > "$store"
    refused "$store" 'is not a store' '--store'
    sqlite3 "$scratch/other.db" 'CREATE TABLE letters (text)'
    refused "$scratch/other.db" 'another program' '--store'
    cp "$whole" "$store"
    sqlite3 "$store" 'PRAGMA user_version = 99'
    refused "$store" 'newer Unroll' '--store'
    expect 2 "$unroll" list --store "$scratch"
    told "$scratch" 'is a folder'
    expect 1 train -q --store "$whole/unroll.db"
    told "$whole" 'Not a directory'
    mkfifo "$scratch/pipe"
    expect 2 timeout 10 "$unroll" list --store "$scratch/pipe"
    told "$scratch/pipe" 'expected the store'
}

# An empty file is where a store was just about to be made, or where one was cut off.
check_empty_database() {
    local store=$scratch/unroll.db
    : > "$store"
    expect 3 "$unroll" list --store "$store"
    told "$store" 'is empty' 'copy'
    expect 0 train -q --store "$store"
    [ ! -s "$scratch/err" ] || fail "$(cat "$scratch/err")"
    train -q --store "$scratch/whole/unroll.db"
    same "$store" "$scratch/whole/unroll.db"
    : > "$store"
    expect 0 train -q --store "$store"
    told 'warning: ' "$store" 'copy'
    same "$store" "$scratch/whole/unroll.db"
}

# What a killed writer left beside a store that was then taken away is not played into the new one,
# and the run folders of the old one do no harm.
check_store_taken_away() {
    local store=$scratch/unroll.db
    train -q --store "$scratch/whole/unroll.db"
    train -q --store "$store"
    interrupted_in_transaction "$store"
    rm "$store"
    expect 0 train -q --store "$store"
    same "$store" "$scratch/whole/unroll.db"
    [ ! -e "$store-journal" ] || fail 'the journal is still there'
}

torture "$@"
