#!/usr/bin/env bats
# Claims, reported figures and values chosen on validation, from the file to the page.
load helper

# json CODE: the printed object is `root`.
json() {
    python3 -c "import json, sys
root = json.load(sys.stdin)
$1"
}

write() {
    cat > "$scratch/rates.yaml" <<YAML
name: rates
base: $configs/tiny.yaml
seeds: 3
variants: {lstm: {}, rnn: {model.cell: rnn}}
sweep: {train.optimizer.adam.rate: [1e-3, 1e-2, 5e-2]}
compare: {baseline: lstm, select: {over: train.optimizer.adam.rate}}
claims:
  - {text: Gates help., better: lstm, than: rnn}
  - {text: Better than chance., variant: lstm, above: 0.1}
  - {text: "It is <b>perfect</b>.", variant: rnn, above: 0.999}
  - {text: It is of a good size., variant: lstm, below: 1000, metric: parameters}
reported:
  source: "A \`paper\` & <i>more</i>"
  test.accuracy: {lstm: {20: 0.5, 30: 0.6, end: 0.99}}
YAML
}

@test "what a file asks is kept, answered, and changed with the file" {
    write
    "$unroll" check "$scratch/rates.yaml"
    "$unroll" batch "$scratch/rates.yaml" -j 2
    "$unroll" compare rates --format json > "$scratch/json"
    json "
import sqlite3
assert [v['variant'] for v in root['variants']] == ['lstm', 'rnn'], root
verdicts = [c['verdict'] for c in root['claims']]
assert verdicts[1:] == ['holds', 'does not hold', 'holds'], verdicts
contrast, = root['comparisons']
claim = root['claims'][0]
assert claim['p'] == contrast['p_holm'] and claim['value'] == -contrast['difference']
expected = {'worse': 'holds', 'better': 'does not hold', 'undecided': 'undecided'}
assert verdicts[0] == expected[contrast['verdict']]
# The rate with the best mean on validation, by the store's own figures.
store = sqlite3.connect('$UNROLL_STORE')
means = store.execute('''select trials.variant, avg(finals.value) from trials
    join runs on runs.key = trials.key join finals on finals.run = runs.number
    where finals.name = 'validation.accuracy' group by trials.variant''').fetchall()
for choice in root['chosen']:
    best = max((m for m in means if m[0].split()[0] == choice['variant']), key=lambda m: m[1])
    rate = choice['values']['train.optimizer.adam.rate']
    assert best[0] == choice['variant'] + ' rate=' + rate, (best, choice)
    assert abs(best[1] - choice['mean']) < 1e-12 and choice['tried'] == 3
" < "$scratch/json"
    "$unroll" compare rates | grep -q '^Claim 2 holds: Better than chance\. lstm: test\.accuracy'
    "$unroll" compare rates --format markdown | grep -q '^- Claim 3 does not hold: It is \\<b\\>'
    "$unroll" compare rates --format latex | grep -q '^% Claim 2 holds'
    "$unroll" compare rates --format csv | grep -c claim | grep -qx 0
    # By its name or by its file; groups by keys have no claims.
    "$unroll" compare "$scratch/rates.yaml" | grep -q '^Claim 1'
    run "$unroll" compare rates --group-by model.cell
    [ "$status" -eq 0 ]
    [[ "$output" != *Claim* ]]
    # The file says less: so does the store, and nothing is trained again.
    sed -i '/^claims:/,$d' "$scratch/rates.yaml"
    "$unroll" batch "$scratch/rates.yaml"
    [ "$(sqlite3 "$UNROLL_STORE" 'select count(*) from claims, reported')" = 0 ]
    [ "$(sqlite3 "$UNROLL_STORE" 'select count(*) from runs')" = 18 ]
    run "$unroll" compare rates --reported
    [ "$status" -eq 3 ]
    [[ "$output" == *"says no reported figures"* ]]
}

@test "a file that was changed after the batch is not answered without a word" {
    write
    "$unroll" batch "$scratch/rates.yaml" -j 2
    sed -i 's/above: 0.1}/above: 0.2}/' "$scratch/rates.yaml"
    for command in compare "report -o $scratch/x.html" "plot -o $scratch/x.svg"; do
        # shellcheck disable=SC2086 # its words are the arguments
        run --separate-stderr "$unroll" $command "$scratch/rates.yaml"
        [ "$status" -eq 0 ]
        # shellcheck disable=SC2154 # bats sets it
        [ "$(grep -c 'has changed since `unroll batch` read it' <<< "$stderr")" -eq 1 ]
        # shellcheck disable=SC2086 # its words are the arguments
        run --separate-stderr "$unroll" $command rates
        [[ "$stderr" != *"has changed"* ]]
    done
    run "$unroll" batch "$scratch/rates.yaml" --dry-run --no-estimate
    [[ "$output" != *"claims changed"* ]]
    run "$unroll" batch "$scratch/rates.yaml"
    [ "$status" -eq 0 ]
    [[ "$output" == *"warning: rates: claims changed after 18 runs were done"* ]]
    run --separate-stderr "$unroll" compare "$scratch/rates.yaml"
    [[ "$stderr" != *"has changed"* ]]
    # A comment is no claim, and is not what is stored.
    echo '# more' >> "$scratch/rates.yaml"
    run "$unroll" compare "$scratch/rates.yaml"
    [[ "$output" == *"has changed"* ]]
    run "$unroll" batch "$scratch/rates.yaml"
    [[ "$output" != *"claims changed"* ]]
}

