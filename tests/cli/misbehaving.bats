#!/usr/bin/env bats
# A plugin that crashes, never returns, ends the process, returns errors or writes out of bounds is
# named, and costs nothing but its own run.
load helper

setup_trouble() {
    local flags=()
    build=${UNROLL_BUILD:-build/release}
    mkdir -p "$scratch/plugins"
    case $build in
        *san*)
            flags=(-g -fsanitize=address,undefined -fno-sanitize-recover=undefined)
            export ASAN_OPTIONS=detect_leaks=0
            ;;
    esac
    (umask 022 && cc -std=gnu11 -D_GNU_SOURCE -I"$root/$build/include" "${flags[@]}" -shared \
        -fPIC -o "$scratch/plugins/trouble.so" "$BATS_TEST_DIRNAME/plugins/trouble.c")
    export UNROLL_PLUGINS=$scratch/plugins
    layer="layer trouble (plugin $scratch/plugins/trouble.so)"
}

is_sanitized() {
    [[ "$unroll" == *san* ]]
}

# The config's part with the layer in trouble, PARAMETERS being its own.
stack() {
    echo "model={stack: [{lstm: 8}, {trouble: {$1}}, {readout: last}]}"
}

# What is said of PARAMETERS by a run on its own; $threads of them.
expect_of_run() {
    run timeout 60 "$unroll" run "$configs/tiny.yaml" "$(stack "$1")" train.shards=2 \
        --threads "$threads" -q train.steps=5
    echo "$1: $(tail -n 3 <<< "$output")"
    [ "$status" -ne 0 ]
    [[ "$output" == *"error: $2"* ]]
    # Nobody has written that into the store yet: whoever looks reads the last word.
    run "$unroll" show "$(sqlite3 "$UNROLL_STORE" \
        "select id from runs order by started desc limit 1")"
    echo "${output:0:400}"
    [[ "$output" == *"state        ${3:-failed}"*"message      $2"* ]]
}

# Where a sanitizer sees it itself, it says so in its own words.
expect_of_run_unless_sanitized() {
    if is_sanitized; then
        expect_of_run "$1" "a sanitizer found an error in $layer"
    else
        expect_of_run "$1" "$2"
    fi
}

check_ends_of_run() {
    setup_trouble
    threads=$1
    expect_of_run_unless_sanitized 'what: segfault' \
        "crashed by signal 11 (Segmentation fault) in $layer"
    expect_of_run_unless_sanitized 'what: overflow' \
        "crashed by signal 11 (Segmentation fault) in $layer"
    expect_of_run_unless_sanitized 'what: division' \
        "crashed by signal 8 (Floating point exception) in $layer"
    expect_of_run 'what: abort' "crashed by signal 6 (Aborted) in $layer"
    expect_of_run 'what: exit' "$layer ended the process with status 0"
    expect_of_run 'what: exit, status: 3' "$layer ended the process with status 3"
    expect_of_run 'what: _exit' "$layer ended the process with status 0"
    expect_of_run 'what: _exit, status: 3' "$layer ended the process with status 3"
    expect_of_run 'what: nan' 'tiny diverged: the loss of step 3 is not a number' diverged
    run "$unroll" list --state failed --format csv
    [ "${#lines[@]}" -eq 9 ]
}

@test "a run that a plugin ends says so" {
    check_ends_of_run 1
}

@test "a run that a plugin ends says so, on two threads" {
    check_ends_of_run 2
}

