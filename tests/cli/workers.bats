#!/usr/bin/env bats
# What a batch does when its workers go wrong, and what a person sees of it.
load helper

# The plugin with the schedule that goes wrong, and an experiment with VARIANT lines.
setup_faults() {
    mkdir -p "$scratch/plugins"
    plugin "$BATS_TEST_DIRNAME/plugins/fault.c" "$scratch/plugins/fault.so"
    export UNROLL_PLUGINS=$scratch/plugins
    # A sanitizer would make an exit status of a crash.
    export ASAN_OPTIONS=handle_segv=0:allocator_may_return_null=1:detect_leaks=0
}

experiment() {
    {
        echo "base: $configs/tiny.yaml"
        echo "variants:"
        printf '  %s\n' "$@"
    } > "$scratch/experiment.yaml"
}

message_of() {
    sqlite3 "$UNROLL_STORE" "select message from runs where name = '$1'"
}

state_of() {
    sqlite3 "$UNROLL_STORE" "select state from runs where name = '$1'"
}

# Waits until no process works for the store any more, at most ten seconds.
wait_for_silence() {
    for _ in $(seq 100); do
        if ! pgrep -f "$scratch" > /dev/null; then
            return 0
        fi
        sleep 0.1
    done
    return 1
}

@test "a crash costs one trial, and what it printed is kept" {
    setup_faults
    experiment 'crash: {train.schedule: {fault: {what: crash}}}' 'good: {}' \
        'abort: {train.schedule: {fault: {what: abort}}}' \
        'exit: {train.schedule: {fault: {what: exit}}}'
    run "$unroll" batch "$scratch/experiment.yaml" -j 2
    [ "$status" -eq 1 ]
    [[ "$output" == *"3 of 4 trials failed"* ]]
    [[ "$output" == *"4 trials: 1 done now, 3 failed"* ]]
    where="in schedule fault (plugin $scratch/plugins/fault.so)"
    [[ "$output" == *"crash seed 1 failed: crashed by signal 11 (Segmentation fault) $where, run "* ]]
    [[ "$output" == *"abort seed 1 failed: crashed by signal 6 (Aborted) $where, run "* ]]
    [[ "$output" == *"exit seed 1 failed: its process ended with status 7 without saying why, $where, run "* ]]
    [ "$(state_of good)" = done ]
    [ "$(state_of crash)" = failed ]
    [ "$(message_of crash)" = "crashed by signal 11 (Segmentation fault) $where
it printed:
  | about to go wrong
  | on both streams" ]
    "$unroll" show "$(sqlite3 "$UNROLL_STORE" "select id from runs where name = 'crash'")" |
        grep -q '| about to go wrong'
}

@test "memory that cannot be had is a reason of its own" {
    setup_faults
    experiment 'small: {train.schedule: {fault: {what: memory}}}' 'good: {}'
    run "$unroll" batch "$scratch/experiment.yaml"
    [ "$status" -eq 1 ]
    [[ "$output" == *"out of memory: 1152921504606846976 bytes could not be had"* ]]
    [ "$(state_of small)" = failed ]
    [ "$(state_of good)" = done ]
}

@test "a trial that does not fit into memory fails, and the others are trained" {
    case $unroll in *san*) skip "a sanitizer needs more address space than any limit" ;; esac
    experiment 'huge: {model.units: 8192}' 'good: {}'
    run bash -c "ulimit -v 2000000; '$unroll' batch '$scratch/experiment.yaml' -j 1"
    [ "$status" -eq 1 ]
    [[ "$output" == *"huge seed 1 failed: "*"out of memory: "*" MB for "* ]]
    [ "$(state_of huge)" = failed ]
    [ "$(state_of good)" = done ]
    [[ "$(message_of huge)" == *"out of memory: "* ]]
}

@test "what a trial printed is cut to its last lines" {
    setup_faults
    experiment 'chatter: {train.schedule: {fault: {what: chatter}}}'
    run "$unroll" batch "$scratch/experiment.yaml"
    [ "$status" -eq 0 ]
    [[ "$output" == *"it printed 80040 lines, the last of them:"* ]]
    [[ "$output" == *"  | the last word"* ]]
    [[ "$output" == *"line 1981 ?[31mred?[0m"* ]]
    [[ "$output" != *"line 1980 "* ]]
}

@test "a worker that closes its output is waited for" {
    setup_faults
    experiment 'blind: {train.schedule: {fault: {what: blind}}}'
    run timeout 30 "$unroll" batch "$scratch/experiment.yaml"
    [ "$status" -eq 0 ]
    [ "$(state_of blind)" = done ]
}

