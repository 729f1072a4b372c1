#!/usr/bin/env bats
# Plugins as a user meets them.
load helper

@test "modules lists a plugin with its parameters and where it came from" {
    run "$unroll" modules layer/mgu
    [ "$status" -eq 0 ]
    [[ "$output" == *"mgu.so"* ]]
    [[ "$output" == *"units"* ]]
}

@test "modules tells of an experiment file, whole and by its keys" {
    run "$unroll" modules
    [[ "$output" == *$'\nexperiment:\n  name '*$'\n  claims '*$'\n  reported '*$'\n\nlayer:'* ]]
    run "$unroll" modules experiment
    whole=$output
    for key in $("$unroll" modules | sed -n '/^experiment:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
        [[ "$whole" == *$'\n'"  $key"$'\n'* ]]
        # A config has a name, too, and it is what `modules name` is about.
        [ "$key" = name ] && continue
        [[ "$whole" == *"$("$unroll" modules "$key" | sed 's/^/  /')"* ]]
    done
    run "$unroll" modules claim
    [ "$status" -eq 3 ]
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
