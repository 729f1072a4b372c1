#!/usr/bin/env bats
# What `unroll status` shows while others train.
load helper

# A test that fails leaves nothing behind that would go on for ever.
teardown() {
    jobs -p | xargs -r kill 2>/dev/null || true
    wait
    rm -rf "$scratch"
}

# Ends process $2 by signal $1; its exit status goes to $status.
end() {
    kill "-$1" "$2"
    status=0
    wait "$2" || status=$?
}

# Python's statements $1, to which `status` is what the JSON output says.
check() {
    "$unroll" status --format json | python3 -c "import json, sys
status = json.load(sys.stdin)
$1"
}

@test "status follows a batch" {
    "$unroll" batch "$configs/experiment.yaml" -j 2 train.steps=400000 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    sleep 2.2
    check 'cells = status["experiments"][0]
assert cells["experiment"] == "tiny-cells"
assert (cells["trials"], cells["running"], cells["not_begun"]) == (4, 2, 2), cells
assert cells["seconds_left"] > 0
assert len(status["runs"]) == 2
for run in status["runs"]:
    assert run["process"] == "alive"
    assert 0 < run["step"] < run["steps"] == 400000, run
    assert run["train.loss"] > 0 and 0 < run["train.accuracy"] <= 1, run
    assert run["seconds_left"] > 0 and run["examples_per_second"] > 0
    assert run["heartbeat_age"] < 3, run
    assert run["pid"] > 1 and run["host"]
print(json.dumps({run["run"]: run["step"] for run in status["runs"]}))' > "$scratch/steps"
    sleep 1.5
    check "before = json.load(open('$scratch/steps'))
assert all(run['step'] > before[run['run']] for run in status['runs']), (before, status)"
    run "$unroll" status tiny-cells
    [[ "${lines[0]}" == "tiny-cells  4 trials: 2 running, 2 not begun  "*" % "*" left" ]]
    [[ "${lines[1]}" == "  rnn  seed 3 "*"/400000  loss "* ]]
    [ "${#lines[@]}" -eq 3 ]
    end TERM $child
    run "$unroll" status
    [ "$output" = "tiny-cells  4 trials: 2 interrupted, 2 not begun" ]
    "$unroll" batch "$configs/experiment.yaml" -j 2
    run "$unroll" status "$configs/experiment.yaml"
    [ "$output" = "tiny-cells  4 trials: all done" ]
}

@test "a run whose process is gone is shown as such, and left as it is" {
    "$unroll" run -q "$configs/tiny.yaml" train.steps=400000 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    run "$unroll" status
    [ "${lines[0]}" = "runs of no experiment" ]
    [[ "${lines[1]}" == "  tiny seed 1 "* ]]
    end KILL $child
    sum=$(sha256sum "$UNROLL_STORE")
    run "$unroll" status
    [ "$status" -eq 0 ]
    [[ "${lines[1]}" == "  tiny seed 1  its process is gone ("*":$child), last heard of "*" ago at step "*"/400000" ]]
    check 'assert status["runs"][0]["process"] == "gone"
assert status["runs"][0]["seconds_left"] is None'
    [ "$sum" = "$(sha256sum "$UNROLL_STORE")" ]
}

@test "without a terminal --watch waits for a store and prints a block per change" {
    "$unroll" status --watch tiny-cells > "$scratch/out" 2> "$scratch/errors" &
    child=$!
    sleep 1.5
    "$unroll" batch "$configs/experiment.yaml" -j 2 > "$scratch/batch" 2>&1
    sleep 2.5
    end INT $child
    [ "$status" -eq 0 ]
    [ ! -s "$scratch/errors" ]
    grep -q 'there is no store yet.*(waiting for it)$' "$scratch/out"
    [ "$(grep -c 'tiny-cells  4 trials: all done' "$scratch/out")" -eq 1 ]
    [ "$(grep -c 'there is no store yet' "$scratch/out")" -eq 1 ]
    [ "$(grep -cE '^[0-9-]+T[0-9:]+Z$' "$scratch/out")" -ge 2 ]
}