@test "what crashed is trained again, up to the number of retries" {
    setup_faults
    experiment 'crash: {train.schedule: {fault: {what: crash}}}'
    run "$unroll" batch "$scratch/experiment.yaml" --retries 2
    [ "$status" -eq 1 ]
    [[ "$output" == *"is trained again, retry 2 of 2"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select attempt from runs")" = 3 ]
    UNROLL_FAULT_ONCE=$scratch/once run "$unroll" batch "$scratch/experiment.yaml" \
        --retry-failed --retries 1
    [ "$status" -eq 0 ]
    [ -e "$scratch/once" ]
    [[ "$output" == *"is trained again, retry 1 of 1"* ]]
    [ "$(state_of crash)" = done ]
}

@test "what diverged is not trained again: it would diverge again" {
    experiment 'bad: {model.cell: {rnn: {activation: linear}}, train.optimizer: {sgd: {rate: 1000}}}'
    run "$unroll" batch "$scratch/experiment.yaml" --retries 3
    [ "$status" -eq 1 ]
    [[ "$output" == *"1 trial: 0 done now, 1 diverged"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select attempt from runs")" = 1 ]
    run "$unroll" batch "$scratch/experiment.yaml"
    [ "$status" -eq 1 ]
    [[ "$output" == *"1 failed before"* ]]
    [[ "$output" == *"bad seed 1 diverged before: bad diverged: the loss of step"* ]]
}

@test "a trial that takes too long fails, and can be gone on with" {
    experiment 'long: {train.steps: 10000000}' 'good: {}'
    echo 'budget: {trial_seconds: 1}' >> "$scratch/experiment.yaml"
    run timeout 60 "$unroll" batch "$scratch/experiment.yaml" -j 2 --retries 2
    [ "$status" -eq 1 ]
    [[ "$output" == *"long seed 1 failed: timed out: it took longer than 1.0 s"* ]]
    [ "$(state_of long)" = failed ]
    [ "$(state_of good)" = done ]
    before=$(sqlite3 "$UNROLL_STORE" "select checkpoint_step from runs where name = 'long'")
    [ "$before" -gt 0 ]
    run timeout 60 "$unroll" batch "$scratch/experiment.yaml" --retry-failed
    [ "$status" -eq 1 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select checkpoint_step > $before from runs where name = 'long'")" = 1 ]
}

@test "a second signal ends a worker that hangs, and the store can be used" {
    setup_faults
    experiment 'hang: {train.schedule: {fault: {what: hang}}}' 'good: {}'
    "$unroll" batch "$scratch/experiment.yaml" -j 2 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    sleep 0.5
    kill -TERM $child
    sleep 0.5
    kill -0 $child # it waits for the worker
    kill -TERM $child
    status=0
    wait $child || status=$?
    [ "$status" -eq 143 ]
    wait_for_silence
    UNROLL_FAULT_ONCE=$scratch/out run "$unroll" batch "$scratch/experiment.yaml"
    [ "$status" -eq 0 ]
    [ "$(state_of hang)" = done ]
}

@test "more workers than the system has descriptors for wait for their turn" {
    case $unroll in *san*) skip "a sanitizer needs descriptors of its own" ;; esac
    experiment 'a: {model.units: 4}' 'b: {model.units: 5}'
    sed -i 's/^variants/seeds: 20\nvariants/' "$scratch/experiment.yaml"
    run bash -c "ulimit -n 24; '$unroll' batch '$scratch/experiment.yaml' -j 40 train.steps=300"
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *" workers at a time and no more: "*"Too many open files"* ]]
    [ "$(grep -c 'at a time and no more' <<< "$output")" -eq 1 ]
    [[ "$output" == *"40 trials: 40 done now"* ]]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 40 ]
}

@test "a soft limit of descriptors is raised" {
    experiment 'a: {model.units: 4}'
    sed -i 's/^variants/seeds: 30\nvariants/' "$scratch/experiment.yaml"
    run bash -c "ulimit -Sn 24; '$unroll' batch '$scratch/experiment.yaml' -j 30 train.steps=300"
    [ "$status" -eq 0 ]
    [[ "$output" == *"30 trials: 30 done now"* ]]
    [[ "$output" != *" and no more"*"open files"* ]]
}

@test "a worker that cannot be started at all is an error with a remedy" {
    case $unroll in *san*) skip "a sanitizer needs descriptors of its own" ;; esac
    command -v strace || skip "no strace"
    experiment 'a: {}'
    run strace -f -o /dev/null -e trace=pipe2 -e inject=pipe2:error=EMFILE \
        "$unroll" batch "$scratch/experiment.yaml"
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"Too many open files"*"ulimit -n"* ]]
    OPENBLAS_NUM_THREADS=1 run strace -f -o /dev/null -e trace=clone,clone3,fork -e inject=clone,clone3,fork:error=EAGAIN \
        "$unroll" batch "$scratch/experiment.yaml" --threads 1
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"cannot start a worker process"*"ulimit -u"*"-j"* ]]
}