@test "the next command writes a last word into the store, and the one after it trains" {
    setup_trouble
    threads=1
    expect_of_run 'what: abort' "crashed by signal 6 (Aborted) in $layer"
    id=$(sqlite3 "$UNROLL_STORE" "select id from runs")
    [ -s "$scratch/$id/last-word.txt" ]
    "$unroll" gc
    [ "$(sqlite3 "$UNROLL_STORE" "select state || ': ' || message from runs")" = \
        "failed: crashed by signal 6 (Aborted) in $layer" ]
    # Of another process's last word, or half of one, nothing is believed.
    sqlite3 "$UNROLL_STORE" "update runs set state = 'running'"
    echo "process 1: nonsense" > "$scratch/$id/last-word.txt"
    run "$unroll" show "$id"
    [[ "$output" == *"state        interrupted"*" ended without a word"* ]]
    printf 'process %s: nonsense' "$(sqlite3 "$UNROLL_STORE" "select pid from runs")" \
        > "$scratch/$id/last-word.txt"
    run "$unroll" show "$id"
    [[ "$output" == *"state        interrupted"* ]]
    run "$unroll" rm "$id"
    [ "$status" -eq 0 ]
    [ ! -e "$scratch/$id" ]
}

# What is written behind or before each array that a hook is given.
check_bounds() {
    setup_trouble
    threads=$1
    for where in behind before; do
        for array in in out saved scratch weights gradients out_gradient in_gradient; do
            expect_of_run_unless_sanitized "what: $where, of: $array" \
                "$layer wrote out of bounds: "
        done
    done
    expect_of_run_unless_sanitized 'what: behind, of: scratch' \
        "$layer wrote out of bounds: behind scratch"
    expect_of_run_unless_sanitized 'what: behind, of: weights' \
        "$layer wrote out of bounds: behind weights of 1.factor or before weights of 3.weight"
}

@test "a plugin that writes out of bounds is stopped" {
    check_bounds 1
}

@test "a plugin that writes out of bounds is stopped, on two threads" {
    check_bounds 2
}

@test "a plugin that was built without a sanitizer is stopped in the sanitizer build, too" {
    is_sanitized || skip "the release build does this in all tests"
    setup_trouble
    threads=1
    cc -std=gnu11 -D_GNU_SOURCE -I"$root/$build/include" -shared -fPIC \
        -o "$scratch/plugins/trouble.so" "$BATS_TEST_DIRNAME/plugins/trouble.c"
    expect_of_run 'what: behind, of: saved' "$layer wrote out of bounds: behind saved of layer 1"
    expect_of_run 'what: changes, of: in' "$layer changed \`in\`, which is const"
    expect_of_run 'what: changes, of: out_gradient' "$layer changed \`out_gradient\`, which is const"
    run timeout 60 "$unroll" run "$configs/tiny.yaml" -q train.steps=5 \
        "train.optimizer={careless: {what: changes, of: gradients}}"
    [ "$status" -eq 1 ]
    [[ "$output" == *"error: optimizer careless (plugin "*") changed \`gradients\`, which is const"* ]]
}

# in_both WHAT ARRAY PLACE: what WHAT of ARRAY is called within bidirectional; PLACE: the arrays.
in_both() {
    run timeout 60 "$unroll" run "$configs/tiny.yaml" -q train.steps=5 \
        "model={stack: [{lstm: 8}, {bidirectional: {of: {trouble_cell: {what: $1, of: $2}}}}, \
        {readout: last}]}"
    echo "$1 $2: $output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"error: layer trouble_cell (plugin $scratch/plugins/trouble.so) wrote out of \
bounds in bidirectional: $3"* ]]
}

@test "a cell that writes out of bounds within bidirectional is stopped" {
    setup_trouble
    in_both behind saved "behind saved or before out"
    in_both behind out "behind out or before saved"
    in_both before out "behind saved or before out"
    in_both behind scratch "behind scratch or before out_gradient"
    in_both behind out_gradient "behind out_gradient or before in_gradient"
    in_both before out_gradient "behind scratch or before out_gradient"
}

@test "an optimiser that writes out of bounds is stopped" {
    setup_trouble
    layer="optimizer careless (plugin $scratch/plugins/trouble.so)"
    for parameters in 'what: behind, of: weights' 'what: behind, of: saved' \
        'what: behind, of: gradients'; do
        run timeout 60 "$unroll" run "$configs/tiny.yaml" -q train.steps=5 \
            "train.optimizer={careless: {$parameters}}"
        echo "$output"
        [ "$status" -eq 1 ]
        if is_sanitized; then
            [[ "$output" == *"error: a sanitizer found an error in $layer"* ]]
        else
            [[ "$output" == *"error: $layer wrote out of bounds: behind "* ]]
        fi
    done
}

