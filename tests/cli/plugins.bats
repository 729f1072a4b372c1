#!/usr/bin/env bats
# Where plugins are found, whom they are taken from, and what every kind of them can do.
load helper

kinds=(layer loss optimizer schedule dataset initializer)

# Builds a module of each kind into FOLDER.
build_kinds() {
    local kind
    for kind in "${kinds[@]}"; do
        plugin "$BATS_TEST_DIRNAME/plugins/kind_$kind.c" "$1/kind_$kind.so"
    done
}

# A schedule `half` of VERSION in FILE.so.
build_schedule() {
    sed "s/\"kind_halving\"/\"$2\"/; s/version = 1/version = ${3:-1}/" \
        "$BATS_TEST_DIRNAME/plugins/kind_schedule.c" > "$scratch/schedule.c"
    plugin "$scratch/schedule.c" "$1"
}

@test "plugins of every kind train together, from the command line to the record" {
    build_kinds "$scratch/mine"
    id=$("$unroll" run -q --plugin-dir "$scratch/mine" "$BATS_TEST_DIRNAME/plugins/kinds.yaml")
    accuracy=$(sqlite3 "$UNROLL_STORE" "select value from finals where name = 'test.accuracy'")
    echo "accuracy $accuracy"
    awk -v accuracy="$accuracy" 'BEGIN { exit !(accuracy > 0.9) }'
    for kind in "${kinds[@]}"; do
        hash=$("$unroll" modules --plugin-dir "$scratch/mine" --format json "$kind" |
            python3 -c "import json, sys
print([m['digest'] for m in json.load(sys.stdin)['modules'] if m['name'].startswith('kind_')][0])")
        [[ "$hash" =~ ^[0-9a-f]{32}$ ]]
        "$unroll" show "$id" | grep -E "^# .*$kind kind_[a-z]+ [0-9]+ $hash$"
        sqlite3 "$UNROLL_STORE" "select plugins from runs" | grep -E "^$kind kind_.* $hash$"
    done
    "$unroll" show "$id" | grep "layer kind_power 3 "
    # All commands that load modules take the option; the run is known again by its key.
    again=$("$unroll" run -q --plugin-dir "$scratch/mine" "$BATS_TEST_DIRNAME/plugins/kinds.yaml")
    [ "$again" = "$id" ]
    "$unroll" check --plugin-dir "$scratch/mine" "$BATS_TEST_DIRNAME/plugins/kinds.yaml"
    "$unroll" show --plugin-dir "$scratch/mine" "$BATS_TEST_DIRNAME/plugins/kinds.yaml" |
        grep kind_ramp
    "$unroll" predict --plugin-dir "$scratch/mine" -n 3 "$id"
    "$unroll" verify -q --plugin-dir "$scratch/mine" "$id"
    "$unroll" diff --plugin-dir "$scratch/mine" "$id" "$id"
}

@test "a batch's workers have the plugins of --plugin-dir, and its report names them" {
    build_kinds "$scratch/mine"
    cat > "$scratch/all.yaml" <<YAML
name: all
base: $BATS_TEST_DIRNAME/plugins/kinds.yaml
seeds: 2
variants: {low: {}, high: {train.loss.kind_squares.height: 3}}
YAML
    "$unroll" batch -j 2 --plugin-dir "$scratch/mine" "$scratch/all.yaml"
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 4 ]
    "$unroll" report all --plugin-dir "$scratch/mine" -o "$scratch/all.html" || [ "$?" -eq 3 ]
    grep -q 'dataset kind_stripes 1 [0-9a-f]' "$scratch/all.html"
    grep -q "unroll batch .*--plugin-dir $scratch/mine EXPERIMENT.yaml" "$scratch/all.html"
}

@test "without its plugin a config is refused with the place of the name" {
    run "$unroll" check "$BATS_TEST_DIRNAME/plugins/kinds.yaml"
    [ "$status" -eq 2 ]
    [[ "$output" == *"kinds.yaml:3:14: error: data.set: unknown dataset \`kind_stripes\`"* ]]
}

