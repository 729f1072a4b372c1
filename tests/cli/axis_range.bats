#!/usr/bin/env bats
# The ranges of a plot's axes: what gnuplot is told, and what is said of the rest.
load helper

# store NAME: a store with the made-up runs of NAME.sql.
store() {
    {
        cat "$root"/src/store/schema.sql "$root"/src/store/schema-[2345].sql
        echo "PRAGMA application_id = 0x556e726c; PRAGMA user_version = 5;"
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

@test "the x axis has the range, and what lies outside is told" {
    store claims
    draw --x-range 40:90
    grep -qx 'set xrange \[40:90\]' "$script"
    grep -qx 'set clip two' "$script"
    [[ "$stderr" == *" reported figure"*" outside --x-range"* ]]
    [[ "$stderr" != *"whole line"* && "$stderr" != *--y-range* ]]
    draw --x-range :150
    [[ "$stderr" == *"note: test.accuracy: 2 reported figures lie outside --x-range"* ]]
    draw --x-range 5000:6000
    grep -qx 'set yrange \[0:100\]' "$script"
    [[ "$stderr" == *"note: test.accuracy: the whole line lies outside --x-range, of "* ]]
    [[ "$stderr" != *"no value"* ]]
    draw --log-x --x-range 10:
    grep -qx 'set logscale x' "$script"
    grep -q '^set xrange \[10:[0-9.]*\]' "$script"
    grep -q "^set xtics ('10' 10.00000001, " "$script"
    draw --x epochs --x-range :0.5
    grep -qx 'set xrange \[0:0.5\]' "$script"
}

@test "bands are cut at the frame on each side" {
    store compare
    draw --x-range 530:670
    awk '/within the axes/ { band = 1; n = 0; next }
        /^$/ { if (band && (n < 2 || last != 670)) bad = 1; band = 0 }
        band && $1 != "NaN" { if (n++ == 0 && $1 != 530) bad = 1; last = $1; rows++ }
        END { exit bad || rows < 5 }' "$scratch/picture.svg.dat"
}

@test "variants outside of x are not in a Pareto plot, and figures are those of the others" {
    store compare
    draw --kind pareto --x parameters
    whole=$(grep '^set yrange' "$script")
    draw --kind pareto --x parameters --x-range 3000:
    grep -q '^set xrange \[3000:' "$script"
    [ "$(grep '^set yrange' "$script")" != "$whole" ]
    [[ "$stderr" == *"outside --x-range, and so not in the picture: "* ]]
    run ! grep -q "^set label 'small'" "$script"
}

@test "a sweep has ticks at the values within x, or round ones" {
    store compare
    experiment=grid draw --kind sweep --over model.units
    grep -q "^set xtics ('8' 8, '16' 16, '64' 64)" "$script"
    experiment=grid draw --kind sweep --over model.units --x-range 12:70
    grep -qx 'set xrange \[12:70\]' "$script"
    grep -q "^set xtics ('16' 16, '64' 64)" "$script"
    experiment=grid draw --kind sweep --over model.units --x-range 12:40
    run ! grep -q "^set xtics ('16' 16)" "$script"
    grep -q "^set xtics ('20' 20, '30' 30, '40' 40)" "$script"
}