# beside MODULE PLACE OVERRIDE: a module that writes behind an array, called PLACE, is stopped.
beside() {
    run timeout 60 "$unroll" run "$configs/tiny.yaml" -q train.steps=5 "$3"
    echo "$3: $output"
    [ "$status" -eq 1 ]
    if ! is_sanitized || [[ "$output" != *"error: a sanitizer found an error in $1 (plugin \
$scratch/plugins/trouble.so)"* ]]; then
        [[ "$output" == *"error: $1 (plugin $scratch/plugins/trouble.so) wrote out of bounds: behind $2"* ]]
    fi
}

@test "a loss that writes out of bounds is stopped" {
    setup_trouble
    beside "loss rash" "the losses" 'train.loss={rash: {what: behind, of: out}}'
    beside "loss rash" "gradient of the logits" \
        'train.loss={rash: {what: behind, of: out_gradient}}'
    beside "loss rash" "the probabilities" 'train.loss={rash: {what: behind, of: scratch}}'
}

@test "an initialiser that writes out of bounds is stopped" {
    setup_trouble
    beside "initializer spill" "weights of 0.weight_ih" \
        'model={stack: [{lstm: {units: 8, kernel_init: {spill: {what: behind}}}}, {readout: last}]}'
}

@test "a data set of memory that cannot be read is named" {
    setup_trouble
    for of in in out; do
        run timeout 60 "$unroll" run "$configs/tiny.yaml" -q "data.set={hollow: {of: $of}}" \
            data.validation.count=10
        echo "$output"
        [ "$status" -ne 0 ]
        if is_sanitized; then
            [[ "$output" == *"a sanitizer found an error in dataset hollow (plugin "* ]]
        else
            [[ "$output" == *"error: crashed by signal 11 (Segmentation fault) in dataset hollow (plugin "* ]]
        fi
    done
}

@test "errors that a plugin returns name its file" {
    setup_trouble
    for what in refuses silently check plan; do
        run "$unroll" run "$configs/tiny.yaml" "$(stack "what: $what")" -q
        echo "$output"
        [ "$status" -eq 2 ]
        [[ "$output" == *"[$layer]"* ]]
        [[ "$output" == *trouble* ]]
    done
    run "$unroll" run "$configs/tiny.yaml" "$(stack "what: silently")" -q
    [[ "$output" == *"failed without saying why [$layer]"* ]]
    run "$unroll" run "$configs/tiny.yaml" "$(stack "what: plan")" -q
    [[ "$output" == *"planned the impossible: tensor_count is 33 [$layer]"* ]]
}

# The reason of VARIANT's failure in the batch's output, and its state and message in the store.
expect_of_batch() {
    [[ "$output" == *"$1 seed 1 failed: $2"* ]]
    [[ "$(sqlite3 "$UNROLL_STORE" "select state || ': ' || message from runs where name = '$1'")" == \
        "failed: $2"* ]]
}