@test "a worker that prints a lot does not outlive a batch that was killed" {
    setup_faults
    experiment 'chatter: {train.steps: 100000000, train.schedule: {fault: {what: chatter}}}'
    "$unroll" batch "$scratch/experiment.yaml" > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    worker=$(pgrep -P $child)
    kill -STOP $child # so that its pipe fills up
    sleep 1
    kill -KILL $child
    wait $child || true
    for _ in $(seq 100); do
        kill -0 "$worker" 2> /dev/null || break
        sleep 0.1
    done
    run kill -0 "$worker"
    [ "$status" -ne 0 ] || { kill -KILL "$worker"; false; }
}

@test "a second signal ends workers that do not listen" {
    setup_faults
    experiment 'stubborn: {train.schedule: {fault: {what: stubborn}}}' 'good: {train.steps: 100000000}'
    "$unroll" batch "$scratch/experiment.yaml" -j 2 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    sleep 0.5
    workers=$(pgrep -P $child)
    [ "$(wc -w <<< "$workers")" -eq 2 ]
    kill -INT $child
    sleep 0.5
    kill -TERM $child
    status=0
    wait $child || status=$?
    [ "$status" -eq 143 ]
    for worker in $workers; do
        run kill -0 "$worker"
        [ "$status" -ne 0 ] || { kill -KILL "$worker"; false; }
    done
}

@test "a worker that someone kills is gone on with by the same command" {
    "$unroll" batch "$configs/experiment.yaml" -j 1 --checkpoint 0 train.steps=3000 \
        > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    kill -KILL "$(pgrep -P $child)"
    status=0
    wait $child || status=$?
    cat "$scratch/out"
    [ "$status" -eq 130 ]
    run "$unroll" batch "$configs/experiment.yaml" train.steps=3000
    [ "$status" -eq 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select max(attempt), count(*) from runs where state = 'done'")" = '2|4' ]
}

@test "closed standard descriptors are not taken by files" {
    "$unroll" run "$configs/tiny.yaml" train.steps=100000000 <&- >&- 2>&- &
    child=$!
    wait_for_training
    for descriptor in 0 1 2; do
        [ "$(readlink "/proc/$child/fd/$descriptor")" = /dev/null ]
    done
    kill -TERM $child
    wait $child || true
    run bash -c "'$unroll' modules >&-"
    [ "$status" -eq 1 ]
    [[ "$output" == *"could not be written"* ]]
}

@test "a killed batch leaves no worker behind" {
    "$unroll" batch "$configs/experiment.yaml" -j 2 train.steps=100000000 > "$scratch/out" 2>&1 &
    child=$!
    wait_for_training
    workers=$(pgrep -P $child)
    [ -n "$workers" ]
    kill -KILL $child
    for worker in $workers; do
        for _ in $(seq 100); do
            kill -0 "$worker" 2> /dev/null || break
            sleep 0.1
        done
        run kill -0 "$worker"
        [ "$status" -ne 0 ]
    done
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'running'")" = 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'interrupted'")" -ge 1 ]
}

@test "several threads change no bit" {
    "$unroll" batch "$configs/experiment.yaml" -j 1 train.shards=4
    "$unroll" batch "$configs/experiment.yaml" --threads 2 train.shards=4 --store "$scratch/two.db"
    metrics_of > "$scratch/one"
    metrics_of "$scratch/two.db" | cmp - "$scratch/one"
    [ "$(sqlite3 "$scratch/two.db" "select distinct threads from runs")" = 2 ]
}

@test "--force trains again what is done" {
    "$unroll" batch "$configs/experiment.yaml"
    run "$unroll" batch "$configs/experiment.yaml" --force
    [ "$status" -eq 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*) from runs where state = 'done'")" = 8 ]
}

@test "without a terminal each event is a line" {
    run "$unroll" batch "$configs/experiment.yaml" -j 1
    [ "$status" -eq 0 ]
    [ "${lines[1]}" = "[0/4] rnn seed 3: started" ]
    [[ "${lines[2]}" == "[1/4] rnn seed 3: done in "*", test accuracy "*" %, run "* ]]
    [ "${lines[9]}" = "tiny-cells: 4 trials: 4 done now" ]
    [[ "$output" != *$'\033'* ]]
}

