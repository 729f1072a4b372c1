#!/usr/bin/env bats
# The range of a plot's axis of figures: what gnuplot is told, and what is said of the rest.
load helper

# store NAME: a store with the made-up runs of NAME.sql.
store() {
    {
        cat "$root"/src/store/schema.sql "$root"/src/store/schema-[234].sql
        echo "PRAGMA application_id = 0x556e726c; PRAGMA user_version = 4;"
        cat "$BATS_TEST_DIRNAME/$1.sql"
    } | sqlite3 "$UNROLL_STORE"
}

# draw OPTION...: a picture of `cells`, what is said becoming $output, and the script's path $script.
draw() {
    script=$scratch/picture.svg.gp
    run --separate-stderr "$unroll" plot "${experiment:-cells}" --output "$scratch/picture.svg" "$@"
    echo "$stderr"
    cat "$script"
    [ "$status" -eq 0 ]
    grep -q '</svg>' "$scratch/picture.svg"
}

@test "curves have the range, and reported figures outside are told" {
    store claims
    draw --y-range 75:90
    grep -qx 'set yrange \[75:90\]' "$script"
    grep -qx 'set clip two' "$script"
    grep -q "^set ylabel 'test accuracy (%, from 75)'" "$script"
    [[ "$stderr" == *"note: test.accuracy: 2 reported figures lie outside --y-range"* ]]
    [[ "$stderr" != *"whole line"* ]]
    draw --y-range 75:99
    [[ "$stderr" == *": 1 reported figure lies outside --y-range"* ]]
    draw --y-range 96:100
    [[ "$stderr" == *"note: test.accuracy: the whole line lies outside --y-range, of "* ]]
    draw --y-range :80
    grep -q '^set yrange \[[0-9.]*:80\]' "$script"
    draw
    run ! grep -q 'set clip' "$script"
    [[ "$stderr" != *--y-range* ]]
}

@test "bands are cut at the frame" {
    store compare
    draw --y-range 94.9:96
    # Nothing of the blocks that are drawn as bands is outside.
    awk '/within the axes/ { band = 1; next } /^$/ { band = 0 }
        band && $2 != "NaN" { rows++; if ($2 < 94.9 || $3 > 96 || $2 > $3) exit 1 }
        END { exit rows < 5 }' "$scratch/picture.svg.dat"
    grep -q 'using 1:2:3 with filledcurves' "$script"
    draw
    run ! grep -q 'within the axes' "$scratch/picture.svg.dat"
}

@test "final figures outside are told, and their bars have arrows" {
    store compare
    experiment=grid draw --kind accuracy --y-range 95:96.5
    grep -qx 'set xrange \[95:96.5\]' "$script"
    [[ "$stderr" == *"all seeds lie outside --y-range, of rnn 8, rnn 16, rnn 64"* ]]
    [[ "$stderr" == *"some seeds lie outside --y-range, of lstm 8"* ]]
    [ "$(grep -c '^set arrow' "$script")" -eq 2 ]
    experiment=grid draw --kind accuracy
    run ! grep -q '^set arrow' "$script"
}

@test "variants outside have no name, bar or arrow in a Pareto plot" {
    store compare
    draw --kind pareto --x parameters --y-range 94.5:95.2
    grep -qx 'set yrange \[94.5:95.2\]' "$script"
    [[ "$stderr" == *"outside --y-range, and so not in the picture: large, small, "*", one"* ]]
    grep -q "^set label 'lstm'" "$script"
    run ! grep -q "^set label '\(large\|small\|one\)'" "$script"
    [ "$(grep -c 'yerrorbars' "$script")" -eq 2 ]
    [ "$(grep -c '^set arrow.*graph 1.0000 front' "$script")" -eq 2 ]
    run ! grep -q '^set arrow.*graph 0.0000 front' "$script"
    # The places of the names that are left are within the frame.
    awk '/^set label/ { for (i = 1; i < NF; i++) if ($i == "graph") { n++; v = $(i + 1) + 0
        if (v < 0 || v > 1) exit 1 } } END { exit n < 4 }' "$script"
}

@test "a sweep over one key has the range, and characters too" {
    store compare
    experiment=grid draw --kind sweep --over model.units --y-range 91.5:95
    grep -qx 'set yrange \[91.5:95\]' "$script"
    run --separate-stderr "$unroll" plot grid --kind sweep --over model.units --y-range 91.5:95 \
        --format ascii
    echo "$output"
    [ "$status" -eq 0 ]
    [[ "$output" == *"95.0"* && "$output" == *"91.5"* && "$output" != *"95.5"* ]]
}
