#!/bin/bash
# Batches that are killed at random moments and begun again, until they are done: the store must
# end as if nothing had happened.
#     kills.sh [-n KILLS] [CHECK...]
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
count=120

# Four trials, long enough to be killed in their middle; one stops early and restores its best
# weights, one has dropout, one a schedule that remembers.
make_experiment() {
    cat > "$scratch/victims.yaml" <<YAML
name: victims
base: $configs/tiny.yaml
seeds: 2
variants:
  stops:
    train.steps: 200
    train.stop: {patience: 3, restore: best}
  drops:
    model.dropout: 0.3
    train.steps: 150
    train.schedule: {plateau: {patience: 1}}
YAML
}

# prepare: an undisturbed store to compare with.
prepare() {
    make_experiment
    "$unroll" batch "$scratch/victims.yaml" --store "$scratch/alone.db" -j 2
    echo "random seed: ${SEED:=$$}"
    RANDOM=$SEED
    kills=0 rounds=0 begun=0 promises=0
}

# moment LIMIT: sleeps up to LIMIT milliseconds.
moment() {
    sleep "$(printf '0.%03d' $((RANDOM % $1)))"
}

begin_batch() {
    begun=$((begun + 1))
    "$unroll" batch "$scratch/victims.yaml" --store "$store" -j 2 --checkpoint 0 \
        > "$scratch/batch.out" 2>&1 &
    batch=$!
}

# What the store or the batch has said to be done stays done; a checkpoint is never taken back.
remember() {
    intact "$store"
    if [ "$(ask "$store" "SELECT count(*) FROM sqlite_master WHERE name = 'trials'")" = 0 ]; then
        [ ! -e "$scratch/done" ] || fail 'the store has lost its tables'
        return # killed while it made the store
    fi
    ask "$store" "SELECT id, count(*) FROM runs JOIN metrics ON run = number
        WHERE state = 'done' GROUP BY id ORDER BY id" > "$scratch/done.now"
    ask "$store" "SELECT id, checkpoint_step FROM runs ORDER BY id" > "$scratch/steps.now"
    if [ -e "$scratch/done" ]; then
        comm -23 "$scratch/done" "$scratch/done.now" | grep . && fail "no longer done, or not all"
        join -t '|' "$scratch/steps" "$scratch/steps.now" | awk -F '|' '$3 < $2' | grep . &&
            fail "an older checkpoint than before"
    fi
    # shellcheck disable=SC2013 # ids are words
    for id in $(sed -n 's/.*: done in .* run \([0-9a-f-]*\)$/\1/p' "$scratch/batch.out"); do
        grep -q "^$id|" "$scratch/done.now" || fail "run $id was said to be done"
        promises=$((promises + 1))
    done
    mv "$scratch/done.now" "$scratch/done"
    mv "$scratch/steps.now" "$scratch/steps"
}

# Ends the batch and its workers at once, or the parent, or one worker.
strike() {
    local workers
    mapfile -t workers < <(pgrep -P "$batch")
    case $1 in
        all) kill -KILL "$batch" "${workers[@]}" 2> "$scratch/gone" || return 0 ;;
        parent) kill -KILL "$batch" 2> "$scratch/gone" || return 0 ;;
        worker)
            [ ${#workers[@]} -gt 0 ] || return 0
            kill -KILL "${workers[RANDOM % ${#workers[@]}]}" 2> "$scratch/gone" || return 0
            ;;
    esac
    kills=$((kills + 1))
}

is_complete() {
    [ "$(ask "$store" "SELECT count(*) FROM trials WHERE key NOT IN
        (SELECT key FROM runs WHERE state = 'done')" 2> "$scratch/asked")" = 0 ] &&
        [ "$(ask "$store" "SELECT count(*) FROM trials")" = 4 ]
}

# until_done WHOM...: batches on one store, killed again and again.
until_done() {
    store=$scratch/round-$rounds.db
    rm -f "$scratch/done" "$scratch/steps"
    while ! { [ -s "$store" ] && is_complete; }; do
        begin_batch
        while kill -0 "$batch" 2> "$scratch/gone"; do
            moment 150
            [ "$kills" -lt "$count" ] && strike "${@:RANDOM % $# + 1:1}"
        done
        wait "$batch" || true
        [ -s "$store" ] && remember
        [ $((begun - rounds)) -lt $((10 * count + 100)) ] || fail "it never gets done"
    done
    same "$store" "$scratch/alone.db"
    [ "$(ask "$store" 'SELECT count(*) FROM runs')" = 4 ] || fail "a trial has more than one run"
    rm -rf "$store" "$store.runs"
    rounds=$((rounds + 1))
}

rounds_of() {
    prepare
    while [ "$kills" -lt "$count" ]; do
        until_done "$@"
    done
    [ $promises -gt 0 ] || fail 'no batch said of a run that it is done'
    say "$kills kills in $rounds stores, $begun batches begun: each store as if undisturbed"
}

check_kill_all() {
    rounds_of all
}

check_kill_some() {
    rounds_of all parent worker
}

torture "$@"