@test "another build of a plugin is another run" {
    build_schedule "$scratch/mine/s.so" half 1
    config="$configs/tiny.yaml"
    export UNROLL_PLUGINS=$scratch/mine
    first=$("$unroll" run -q "$config" train.steps=3 train.schedule=half)
    build_schedule "$scratch/mine/s.so" half 2
    second=$("$unroll" run -q "$config" train.steps=3 train.schedule=half)
    [ "$first" != "$second" ]
    sqlite3 "$UNROLL_STORE" "select plugins from runs where id = '$second'" | grep -q 'half 2 '
    run "$unroll" verify "$first"
    [ "$status" -ne 0 ]
}

@test "folders are searched in their order, and doctor says so" {
    build_schedule "$scratch/one/a.so" from_option
    build_schedule "$scratch/two/b.so" from_environment
    build_schedule "$XDG_DATA_HOME/unroll/plugins/c.so" from_user
    UNROLL_PLUGINS=$scratch/two:$scratch/absent run "$unroll" doctor --plugin-dir "$scratch/one"
    [ "$status" -eq 0 ]
    expected="plugins *$scratch/one \(--plugin-dir\): 1 loaded
 +$scratch/two \(UNROLL_PLUGINS\): 1 loaded
 +$scratch/absent \(UNROLL_PLUGINS\): not there
 +$XDG_DATA_HOME/unroll/plugins \(the user's\): 1 loaded
 +.*/plugins \(beside the program\): [0-9]+ loaded"
    [[ "$output" =~ $expected ]]
    [[ "$output" == *"schedule from_option, version 1: $scratch/one/a.so"* ]]
    [[ "$output" == *"schedule from_user, version 1: $XDG_DATA_HOME/unroll/plugins/c.so"* ]]
    unset XDG_DATA_HOME
    mkdir -p "$scratch/home/.local/share/unroll"
    mv "$scratch/share/unroll/plugins" "$scratch/home/.local/share/unroll"
    HOME=$scratch/home run "$unroll" modules schedule/from_user
    [ "$status" -eq 0 ]
    [[ "$output" == *"$scratch/home/.local/share/unroll/plugins/c.so, version 1, interface "* ]]
}

@test "a program without a folder beside it searches the system's" {
    mkdir "$scratch/bin"
    cp "$unroll" "$scratch/bin/unroll"
    run "$scratch/bin/unroll" doctor
    [[ "$output" == *"/lib/unroll/plugins (the system's): "* ]]
    [[ "$output" != *"beside the program"* ]]
}

@test "--plugin-dir must be a folder that is there" {
    run "$unroll" modules --plugin-dir "$scratch/absent"
    [ "$status" -eq 3 ]
    [[ "$output" == *"--plugin-dir $scratch/absent: there is no such folder"* ]]
    run "$unroll" modules --plugin-dir
    [ "$status" -eq 2 ]
    build_schedule "$scratch/mine/s.so" half
    run "$unroll" modules --plugin-dir "$scratch/mine/s.so"
    [ "$status" -eq 2 ]
    [[ "$output" == *"--plugin-dir $scratch/mine/s.so: is a file: name the folder"* ]]
    chmod 775 "$scratch/mine"
    run "$unroll" check --plugin-dir "$scratch/mine" "$configs/tiny.yaml"
    [ "$status" -eq 1 ]
    [[ "$output" == *"--plugin-dir $scratch/mine: can be written by others than its owner (mode 0775)"* ]]
}

@test "the schema has the parameters of plugins of every kind" {
    build_kinds "$scratch/mine"
    "$unroll" schema --plugin-dir "$scratch/mine" > "$scratch/schema.json"
    python3 - "$scratch/schema.json" <<'PY'
import json, sys
schema = json.load(open(sys.argv[1]))
def found(node, name, key):
    if isinstance(node, dict):
        here = node.get("properties", {}).get(name)
        if here is not None and key in json.dumps(here):
            return here
        node = node.values()
    elif not isinstance(node, list):
        return None
    return next((f for f in (found(n, name, key) for n in node) if f is not None), None)
for name, key in [("kind_power", "power"), ("kind_squares", "height"), ("kind_sign", "decay"),
                  ("kind_halving", "every"), ("kind_stripes", "noise"), ("kind_ramp", "limit")]:
    text = json.dumps(found(schema, name, key))
    assert key in text and "default" in text, name
    assert found(schema, name, "imum") is not None, name
PY
    [ "$("$unroll" schema --built-in --plugin-dir "$scratch/mine" | grep -c kind_)" -eq 0 ]
    "$unroll" schema --experiment --plugin-dir "$scratch/mine" > "$scratch/schema.json"
    grep -q '"train.optimizer.kind_sign.decay": {' "$scratch/schema.json"
    grep -q '"train.schedule.kind_halving.every": {' "$scratch/schema.json"
}

@test "modules lists every plugin with parameters, types, ranges, defaults and origin" {
    build_kinds "$scratch/mine"
    run "$unroll" modules --plugin-dir "$scratch/mine"
    [ "$status" -eq 0 ]
    [[ "$output" == *"kind_power ($scratch/mine/kind_layer.so, version 3, interface "* ]]
    [[ "$output" =~ "power "\ +number,\ from\ 1\ to\ 4\;\ default\ 2 ]]
    [[ "$output" =~ "every "\ +"whole number of steps, from 1 to 1000000; default 100" ]]
    [[ "$output" == *"lstm (built in, version "* ]]
    "$unroll" modules --plugin-dir "$scratch/mine" --format json kind_sign | python3 -c '
import json, sys
answer = json.load(sys.stdin)
module, = answer["modules"]
assert (module["kind"], module["name"], module["version"]) == ("optimizer", "kind_sign", 1)
assert module["file"].endswith("/mine/kind_optimizer.so") and answer["problems"] == []
assert module["interface"] == answer["interface"]
rate, decay = module["parameters"]
assert rate["default"] == 0.002 and rate["type"] == "real" and rate["maximum"] == 1
assert decay["exclusiveMaximum"] == 1 and decay["minimum"] == 0 and not decay["required"]'
    "$unroll" modules --format json | python3 -c '
import json, sys
modules = json.load(sys.stdin)["modules"]
lstm, = [m for m in modules if m["name"] == "lstm"]
assert lstm["file"] is None and lstm["digest"] is None
assert {p["name"] for p in lstm["parameters"]} >= {"units", "forget_bias"}'
}

@test "a module is chosen by name, never by path" {
    build_schedule "$scratch/mine/s.so" half
    for name in ./s.so "$scratch/mine/s.so" s.so ../half; do
        echo "{base: $configs/tiny.yaml, train: {schedule: \"$name\"}}" > "$scratch/path.yaml"
        run "$unroll" run --plugin-dir "$scratch/mine" "$scratch/path.yaml"
        [ "$status" -eq 2 ]
        [[ "$output" == *"unknown schedule \`$name\`: a module is chosen by its name, never by a file"* ]]
        [[ "$output" == *"--plugin-dir"* ]]
    done
    run "$unroll" run "$configs/tiny.yaml" "model.cell=./mgu.so"
    [ "$status" -eq 2 ]
    [[ "$output" == *"never by a file"* ]]
}

@test "a name that two plugins have stops only who uses it" {
    build_schedule "$scratch/mine/a.so" half 1
    build_schedule "$scratch/mine/b.so" half 2
    build_schedule "$scratch/mine/c.so" other
    export UNROLL_PLUGINS=$scratch/mine
    run "$unroll" run -q "$configs/tiny.yaml" train.steps=2 train.schedule=half
    [ "$status" -eq 2 ]
    [[ "$output" == *"more than one schedule \`half\`"* ]]
    [[ "$output" == *"($scratch/mine/a.so and $scratch/mine/b.so)"* ]]
    "$unroll" run -q "$configs/tiny.yaml" train.steps=2 train.schedule=other
    run "$unroll" modules schedule/half
    [ "$status" -eq 1 ]
    [[ "$output" == *"$scratch/mine/a.so and $scratch/mine/b.so"* ]]
    run "$unroll" doctor
    [[ "$output" == *"$scratch/mine/a.so and $scratch/mine/b.so"* ]]
    rm "$scratch/mine/a.so"
    "$unroll" run -q "$configs/tiny.yaml" train.steps=2 train.schedule=half
}

@test "a name that is built in stops only who uses it" {
    build_schedule "$scratch/mine/a.so" cosine
    export UNROLL_PLUGINS=$scratch/mine
    "$unroll" run -q "$configs/tiny.yaml" train.steps=2
    run "$unroll" run -q "$configs/tiny.yaml" train.steps=2 train.schedule=cosine
    [ "$status" -eq 2 ]
    [[ "$output" == *"more than one schedule \`cosine\`"* ]]
    [[ "$output" == *"(built in and $scratch/mine/a.so)"* ]]
    # The data set that doctor itself looks at, and a cell that another name is made of.
    sed 's/kind_stripes/mnist/' "$BATS_TEST_DIRNAME/plugins/kind_dataset.c" > "$scratch/mnist.c"
    plugin "$scratch/mnist.c" "$scratch/mine/mnist.so"
    sed 's/kind_power/gru/' "$BATS_TEST_DIRNAME/plugins/kind_layer.c" > "$scratch/gru.c"
    plugin "$scratch/gru.c" "$scratch/mine/gru.so"
    run "$unroll" doctor
    [ "$status" -eq 0 ]
    [[ "$output" == *"dataset mnist is there more than once (built in and "* ]]
    run "$unroll" check "$configs/tiny.yaml"
    [ "$status" -eq 0 ]
    run "$unroll" run -q "$configs/tiny.yaml" model.cell=bigru
    [ "$status" -eq 2 ]
    [[ "$output" == *"(built in and $scratch/mine/gru.so)"* ]]
}

@test "defaults that a plugin writes as YAML are read when it is loaded" {
    export UNROLL_PLUGINS=$scratch/mine
    for written in '.fallback = "{uniform: "' '.preset = {[INIT_KERAS] = "many"}' \
        '.preset = {[INIT_TF1] = "7"}' '.fallback = "[2"' '.preset = {[INIT_TF1] = "2.5"}'; do
        sed "s/.maximum = 4,/.maximum = 4, $written,/" \
            "$BATS_TEST_DIRNAME/plugins/kind_layer.c" > "$scratch/layer.c"
        plugin "$scratch/layer.c" "$scratch/mine/layer.so"
        run "$unroll" modules layer
        [ "$status" -eq 0 ]
        if [[ "$written" == *2.5* ]]; then
            [[ "$output" != *warning* ]]
        else
            [[ "$output" == *"mine/layer.so: layer kind_power: "* ]]
        fi
    done
}

@test "a layer that is called as a cell in both directions stops only who uses it" {
    mkdir "$scratch/mine"
    sed 's/kind_power/bigru/' "$BATS_TEST_DIRNAME/plugins/kind_layer.c" > "$scratch/bigru.c"
    plugin "$scratch/bigru.c" "$scratch/mine/b.so"
    for cell in bigru bilstm; do
        echo "{base: $configs/tiny.yaml, model: {cell: $cell}}" > "$scratch/$cell.yaml"
        "$unroll" check "$scratch/$cell.yaml"
    done
    echo "{base: $configs/tiny.yaml, model: {stack: [bigru, {lstm: {}}, {readout: last}]}}" \
        > "$scratch/stack.yaml"
    export UNROLL_PLUGINS=$scratch/mine
    "$unroll" check "$scratch/bilstm.yaml"
    for config in bigru stack; do
        run "$unroll" check "$scratch/$config.yaml"
        [ "$status" -eq 2 ]
        [[ "$output" == *"more than one layer \`bigru\`"* ]]
        [[ "$output" == *"($scratch/mine/b.so and gru in both directions, built in)"* ]]
    done
    run "$unroll" doctor
    [[ "$output" == *"layer bigru is there more than once"* ]]
}

@test "a file that is written over while a run uses it changes nothing" {
    build_schedule "$scratch/mine/s.so" half
    export UNROLL_PLUGINS=$scratch/mine
    config=$configs/tiny.yaml
    digest=$(xxh128sum "$scratch/mine/s.so" | cut -d' ' -f1)
    id=$("$unroll" run -q "$config" train.steps=3000 train.schedule=half & \
        until "$unroll" status 2>/dev/null | grep -q running || ! kill -0 $! 2>/dev/null; do \
            sleep 0.05; done; \
        size=$(stat -c %s "$scratch/mine/s.so"); \
        head -c "$size" /dev/zero | dd of="$scratch/mine/s.so" conv=notrunc status=none; \
        : > "$scratch/mine/s.so"; wait $!)
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs where id = '$id'")" = done ]
    sqlite3 "$UNROLL_STORE" "select plugins from runs" | grep -q " half 1 $digest$"
}

