#!/usr/bin/env bats
# Plugins as a user meets them.
load helper

@test "modules lists a plugin with its parameters and where it came from" {
    run "$unroll" modules layer/mgu
    [ "$status" -eq 0 ]
    [[ "$output" == *"mgu.so"* ]]
    [[ "$output" == *"units"* ]]
}

@test "a plugin from a folder of UNROLL_PLUGINS is found, a broken one is told" {
    sed 's/\.name = "scale"/.name = "twice"/' "$root/plugins/skeleton.c" > "$scratch/twice.c"
    plugin "$scratch/twice.c" "$scratch/plugins/twice.so"
    echo "no library" > "$scratch/plugins/broken.so"
    export UNROLL_PLUGINS=$scratch/plugins
    run "$unroll" modules layer
    [ "$status" -eq 0 ]
    [[ "$output" == *"twice"* ]]
    [[ "$output" == *"broken.so"* ]]
    cat > "$scratch/twice.yaml" <<YAML
base: $configs/tiny.yaml
model: {stack: [twice, {lstm: {units: 4}}, {readout: last}]}
YAML
    "$unroll" run -q "$scratch/twice.yaml" train.steps=3
}
