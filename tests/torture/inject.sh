#!/bin/bash
# Kills and errors at the n-th call of the system that changes a file, by strace: whatever call it
# is, the store stays whole, the message is clear, and the same command goes on to the same bits.
#     inject.sh [-n STRIDE] [CHECK...]      every STRIDE-th call (1: all of them)
# shellcheck source-path=SCRIPTDIR source=lib.bash
. "$(dirname "$0")/lib.bash"
count=1

calls='write pwrite64 fsync fdatasync rename unlink ftruncate mkdir'

train() {
    "$unroll" run -q "$configs/tiny.yaml" train.steps=3 train.evaluate.every=2 --checkpoint 0 "$@"
}

# Where to strike: CALL NUMBER, a line each, for every STRIDE-th of the calls that a run
# makes, and at least one of each kind.
prepare() {
    local call number calls_made first
    command -v strace > "$scratch/which" || skip 'strace is not installed'
    strace -o "$scratch/try" -e inject=getppid:error=EIO true 2> "$scratch/err" ||
        skip "strace cannot trace here: $(head -n 1 "$scratch/err")"
    export -f train
    export unroll configs
    train --store "$scratch/alone.db"
    strace -f -o "$scratch/trace" -e trace="${calls// /,}" "$unroll" run -q "$configs/tiny.yaml" \
        train.steps=3 train.evaluate.every=2 --checkpoint 0 --store "$scratch/traced.db"
    for call in $calls; do
        calls_made=$(grep -c " $call(" "$scratch/trace" || true)
        [ "$calls_made" -gt 0 ] || continue
        first=$((RANDOM % (count < calls_made ? count : calls_made) + 1))
        for number in $(seq $first "$count" "$calls_made"); do
            echo "$call $number"
        done
    done > "$scratch/places"
    struck=0
}

# traced INJECTION: runs with it; the store is $store, the exit status in $status.
traced() {
    store=$scratch/struck.db
    rm -rf "$store" "$store"-journal "$store".runs
    status=0
    strace -f -o "$scratch/trace" -e trace="${calls// /,}" -e inject="$1" \
        "$unroll" run -q "$configs/tiny.yaml" train.steps=3 train.evaluate.every=2 --checkpoint 0 \
        --store "$store" > "$scratch/out" 2> "$scratch/err" || status=$?
}

# What was struck goes on when the fault is gone. A run that said its id is done.
recover() {
    if [ -s "$scratch/out" ] && [ "$status" -eq 0 ]; then
        [ "$(ask "$store" 'SELECT state FROM runs')" = 'done' ] || fail "$1: it was said to be done"
    fi
    if [ -s "$store" ]; then
        intact "$store"
    fi
    expect 0 train --store "$store"
    same "$store" "$scratch/alone.db"
    leftovers=$(find "$store".runs -type f ! -name final.safetensors)
    [ -z "$leftovers" ] || fail "$1: files are left behind: $leftovers"
    struck=$((struck + 1))
}

check_kill_at_each_call() {
    local call number
    prepare
    while read -r call number; do
        traced "$call:signal=KILL:when=$number"
        [ "$status" -ge 128 ] || fail "$call $number: status $status, expected a kill"
        recover "kill at $call $number"
    done < "$scratch/places"
    say "$struck kills, each at another call: each time the same result"
}

# fail_each ERROR WHEN: one call fails (WHEN empty), or all from there on (WHEN +).
fail_each() {
    local call number good=0
    prepare
    while read -r call number; do
        traced "$call:error=$1:when=$number$2"
        if [ "$status" -eq 0 ]; then
            good=$((good + 1))
        elif [ "$status" -ne 1 ]; then
            cat "$scratch/err"
            fail "$call $number: status $status, expected 1"
        elif [ "$call$2" != write+ ]; then # what can no longer be written is the message, too
            told 'error: '
            [ "$call" = write ] || told "$scratch"
        fi
        recover "$1 at $call $number$2"
    done < "$scratch/places"
    say "$struck calls failed, $good of them did no harm: each time the same result"
}

check_error_at_each_call() {
    fail_each EIO ''
}

