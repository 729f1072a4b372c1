#!/usr/bin/env bats
# The page of `report`: opened in headless Chromium, and made under all circumstances.
load helper

# An experiment of three variants on the bundled digits, trained in a second.
train() {
    cat > "$scratch/cells.yaml" <<YAML
name: cells
base: $root/configs/starter.yaml
seeds: ${1:-3}
variants:
  lstm: {}
  rnn:  {model.cell: rnn}
  gru:  {model.cell: gru}
compare: {metric: test.accuracy, baseline: lstm}
YAML
    "$unroll" batch "$scratch/cells.yaml" train.epochs=1 > /dev/null 2>&1
}

browser() {
    run timeout 120 python3 "$BATS_TEST_DIRNAME/browser.py" "$@"
    echo "$output"
    [ "$status" -eq 0 ]
}

@test "in a browser the page asks for nothing, says nothing, and sorts" {
    train
    mkdir "$scratch/tmp"
    path=$(TMPDIR="$scratch/tmp" "$unroll" report cells -o "$scratch/cells.html")
    [ "$path" = "$scratch/cells.html" ]
    [ "$(ls -A "$scratch/tmp")" = "" ]
    [ "$(ls "$scratch" | grep -c cells-files)" = 0 ]
    browser "$scratch/cells.html" alone
    browser "$scratch/cells.html" sorts
    sqlite3 "$UNROLL_STORE" "update trials set variant = 'gru rate=0.01 units=48'
        where variant = 'gru'"
    "$unroll" report cells -o "$scratch/cells.html"
    browser "$scratch/cells.html" fits
}

@test "numbers sort as numbers, in a page that is right in the dark and on paper" {
    train 4
    for pair in "1 9" "2 10" "3 -1"; do
        set -- $pair
        sqlite3 "$UNROLL_STORE" "update finals set value = $2 where name = 'test.loss' and run =
            (select number from runs join trials using (key) where variant = 'lstm' and
            trials.seed = $1)"
    done
    sqlite3 "$UNROLL_STORE" "delete from finals where name = 'test.loss' and run =
        (select number from runs join trials using (key) where variant = 'lstm' and
        trials.seed = 4)"
    "$unroll" report cells -o "$scratch/cells.html"
    browser "$scratch/cells.html" orders
    browser "$scratch/cells.html" media
}