@test "a plugin that cannot be loaded stops nobody else, and its complaint goes to who wants it" {
    mkdir "$scratch/mine"
    for name in a b c d half; do echo "no library" > "$scratch/mine/$name.so"; done
    export UNROLL_PLUGINS=$scratch/mine
    run --separate-stderr "$unroll" run -q "$configs/tiny.yaml" train.steps=2
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    run "$unroll" run -q "$configs/tiny.yaml" train.schedule=half
    [ "$status" -eq 2 ]
    [[ "$output" == *"a plugin could not be used: $scratch/mine/half.so: cannot be loaded: "* ]]
    [[ "$output" == *"and 2 more: \`unroll doctor\` says which"* ]]
    run "$unroll" doctor
    [ "$status" -eq 0 ]
    [[ "$output" == *"$scratch/mine/d.so: cannot be loaded"* ]]
}

@test "what a plugin prints while it is loaded does not reach stdout" {
    plugin "$BATS_TEST_DIRNAME/plugins/loud.c" "$scratch/mine/loud.so"
    export UNROLL_PLUGINS=$scratch/mine
    run --separate-stderr "$unroll" run -q "$configs/tiny.yaml" train.steps=2 train.schedule=loud
    [ "$status" -eq 0 ]
    [[ "$output" =~ ^[^[:space:]]+$ ]]
    [[ "$stderr" == *"here I am"* ]]
    [ "$(grep -c "here I am" <<< "$stderr")" -eq 1 ]
    "$unroll" modules --format json loud 2>/dev/null | python3 -m json.tool > /dev/null
}

