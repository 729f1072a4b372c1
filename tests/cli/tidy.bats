#!/usr/bin/env bats
# Keeping house: tags and notes, runs that are removed, files that nobody needs.
load helper

train() {
    "$unroll" run -q "$configs/tiny.yaml" "$@" 2>/dev/null
}

# The checkpoints and parts of them beside the store, sorted.
files() {
    (cd "$scratch" && find . -path '*.safetensors*' | sort)
}

@test "tags are shown, found again and taken away" {
    id=$(train)
    other=$(train seed=2)
    [[ "$("$unroll" list)" != *tags* ]]
    "$unroll" tag "${id:0:6}" paper baseline
    [ "$("$unroll" tag "$id")" = $'baseline\npaper' ]
    run "$unroll" list --tag paper --format csv
    [ "${#lines[@]}" -eq 2 ]
    [[ "${lines[0]}" == *,tags ]]
    [[ "${lines[1]}" == "$id,"*",baseline paper" ]]
    [[ "$("$unroll" show "$id")" == *'# tags         baseline'* ]]
    run "$unroll" tag --remove "$id" paper absent
    [ "$status" -eq 3 ]
    "$unroll" tag --remove "$id" paper baseline
    [ -z "$("$unroll" tag "$id")" ]
    [ -z "$("$unroll" tag "$other")" ]
}

@test "a note is written, replaced, shown and removed" {
    id=$(train)
    "$unroll" note "$id" first
    "$unroll" note "$id" $'second\nline'
    [ "$("$unroll" note "$id")" = $'second\nline' ]
    # What show prints is still a config.
    "$unroll" show "$id" > "$scratch/shown.yaml"
    grep -q '^# note         second' "$scratch/shown.yaml"
    "$unroll" check "$scratch/shown.yaml"
    "$unroll" note "$id" ''
    [ -z "$("$unroll" note "$id")" ]
}

@test "nothing of it makes a store" {
    for command in "tag 1 x" "note 1 x" "rm 1" gc "gc --dry-run"; do
        # shellcheck disable=SC2086 # its words are the arguments
        run "$unroll" $command
        [ "$status" -eq 3 ]
    done
    [ ! -e "$UNROLL_STORE" ]
}

@test "an older store that is read-only is read without tags" {
    id=$(train)
    sqlite3 "$UNROLL_STORE" \
        'drop table tags; drop table notes; drop table gradient_flow;
        drop table claims; drop table reported; alter table experiments drop column source_name;
        alter table experiments drop column select_over;
        alter table experiments drop column select_on;
        alter table experiments drop column overrides;
        alter table runs drop column cpu_seconds; pragma user_version = 1'
    before=$(sha256sum "$UNROLL_STORE")
    chmod 444 "$UNROLL_STORE"
    [[ "$("$unroll" list)" == *"$id"* ]]
    [[ "$("$unroll" show "$id")" == *"# run          $id"* ]]
    "$unroll" compare "$id" > /dev/null
    "$unroll" gc --dry-run
    [ "$(sha256sum "$UNROLL_STORE")" = "$before" ]
    chmod 644 "$UNROLL_STORE"
    "$unroll" tag "$id" now
    [ "$(sqlite3 "$UNROLL_STORE" 'pragma user_version')" = 6 ]
}

@test "rm removes runs with their files, and says so before with --dry-run" {
    id=$(train)
    other=$(train seed=2)
    "$unroll" tag "$id" paper
    "$unroll" note "$id" text
    run "$unroll" rm --dry-run "$id"
    [ "$status" -eq 0 ]
    [[ "${lines[0]}" == "$id  tiny seed 1  done" ]]
    [[ "$output" == *"would remove 1 run, 1 file, "* ]]
    [ -d "$scratch/$id" ]
    run "$unroll" rm "$id" absent
    [ "$status" -eq 3 ]
    [ -d "$scratch/$id" ]
    run "$unroll" rm "$id"
    [[ "$output" == *"removed 1 run, 1 file, "* ]]
    [ ! -e "$scratch/$id" ]
    [ "$(sqlite3 "$UNROLL_STORE" 'select count(*) from tags, notes')" = 0 ]
    [ "$(files)" = "./$other/final.safetensors" ]
    # It is trained again, and not taken for done.
    [ "$(train)" = "$id" ]
}

@test "rm refuses what is being trained" {
    done=$(train)
    "$unroll" run -q "$configs/tiny.yaml" train.steps=1000000 > /dev/null 2>&1 &
    child=$!
    wait_for_training
    running=$(sqlite3 "$UNROLL_STORE" "select id from runs where state = 'running'")
    run "$unroll" rm "$done" "$running"
    [ "$status" -eq 1 ]
    [[ "$output" == *"being trained, nothing was removed"*"$running tiny seed 1: process $child"* ]]
    run "$unroll" gc --vacuum
    [ "$status" -eq 1 ]
    [[ "$output" == *"runs in training (1)"* ]]
    kill -9 $child
    wait $child || true
    run "$unroll" rm "$done" "$running"
    [ "$status" -eq 0 ]
    [ -z "$(files)" ]
}