@test "a choice that no run allows says whose it is, and the way on" {
    write
    "$unroll" batch "$scratch/rates.yaml" -j 2
    sqlite3 "$UNROLL_STORE" "delete from finals where name = 'validation.accuracy'"
    for command in compare "report -o $scratch/x.html" "plot --kind accuracy -o $scratch/x.svg"; do
        # shellcheck disable=SC2086 # its words are the arguments
        run --separate-stderr "$unroll" $command rates
        [ "$status" -eq 3 ]
        [[ "$stderr" == *"rates: its compare.select (--no-select leaves that out): nothing can be chosen: validation.accuracy: no run has it"* ]]
        [[ "$stderr" != *"--metric"* ]]
        # shellcheck disable=SC2086 # its words are the arguments
        "$unroll" $command rates --no-select
    done
    # Stored by a version that took it.
    sqlite3 "$UNROLL_STORE" "update experiments set select_on = 'seconds'"
    run "$unroll" compare rates
    [ "$status" -eq 2 ]
    [[ "$output" == *"not of the validation split"* ]]
    sqlite3 "$UNROLL_STORE" "update experiments set select_on = 'validation.loss',
        select_over = select_over || char(10) || select_over"
    "$unroll" compare rates | grep -q 'on validation.loss (mean'
    key=train.optimizer.adam.rate
    "$unroll" compare rates --select-over $key --select-over $key | grep -q 'on validation.loss'
}

@test "a choice that is not followed is told where several values are there" {
    write
    "$unroll" batch "$scratch/rates.yaml" -j 2
    key=train.optimizer.adam.rate
    run --separate-stderr "$unroll" compare rates --group-by model.cell
    [[ "$stderr" == *"note: rates: its compare.select does not count with --group-by: several values of $key are in a group"* ]]
    for others in "--group-by $key" "--group-by model.cell --where $key=0.01" "--group-by model.cell --no-select"; do
        # shellcheck disable=SC2086 # its words are the arguments
        run --separate-stderr "$unroll" compare rates $others
        [ "$status" -eq 0 ]
        [[ "$stderr" != *compare.select* ]]
    done
    run --separate-stderr "$unroll" compare rates rates --columns n
    [ "$(grep -c compare.select <<< "$stderr")" -eq 1 ]
    [[ "$stderr" == *"does not count beside others: several values of $key are compared (--select-over chooses for all)"* ]]
}

@test "reported figures stand beside ours, in the table and over the curves" {
    write
    "$unroll" batch "$scratch/rates.yaml" -j 2
    "$unroll" compare rates --reported --format json | json "
import sqlite3, statistics
at_20, at_30, end = root['figures']
assert at_20['n'] == 3 and at_30['n'] == 0 and at_30['verdict'] is None, root
store = sqlite3.connect('$UNROLL_STORE')
rate = store.execute('''select trials.variant from trials join runs on runs.key = trials.key
    join finals on finals.run = runs.number where finals.name = 'validation.accuracy'
    and trials.variant like 'lstm %' group by trials.variant
    order by avg(finals.value) desc, min(variant_order) limit 1''').fetchone()[0]
ours = [row[0] for row in store.execute('''select metrics.value from metrics
    join runs on runs.number = metrics.run join series on series.number = metrics.series
    join trials on trials.key = runs.key
    where series.name = 'test.accuracy' and metrics.step = 20 and variant = ?''', [rate])]
assert abs(at_20['mean'] - statistics.mean(ours)) < 1e-12
half = 4.302652729911275 * statistics.stdev(ours) * (4 / 3) ** 0.5
assert abs(at_20['low'] - max(0, statistics.mean(ours) - half)) < 1e-9
assert abs(at_20['high'] - min(1, statistics.mean(ours) + half)) < 1e-9
assert end['verdict'] in ('within', 'outside') and root['source'].startswith('A \`paper\`')"
    run "$unroll" compare rates --reported
    [[ "$output" == *"at step 30: not measured; the nearest steps are 20 and 40."* ]]
    "$unroll" plot rates -m test.accuracy -o "$scratch/curves.svg"
    grep -q 'reported: A `paper` &amp; &lt;i>more' "$scratch/curves.svg"
    [ "$(grep -c '^[0-9].* 0 [0-9.e-]*$' <(sed -n '/^# reported/,$p' "$scratch/curves.svg.dat"))" = 3 ]
    # Behind them is the interval that the table holds them against.
    grep -q "title '95 % of single runs'" "$scratch/curves.svg.gp"
    "$unroll" compare rates --reported --format json | json "
block = open('$scratch/curves.svg.dat').read().split(': 95 % of single runs\n')[1]
low, high = [list(map(float, line.split()[2:4])) for line in block.splitlines()
             if line.startswith('20 ')][0]
at_20 = root['figures'][0]
assert abs(low - max(100 * at_20['low'], 0)) < 1e-6, (low, at_20)
assert abs(high - min(100 * at_20['high'], 100)) < 1e-6, (high, at_20)"
    # 0.5 is 45 % to 55 %, and has a bar.
    grep -q '^20 50 0 5$' "$scratch/curves.svg.dat"
    grep -q 'with vectors' "$scratch/curves.svg.gp"
    sed -i 's/{20: 0.5, 30: 0.6, end: 0.99}/{20: {value: 0.5, within: 0}, 40: 1}/' "$scratch/rates.yaml"
    "$unroll" batch "$scratch/rates.yaml"
    "$unroll" plot rates -m test.accuracy -o "$scratch/exact.svg"
    grep -q '^20 50 0 0$' "$scratch/exact.svg.dat"
    run ! grep -q 'with vectors' "$scratch/exact.svg.gp"
    run --separate-stderr "$unroll" plot rates -m test.accuracy --x epochs -o "$scratch/e.svg"
    # shellcheck disable=SC2154 # bats sets it
    [[ "$stderr" == *"--x steps"* ]]
    run ! grep -q -e 'reported:' -e 'single runs' "$scratch/e.svg"
    run ! grep -q 'reported:' <("$unroll" plot rates -m validation.loss --format ascii)
}