check_batch() {
    setup_trouble
    {
        echo "base: $configs/tiny.yaml"
        echo "variants:"
        echo "  good: {}"
        for parameters in "segfault: {what: segfault}" "exit: {what: exit}" \
            "exits: {what: exit, status: 130}" "_exit: {what: _exit}" "overflow: {what: overflow}" \
            "behind: {what: behind, of: saved}" "fine: {what: nothing}" "$@"; do
            echo "  ${parameters%%:*}: {model: {stack: [{lstm: 8}, {trouble:${parameters#*:}}," \
                "{readout: last}]}}"
        done
    } > "$scratch/experiment.yaml"
    run timeout 300 "$unroll" batch "$scratch/experiment.yaml" -j 2 --threads "$threads" \
        train.shards=2 train.steps=5
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select group_concat(name) from (select name from runs
        where state = 'done' order by name)")" = fine,good ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'failed'")" = $((6 + $#)) ]
    if is_sanitized; then
        for name in segfault overflow behind; do
            expect_of_batch $name "its process ended with status 1 without saying why, in $layer"
        done
    else
        expect_of_batch segfault "crashed by signal 11 (Segmentation fault) in $layer"
        expect_of_batch overflow "crashed by signal 11 (Segmentation fault) in $layer"
        expect_of_batch behind "$layer wrote out of bounds: behind saved of layer 1"
    fi
    expect_of_batch exit "its process ended with status 0 without saying why, in $layer"
    expect_of_batch exits "its process ended with status 130 without saying why, in $layer"
    expect_of_batch _exit "its process ended with status 0 without saying why, in $layer"
    run "$unroll" show "$(sqlite3 "$UNROLL_STORE" "select id from runs where name = 'exit'")"
    [[ "$output" == *"message      its process ended"*" in $layer"* ]]
}

@test "a batch goes on beside plugins that go wrong, and names them" {
    threads=1
    check_batch
}

@test "a batch goes on beside plugins that go wrong, on two threads each" {
    threads=2
    check_batch
}

@test "a plugin that never returns is named when its time is over" {
    if is_sanitized; then skip "thirty seconds are waited for in the other build"; fi
    setup_trouble
    printf 'base: %s\nvariants:\n  loop: {}\n  good: {model.stack.1.trouble.what: nothing}\n' \
        "$scratch/base.yaml" > "$scratch/experiment.yaml"
    echo 'budget: {trial_seconds: 1}' >> "$scratch/experiment.yaml"
    cat "$configs/tiny.yaml" > "$scratch/base.yaml"
    sed -i 's/^model:.*/model: {stack: [{lstm: 8}, {trouble: {what: loop}}, {readout: last}]}/' \
        "$scratch/base.yaml"
    run timeout 120 "$unroll" batch "$scratch/experiment.yaml" -j 2 train.steps=5
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$(sqlite3 "$UNROLL_STORE" "select state || ': ' || message from runs where name = 'loop'")" == \
        "failed: timed out: it took longer than 1.0 s (budget.trial_seconds) and did not end within"*" when told to, in $layer; at step 2 of 5"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs where name = 'good'")" = "done" ]
}

# An experiment of variants whose plugins go wrong before anything is trained, and of two others.
planning_experiment() {
    {
        echo "base: $configs/tiny.yaml"
        echo "seeds: 2"
        echo "variants:"
        echo "  good: {}"
        for parameters in "describe: {what: abort, hook: describe}" \
            "check: {what: abort, hook: check}" "exit: {what: exit, hook: describe}" \
            "fine: {what: nothing}" "$@"; do
            echo "  ${parameters%%:*}: {model: {stack: [{lstm: 8}, {trouble:${parameters#*:}}," \
                "{readout: last}]}}"
        done
        echo "  watches: {train.schedule: {astray: {what: abort, hook: watches}}}"
        echo "  bi: {model.stack: [{bidirectional: {of: {gru: 4}}}, {trouble: {what: segfault," \
            "hook: describe}}, {readout: last}]}"
        echo "  open: {data.set: {absent: {what: abort}}}"
    } > "$scratch/experiment.yaml"
}

# The messages of both seeds of VARIANT, each of them failed.
expect_of_planning() {
    local messages="failed: $2|1
failed: $2|2"
    run sqlite3 "$UNROLL_STORE" "select state || ': ' || message, seed from runs
        where name = '$1' order by seed"
    echo "$1: $output"
    [ "$output" = "$messages" ]
}

expect_states() {
    [ "$(sqlite3 "$UNROLL_STORE" "select name || ' ' || seed || ' ' || state || ' ' || attempt
        from runs where state = 'done' order by name, seed" | paste -sd,)" = \
        "fine 1 done 1,fine 2 done 1,good 1 done 1,good 2 done 1" ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*), min(attempt), max(attempt) from runs
        where state = 'failed'")" = "12|$1|$1" ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs")" = 16 ]
}

