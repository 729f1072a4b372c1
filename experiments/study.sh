#!/bin/sh
# The study: what five documents claim of recurrent networks, tried.
#     experiments/study.sh train PROGRAM STORE    trains what is missing; may be interrupted
#     experiments/study.sh page PROGRAM STORE     writes README.md and pictures/ from the store
# The page is study.md, in which each line `<!-- compare ... -->` is followed by what that command
# prints, `<!-- claims EXPERIMENT... -->` by the claims' verdicts, and `<!-- plot ... -->` draws.
set -eu
step=$1
program=$(realpath "$2")
mkdir -p "$(dirname "$3")"
store=$(realpath -m "$3")
cd "$(dirname "$0")"

# In this order: the quick ones first.
experiments='004-rnn 002-gradient-flow 001-stacked 000-lstm 000-bidirectional 002-lstm
    002-forgetting 003-deep-dropout 003-dropout 001-decay architectures pixels fashion'

train() {
    "$program" fetch mnist > /dev/null
    "$program" fetch fashion-mnist > /dev/null || echo 'without Fashion-MNIST' >&2
    for experiment in $experiments; do
        "$program" batch "$experiment.yaml" --store "$store"
    done
}

# The claims' verdicts of an experiment, a list item each.
claims() {
    for experiment in "$@"; do
        "$program" compare "$experiment" --store "$store" --format markdown | grep '^- Claim'
    done
}

page() {
    echo '<!-- Made from study.md: make study-page -->'
    while IFS= read -r line; do
        arguments=${line#<!-- * }
        arguments=${arguments% -->}
        case $line in
            '<!-- compare '*)
                # shellcheck disable=SC2086
                "$program" compare $arguments --store "$store" --format markdown
                ;;
            '<!-- claims '*)
                # shellcheck disable=SC2086
                claims $arguments
                ;;
            '<!-- plot '*)
                # shellcheck disable=SC2086
                "$program" plot $arguments --store "$store" > /dev/null
                ;;
            *) printf '%s\n' "$line" ;;
        esac
    done < study.md
}

case $step in
    train) train ;;
    page)
        page > README.md.part
        rm -f pictures/*.gp pictures/*.dat
        mv README.md.part README.md
        ;;
    *)
        echo "usage: $0 train|page PROGRAM STORE" >&2
        exit 2
        ;;
esac
