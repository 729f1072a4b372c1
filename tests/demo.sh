#!/bin/sh
# The demonstration: four networks compared on MNIST, as tables, verdicts, two plots and a page.
#     tests/demo.sh PROGRAM EXPERIMENT
set -eu
program=$1
experiment=$2
begun=$(date +%s)

echo 'fetching MNIST ...' >&2
if "$program" fetch mnist >/dev/null 2>&1; then
    set --
else
    echo "MNIST cannot be had here (\`$program fetch mnist\` says why): the same comparison on the" \
        'bundled digits instead.' >&2
    set -- data.set=digits data.validation.count=300
fi
"$program" batch "experiments/$experiment.yaml" "$@"
echo
"$program" compare "$experiment"
echo
for kind in curves accuracy; do
    for format in svg png; do
        "$program" plot "$experiment" --kind "$kind" --format "$format"
    done
done
"$program" report "$experiment"
echo "done in $(($(date +%s) - begun)) s; the plots and the page are the files named above"