@test "the page has claims, choices and reported figures, and the sweep's picture all values" {
    write
    "$unroll" batch "$scratch/rates.yaml" -j 2
    "$unroll" report rates -o "$scratch/rates.html" --keep
    for said in 'id="claims"' 'id="chosen"' 'id="reported"' 'It is &lt;b&gt;perfect&lt;/b&gt;.' \
        'id="picture-sweep"' 'A `paper` &amp; &lt;i&gt;more'; do
        grep -qF "$said" "$scratch/rates.html"
    done
    run ! grep -q '<b>perfect' "$scratch/rates.html"
    timeout 120 python3 "$BATS_TEST_DIRNAME/browser.py" "$scratch/rates.html" fits
    [ "$(awk 'NF == 6 && $1 > 0.0009 && $1 < 0.06' "$scratch/rates-files/sweep.svg.dat" | wc -l)" = 6 ]
    "$unroll" report rates --no-select -o "$scratch/all.html"
    run ! grep -q 'id="chosen"' "$scratch/all.html"
    grep -q 'report.* --no-select' "$scratch/all.html"
}

@test "options that choose are refused where they mean nothing" {
    write
    "$unroll" batch "$scratch/rates.yaml" -j 2
    run "$unroll" plot rates --kind sweep --select-over train.optimizer.adam.rate
    [ "$status" -eq 2 ]
    for command in compare plot report; do
        run "$unroll" "$command" rates --no-select --select-on validation.loss
        [ "$status" -eq 2 ]
        run "$unroll" "$command" rates --select-on test.loss
        [ "$status" -eq 2 ]
        [[ "$output" == *"looks at the test set"* ]]
    done
    "$unroll" compare rates --select-on validation.loss | grep -q 'on validation.loss (mean'
    "$unroll" plot rates --kind sweep -o "$scratch/sweep.svg"
    "$unroll" plot rates --kind accuracy -o "$scratch/accuracy.svg"
    [ "$(grep -c '>rnn<' "$scratch/accuracy.svg")" -ge 1 ]
}

@test "a batch that is half done is answered as far as it is" {
    write
    "$unroll" batch "$scratch/rates.yaml" -j 2
    sqlite3 "$UNROLL_STORE" "pragma foreign_keys = on; delete from runs where seed > 1"
    "$unroll" compare rates > "$scratch/out"
    grep -q '^Claim 1 is undecided at n = 1 so far (2 of 6 runs are done): Gates' "$scratch/out"
    "$unroll" compare rates --format json | json "
assert [(c['trials'], c['awaited']) for c in root['claims']] == [(6, 4)] + 3 * [(3, 2)], root"
    "$unroll" report rates -o "$scratch/half.html"
    grep -qF 'This is undecided at n = 1 so far (2 of 6 runs are done): ' "$scratch/half.html"
    "$unroll" report rates --at step:20 -o "$scratch/step.html"
    grep -qF 'This is undecided at step 20, n = 1 so far (2 of 6 runs are that far): ' \
        "$scratch/step.html"
    sqlite3 "$UNROLL_STORE" "pragma foreign_keys = on; delete from runs"
    "$unroll" report rates -o "$scratch/rates.html"
    grep -q 'No run is done yet' "$scratch/rates.html"
}
