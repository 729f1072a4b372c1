#!/usr/bin/env bats
# What doctor says of the places it looks at.
load helper

@test "a folder without MNIST's files is not MNIST" {
    mkdir -p "$UNROLL_DATA/mnist"
    run "$unroll" doctor
    [ "$status" -eq 0 ]
    [[ "$output" == *"mnist/train-images-idx3-ubyte: not found"* ]]
    [[ "$output" != *"mnist is there"* ]]
}

@test "damaged files of MNIST are told" {
    mkdir -p "$UNROLL_DATA/mnist"
    for part in train-images-idx3 train-labels-idx1 t10k-images-idx3 t10k-labels-idx1; do
        echo "not it" > "$UNROLL_DATA/mnist/$part-ubyte"
    done
    run "$unroll" doctor
    [ "$status" -eq 0 ]
    [[ "$output" == *"mnist/train-images-idx3-ubyte: "* ]]
    [[ "$output" != *"mnist is there"* ]]
}

@test "doctor counts runs" {
    run "$unroll" doctor
    [[ "$output" == *"there is no store yet"* ]]
    "$unroll" run -q "$configs/tiny.yaml"
    run "$unroll" doctor
    [[ "$output" == *"unroll.db: 1 run, 1 done"* ]]
}