@test "a plugin that goes wrong while a batch is planned costs its own trials alone" {
    setup_trouble
    planning_experiment
    before=", before it was trained"
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" -j 2 train.steps=5
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"experiment: 16 trials: 4 done now, 12 failed"* ]]
    [[ "$output" == *"  open seed 2 failed: crashed by signal 6 (Aborted) in dataset absent"* ]]
    expect_states 1
    dataset="dataset absent ${layer#layer trouble }"
    expect_of_planning describe "crashed by signal 6 (Aborted) in $layer$before"
    expect_of_planning check "crashed by signal 6 (Aborted) in $layer$before"
    expect_of_planning exit \
        "its process ended with status 0 without saying why, in $layer$before"
    expect_of_planning watches \
        "crashed by signal 6 (Aborted) in schedule astray ${layer#layer trouble }$before"
    expect_of_planning open "crashed by signal 6 (Aborted) in $dataset$before"
    if is_sanitized; then
        expect_of_planning bi "its process ended with status 1 without saying why, in $layer$before"
    else
        expect_of_planning bi "crashed by signal 11 (Segmentation fault) in $layer$before"
    fi
    # What was known of their data is a part of their keys.
    [ "$(sqlite3 "$UNROLL_STORE" "select group_concat(distinct name) from (select name from runs
        where data_digest = '' order by name)")" = check,open,watches ]
    # Their plugin is noted, as of every run, and others know of them.
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'failed'
        and plugins not like '% 1 ________________________________%'")" = 0 ]
    run "$unroll" compare experiment
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"check: 0 of 2 runs are done, 2 failed"* ]]
    # Launched again they are left alone, like all that failed, until it is asked for.
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" -j 2 train.steps=5
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"4 done, 0 to train"*"12 trials failed before"* ]]
    expect_states 1
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" -j 2 train.steps=5 --retry-failed
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"experiment: 16 trials: 0 done now, 4 done before, 12 failed"* ]]
    expect_states 2
}

@test "a dry run says which variants cannot even be planned" {
    setup_trouble
    planning_experiment
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" -n train.steps=5
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"warning: variant exit: its process ended with status 0 "*" in $layer"* ]]
    [ "$(grep -c '^good .* missing ' <<< "$output")" -eq 2 ]
    [ "$(grep -c '^fine .* missing ' <<< "$output")" -eq 2 ]
    [ "$(grep -cE '^(describe|check|exit|watches|bi|open) .* failed ' <<< "$output")" -eq 12 ]
    [[ "$output" == *" for 4 trials, "* ]]
    [ ! -e "$UNROLL_STORE" ]
}

@test "a plugin that never returns while a batch is planned is ended and named" {
    setup_trouble
    {
        echo "base: $configs/tiny.yaml"
        echo "variants:"
        echo "  loop: {model.stack: [{lstm: 8}, {trouble: {what: loop, hook: describe}}," \
            "{readout: last}]}"
        echo "  good: {}"
        echo "budget: {trial_seconds: 3}"
    } > "$scratch/experiment.yaml"
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select message from runs where name = 'loop'")" = \
        "timed out: it was not ready to be trained within 3.0 s, in $layer" ]
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs where name = 'good'")" = "done" ]
}

# An experiment of one variant without plugins, and of those that are given.
refusing_experiment() {
    printf '%s\n' "base: $configs/tiny.yaml" "variants:" "  good: {}" > "$scratch/experiment.yaml"
    printf '  %s\n' "$@" >> "$scratch/experiment.yaml"
}

@test "what a plugin's check refuses is an error of the experiment, told with what others refuse" {
    setup_trouble
    planning_experiment "refuses: {what: refuses}" "unchecked: {what: check}"
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"variant refuses: layer 1 (trouble, "*"cannot be had [$layer]"* ]]
    [[ "$output" == *"not like this [$layer]"* ]]
    [ ! -e "$UNROLL_STORE" ]
}

