# Shared by the suites: a scratch folder with a store of its own, and the program.
setup() {
    bats_require_minimum_version 1.5.0
    root=$BATS_TEST_DIRNAME/../..
    unroll=$root/${UNROLL_BUILD:-build/release}/unroll
    configs=$BATS_TEST_DIRNAME/configs
    scratch=$(mktemp -d)
    export UNROLL_STORE=$scratch/unroll.db UNROLL_DATA=$scratch/data
    # Plugins of this machine's user stay out, and those that are made here are trusted.
    export XDG_DATA_HOME=$scratch/share
    unset UNROLL_PLUGINS
    umask 022
}

# plugin SOURCE.c FOLDER/NAME.so [OPTION...]: builds a plugin as pkg-config says, from what is here.
plugin() {
    mkdir -p "${2%/*}"
    cc -std=gnu11 "-I$root/${UNROLL_BUILD:-build/release}/include" \
        -fvisibility=hidden -shared -fPIC "${@:3}" -o "$2" "$1"
}

teardown() {
    rm -rf "$scratch"
}

# Every metric of every run, without the times.
metrics_of() {
    sqlite3 "${1:-$UNROLL_STORE}" < "$BATS_TEST_DIRNAME/metrics.sql"
}

# Waits until a run in the store is being trained, at most ten seconds.
wait_for_training() {
    for _ in $(seq 500); do
        if [ "$(sqlite3 "$UNROLL_STORE" \
            "select count(*) > 0 from runs where state = 'running'" 2>/dev/null)" = 1 ]; then
            return 0
        fi
        sleep 0.02
    done
    return 1
}

# torture SCRIPT [-n COUNT] CHECK: one check of tests/torture, less often than `make torture` does.
torture() {
    run "$root/tests/torture/$1.sh" "${@:2}"
    echo "$output"
    [[ ! "$output" =~ \#\ skip\ ([^$'\n']*) ]] || skip "${BASH_REMATCH[1]}"
    [ "$status" -eq 0 ]
}
