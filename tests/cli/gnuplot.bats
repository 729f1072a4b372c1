#!/usr/bin/env bats
# A gnuplot that is missing, fails or hangs: what is there stays, and the picture can be drawn later.
load helper

plot() {
    "$unroll" plot tiny-cells --output "$scratch/pictures/cells.svg" "$@"
}

# An experiment that is done, and an old picture of it, which is a text.
prepare() {
    "$unroll" batch "$configs/experiment.yaml" > "$scratch/batch" 2>&1
    mkdir -p "$scratch/pictures" "$scratch/bin"
    echo old > "$scratch/pictures/cells.svg"
}

# fake LINE...: the gnuplot that is found first is a shell script.
fake() {
    printf '%s\n' '#!/bin/sh' "$@" > "$scratch/bin/gnuplot"
    chmod 755 "$scratch/bin/gnuplot"
    export PATH=$scratch/bin:$PATH
}

# The last message names a command; with the real gnuplot it draws the picture.
draw_later() {
    local line
    [ "$(cat "$scratch/pictures/cells.svg")" = old ]
    [ "$(ls "$scratch/pictures")" = $'cells.svg\ncells.svg.dat\ncells.svg.gp' ]
    line=$(grep -o '(cd .*)$' <<< "$output")
    PATH=${PATH#"$scratch"/bin:} sh -c "$line"
    grep -q '</svg>' "$scratch/pictures/cells.svg"
}

@test "a gnuplot that is missing" {
    prepare
    PATH=/nonexistent run plot
    echo "$output"
    [ "$status" -eq 3 ]
    [[ "$output" == *"cannot start gnuplot"*"install the package gnuplot-nox"* ]]
    draw_later
}

@test "a gnuplot that is missing for a plot in the terminal" {
    prepare
    PATH=/nonexistent TMPDIR=$scratch run "$unroll" plot tiny-cells --format ascii
    echo "$output"
    [ "$status" -eq 3 ]
    [[ "$output" == *"gnuplot-nox"* ]]
    sh -c "$(grep -o '(cd .*)$' <<< "$output")"
    grep -q 'step' "$scratch"/unroll-*/plot.txt
}

@test "a gnuplot that fails" {
    prepare
    fake 'echo half a picture' 'echo "unknown or ambiguous terminal type" >&2' 'exit 1'
    run plot
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"gnuplot (package gnuplot-nox) failed with status 1"* ]]
    [[ "$output" == *"  | unknown or ambiguous terminal type"* ]]
    draw_later
}

@test "a terminal of GNUTERM that gnuplot does not have" {
    prepare
    for terminal in qt x11 wxt; do
        GNUTERM=$terminal run plot
        echo "$output"
        [ "$status" -eq 0 ]
        grep -q '</svg>' "$scratch/pictures/cells.svg"
        echo old > "$scratch/pictures/cells.svg"
        GNUTERM=$terminal PATH=/nonexistent run plot
        [ "$status" -eq 3 ]
        export GNUTERM=$terminal
        draw_later
        unset GNUTERM
        echo old > "$scratch/pictures/cells.svg"
    done
}

@test "two formats of one picture, and a file of the user beside it" {
    prepare
    echo mine > "$scratch/pictures/cells.dat"
    echo mine > "$scratch/pictures/cells.gp"
    plot
    "$unroll" plot tiny-cells --output "$scratch/pictures/cells.png"
    [ "$(cat "$scratch"/pictures/cells.{dat,gp})" = $'mine\nmine' ]
    [ "$(ls "$scratch/pictures" | wc -l)" -eq 8 ]
    (cd "$scratch/pictures" && rm cells.svg && gnuplot -d ./cells.svg.gp && grep -q '</svg>' cells.svg)
}

@test "a gnuplot that draws nothing" {
    prepare
    fake 'exit 0'
    run plot
    [ "$status" -eq 1 ]
    [[ "$output" == *"gnuplot (package gnuplot-nox) drew nothing"* ]]
    draw_later
}

@test "a gnuplot that is killed" {
    prepare
    fake 'echo half a picture' 'kill -KILL $$'
    run plot
    [ "$status" -eq 1 ]
    [[ "$output" == *"gnuplot (package gnuplot-nox) was ended by signal 9 (Killed)"* ]]
    draw_later
}

# Unroll and a gnuplot that hangs, in a process group of their own as on a terminal.
hang() {
    fake "echo \$\$ > '$scratch/number'; mv '$scratch/number' '$scratch/gnuplot'" \
        "trap '' TERM HUP" 'exec sleep 1000'
    python3 -c 'import os, signal, sys
os.setpgid(0, 0)
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execvp(sys.argv[1], sys.argv[1:])' "$unroll" plot tiny-cells \
        --output "$scratch/pictures/cells.svg" > "$scratch/out" 2>&1 3>&- &
    child=$!
    for _ in $(seq 500); do
        [ -s "$scratch/gnuplot" ] && return
        sleep 0.02
    done
    return 1
}

# ends STATUS: of unroll; gnuplot is gone, too.
ends() {
    local status=0 gnuplot
    gnuplot=$(cat "$scratch/gnuplot")
    wait $child || status=$?
    for _ in $(seq 250); do
        [ -d "/proc/$gnuplot" ] || break
        sleep 0.02
    done
    [ ! -d "/proc/$gnuplot" ] || { kill -KILL "$gnuplot"; false; }
    echo "status $status"
    [ "$status" -eq "$1" ]
    [ "$(cat "$scratch/pictures/cells.svg")" = old ]
    [ "$(ls "$scratch/pictures")" = $'cells.svg\ncells.svg.dat\ncells.svg.gp' ]
}

@test "Ctrl-C ends unroll and a gnuplot that hangs" {
    prepare
    hang
    kill -INT -- -$child
    ends 130
}

@test "a gnuplot that hangs does not outlive an unroll that is ended" {
    prepare
    hang
    kill -TERM $child
    ends 143
}

@test "two that draw one picture at once do not mix their files" {
    prepare
    plot --metric test.loss &
    local first=$!
    plot --metric validation.loss
    wait $first
    grep -q '</svg>' "$scratch/pictures/cells.svg"
    (cd "$scratch/pictures" && cp cells.svg drawn.svg && gnuplot -d ./cells.svg.gp && cmp cells.svg drawn.svg)
    [ "$(ls "$scratch/pictures")" = $'cells.svg\ncells.svg.dat\ncells.svg.gp\ndrawn.svg' ]
}

@test "a folder in which no picture can be written" {
    torture faults picture-not-permitted
}

@test "a disk that gets full under a picture" {
    torture faults -n 8 full-disk-under-a-picture
}