@test "an error that a plugin returns while a batch is planned costs its own trials alone" {
    setup_trouble
    # Of the two that no plugin is to blame for, each is the experiment's.
    refusing_experiment \
        "refuses: {model.stack: [{lstm: 8}, {trouble: {what: refuses}}, {readout: last}]}" \
        "plan: {model.stack: [{lstm: 8}, {trouble: {what: plan}}, {readout: last}]}" \
        "absent: {data.set: absent}" \
        "deaf: {model.stack: [{lstm: 8}, {trouble: {what: nothing}}]}"
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"variant deaf: "*"readout"* ]]
    [[ "$output" == *"variant absent: there is nothing [dataset absent (plugin "* ]]
    [ ! -e "$UNROLL_STORE" ]
    sed -i '/deaf/d' "$scratch/experiment.yaml"
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" -n train.steps=5
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"warning: variant absent: there is nothing [dataset absent (plugin "* ]]
    [ "$(grep -cE '^(refuses|plan|absent) .* failed ' <<< "$output")" -eq 3 ]
    [ "$(grep -c '^good .* missing ' <<< "$output")" -eq 1 ]
    [ ! -e "$UNROLL_STORE" ]
    # They are tried anew by each launch.
    for attempt in 1 2; do
        run timeout 200 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
        echo "$output"
        [ "$status" -eq 1 ]
        [[ "$output" == *"refuses seed 1 failed: layer 1 (trouble, "*"cannot be had [$layer]"* ]]
        run sqlite3 "$UNROLL_STORE" "select name, state, attempt from runs order by name"
        echo "$output"
        [ "$(paste -sd' ' <<< "$output")" = "absent|failed|$attempt good|done|1 plan|failed|$attempt refuses|failed|$attempt" ]
    done
    run "$unroll" show "$(sqlite3 "$UNROLL_STORE" "select id from runs where name = 'plan'")"
    echo "$output"
    [[ "$output" == *"message "*"planned the impossible: tensor_count is 33 [$layer]"* ]]
    # Where nothing else is left, it is the experiment that is wrong.
    rm "$UNROLL_STORE"
    sed -i '/good/d' "$scratch/experiment.yaml"
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"variant refuses: "*"variant plan: "*"variant absent: "* ]]
    [ ! -e "$UNROLL_STORE" ]
}

@test "a file with a bad cell costs the variants that read it" {
    cd "$scratch"
    export UNROLL_PLUGINS=$root/${UNROLL_BUILD:-build/release}/plugins
    printf '%s\n' kind,t1,t2 up,1,2 down,2,1 up,3,4 down,4,3 > good.csv
    sed '3s/2/n.a./' good.csv > bad.csv
    cat > base.yaml <<- 'EOF'
	data: {set: {csv: {path: good.csv, hold_out: 0.5, layout: series, label: kind}}}
	model: {cell: lstm, units: 2}
	train: {steps: 2, batch: 2, evaluate: {every: 1}}
	EOF
    printf '%s\n' 'base: base.yaml' 'variants:' '  good: {}' '  bad: {data.set.csv.path: bad.csv}' \
        '  fine: {model.units: 3}' > experiment.yaml
    run "$unroll" batch experiment.yaml
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"bad seed 1 failed: "*"bad.csv:3:2: t1: expected a number, found \`n.a.\`"*"[dataset csv (plugin "* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select group_concat(name || ' ' || state) from (select name, state
        from runs order by name)")" = "bad failed,fine done,good done" ]
    run "$unroll" compare experiment
    echo "$output"
    [[ "$output" == *"bad: 0 of 1 runs are done, 1 failed"* ]]
    # The next launch says what is wrong now, and trains what is mended.
    sed -i '3s/n.a./2/;4s/3/x/' bad.csv
    run "$unroll" batch experiment.yaml
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"bad seed 1 failed: "*"bad.csv:4:2: t1: expected a number, found \`x\`"* ]]
    sed -i '4s/x/5/' bad.csv
    run "$unroll" batch experiment.yaml
    echo "$output"
    [ "$status" -eq 0 ]
    run "$unroll" compare experiment
    echo "$output"
    [[ "$output" != *"1 failed"* ]]
}