@test "what others can write is not loaded" {
    build_schedule "$scratch/mine/s.so" half
    export UNROLL_PLUGINS=$scratch/mine
    for mode in 664 666 646; do
        chmod "$mode" "$scratch/mine/s.so"
        run "$unroll" run -q "$configs/tiny.yaml" train.schedule=half train.steps=2
        [ "$status" -eq 2 ]
        [[ "$output" == *"s.so: can be written by others than its owner (mode 0$mode): chmod go-w"* ]]
    done
    chmod 644 "$scratch/mine/s.so"
    chmod 1777 "$scratch/mine"
    run "$unroll" run -q "$configs/tiny.yaml" train.schedule=half train.steps=2
    [ "$status" -eq 2 ]
    [[ "$output" == *"$scratch/mine: can be written by others than its owner (mode 1777)"* ]]
    run "$unroll" doctor
    [[ "$output" == *"$scratch/mine (UNROLL_PLUGINS): refused"* ]]
    chmod go-w "$scratch/mine"
    "$unroll" run -q "$configs/tiny.yaml" train.schedule=half train.steps=2
}

@test "another user's plugin is not loaded; one's own and root's are" {
    [ "$(id -u)" -eq 0 ] || skip "only root can be somebody else"
    build_schedule "$scratch/mine/s.so" half
    chmod 755 "$scratch"
    nobody=(setpriv --reuid=65534 --regid=65534 --clear-groups)
    "${nobody[@]}" test -x "$unroll" || skip "nobody else reaches the program"
    as_nobody=("${nobody[@]}" "$unroll" modules schedule/half)
    export UNROLL_PLUGINS=$scratch/mine
    run "${as_nobody[@]}"
    [ "$status" -eq 0 ]
    chown 65534 "$scratch/mine/s.so"
    run "${as_nobody[@]}"
    [ "$status" -eq 0 ]
    run "$unroll" modules schedule/half
    [ "$status" -eq 3 ]
    [[ "$output" == *"belongs to user 65534, neither to this user (0) nor to root"* ]]
    chown 12345 "$scratch/mine/s.so"
    run "${as_nobody[@]}"
    [ "$status" -eq 3 ]
    [[ "$output" == *"belongs to user 12345, neither to this user (65534) nor to root"* ]]
    chown 0 "$scratch/mine/s.so"
    chmod 600 "$scratch/mine/s.so"
    run "${as_nobody[@]}"
    [[ "$output" == *"s.so: cannot be opened: Permission denied"* ]]
}

