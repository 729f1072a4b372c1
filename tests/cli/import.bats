#!/usr/bin/env bats
# Merging stores.
load helper

# A test that fails leaves nothing behind that would go on for ever.
teardown() {
    jobs -p | xargs -r kill 2>/dev/null || true
    wait
    chmod -R u+w "$scratch"
    rm -rf "$scratch"
}

# What store $1 holds, and what the checkpoint files that it names hold.
dump() {
    sqlite3 -cmd '.timeout 60000' "$1" < "$root/tests/torture/dump.sql"
    sqlite3 "$1" "select 'tag', id, tag from tags join runs on number = run order by id, tag;
        select 'note', id, text, written from notes join runs on number = run order by id"
    sqlite3 "$1" "select id || '/' || checkpoint from runs where checkpoint <> '' order by id" |
        while read -r file; do
            echo "$file $(sha256sum < "$1.runs/$file")"
        done
}

# Both stores hold the same, and SQLite finds no damage in them.
same() {
    [ "$(sqlite3 "$1" 'PRAGMA integrity_check; PRAGMA foreign_key_check')" = ok ]
    dump "$1" > "$scratch/dump-a"
    dump "$2" > "$scratch/dump-b"
    [ -s "$scratch/dump-a" ]
    diff "$scratch/dump-a" "$scratch/dump-b"
}

# $1: one with all 16 trials, $1-a and $1-b: with those of one variant and one each of the other's.
make_parts() {
    local variant
    for variant in rnn lstm; do
        {
            echo "base: $configs/tiny.yaml"
            echo "variants: {$variant: {model.cell: $variant}}"
            echo "seeds: 8"
        } > "$scratch/$variant.yaml"
    done
    {
        echo "base: $configs/tiny.yaml"
        echo "variants: {rnn: {model.cell: rnn}, lstm: {model.cell: lstm}}"
        echo "seeds: 8"
    } > "$scratch/cells.yaml"
    "$unroll" batch "$scratch/rnn.yaml" -j 2 --store "$1-a.db"
    "$unroll" batch "$scratch/lstm.yaml" -j 2 --store "$1-b.db"
    "$unroll" run -q "$configs/tiny.yaml" name=rnn model.cell=rnn seed=2 --store "$1-b.db"
}

@test "a merged store is the one that trained all" {
    make_parts "$scratch/part"
    "$unroll" batch "$scratch/rnn.yaml" --store "$scratch/all.db"
    "$unroll" batch "$scratch/lstm.yaml" --store "$scratch/all.db"
    "$unroll" import "$scratch/part-a.db" "$scratch/part-b.db" --store "$scratch/merged.db" \
        --format json | python3 -c 'import json, sys
rows = json.load(sys.stdin)
runs = [row for row in rows if row["kind"] == "run"]
assert len(runs) == 17 and sum(row["result"] == "new" for row in runs) == 16, rows
assert [row["result"] for row in rows if row["kind"] == "experiment"] == ["new", "new"], rows'
    same "$scratch/merged.db" "$scratch/all.db"
    for store in all merged; do
        "$unroll" compare rnn lstm -m test.loss -m test.accuracy --store "$scratch/$store.db" \
            > "$scratch/$store.txt"
        run --separate-stderr "$unroll" batch "$scratch/cells.yaml" --store "$scratch/$store.db"
        [[ "$stderr" == *"16 done, 0 to train"* ]]
        "$unroll" compare cells -m test.loss --store "$scratch/$store.db" >> "$scratch/$store.txt"
    done
    [ -s "$scratch/all.txt" ]
    cmp "$scratch/all.txt" "$scratch/merged.txt"
    cp "$scratch/merged.db" "$scratch/before.db"
    run "$unroll" import "$scratch/part-b.db" "$scratch/part-a.db" --store "$scratch/merged.db"
    [[ "$output" == *"0 runs came in, 17 here already, 0 left out"* ]]
    [[ "$output" != *warning* ]]
    cmp "$scratch/before.db" "$scratch/merged.db"
    id=$(sqlite3 "$scratch/merged.db" 'select id from runs limit 1')
    "$unroll" predict "$id" --store "$scratch/merged.db"
}