# Builds FILE.so, whose only module is the cell NAME.
cell() {
    sed "s/\"mgu\"/\"$2\"/" "$root/plugins/mgu.c" > "$scratch/cell.c"
    plugin "$scratch/cell.c" "$scratch/plugins/$1.so" "${@:3}"
}

# An experiment whose cells mine and both need plugins that cannot be used: one is no library, the
# other is there twice.
absent_experiment() {
    mkdir -p "$scratch/plugins"
    echo "no library" > "$scratch/plugins/mine.so"
    cell both both
    cell same both -g
    export UNROLL_PLUGINS=$scratch/plugins
    printf '%s\n' "base: $configs/tiny.yaml" "seeds: 2" "variants:" "  good: {}" \
        "  large: {model: {cell: mine, units: 9}}" "  small: {model: {cell: mine, units: 8}}" \
        "  inner: {model: {stack: [{bidirectional: {of: {mine: {units: 4}}}}, {readout: last}]}}" \
        "  bi: {model: {cell: bimine, units: 5}}" \
        "  twice: {model: {stack: [{both: {units: 8}}, {readout: last}]}}" > "$scratch/experiment.yaml"
}

@test "a plugin that cannot be loaded costs the trials that need it alone" {
    absent_experiment
    complaint="unknown layer \`mine\`: a plugin could not be used: $scratch/plugins/mine.so: "
    for attempt in 1 2; do
        run timeout 200 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
        echo "$output"
        [ "$status" -eq 1 ]
        [[ "$output" == *"large seed 2 failed: $complaint"* ]]
        run sqlite3 "$UNROLL_STORE" "select name, state, max(attempt), count(distinct key)
            from runs group by name order by name"
        echo "$output"
        [ "$(paste -sd' ' <<< "$output")" = "bi|failed|$attempt|2 good|done|1|2 inner|failed|$attempt|2 large|failed|$attempt|2 small|failed|$attempt|2 twice|failed|$attempt|2" ]
    done
    [[ "$(sqlite3 "$UNROLL_STORE" "select message from runs where name = 'twice'")" == \
        "more than one layer \`both\`: "*"both.so and "*"same.so"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs
        where name in ('large', 'small', 'inner') and message like '$complaint%'")" -eq 6 ]
    large=$(sqlite3 "$UNROLL_STORE" "select id from runs where name = 'large'" | head -1)
    for command in "show $large" "compare experiment" "compare experiment --only-changed" status list; do
        # shellcheck disable=SC2086 # words
        run "$unroll" $command
        echo "$command: $output"
        [ "$status" -lt 2 ]
    done
    run "$unroll" compare experiment
    [[ "$output" == *"large: 0 of 2 runs are done, 2 failed"* ]]
    # The plugins are mended.
    rm "$scratch/plugins/same.so"
    cell mine mine
    run timeout 200 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"12 trials: 10 done now, 2 done before"* ]]
}

@test "a dry run warns of plugins that cannot be loaded; a check, and an experiment of nothing else, fail" {
    absent_experiment
    run "$unroll" batch "$scratch/experiment.yaml" -n train.steps=5
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"warning: variant large: unknown layer \`mine\`"* ]]
    [ "$(grep -c ' failed ' <<< "$output")" -eq 10 ]
    run "$unroll" check "$scratch/experiment.yaml"
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"experiment.yaml:5:"*"unknown layer \`mine\`"* ]]
    # An unknown name that no plugin is to blame for is an error.
    sed -i 's/{both: {units: 8}}/bothh/' "$scratch/experiment.yaml"
    run "$unroll" batch "$scratch/experiment.yaml"
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"unknown layer \`bothh\`"* ]]
    sed -i 's/bothh/both/; /good/d' "$scratch/experiment.yaml"
    run "$unroll" batch "$scratch/experiment.yaml"
    echo "$output"
    [ "$status" -eq 2 ]
    [[ "$output" == *"experiment.yaml:4:"*"unknown layer \`mine\`"* ]]
    [ ! -e "$UNROLL_STORE" ]
}