@test "folders, pipes and links to nowhere among plugins are told, and the others are loaded" {
    build_schedule "$scratch/mine/s.so" half
    mkdir "$scratch/mine/a.so"
    mkfifo "$scratch/mine/b.so"
    ln -s nowhere "$scratch/mine/c.so"
    ln -s d.so "$scratch/mine/d.so"
    touch "$scratch/mine/README"
    run "$unroll" modules --plugin-dir "$scratch/mine" schedule/half
    [ "$status" -eq 0 ]
    [[ "$output" == *"a.so: is not a regular file"* ]]
    [[ "$output" == *"b.so: is not a regular file"* ]]
    [[ "$output" == *"c.so: cannot be opened: No such file or directory"* ]]
    [[ "$output" == *"d.so: cannot be opened: Too many levels of symbolic links"* ]]
    [[ "$output" != *README* ]]
}

@test "a plugin of another interface is refused with both numbers" {
    include=$scratch/include
    mkdir "$include"
    for change in 'MAJOR/ 1' 'MAJOR/ 9' 'MINOR/ 77'; do
        sed -E "s/(#define MODULE_ABI_${change%/*}) .*/\1${change#*/}/" \
            "$root/${UNROLL_BUILD:-build/release}/include/unroll.h" > "$include/unroll.h"
        plugin "$BATS_TEST_DIRNAME/plugins/kind_schedule.c" "$scratch/mine/s.so" "-I$include" \
            -iquote "$include"
        run "$unroll" modules --plugin-dir "$scratch/mine" schedule
        [ "$status" -eq 0 ]
        [[ "$output" =~ "s.so: the plugin was built for module interface "([0-9.]+)", this program has "([0-9.]+): ]]
        [ "${BASH_REMATCH[1]}" != "${BASH_REMATCH[2]}" ]
        [[ "$output" != *kind_halving* ]]
    done
}

