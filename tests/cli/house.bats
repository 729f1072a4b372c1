#!/usr/bin/env bats
# Keeping house: what differs between runs, and whether a run can be had again.
load helper

# Without what a caller may have chosen: training and verifying must compute alike.
house() {
    unset OPENBLAS_CORETYPE
    mkdir "$scratch/tmp"
    export TMPDIR=$scratch/tmp
}

@test "diff shows what differs in two configs, and nothing of two that say the same" {
    sed 's/1e-2/0.01/' "$configs/tiny.yaml" > "$scratch/same.yaml"
    run "$unroll" diff "$configs/tiny.yaml" "$scratch/same.yaml"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
    sed 's/1e-2/0.02/' "$configs/tiny.yaml" > "$scratch/other.yaml"
    run "$unroll" diff "$configs/tiny.yaml" "$scratch/other.yaml" --format csv
    [ "$status" -eq 1 ]
    [ "$output" = "part,key,a,b,difference"$'\n'"config,train.optimizer.adam.rate,0.01,0.02," ]
}

@test "diff of a run and the config that it was trained from finds nothing" {
    id=$("$unroll" run -q "$configs/tiny.yaml")
    run "$unroll" diff "$id" "$configs/tiny.yaml"
    [ "$status" -eq 0 ]
    [ -z "$output" ]
}

@test "diff of two runs has the figures side by side" {
    a=$("$unroll" run -q "$configs/tiny.yaml")
    b=$("$unroll" run -q "$configs/tiny.yaml" model.units=9)
    run "$unroll" diff "$a" "$b" --format csv
    [ "$status" -eq 1 ]
    [[ "$output" == *$'\n'"config,model.stack.0.lstm.units,8,9,"$'\n'* ]]
    [[ "$output" == *$'\n'"figure,parameters,634,"*$'\n'* ]]
    [[ "$output" == *$'\n'"figure,test.accuracy,0."* ]]
    [[ "$output" == *$'\n'"figure,training seconds,"* ]]
}

@test "diff of a run and the same trained again shows figures that are the same" {
    a=$("$unroll" run -q "$configs/tiny.yaml")
    b=$("$unroll" run -q --force "$configs/tiny.yaml" --threads 2)
    run "$unroll" diff "$a" "$b" --format csv
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *$'\n'"environment,threads,1,2,"* ]]
    [[ "$output" != *"config,"* ]]
}

@test "diff of a run that is not done says so" {
    a=$("$unroll" run -q "$configs/tiny.yaml")
    b=$("$unroll" run -q --force "$configs/tiny.yaml")
    sqlite3 "$UNROLL_STORE" "update runs set state = 'interrupted' where id = '$b';
        delete from finals where run = (select number from runs where id = '$b')"
    run "$unroll" diff "$a" "$b" --format csv
    [ "$status" -eq 1 ]
    [[ "$output" == *$'\n'"figure,state,done,interrupted,"* ]]
}

@test "diff of another plugin says so" {
    id=$("$unroll" run -q "$configs/tiny.yaml" model.cell=mgu)
    again=$("$unroll" run -q --force "$configs/tiny.yaml" model.cell=mgu)
    sqlite3 "$UNROLL_STORE" "update runs set plugins = 'layer mgu 2 0' where id = '$again'"
    run "$unroll" diff "$id" "$again"
    [ "$status" -eq 1 ]
    [[ "$output" =~ plugins\ +layer\ mgu\ 2\ [0-9a-f]{32} ]]
}

@test "verify finds every figure again, whatever the threads and the checkpoints" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml" train.shards=3 --checkpoint 0)
    run "$unroll" verify -q "$id" --threads 3
    [ "$status" -eq 0 ]
    # 4 series each 10 steps and 2 of 2 splits each 20, 360 test images.
    [ "$output" = "identical: 392 figures (24 metrics, 3 counts, 4 finals, 360 predictions, the last checkpoint)" ]
    [ -z "$(ls "$TMPDIR")" ]
}

@test "verify needs no right to write to the store" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml")
    sum=$(sha256sum "$UNROLL_STORE")
    chmod a-w "$UNROLL_STORE" "$scratch"
    run "$unroll" verify -q "$id"
    chmod u+w "$UNROLL_STORE" "$scratch"
    [ "$status" -eq 0 ]
    [ "$sum" = "$(sha256sum "$UNROLL_STORE")" ]
}