@test "an experiment goes with the runs that no other has" {
    sed 's/^name: .*/name: other/; s/\[3, 5\]/[3]/' "$configs/experiment.yaml" > "$scratch/other.yaml"
    sed -i "s|^base: |base: $configs/|" "$scratch/other.yaml"
    "$unroll" batch "$configs/experiment.yaml" -j 2
    "$unroll" batch "$scratch/other.yaml"
    run "$unroll" rm --experiment tiny-cells
    [ "$status" -eq 0 ]
    [[ "$output" == *"experiment tiny-cells"*"removed 2 runs, 2 files"* ]]
    run "$unroll" compare tiny-cells
    [ "$status" -eq 3 ]
    run "$unroll" batch "$scratch/other.yaml"
    [[ "$output" == *"2 trials: 0 done now, 2 done before"* ]]
}

@test "gc removes what no run needs, and nothing else" {
    first=$(train)
    second=$(train --force)
    gone=$(train seed=2)
    sqlite3 "$UNROLL_STORE" "delete from runs where id = '$gone'"
    touch "$scratch/$second/step-20.safetensors" "$scratch/$second/final.safetensors.1.tmpx" \
        "$scratch/$second/notes.txt" "$scratch/$second/step-40.safetensors.9999999.tmp"
    mkdir "$scratch/0123456789abc" "$scratch/mine"
    touch "$scratch/mine/final.safetensors"
    files > "$scratch/before"
    run "$unroll" gc --dry-run
    [ "$status" -eq 0 ]
    [[ "$output" == *"$first/final.safetensors  "*" bytes, of a superseded run"* ]]
    [[ "$output" == *"$gone/final.safetensors  "*" bytes, of a run that was removed"* ]]
    [[ "$output" == *"$second/step-20.safetensors  0 bytes, not the run's last"* ]]
    [[ "$output" == *".9999999.tmp  0 bytes, written in part"* ]]
    [[ "$output" == *"would remove 4 files and 1 folder, "* ]]
    files | cmp - "$scratch/before"
    run "$unroll" gc
    [[ "$output" == *"removed 4 files and 1 folder, "* ]]
    [ ! -e "$scratch/$gone" ]
    [ -e "$scratch/$second/notes.txt" ]
    [ -d "$scratch/0123456789abc" ]
    [ "$(files)" = "./$second/final.safetensors
./$second/final.safetensors.1.tmpx
./mine/final.safetensors" ]
    "$unroll" predict "$second" > /dev/null
    "$unroll" show "$first" > /dev/null
    [[ "$("$unroll" gc --vacuum)" == *"removed 0 files and 0 folders, 0 bytes"* ]]
}

@test "gc refuses a store that is empty or damaged" {
    train
    files > "$scratch/before"
    cp "$UNROLL_STORE" "$scratch/copy"
    sqlite3 "$UNROLL_STORE" 'delete from runs'
    run "$unroll" gc
    [ "$status" -eq 4 ]
    # An index that has lost the run would make it look removed.
    cp "$scratch/copy" "$UNROLL_STORE"
    sqlite3 "$UNROLL_STORE" "pragma writable_schema = on;
        update sqlite_master set sql = 'CREATE TABLE runs (' || substr(sql, 14)
            where name = 'runs';
        update sqlite_master set rootpage = (select rootpage from sqlite_master
            where name = 'runs_running') where name = 'sqlite_autoindex_runs_1'"
    run "$unroll" gc
    [ "$status" -eq 4 ]
    [[ "$output" == *"the store is damaged"* ]]
    files | cmp - "$scratch/before"
}

@test "gc beside a batch, two at once, costs nothing" {
    cat > "$scratch/experiment.yaml" <<YAML
name: many
base: $configs/tiny.yaml
seeds: 12
variants:
  rnn: {model.cell: rnn}
  lstm: {train.steps: 400}
YAML
    "$unroll" batch "$scratch/experiment.yaml" -j 2 --checkpoint 0 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    while kill -0 $child 2>/dev/null; do
        "$unroll" gc > "$scratch/one" 2>&1 &
        one=$!
        "$unroll" gc > "$scratch/two" 2>&1
        wait $one
    done
    wait $child
    grep -q '24 trials: 24 done now' "$scratch/out"
    [ "$(files | grep -c '/final.safetensors$')" -eq 24 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where checkpoint = ''")" = 0 ]
    "$unroll" gc
    [ "$(files | wc -l)" -eq 24 ]
    # All of them to be removed by two at once.
    sqlite3 "$UNROLL_STORE" "delete from runs where name = 'rnn'"
    "$unroll" gc > "$scratch/one" &
    one=$!
    "$unroll" gc > "$scratch/two"
    wait $one
    [ "$(cat "$scratch/one" "$scratch/two" | grep -c 'of a run that was removed')" -eq 12 ]
    [ "$(files | wc -l)" -eq 12 ]
}