@test "an import that is killed leaves whole runs, and the next completes it" {
    make_parts "$scratch/part"
    "$unroll" import "$scratch/part-a.db" "$scratch/part-b.db" --store "$scratch/whole.db"
    dump "$scratch/whole.db" > "$scratch/whole"
    local merged=$scratch/merged.db cut=0
    for i in $(seq 1 40); do
        rm -rf "$merged"*
        "$unroll" import "$scratch/part-a.db" "$scratch/part-b.db" --store "$merged" \
            > "$scratch/out" 2>&1 &
        child=$!
        sleep "0.0$((i % 10))$((i / 10))"
        kill -KILL $child 2>/dev/null && cut=$((cut + 1))
        wait $child || true
        [ -s "$merged" ] && [ ! -e "$merged-journal" ] || "$unroll" list --store "$merged" || true
        if [ -s "$merged" ]; then
            # No line that the whole store does not have: trials come all at once, too.
            dump "$merged" > "$scratch/cut"
            [ -z "$(comm -23 <(sort "$scratch/cut") <(sort "$scratch/whole"))" ]
            for id in $(sqlite3 "$merged" 'select id from runs'); do
                [ "$(grep -c "|$id|" "$scratch/cut")" = "$(grep -c "|$id|" "$scratch/whole")" ]
            done
        fi
        "$unroll" import "$scratch/part-a.db" "$scratch/part-b.db" --store "$merged"
        same "$merged" "$scratch/whole.db"
    done
    echo "$cut were cut"
    [ $cut -gt 5 ]
    [ -z "$(find "$merged.runs" -name '*.tmp')" ]
}

@test "two imports at once, and two stores into one another" {
    make_parts "$scratch/part"
    "$unroll" import "$scratch/part-a.db" "$scratch/part-b.db" --store "$scratch/whole.db"
    for i in 1 2 3 4 5; do
        rm -rf "$scratch"/merged.db*
        "$unroll" import "$scratch/part-a.db" "$scratch/part-b.db" --store "$scratch/merged.db" &
        first=$!
        "$unroll" import "$scratch/part-b.db" "$scratch/part-a.db" --store "$scratch/merged.db"
        wait $first
        same "$scratch/merged.db" "$scratch/whole.db"
    done
    "$unroll" import "$scratch/part-a.db" --store "$scratch/part-b.db" &
    first=$!
    "$unroll" import "$scratch/part-b.db" --store "$scratch/part-a.db"
    wait $first
    same "$scratch/part-a.db" "$scratch/whole.db"
    same "$scratch/part-b.db" "$scratch/whole.db"
}

@test "an import while a batch writes into the store" {
    make_parts "$scratch/part"
    "$unroll" batch "$scratch/cells.yaml" -j 2 --store "$scratch/all.db"
    "$unroll" batch "$scratch/cells.yaml" -j 2 --store "$scratch/merged.db" &
    child=$!
    "$unroll" import "$scratch/part-a.db" "$scratch/part-b.db" --store "$scratch/merged.db"
    wait $child
    # A run that was being trained here came in beside it.
    [ "$(sqlite3 "$scratch/merged.db" "select count(distinct key) from runs where state = 'done'")" = 16 ]
    [ "$(sqlite3 "$scratch/merged.db" "select count(*) from runs where state <> 'done'")" = 0 ]
    [ "$(sqlite3 "$scratch/merged.db" 'PRAGMA integrity_check')" = ok ]
    "$unroll" compare cells -m test.loss --store "$scratch/all.db" > "$scratch/all.txt"
    "$unroll" compare cells -m test.loss --store "$scratch/merged.db" | cmp - "$scratch/all.txt"
}

@test "imports from a store that a batch is writing into" {
    echo "base: $configs/tiny.yaml" > "$scratch/many.yaml"
    echo "variants: {rnn: {model.cell: rnn}}" >> "$scratch/many.yaml"
    echo "seeds: 48" >> "$scratch/many.yaml"
    "$unroll" batch "$scratch/many.yaml" -j 2 --store "$scratch/there.db" &
    child=$!
    until [ -s "$scratch/there.db" ]; do
        kill -0 $child
        sleep 0.01
    done
    local looks=0
    while kill -0 $child 2> "$scratch/killed"; do
        "$unroll" import "$scratch/there.db" --store "$scratch/here.db" > "$scratch/out" 2>&1
        looks=$((looks + 1))
    done
    wait $child
    "$unroll" import "$scratch/there.db" --store "$scratch/here.db"
    echo "$looks imports"
    [ $looks -gt 0 ]
    same "$scratch/here.db" "$scratch/there.db"
}

@test "a run that was interrupted elsewhere goes on here" {
    "$unroll" run -q "$configs/tiny.yaml" train.steps=3000 --store "$scratch/whole.db"
    "$unroll" run -q "$configs/tiny.yaml" train.steps=3000 --checkpoint 0 &
    child=$!
    wait_for_training
    sleep 0.1
    run "$unroll" import "$UNROLL_STORE" --store "$scratch/here.db"
    [ "$status" -eq 0 ]
    [[ "$output" == *"is left out: it is running"* ]]
    kill -INT $child
    wait $child || true
    "$unroll" import "$UNROLL_STORE" --store "$scratch/here.db"
    run "$unroll" run "$configs/tiny.yaml" train.steps=3000 --store "$scratch/here.db"
    [[ "$output" == *"goes on from step"* ]]
    metrics_of "$scratch/whole.db" > "$scratch/whole"
    metrics_of "$scratch/here.db" | cmp - "$scratch/whole"
}