@test "a learning rate that never changes needs no picture" {
    train 1
    "$unroll" report cells -o "$scratch/cells.html"
    [ "$(grep -c 'id="picture-' "$scratch/cells.html")" -gt 0 ]
    [ "$(grep -c 'id="picture-rate"' "$scratch/cells.html")" = 0 ]
    "$unroll" batch "$scratch/cells.yaml" train.epochs=1 train.schedule=cosine > /dev/null 2>&1
    "$unroll" report cells -o "$scratch/cells.html"
    [ "$(grep -c 'id="picture-rate"' "$scratch/cells.html")" = 1 ]
}

@test "what gets into the page in spite of all can fetch and run nothing" {
    train 1
    "$unroll" report cells -o "$scratch/cells.html"
    browser "$scratch/cells.html" sealed
}

@test "without JavaScript the page can be read" {
    train 2
    "$unroll" report cells -o "$scratch/cells.html"
    browser "$scratch/cells.html" plain 'Is rnn or gru better than lstm in test accuracy?' \
        'p after Holm’s' model.cell=gru 'unroll verify'
    run python3 "$BATS_TEST_DIRNAME/browser.py" "$scratch/cells.html" plain 'Is mgu better'
    [ "$status" -eq 1 ] # what is not there is missed
}

# The commands of the page at $1, a line each.
commands() {
    python3 - "$1" <<'PYTHON'
import html, re, sys
page = open(sys.argv[1]).read()
for line in re.findall(r"^(?:<pre><code>)?(unroll .*?)  # ", page[page.index('id="again"'):], re.M):
    print(html.unescape(line.removeprefix("<pre><code>")))
PYTHON
}

@test "what the page says about doing it again can be done" {
    train 1
    # All that is in the way: a name that looks like an option, and a store with a space.
    sqlite3 "$UNROLL_STORE" "update experiments set name = '-cells'"
    sed -i 's/^name: cells/name: -cells/' "$scratch/cells.yaml"
    mkdir "$scratch/a folder"
    sqlite3 "$UNROLL_STORE" ".backup '$scratch/a folder/s.db'"
    "$unroll" report -o "$scratch/p.html" --store "$scratch/a folder/s.db" -- -cells
    commands "$scratch/p.html" > "$scratch/commands"
    cat "$scratch/commands"
    [ "$(wc -l < "$scratch/commands")" = 4 ]
    unroll() { "$unroll" "$@"; }
    ended=$(sqlite3 "$scratch/a folder/s.db" 'select max(ended) from runs')
    cd "$scratch"
    cp cells.yaml EXPERIMENT.yaml
    eval "$(sed -n 1p commands)" 2> log
    grep -q '3 done, 0 to train' log # with the overrides of the command line
    [ "$(sqlite3 "$scratch/a folder/s.db" 'select max(ended) from runs')" = "$ended" ]
    eval "$(sed -n 2p commands)"
    grep -q 'unroll verify' reports/-cells.html
    eval "$(sed -n 3p commands)"
    # Without the store: a config from the page gives the same figures.
    python3 -c 'import html, re, sys
print(html.unescape(re.search(r"<pre><code>(format.*?|[a-z].*?)</code>", sys.stdin.read(), re.S)[1]))' \
        < p.html > CONFIG.yaml
    cat CONFIG.yaml
    export UNROLL_STORE=$scratch/new.db
    eval "$(sed -n 4p commands)"
    [ -n "$(sqlite3 new.db "select key from runs")" ]
    [ "$(sqlite3 "a folder/s.db" "select count(*) from runs where key = '$(sqlite3 new.db \
        "select key from runs")'")" = 1 ]
}

# A config cannot have such names, but a store that somebody sent can.
@test "names full of markup are text" {
    train 1
    cat > "$scratch/rename.sql" <<SQL
update trials set variant = '<img src=x onerror="window.hit=1">' where variant = 'lstm';
update trials set variant = '"><svg onload=window.hit=1>' where variant = 'rnn';
update trials set variant = '</pre></style>&amp;''\`\$(touch $scratch/hit)\`' where variant = 'gru';
update trials set overrides = '<script>window.hit = 1</script>';
update runs set config = config || '# </code></pre><script>window.hit = 1</script>',
    message = '<b>', engine = '<i>', cpu = '"><script>window.hit = 1</script>';
update runs set id = '"><i>' || substr(id, 1, 4);
update experiments set name = '</title><script>window.hit = 1</script>',
    baseline = '<img src=x onerror="window.hit=1">', source = source || '</code></pre><script>';
SQL
    sqlite3 "$UNROLL_STORE" < "$scratch/rename.sql"
    "$unroll" report '</title><script>window.hit = 1</script>' -o "$scratch/hostile.html"
    browser "$scratch/hostile.html" harmless '<img src=x onerror="window.hit=1">' \
        '"><svg onload=window.hit=1>' "</pre></style>&amp;'\`\$(touch $scratch/hit)\`"
    browser "$scratch/hostile.html" alone
    [ ! -e "$scratch/hit" ]
}

@test "the page goes to reports, and replaces the one that is there" {
    train 1
    cd "$scratch"
    [ "$("$unroll" report cells)" = reports/cells.html ]
    echo old > reports/cells.html
    [ "$("$unroll" report "$scratch/cells.yaml")" = reports/cells.html ]
    grep -q '^<!DOCTYPE html>' reports/cells.html
    [ "$(ls -A reports)" = cells.html ]
}

@test "a page cannot take the place of something else" {
    train 1
    for output in "$UNROLL_STORE" "$scratch/cells.yaml" "$scratch"; do
        run "$unroll" report cells -o "$output"
        [ "$status" -eq 2 ]
    done
    mkdir "$scratch/folder.html"
    run "$unroll" report cells -o "$scratch/folder.html"
    [ "$status" -eq 2 ]
    "$unroll" list > /dev/null
}

@test "options of report are checked" {
    train 1
    run "$unroll" report
    [ "$status" -eq 2 ]
    run "$unroll" report nope
    [ "$status" -eq 3 ]
    run "$unroll" report cells --at soon
    [ "$status" -eq 2 ]
    [[ "$output" == *--at* ]]
    run "$unroll" report cells --baseline nope
    [ "$status" -eq 3 ]
    run "$unroll" report cells --where model.cell=transformer
    [ "$status" -eq 3 ]
    [ ! -e reports ]
}

@test "conditions and options stand in the command that makes the page again" {
    train 1
    "$unroll" report cells -o "$scratch/a.html" --where 'seed<2' --at best --baseline gru \
        --metric validation.loss
    grep -q 'Is lstm or rnn better than gru in validation loss at the best validation step?' \
        "$scratch/a.html"
    grep -qF -- "--metric validation.loss --at best --baseline gru --where &#39;seed&lt;2&#39;" \
        "$scratch/a.html"
    # That very line gives the same page, but for its time and its nonce.
    line=$(commands "$scratch/a.html" | sed -n 's/^unroll report/report/p')
    eval "'$unroll' $line -o '$scratch/b.html'"
    for page in a b; do
        sed -E 's/nonce[-=]"?[0-9a-f]{32}//g; s/[0-9-]{10}T[0-9:]{8}Z//g' "$scratch/$page.html" \
            > "$scratch/$page.txt"
    done
    cmp "$scratch/a.txt" "$scratch/b.txt"
}

@test "without gnuplot the page is written, and the exit status says what is missing" {
    train 1
    mkdir "$scratch/bin"
    run env PATH="$scratch/bin" "$unroll" report cells -o "$scratch/cells.html"
    echo "$output"
    [ "$status" -eq 3 ]
    [[ "$output" == *gnuplot-nox* ]]
    [[ "$output" == *"$scratch/cells-files"* ]]
    grep -q 'gnuplot-nox' "$scratch/cells.html"
    grep -q 'id="figures"' "$scratch/cells.html"
    [ -s "$scratch/cells-files/accuracy.svg.gp" ]
    (cd "$scratch/cells-files" && gnuplot -d accuracy.svg.gp && [ -s accuracy.svg ])
}

@test "a gnuplot that fails costs the pictures, and the exit status is 1" {
    train 1
    mkdir "$scratch/bin"
    printf '#!/bin/sh\necho no luck >&2\nexit 7\n' > "$scratch/bin/gnuplot"
    chmod +x "$scratch/bin/gnuplot"
    run env PATH="$scratch/bin:$PATH" "$unroll" report cells -o "$scratch/cells.html"
    [ "$status" -eq 1 ]
    [[ "$output" == *"status 7"*"no luck"* ]]
    [ -s "$scratch/cells-files/accuracy.svg.dat" ]
    [ -s "$scratch/cells.html" ]
}

@test "--keep leaves pictures, scripts and data beside the page" {
    train 1
    "$unroll" report cells -o "$scratch/cells.html" --keep
    [ -s "$scratch/cells-files/accuracy.svg" ]
    [ -s "$scratch/cells-files/accuracy.svg.gp" ]
    [ -s "$scratch/cells-files/curves.svg.dat" ]
}

@test "files that find no room beside the page stay where they were drawn" {
    train 1
    mkdir "$scratch/tmp"
    echo taken > "$scratch/cells-files"
    run env TMPDIR="$scratch/tmp" "$unroll" report cells -o "$scratch/cells.html" --keep
    echo "$output"
    [ "$status" -eq 1 ]
    [[ "$output" == *"$scratch/cells.html is written"*"are in $scratch/tmp/unroll-"*cells-files* ]]
    [ -s "$scratch"/tmp/unroll-*/accuracy.svg ]
    rm -r "$scratch"/tmp/unroll-*
    mkdir "$scratch/bin"
    run env PATH="$scratch/bin" TMPDIR="$scratch/tmp" "$unroll" report cells -o "$scratch/cells.html"
    echo "$output"
    [ "$status" -eq 3 ]
    [[ "$output" == *"$scratch/cells.html is written"*"are in $scratch/tmp/unroll-"*cells-files*gnuplot-nox* ]]
    [ -s "$scratch"/tmp/unroll-*/accuracy.svg.gp ]
    rm "$scratch/cells-files"
}

# Whatever becomes of it.
@test "an interrupted report or plot leaves nothing behind" {
    train 1
    mkdir "$scratch/tmp" "$scratch/bin"
    printf '#!/bin/sh\n: > %s\nexec sleep 30\n' "$scratch/drawing" > "$scratch/bin/gnuplot"
    chmod +x "$scratch/bin/gnuplot"
    export TMPDIR="$scratch/tmp"
    for signal in INT TERM; do
        for command in "report cells -o $scratch/cells.html" "plot cells --format ascii"; do
            rm -f "$scratch/drawing"
            # A shell has background programs ignore SIGINT.
            PATH="$scratch/bin:$PATH" python3 -c 'import os, signal, sys
signal.signal(signal.SIGINT, signal.SIG_DFL)
os.execv(sys.argv[1], sys.argv[1:])' "$unroll" $command 3>&- &
            pid=$!
            for _ in $(seq 600); do
                [ -e "$scratch/drawing" ] && break
                sleep 0.1
            done
            [ "$(ls "$scratch/tmp")" != "" ]
            kill -"$signal" $pid
            status=0
            wait $pid || status=$?
            [ "$status" -eq 130 ]
            [ "$(ls -A "$scratch/tmp")" = "" ]
        done
    done
    [ ! -e "$scratch/cells.html" ]
}

@test "two experiments are two pages, and a name in any script is a file" {
    train 1
    cd "$scratch"
    for name in 'a b' 'a-b' '实验一' 'é' 'a/b' '../x' "$(printf 'n%.0s' $(seq 200))1" \
        "$(printf 'n%.0s' $(seq 200))2"; do
        sqlite3 "$UNROLL_STORE" "update experiments set name = '$name'"
        "$unroll" report "$name"
    done
    ls reports
    [ "$(ls reports | wc -l)" = 8 ]
    [ -s reports/a-b.html ]
    [ -s reports/实验一.html ]
    [ -s reports/é.html ]
    [ "$("$unroll" plot "$name")" != "plots/$(printf 'n%.0s' $(seq 100))-curves.svg" ]
}

@test "a page keeps the mode of the one that it replaces, and says what lies beside it" {
    train 1
    touch "$scratch/cells.html"
    chmod 640 "$scratch/cells.html"
    mkdir "$scratch/cells-files"
    run "$unroll" report cells -o "$scratch/cells.html"
    [ "$status" -eq 0 ]
    [ "$(stat -c %a "$scratch/cells.html")" = 640 ]
    [[ "$output" == *"cells-files holds files of an earlier page"* ]]
}

@test "a page that cannot be written is an error, and leaves the old one" {
    train 1
    echo old > "$scratch/cells.html"
    mkdir "$scratch/tmp"
    # A limit on files: the pictures fit, the page does not.
    run env TMPDIR="$scratch/tmp" bash -c "ulimit -f 64; '$unroll' report cells -o '$scratch/cells.html'"
    echo "$output"
    [ "$status" -eq 1 ]
    [ "$(cat "$scratch/cells.html")" = old ]
    run env TMPDIR="$scratch/tmp" "$unroll" report cells -o /proc/nowhere/cells.html
    [ "$status" -ne 0 ]
    [[ "$output" == *"/proc/nowhere"* ]]
    run env TMPDIR="$scratch/none" "$unroll" report cells -o "$scratch/cells.html"
    [ "$status" -eq 1 ]
    [[ "$output" == *"$scratch/none"* ]]
    [ "$(ls -A "$scratch/tmp")" = "" ]
    [ "$(ls "$scratch" | grep -c 'cells.html')" = 1 ]
}

@test "half an experiment has a page that says what is missing" {
    train 2
    "$unroll" rm "$(sqlite3 "$UNROLL_STORE" "select id from runs where name = 'gru' limit 1")" \
        > /dev/null 2>&1
    "$unroll" report cells -o "$scratch/cells.html"
    grep -q '5 of 6 runs are done' "$scratch/cells.html"
    grep -q 'gru</a>: 1 of 2 runs are done, 1 not begun' "$scratch/cells.html"
    browser "$scratch/cells.html" alone
}

@test "an experiment in training has a page, which disturbs nothing" {
    train 1
    sed -i 's/^seeds: 1/seeds: 3/' "$scratch/cells.yaml"
    "$unroll" batch "$scratch/cells.yaml" -j 1 train.epochs=1000 > "$scratch/log" 2>&1 3>&- &
    batch=$!
    wait_for_training
    for _ in 1 2 3; do
        "$unroll" report cells -o "$scratch/cells.html"
    done
    kill -INT $batch
    wait $batch || [ $? -eq 130 ]
    grep -q '1 was being trained when this page was made' "$scratch/cells.html"
    grep -q '0 of 9 runs are done' "$scratch/cells.html"
    browser "$scratch/cells.html" harmless lstm rnn gru
}

@test "a hundred variants of ten seeds have a page of some megabytes" {
    train 1
    # Copies of what was trained: a thousand trials, with the figures of their one run moved a bit.
    sqlite3 "$UNROLL_STORE" < "$BATS_TEST_DIRNAME/report-many.sql"
    SECONDS=0
    "$unroll" report many -o "$scratch/many.html"
    [ "$SECONDS" -lt 60 ]
    [ "$(grep -c '<tr id="run-' "$scratch/many.html")" = 1000 ]
    grep -q 'This picture is left out: 100 variants are too many' "$scratch/many.html"
    [ "$(stat -c %s "$scratch/many.html")" -lt 12000000 ]
    browser "$scratch/many.html" alone
}