@test "a plugin that never returns does not keep a batch for ever" {
    setup_trouble
    printf 'base: %s\nvariants:\n  loop: {}\n  good: {model.stack.1.trouble.what: nothing}\n' \
        "$scratch/base.yaml" > "$scratch/experiment.yaml"
    sed 's/^model:.*/model: {stack: [{lstm: 8}, {trouble: {what: loop}}, {readout: last}]}/' \
        "$configs/tiny.yaml" > "$scratch/base.yaml"
    UNROLL_CALL_SECONDS=x run -2 "$unroll" batch "$scratch/experiment.yaml"
    [[ "$output" == *"UNROLL_CALL_SECONDS: x is no number above 0"* ]]
    UNROLL_CALL_SECONDS=2 run timeout 120 "$unroll" batch "$scratch/experiment.yaml" -j 1 \
        --retries 1 train.steps=5
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select state || ': ' || message from runs where name = 'loop'")" = \
        "failed: $layer did not come back from one call within 2.0 s, and its process was ended \
(UNROLL_CALL_SECONDS allows more); at step 2 of 5" ]
    [ "$(sqlite3 "$UNROLL_STORE" "select state from runs where name = 'good'")" = "done" ]
}

@test "a second signal during a call of a plugin names it" {
    setup_trouble
    for signal in INT TERM; do
        rm -rf "$UNROLL_STORE"*
        "$unroll" run "$configs/tiny.yaml" "$(stack 'what: loop, at: 0')" > /dev/null \
            2> "$scratch/log" 3>&- &
        process=$!
        wait_for_training
        sleep 1
        kill -s "$signal" "$process"
        sleep 0.2
        kill -s "$signal" "$process"
        wait "$process" || true
        cat "$scratch/log"
        number=$(kill -l "$signal")
        grep -q "error: ended by signal $number (.*) in $layer" "$scratch/log"
        run "$unroll" show "$(sqlite3 "$UNROLL_STORE" "select id from runs")"
        [[ "$output" == *"message      ended by signal $number ("*") in $layer"* ]]
    done
}

@test "a plugin that kills its process is named" {
    setup_trouble
    printf 'base: %s\nvariants:\n  kills: {}\n' "$scratch/base.yaml" > "$scratch/experiment.yaml"
    sed 's/^model:.*/model: {stack: [{lstm: 8}, {trouble: {what: kill}}, {readout: last}]}/' \
        "$configs/tiny.yaml" > "$scratch/base.yaml"
    run timeout 120 "$unroll" batch "$scratch/experiment.yaml" train.steps=5
    echo "$output"
    [[ "$(sqlite3 "$UNROLL_STORE" "select message from runs")" == \
        "its process was ended by signal 9 (Killed), by someone"*", in $layer"* ]]
}

@test "the speed of what a plugin ends is not measured" {
    setup_trouble
    printf 'base: %s\nvariants:\n  good: {}\n  bad: {model.stack.1.trouble.what: abort}\n' \
        "$scratch/base.yaml" > "$scratch/experiment.yaml"
    printf '  leaves: {model.stack.1.trouble.what: exit}\n' >> "$scratch/experiment.yaml"
    sed 's/^model:.*/model: {stack: [{lstm: 8}, {trouble: {what: nothing}}, {readout: last}]}/' \
        "$configs/tiny.yaml" > "$scratch/base.yaml"
    run timeout 120 "$unroll" batch "$scratch/experiment.yaml" --dry-run
    echo "$output"
    [[ "$output" == *"bad: its speed could not be measured: crashed by signal 6 (Aborted) in $layer"* ]]
    [[ "$output" == *"leaves: its speed could not be measured: its process ended with status 0 in $layer"* ]]
    [[ "$output" == *"(1 of 3 speeds measured)"* ]]
}
