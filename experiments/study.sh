#!/bin/sh
# The study: what five documents say of recurrent networks, and eight networks beside each other.
#     experiments/study.sh start PROGRAM STORE    trains what is missing, in the background
#     experiments/study.sh stop PROGRAM STORE     ends that, with a checkpoint of each run
#     experiments/study.sh train PROGRAM STORE    trains without going to the background
#     experiments/study.sh page PROGRAM STORE     writes README.md and pictures/ from the store
#
# Training may be stopped, killed and begun again at any moment. The page is study.md, where a line
# that is a comment is replaced by what the program says:
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

train() {
    "$program" fetch mnist > /dev/null || say 'MNIST cannot be had'
    "$program" fetch fashion-mnist > /dev/null || say 'Fashion-MNIST cannot be had'
    experiments=$(sed -n 's/^<!-- train \(.*\) -->$/\1/p' study.md)
    status=0
    for experiment in $experiments; do
        say "$experiment"
        "$program" batch "$experiment.yaml" --store "$store" || {
            ended=$?
            [ $ended -ne 130 ] || exit 130
            say "$experiment is not complete"
            status=$ended
        }
    done
    say "the study has ended with status $status; \`make study-page\` makes its page"
    return $status
}

# One at a time: the lock is held by the process whose number is in the file.
start() {
    exec 9>> "$lock"
    if ! flock -n 9; then
        echo "the study is being trained: $program status --watch --store $store" >&2
        exit 1
    fi
    setsid "./$(basename "$0")" train "$program" "$store" >> "$log" 2>&1 < /dev/null &
    echo $! > "$lock"
    cat << END
The study trains in the background, about seven hours on two cores. What is done stays done.
    $program status --watch --store $store
    tail -f $log
    make study-stop     # make study goes on where it stopped
END
}

stop() {
    if ! [ -e "$lock" ] || flock -n "$lock" true; then
        echo 'the study is not being trained' >&2
        exit 1
    fi
    kill -- "-$(cat "$lock")"
    flock "$lock" true
    echo 'stopped; make study goes on'
}

page() {
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
            printf '%s\n' '| document | claim | verdict |' '| --- | --- | --- |'
            for experiment in "$@"; do
                told=$("$program" compare "$experiment" --claims --store "$store" --format markdown)
                printf '%s\n' "$told" | sed "1,2d; s/ | [^|]* |\$/ |/; s/^/| ${experiment%%-*} /"
            done
            ;;
        predict)
            run=$("$program" run "$1" --store "$store")
            "$program" predict "$run" --first "$2" --store "$store" --format markdown
            ;;
        plot)
            picture=pictures/$1.svg
            shift
            "$program" plot "$@" --store "$store" -o "$picture" > /dev/null
            rm -f "$picture.gp" "$picture.dat"
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
    page)
        page > README.md.part
        cat -s README.md.part > README.md
        rm README.md.part
        ;;
    *) usage ;;
esac
