-- An artificial store for the golden output of `unroll status`. The runs in training are those of
-- another machine, whose clock is ahead of ours: nothing in the output depends on the time.
INSERT INTO series (name) VALUES ('train.accuracy'), ('train.loss');
INSERT INTO runs (id, key, name, state, seed, created, started, heartbeat, steps, step, examples,
    train_seconds, evaluate_seconds, parameters, data_digest, engine, compiler, blas, isa, cpu,
    threads, host, boot_id, pid_namespace, pid, start_ticks, plugins, config, canonical)
SELECT printf('%012d', column1), printf('%032d', column1), column2, column3, column4, 0, 0,
    strftime('%s', 'now') + 3600, 1000, column5, 128 * column5, 0.02 * column5, 1, 9000, '', '', '',
    '', '', '', 1, 'elsewhere', 'other', 1, 4000 + column1, 1, '', '', ''
FROM (VALUES (1, 'rnn', 'done', 1, 1000), (2, 'rnn', 'done', 2, 1000),
    (3, 'lstm', 'running', 1, 400), (4, 'lstm', 'running', 2, 50),
    (5, 'gru', 'diverged', 1, 10), (6, 'gru', 'interrupted', 2, 500),
    (7, 'single', 'running', 1, 700));
INSERT INTO metrics SELECT runs.number, series.number, runs.step - 10, 1, 1,
    runs.number * 0.125 + series.number / 100.0, NULL FROM runs, series WHERE runs.number <> 4;
INSERT INTO experiments (name, source, metric, baseline, created, updated)
VALUES ('finished', '', '', '', 1700000000, 1700000000),
    ('cells', '', '', '', 1800000000, 1800000000);
INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides)
SELECT column1, column2, column3, column4, printf('%032d', column5), ''
FROM (VALUES (1, 0, 1, 'rnn', 1), (1, 0, 2, 'rnn', 2),
    (2, 0, 1, 'rnn', 1), (2, 0, 2, 'rnn', 2), (2, 1, 1, 'lstm', 3), (2, 1, 2, 'lstm', 4),
    (2, 2, 1, 'gru', 5), (2, 2, 2, 'gru', 6), (2, 2, 3, 'gru', 8), (2, 2, 4, 'gru', 9));