# tampered SQL: what verify says of the run after that change.
tampered() {
    sqlite3 "$UNROLL_STORE" "$1"
    run "$unroll" verify -q "$id"
    echo "$output"
    [ "$status" -eq 1 ]
    [ -z "$(ls "$TMPDIR")" ]
}

@test "verify names the first figure that differs" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml")
    tampered "update runs set checkpoint_hash = '0' || substr(checkpoint_hash, 2), examples = 1"
    [[ "$output" == "different: examples: stored 1, again 1280"* ]]
    tampered "update metrics set value = value * 1.0000000000000002 where step = 40 and series =
        (select number from series where name = 'train.loss')"
    [[ "$output" == "different: train.loss at step 40: stored 1."*", again 1."* ]]
    tampered "delete from metrics where step = 20 and series =
        (select number from series where name = 'test.loss')"
    [[ "$output" == "different: test.loss at step 20: stored nothing, again "* ]]
    tampered "update metrics set value = NULL, note = 'nan' where step = 10 and series =
        (select number from series where name = 'train.loss')"
    [[ "$output" == "different: train.loss at step 10: stored nan, again "* ]]
    [[ "$output" == *"5 of 392 figures differ" ]]
}

@test "verify looks at finals, predictions and the checkpoint, too" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml")
    tampered "update runs set checkpoint_hash = 'x'"
    [[ "$output" == "different: hash of the last checkpoint: stored x, again "* ]]
    tampered "update predictions set probabilities = zeroblob(4 * count)"
    [[ "$output" == "different: prediction of test example 0: stored class "*" probability 0 ("* ]]
    tampered "update finals set value = 2 where name = 'test.loss'"
    [[ "$output" == "different: final test.loss: stored 2, again "* ]]
}

@test "verify warns where the last bits may differ" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml")
    sqlite3 "$UNROLL_STORE" "update runs set isa = 'baseline', blas = 'OpenBLAS 0.1 Atom',
        key = replace(key, substr(key, 1, 1), 'f')"
    run --separate-stderr "$unroll" verify -q "$id"
    [[ "$stderr" == *"may differ in the last bits"* ]]
    [[ "$stderr" == *"instruction set: baseline then, "* ]]
    [[ "$stderr" == *"OPENBLAS_CORETYPE=Atom"* ]]
    [[ "$stderr" == *"computed otherwise"* ]]
}

@test "verify refuses other data, other modules and a run that is not done" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml")
    cp "$UNROLL_STORE" "$scratch/copy.db"
    sqlite3 "$UNROLL_STORE" "update runs set data_digest = 'other'"
    run "$unroll" verify "$id"
    [ "$status" -eq 4 ]
    [[ "$output" == *"data set digits is not the one that run $id was trained on"* ]]
    cp "$scratch/copy.db" "$UNROLL_STORE"
    sqlite3 "$UNROLL_STORE" "update runs set canonical = canonical || 'more: 1'"
    run "$unroll" verify "$id"
    [ "$status" -eq 4 ]
    [[ "$output" == *"was trained with other modules"* ]]
    cp "$scratch/copy.db" "$UNROLL_STORE"
    sqlite3 "$UNROLL_STORE" "update runs set state = 'interrupted'"
    run "$unroll" verify "$id"
    [ "$status" -eq 2 ]
    [[ "$output" == *"is interrupted: only a run that is done"* ]]
    [ -z "$(ls "$TMPDIR")" ]
}

@test "verify that is interrupted removes its temporary store" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml" train.steps=20000 train.evaluate.every=1000)
    "$unroll" verify -q "$id" 2> "$scratch/err" &
    child=$!
    for _ in $(seq 500); do
        [ -z "$(ls "$TMPDIR")" ] || break
        sleep 0.01
    done
    kill -INT $child
    status=0
    wait $child || status=$?
    [ "$status" -eq 130 ]
    grep -q "run $id was not verified to its end: interrupted" "$scratch/err"
    [ -z "$(ls "$TMPDIR")" ]
}

@test "verify without a place for its store says so" {
    house
    id=$("$unroll" run -q "$configs/tiny.yaml")
    TMPDIR=$scratch/missing run "$unroll" verify "$id"
    [ "$status" -eq 1 ]
    [[ "$output" == *"TMPDIR names another place"* ]]
}