@test "watched in JSON, the output is objects and nothing else" {
    "$unroll" status --watch --format json > "$scratch/out" 2> "$scratch/errors" &
    child=$!
    sleep 0.5
    "$unroll" batch "$configs/experiment.yaml" > "$scratch/batch" 2>&1
    sleep 2.5
    end TERM $child
    [ "$status" -eq 0 ]
    grep -q 'note: .*(waiting for it)' "$scratch/errors"
    python3 -c 'import json, sys
text, objects = sys.stdin.read(), []
while text.strip():
    value, end = json.JSONDecoder().raw_decode(text)
    objects.append(value)
    text = text[end:].lstrip()
assert objects[-1]["experiments"][0]["done"] == 4, objects' < "$scratch/out"
}

# Runs its arguments on a terminal of 90 columns and 12 rows, ends them with Ctrl-C after SECONDS,
# and prints what they wrote there.
on_terminal() {
    python3 -c 'import fcntl, os, pty, select, struct, sys, termios, time
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "xterm"
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 12, 90, 0, 0))
    os.execvp(sys.argv[2], sys.argv[2:])
end, output, asked = time.time() + float(sys.argv[1]), b"", False
while True:
    if time.time() > end and not asked:
        os.write(terminal, b"\x03")
        asked = True
    try:
        if select.select([terminal], [], [], 0.1)[0]:
            output += os.read(terminal, 65536)
    except OSError:
        break
sys.stdout.buffer.write(output)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))' "$@"
}

@test "on a terminal --watch draws in place and ends with Ctrl-C" {
    "$unroll" batch "$configs/experiment.yaml" -j 2 train.steps=400000 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    # The first look may come before the second trial is begun.
    sleep 0.5
    on_terminal 2.5 "$unroll" status --watch > "$scratch/screen"
    end TERM $child
    [ "$(grep -c 'tiny-cells  4 trials: 2 running, 2 not begun' "$scratch/screen")" -ge 2 ]
    grep -q $'\r\e\[3Atiny-cells' "$scratch/screen"
    grep -q '····' "$scratch/screen"
    tr '\r' '\n' < "$scratch/screen" | sed $'s/\e\\[[0-9;]*[A-Za-z]//g' |
        python3 -c 'import sys
assert max(len(line.rstrip("\n")) for line in sys.stdin) <= 89'
}

@test "more lines than the terminal has rows are counted" {
    {
        echo "base: $configs/tiny.yaml"
        echo "variants:"
        for i in $(seq 16); do echo "  v$i: {model.units: $i}"; done
    } > "$scratch/many.yaml"
    "$unroll" batch "$scratch/many.yaml" -j 16 train.steps=400000 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    sleep 2
    on_terminal 1.5 "$unroll" status --watch > "$scratch/screen"
    end TERM $child
    grep -q '^\.\.\. 7 more lines' "$scratch/screen"
}

@test "status reads while sixteen write" {
    {
        echo "base: $configs/tiny.yaml"
        echo "variants: {a: {}, b: {model.units: 4}}"
        echo "seeds: 16"
    } > "$scratch/many.yaml"
    "$unroll" batch "$scratch/many.yaml" -j 16 train.log.every=1 > "$scratch/out" 2>&1 &
    child=$!
    while kill -0 $child 2>/dev/null; do
        status=0
        "$unroll" status > "$scratch/status" 2> "$scratch/errors" || status=$?
        if [ "$status" -ne 0 ] && [ "$status" -ne 3 ]; then # 3: not made yet
            cat "$scratch/errors"
            return 1
        fi
    done
    wait $child
    run "$unroll" status
    [ "$output" = "many  32 trials: all done" ]
}

@test "an empty store and one that is none" {
    sqlite3 "$UNROLL_STORE" "create table foreign_one (x)"
    run "$unroll" status
    [ "$status" -eq 4 ]
    run "$unroll" status --watch
    [ "$status" -eq 4 ]
    rm "$UNROLL_STORE"
    : > "$UNROLL_STORE"
    run "$unroll" status
    [ "$status" -eq 3 ]
}
