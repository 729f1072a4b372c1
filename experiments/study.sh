#!/bin/sh
# The study: what five documents say of recurrent networks, and eight networks beside each other.
#     experiments/study.sh start PROGRAM STORE    trains what is missing, in the background
#     experiments/study.sh stop PROGRAM STORE     ends that, with a checkpoint of each run
#     experiments/study.sh train PROGRAM STORE    trains without going to the background
#     experiments/study.sh page PROGRAM STORE     writes README.md and pictures/ from the store
#
# Training may be stopped, killed and begun again at any moment. The page needs the store with its
# folder of runs. It is study.md, where a line that is a comment is replaced by what the program says:
#     <!-- train EXPERIMENT... -->     nothing: what is trained, in this order
#     <!-- compare ARGUMENT... -->     what `compare` prints, without claims
#     <!-- table ARGUMENT... -->       its tables alone
#     <!-- claims EXPERIMENT -->       the answers to the experiment's claims
#     <!-- verdicts EXPERIMENT... -->  which claims of several, which verdicts
#     <!-- predict CONFIG N -->        the config's first N predictions beside the labels
#     <!-- plot NAME ARGUMENT... -->   the picture pictures/NAME.svg
set -eu

usage() {
    sed -n 's/^#     \(experiments.*\)/usage: \1/p' "$0" >&2
    exit 2
}

say() { echo "$(date '+%Y-%m-%d %H:%M:%S') $*" >&2; }

experiments() { sed -n 's/^<!-- train \(.*\) -->$/\1/p' study.md; }

# One process trains, and holds the lock, which goes with it however it ends; its number is in the
# file.
is_training() { [ -e "$lock" ] && ! flock -n "$lock" true; }

say_training() {
    echo "the study is being trained: $program status --watch --store $store" >&2
    exit 1
}

# How many runs of an experiment have neither ended nor diverged, which training again would not
# change; nothing where that cannot be said.
missing() {
    plan=$("$program" batch "$1.yaml" --store "$store" --dry-run --no-estimate --format csv) ||
        return 0
    printf '%s\n' "$plan" | sed 1d | cut -d, -f7 | grep -cvE '^(done|diverged)$' || :
}

# Waits for the batch, and takes it along when this process is ended.
batch() {
    "$program" batch "$1.yaml" --store "$store" &
    child=$!
    trap 'kill "$child"; wait "$child"; exit 130' INT TERM
    wait "$child"
}

train() {
    exec 9>> "$lock"
    flock -n 9 || say_training
    echo $$ > "$lock"
    "$program" fetch mnist > /dev/null || say 'MNIST cannot be had'
    "$program" fetch fashion-mnist > /dev/null || say 'Fashion-MNIST cannot be had'
    status=0
    for experiment in $(experiments); do
        say "$experiment"
        batch "$experiment" || [ "$(missing "$experiment")" = 0 ] || {
            status=1
            say "$experiment is not complete"
        }
    done
    say "the study has ended with status $status; \`make study-page\` makes its page"
    return $status
}

start() {
    ! is_training || say_training
    setsid "./$(basename "$0")" train "$program" "$store" >> "$log" 2>&1 < /dev/null &
    cat << END
The study trains in the background, about six hours on two cores. What is done stays done.
    $program status --watch --store $store
    tail -f $log
    make study-stop     # make study goes on where it stopped
END
}

stop() {
    while is_training; do
        number=$(cat "$lock")
        if grep -qs study.sh "/proc/$number/cmdline"; then
            kill "$number"
            flock "$lock" true
            echo 'stopped; make study goes on'
            return
        fi
        sleep 0.1
    done
    echo 'the study is not being trained' >&2
    return 1
}

# Everything that the page shows has been trained, and its questions are those of the files.
prepare() {
    for experiment in $(experiments); do
        missing=$(missing "$experiment")
        if [ "$missing" != 0 ]; then
            echo "$experiment: ${missing:-its} runs are not done: make study" >&2
            exit 1
        fi
        # 1: some have diverged, which the tables say.
        "$program" batch "$experiment.yaml" --store "$store" 2> "$work/log" || [ $? -eq 1 ] || {
            cat "$work/log" >&2
            exit 1
        }
    done
}

# README.md and pictures change when all of the page is there.
page() {
    work=$(mktemp -d ./page.XXXXXX)
    trap 'rm -rf "$work"' EXIT
    prepare
    write_page > "$work/page"
    mkdir -p pictures
    for picture in "$work"/*.svg; do
        mv "$picture" pictures
    done
    cat -s "$work/page" > "$work/README.md"
    mv "$work/README.md" README.md
}

write_page() {
    # shellcheck disable=SC2016
    printf '%s\n\n' '<!-- Made by `make study-page` from study.md: change that. -->'
    while IFS= read -r line; do
        case $line in
            '<!-- '*' -->')
                arguments=${line#<!-- }
                # Words are separated by blanks and hold none.
                # shellcheck disable=SC2086
                directive ${arguments% -->}
                ;;
            *) printf '%s\n' "$line" ;;
        esac
    done < study.md
}

directive() {
    name=$1
    shift
    case $name in
        train) ;;
        compare)
            told=$("$program" compare "$@" --store "$store" --format markdown)
            printf '%s\n' "$told" | sed '/^- Claim /d'
            ;;
        table)
            told=$("$program" compare "$@" --store "$store" --format markdown)
            printf '%s\n' "$told" | sed '/^- /d'
            ;;
        claims) "$program" compare "$@" --claims --store "$store" --format markdown ;;
        verdicts)
            printf '%s\n' '| from | claim | verdict |' '| --- | --- | --- |'
            for experiment in "$@"; do
                told=$("$program" compare "$experiment" --claims --store "$store" --format markdown)
                printf '%s\n' "$told" | sed "1,2d; s/ | [^|]* |\$/ |/; s/^/| ${experiment%%-*} /"
            done
            ;;
        predict)
            run=$("$program" run "$1" --store "$store" 2> "$work/log")
            "$program" predict "$run" --first "$2" --store "$store" --format markdown
            ;;
        plot)
            picture=$work/$1.svg
            shift
            "$program" plot "$@" --store "$store" -o "$picture" > /dev/null
            ;;
        *)
            echo "study.md: unknown directive \`$name\`" >&2
            exit 1
            ;;
    esac
}

[ $# -eq 3 ] || usage
step=$1
program=$(realpath "$2")
store=$(realpath -m "$3")
mkdir -p "$(dirname "$store")"
log=${store%.db}.log
lock=${store%.db}.lock
cd "$(dirname "$0")"
case $step in
    start) start ;;
    stop) stop ;;
    train) train ;;
    page) page ;;
    *) usage ;;
esac