@test "doctor and modules tell a plugin's digest, which xxh128sum gives too" {
    build_schedule "$scratch/mine/s.so" half
    digest=$(xxh128sum "$scratch/mine/s.so" | cut -d' ' -f1)
    run "$unroll" doctor --plugin-dir "$scratch/mine"
    [[ "$output" == *"schedule half, version 1: $scratch/mine/s.so ($digest)"* ]]
    run "$unroll" modules --plugin-dir "$scratch/mine" schedule/half
    [[ "$output" == *"digest $digest (xxh128sum of the file)"* ]]
}

@test "json has the file of a plugin whose folder's name is not UTF-8" {
    folder=$scratch/b$'\xff'd
    mkdir "$folder"
    build_schedule "$folder/s.so" half
    echo "no library" > "$folder/t.so"
    "$unroll" modules --plugin-dir "$folder" --format json schedule/half | python3 -c '
import json, sys
answer = json.load(sys.stdin)
assert answer["modules"][0]["file"].endswith("/b\ufffdd/s.so")
problem, = answer["problems"]
assert "/b\ufffdd/t.so: cannot be loaded: " in problem'
}

@test "a text without a default has none in json" {
    sed 's/double power/char *power/; s/PARAM_REAL/PARAM_TEXT/; s/= 2}/= NULL}/;
         s/((const struct power \*)call->params)->power/2/; s/power->power/2.0/;
         /imum =/d; s/kind_power/kind_text/' \
        "$BATS_TEST_DIRNAME/plugins/kind_layer.c" > "$scratch/text.c"
    plugin "$scratch/text.c" "$scratch/mine/text.so"
    "$unroll" modules --plugin-dir "$scratch/mine" --format json kind_text | python3 -c '
import json, sys
assert json.load(sys.stdin)["modules"][0]["parameters"][0]["default"] is None'
}

@test "folders of nobody's choice are no reason to warn" {
    unset XDG_DATA_HOME
    HOME=/dev/null run --separate-stderr "$unroll" modules schedule
    [ "$status" -eq 0 ]
    [ -z "$stderr" ]
    HOME=/dev/null run "$unroll" doctor
    [[ "$output" == *"/dev/null/.local/share/unroll/plugins (the user's): not there"* ]]
}