# Runs its arguments on a terminal of 60 columns; Ctrl-C comes when the file $scratch/stop is there.
on_a_terminal() {
    TERM=xterm python3 - "$scratch/stop" "$@" <<'PYTHON'
import fcntl, os, pty, select, struct, sys, termios
stop, command = sys.argv[1], sys.argv[2:]
child, terminal = pty.fork()
if child == 0:
    fcntl.ioctl(0, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 60, 0, 0))
    os.execvp(command[0], command)
said = b""
while True:
    if os.path.exists(stop):
        os.unlink(stop)
        os.write(terminal, b"\x03")
    if not select.select([terminal], [], [], 0.1)[0]:
        continue
    try:
        piece = os.read(terminal, 65536)
    except OSError:
        break
    if not piece:
        break
    said += piece
sys.stdout.buffer.write(said)
sys.exit(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
PYTHON
}

@test "Ctrl-C on a terminal stops in order and leaves it clean" {
    on_a_terminal "$unroll" batch "$configs/experiment.yaml" -j 2 train.steps=100000000 \
        > "$scratch/out" &
    child=$!
    wait_for_training
    sleep 0.5
    touch "$scratch/stop"
    status=0
    wait $child || status=$?
    [ "$status" -eq 130 ]
    grep -q '0 of 4 done, 2 running' "$scratch/out"
    # After the last thing drawn comes its removal, and then only lines.
    tail -n 2 "$scratch/out" | grep -q 'error:.* interrupted: 0 of 4 trials are done'
    python3 - "$scratch/out" <<'PYTHON'
import sys
said = open(sys.argv[1], encoding="utf-8", newline="").read()
end = said.rindex("\r\x1b[J")
assert "done, " not in said[end:].split("tiny-cells")[0], said[end:]
assert "\x1b[K" not in said[end:], said[end:]
PYTHON
}

# Two batches of one experiment: the one is killed, the other goes on with what it leaves.
@test "a batch finishes what another one that was killed leaves behind" {
    printf 'base: %s\nseeds: 4\nvariants: {rnn: {model.cell: rnn}, lstm: {}}\n' \
        "$configs/tiny.yaml" > "$scratch/both.yaml"
    "$unroll" batch "$scratch/both.yaml" train.steps=6000 -j 2 2> "$scratch/first" &
    local first=$!
    for _ in $(seq 100); do
        grep -q started "$scratch/first" && break
        sleep 0.02
    done
    "$unroll" batch "$scratch/both.yaml" train.steps=6000 -j 8 2> "$scratch/second" &
    local second=$!
    sleep 0.3
    kill -9 "$first"
    wait "$second"
    [ "$(sqlite3 "$UNROLL_STORE" "select count(*), sum(state = 'done') from runs")" = '8|8' ]
    grep -q 'both: 8 trials: 8 done now' "$scratch/second"
}

@test "a batch waits for what another process trains, until a signal" {
    experiment 'lstm: {}'
    "$unroll" run -q "$configs/tiny.yaml" train.steps=10000000 seed=1 --store "$UNROLL_STORE" &
    local other=$!
    for _ in $(seq 100); do
        [ "$(sqlite3 "$UNROLL_STORE" 'select state from runs' 2> /dev/null)" = running ] && break
        sleep 0.05
    done
    "$unroll" batch "$scratch/experiment.yaml" train.steps=10000000 2> "$scratch/err" &
    local batch=$! status=0
    for _ in $(seq 100); do
        grep -q 'waiting for' "$scratch/err" && break
        sleep 0.05
    done
    kill -TERM "$batch"
    wait "$batch" || status=$?
    kill -9 "$other"
    cat "$scratch/err"
    [ "$status" -eq 130 ]
    grep -q '1 trial (1 variant, 1 seed): 0 done, 0 to train' "$scratch/err"
    grep -q '1 trial is being trained by other processes' "$scratch/err"
    grep -q 'waiting for 1 trial of other processes' "$scratch/err"
}

@test "what lost its process is not listed as running" {
    experiment 'lstm: {}'
    "$unroll" run -q "$configs/tiny.yaml" train.steps=10000000 seed=1 &
    local run=$!
    for _ in $(seq 100); do
        [ "$(sqlite3 "$UNROLL_STORE" 'select state from runs' 2> /dev/null)" = running ] && break
        sleep 0.05
    done
    [[ "$("$unroll" list --state running)" == *running* ]]
    kill -9 "$run"
    wait "$run" || true
    [[ "$("$unroll" list)" == *interrupted* ]]
    [[ "$("$unroll" list --state interrupted)" == *interrupted* ]]
    [[ "$("$unroll" list --state running)" != *" lstm "* ]]
    [[ "$("$unroll" batch -n "$scratch/experiment.yaml" train.steps=10000000 --no-estimate)" == \
        *missing* ]]
    [ "$(sqlite3 "$UNROLL_STORE" 'select state from runs')" = running ]
}