check_errors_from_each_call_on() {
    fail_each EIO +
}

check_no_space_at_each_call() {
    fail_each ENOSPC ''
}

check_no_space_from_each_call_on() {
    fail_each ENOSPC +
}

# In a batch each process has a count of its own, so that one call after another fails in the parent
# or in every worker. What failed is trained again when it is asked for.
check_error_in_a_batch() {
    local call number
    prepare
    "$unroll" batch "$configs/experiment.yaml" --store "$scratch/whole.db"
    store=$scratch/struck.db
    while read -r call number; do
        [ "$call" != write ] || continue # it may be what a worker says
        rm -rf "$store" "$store"-journal "$store".runs
        status=0
        strace -f -o "$scratch/trace" -e trace="${calls// /,}" \
            -e inject="$call:error=EIO:when=$number" "$unroll" batch "$configs/experiment.yaml" \
            -j 2 --store "$store" > "$scratch/out" 2> "$scratch/err" || status=$?
        if [ "$status" -eq 1 ]; then
            told 'error: ' "$scratch"
        elif [ "$status" -ne 0 ]; then
            cat "$scratch/err"
            fail "$call $number: status $status"
        fi
        [ ! -s "$store" ] || intact "$store"
        expect 0 "$unroll" batch "$configs/experiment.yaml" --retry-failed -j 2 --store "$store"
        same "$store" "$scratch/whole.db"
        struck=$((struck + 1))
    done < "$scratch/places"
    say "$struck calls failed in a batch: each time the same result in the end"
}

# What a loss of power would leave is decided by the order of calls: a checkpoint is on the disk
# before the store names it, its folders are, and the one before goes only when the commit that
# gives it up is on the disk, too.
check_order_of_calls() {
    prepare
    strace -y -o "$scratch/trace" -e trace=write,pwrite64,fsync,fdatasync,rename,unlink,mkdir \
        "$unroll" run -q "$configs/tiny.yaml" train.steps=3 train.evaluate.every=2 \
        --checkpoint 0 --store "$scratch/new/unroll.db"
    python3 - "$scratch/trace" "$scratch" <<'PYTHON'
import os, re, sys

trace, scratch = sys.argv[1], sys.argv[2]
dirty = set()  # written or renamed to since the last sync, by path; of a folder: names in it
checked = {"rename": 0, "commit": 0, "prune": 0, "mkdir": 0}


def demand(condition, what, line):
    if not condition:
        sys.exit("failed: %s: %s (not on the disk: %s)" % (what, line.strip(), sorted(dirty)))


for line in open(trace, errors="replace"):
    call = re.match(r"(\w+)\((.*?)(?:, |\) )", line)
    if not call or ") = -1" in line:
        continue
    name, first = call.groups()
    path = re.sub(r'^(\d+<(.*)>|"(.*)")$', lambda m: m.group(2) or m.group(3), first)
    if not path.startswith(scratch):
        continue
    folder = os.path.dirname(path)
    if name in ("write", "pwrite64"):
        if path.endswith("-journal"):
            demand(not any("safetensors" in p or p.startswith("names in ") for p in dirty),
                   "the store is changed too early", line)
            checked["commit"] += 1
        dirty.add(path)
    elif name in ("fsync", "fdatasync"):
        dirty.discard(path)
        dirty.discard("names in " + path)
    elif name == "mkdir":
        dirty.add("names in " + folder)
        checked["mkdir"] += 1
    elif name == "rename":
        demand(path not in dirty, "renamed before it is on the disk", line)
        dirty.add("names in " + folder)
        checked["rename"] += 1
    elif name == "unlink" and path.endswith("-journal"):
        dirty.discard(path)
        dirty.add("names in " + folder)
    elif name == "unlink" and path.endswith(".safetensors"):
        demand("names in " + scratch + "/new" not in dirty,
               "deleted before the commit is on the disk", line)
        checked["prune"] += 1
demand(all(checked.values()), "nothing was seen of something", str(checked))
print("# %(rename)d checkpoints, %(prune)d deleted, %(mkdir)d folders: in the right order" % checked)
PYTHON
}

torture "$@"
