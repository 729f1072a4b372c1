#!/usr/bin/env bats
# The same bits on any number of threads, workers and from run to run, for every kind of layer,
# optimiser and shard setting.
load helper

# same_bits NAME OVERRIDES...: trains tiny.yaml on 1, 2, 3 and 8 threads; all files must be equal.
same_bits() {
    name=$1
    shift
    for threads in 1 2 3 8; do
        "$unroll" run -q --threads $threads --store "$scratch/$name-$threads.db" \
            "$configs/tiny.yaml" train.steps=6 train.evaluate.every=3 train.log.every=2 "$@" \
            > "$scratch/id" || { echo "failed: $*"; return 1; }
        id=$(cat "$scratch/id")
        metrics_of "$scratch/$name-$threads.db" > "$scratch/metrics-$threads"
        cmp "$scratch/metrics-$threads" "$scratch/metrics-1" &&
            cmp "$scratch/$name-$threads.db.runs/$id/final.safetensors" \
                "$scratch/$name-1.db.runs/$id/final.safetensors" ||
            { echo "differs on $threads threads: $*"; return 1; }
    done
}

@test "every layer" {
    for cell in rnn lstm gru birnn bilstm bigru mgu peephole_lstm indrnn layernorm_lstm; do
        same_bits "$cell" model.cell=$cell model.layers=2 model.dropout=0.3 train.shards=3
    done
    same_bits mean model.readout=mean train.shards=2
    same_bits max model.readout=max train.shards=2
    same_bits subnormals train.subnormals=flush train.clip.norm=1e-36 train.shards=2
}

@test "every optimiser" {
    for optimizer in sgd '{sgd: {momentum: 0.9, nesterov: true}}' rmsprop adagrad adam adamw; do
        same_bits "optimizer" train.shards=2 "train.optimizer=$optimizer" train.clip.norm=0.5
        rm -rf "$scratch"/optimizer*
    done
}

@test "every number of shards, up to one for each example" {
    for shards in 1 2 3 5 32; do
        same_bits "shards-$shards" train.shards=$shards
    done
}

@test "every order, schedule and way to stop" {
    same_bits tf data.order=tf train.shards=2 train.batch=33
    same_bits plateau 'train.schedule={plateau: {patience: 1}}' train.shards=2 \
        train.evaluate.on=validation
    same_bits best train.stop.restore=best train.stop.patience=1 train.shards=2 \
        train.warmup.steps=2 train.weight_decay=0.01
}
