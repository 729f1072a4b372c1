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
    [ "$("$unroll" report cells -o "$scratch/cells.html")" = "$scratch/cells.html" ]
    [ "$(ls "$scratch" | grep -c cells-files)" = 0 ]
    browser "$scratch/cells.html" alone
    browser "$scratch/cells.html" sorts
    browser "$scratch/cells.html" fits
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
    line=$(sed -n 's/^unroll report/report/p' "$scratch/a.html" |
        sed "s/&#39;/'/g; s/&lt;/</g; s/&amp;/\&/g")
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
    [ "$(stat -c %s "$scratch/many.html")" -lt 12000000 ]
    browser "$scratch/many.html" alone
}
