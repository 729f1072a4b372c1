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

@test "doctor tells of each data set by itself" {
    mkdir -p "$UNROLL_DATA/fashion-mnist"
    python3 - "$UNROLL_DATA/fashion-mnist" <<'END'
import struct, sys
for split, count in ("train", 20), ("t10k", 10):
    with open(f"{sys.argv[1]}/{split}-images-idx3-ubyte", "wb") as file:
        file.write(struct.pack(">4I", 0x803, count, 28, 28) + bytes(count * 784))
    with open(f"{sys.argv[1]}/{split}-labels-idx1-ubyte", "wb") as file:
        file.write(struct.pack(">2I", 0x801, count) + bytes(k % 10 for k in range(count)))
END
    run "$unroll" doctor
    [ "$status" -eq 0 ]
    [[ "$output" == *"fashion_mnist is there"* ]]
    [[ "$output" == *"/mnist/train-images-idx3-ubyte: not found"* ]]
    rm "$UNROLL_DATA/fashion-mnist/t10k-labels-idx1-ubyte"
    run "$unroll" doctor
    [[ "$output" == *"t10k-labels-idx1-ubyte: not found"*"\`unroll fetch fashion-mnist\`"* ]]
}

@test "doctor counts runs" {
    run "$unroll" doctor
    [[ "$output" == *"there is no store yet"* ]]
    "$unroll" run -q "$configs/tiny.yaml"
    run "$unroll" doctor
    [[ "$output" == *"unroll.db: 1 run, 1 done"* ]]
}