@test "a source of version 1 is read as it is" {
    {
        cat "$root/src/store/schema.sql" "$BATS_TEST_DIRNAME/status.sql"
        echo "PRAGMA application_id = 0x556e726c; PRAGMA user_version = 1;"
    } | sqlite3 "$scratch/old.db"
    sum=$(sha256sum < "$scratch/old.db")
    "$unroll" import "$scratch/old.db" --store "$scratch/new.db"
    [ "$(sqlite3 "$scratch/new.db" 'select count(*) from runs where cpu_seconds is null')" = 4 ]
    [ "$sum" = "$(sha256sum < "$scratch/old.db")" ]
    sqlite3 "$scratch/old.db" 'PRAGMA user_version = 99'
    run "$unroll" import "$scratch/old.db" --store "$scratch/new.db"
    [ "$status" -eq 4 ]
    [[ "$output" == *"newer Unroll"* ]]
}

@test "tags and notes come along" {
    "$unroll" run -q "$configs/tiny.yaml"
    sqlite3 "$UNROLL_STORE" "insert into tags select number, 'paper' from runs;
        insert into tags select number, 'keep' from runs;
        insert into notes select number, 'a word', 5 from runs"
    "$unroll" import "$UNROLL_STORE" --store "$scratch/here.db"
    [ "$(sqlite3 "$scratch/here.db" "select tag from tags; select text, written from notes")" = \
        $'keep\npaper\na word|5.0' ]
}

@test "the store itself under another name, and damaged ones" {
    "$unroll" run -q "$configs/tiny.yaml"
    ln -s unroll.db "$scratch/soft.db"
    ln "$UNROLL_STORE" "$scratch/hard.db"
    for name in soft hard; do
        run "$unroll" import "$scratch/$name.db"
        [ "$status" -eq 2 ]
        [[ "$output" == *"is the store itself"* ]]
    done
    rm "$scratch/hard.db" "$scratch/soft.db"
    for size in 1 4096 20000; do
        cp "$UNROLL_STORE" "$scratch/cut.db"
        truncate -s $size "$scratch/cut.db"
        run "$unroll" import "$scratch/cut.db" --store "$scratch/here.db"
        [ "$status" -eq 4 ]
        [[ "$output" == *"$scratch/cut.db: "* ]]
        [ ! -e "$scratch/here.db" ] || [ "$(sqlite3 "$scratch/here.db" 'select count(*) from runs')" = 0 ]
    done
    "$unroll" import "$UNROLL_STORE" --store "$scratch/here.db"
    run "$unroll" import "$UNROLL_STORE" "$scratch/gone.db" --store "$scratch/none.db"
    [ "$status" -eq 3 ]
    [ ! -e "$scratch/none.db" ]
}

@test "a source that cannot be written is read, and what a killed writer left there is told" {
    "$unroll" run -q "$configs/tiny.yaml" --store "$scratch/there/unroll.db"
    chmod a+rX "$scratch" "$scratch/there"
    as_nobody=()
    if [ "$(id -u)" -eq 0 ]; then
        as_nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    fi
    cp "$unroll" "$scratch/unroll"
    mkdir -m 777 "$scratch/here"
    chmod -R a-w "$scratch/there"
    "${as_nobody[@]}" "$scratch/unroll" import "$scratch/there/unroll.db" \
        --store "$scratch/here/unroll.db"
    [ "$(sqlite3 "$scratch/here/unroll.db" 'select state from runs')" = done ]
    chmod -R u+w "$scratch/there"
    python3 - "$scratch/there/unroll.db" <<'PYTHON' || true
import os, signal, sqlite3, sys
store = sqlite3.connect(sys.argv[1], isolation_level=None)
store.execute("PRAGMA cache_size = 5")
store.execute("BEGIN IMMEDIATE")
store.executemany("INSERT INTO series (name) VALUES (?)",
                  (("a long name %d" % i,) for i in range(5000)))
os.kill(os.getpid(), signal.SIGKILL)
PYTHON
    [ -s "$scratch/there/unroll.db-journal" ]
    chmod a+r "$scratch"/there/unroll.db*
    chmod -R a-w "$scratch/there"
    run "${as_nobody[@]}" "$scratch/unroll" import "$scratch/there/unroll.db" \
        --store "$scratch/here/unroll.db"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"$scratch/there/unroll.db: "*"killed"*"may write"* ]]
}
