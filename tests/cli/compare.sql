-- An artificial store for the golden output of `unroll compare`: LSTMs of 16 units (lstm, the
-- baseline) against others; some trials are missing, one figure is not a number, one name is full
-- of what has a meaning elsewhere. `pair` has two runs with predictions, `grid` cells of several sizes.
CREATE TEMP TABLE made (number INTEGER PRIMARY KEY, variant TEXT, place INTEGER, seed INTEGER,
    units INTEGER, state TEXT, accuracy REAL);
INSERT INTO made (variant, place, seed, units, state, accuracy) VALUES
    ('lstm', 0, 1, 16, 'done', 0.950), ('lstm', 0, 2, 16, 'done', 0.953),
    ('lstm', 0, 3, 16, 'done', 0.948), ('lstm', 0, 4, 16, 'done', 0.955),
    ('lstm', 0, 5, 16, 'done', 0.951),
    ('large', 1, 1, 64, 'done', 0.971), ('large', 1, 2, 64, 'done', 0.975),
    ('large', 1, 3, 64, 'done', 0.968), ('large', 1, 4, 64, 'done', 0.974),
    ('large', 1, 5, 64, 'done', 0.973),
    ('small', 2, 1, 4, 'done', 0.901), ('small', 2, 2, 4, 'done', 0.897),
    ('small', 2, 3, 4, 'done', 0.912), ('small', 2, 4, 4, 'done', 0.905),
    ('small', 2, 5, 4, 'done', NULL),
    ('other', 3, 1, 32, 'done', 0.952), ('other', 3, 2, 32, 'done', 0.951),
    ('other', 3, 3, 32, 'done', 0.951), ('other', 3, 4, 32, 'diverged', NULL),
    ('other', 3, 5, 32, 'interrupted', NULL),
    ('a&b_`<i>|$x$ "ü"', 4, 1, 32, 'done', 0.970), ('a&b_`<i>|$x$ "ü"', 4, 2, 32, 'done', 0.972),
    ('one', 5, 1, 8, 'done', 0.940), ('weak', 9, 1, 2, 'done', 0.55),
    ('lstm 8', 30, 1, 8, 'done', 0.950), ('lstm 8', 30, 2, 8, 'done', 0.953),
    ('lstm 8', 30, 3, 8, 'done', 0.948), ('lstm 8', 30, 4, 8, 'done', 0.946),
    ('lstm 16', 31, 1, 16, 'done', 0.960), ('lstm 16', 31, 2, 16, 'done', 0.965),
    ('lstm 16', 31, 3, 16, 'done', 0.961), ('lstm 16', 31, 4, 16, 'diverged', NULL),
    ('rnn 8', 32, 1, 8, 'done', 0.910), ('rnn 8', 32, 2, 8, 'done', 0.916),
    ('rnn 8', 32, 3, 8, 'done', 0.907), ('rnn 8', 32, 4, 8, 'done', 0.909),
    ('rnn 16', 33, 1, 16, 'done', 0.921), ('rnn 16', 33, 2, 16, 'done', 0.933),
    ('rnn 16', 33, 3, 16, 'done', 0.919), ('rnn 16', 33, 4, 16, 'done', 0.925),
    ('rnn 64', 34, 1, 64, 'done', 0.941), ('rnn 64', 34, 2, 64, 'done', 0.940),
    ('twice', 20, 1, 8, 'done', 0.941), ('twice', 20, 2, 8, 'done', 0.942),
    ('twice', 20, 2, 8, 'done', 0.944), ('twice', 20, 1, 4, 'done', 0.930);
INSERT INTO series (name) VALUES ('test.accuracy'), ('validation.accuracy');
INSERT INTO runs (id, key, name, state, seed, created, started, heartbeat, steps, step, examples,
    train_seconds, evaluate_seconds, parameters, data_digest, engine, compiler, blas, isa, cpu,
    threads, host, boot_id, pid_namespace, pid, start_ticks, plugins, config, canonical)
SELECT printf('%012d', number), printf('%032d', number), variant, state, seed, 0, 0, 0, 1000, 1000,
    128000, 10 + number / 8.0, 1, 100 * units + 10, '', '', '', '', '', '', 1, '', '', 1, 1, 1, '',
    printf('name: %d' || char(10) || 'seed: %d' || char(10) || 'model:' || char(10)
        || '  stack:' || char(10) || '    - lstm:' || char(10) || '        units: %d' || char(10)
        || '    - readout:' || char(10) || '        of: last' || char(10), number, seed, units), ''
FROM made;
-- The third of `twice` is the second once more.
UPDATE runs SET key = printf('%032d', number - 1) WHERE name = 'twice' AND number =
    (SELECT min(number) + 2 FROM made WHERE variant = 'twice');
UPDATE runs SET config = replace(config, 'lstm:', 'rnn:') WHERE name LIKE 'rnn %';
INSERT INTO finals SELECT number, 'test.accuracy', accuracy, iif(accuracy IS NULL, 'nan', NULL)
FROM made WHERE state = 'done';
INSERT INTO finals SELECT number, 'test.loss', 2.3 * (1 - accuracy) + seed / 100.0, NULL
FROM made WHERE state = 'done' AND accuracy IS NOT NULL;
-- At step 500 all are a little worse; validation accuracy is best at step 700, test accuracy at 900.
INSERT INTO metrics SELECT number, column2, column1, column1 / 400.0, column1 / 100.0,
    accuracy - column3, NULL
FROM made, (VALUES (500, 1, 0.03), (700, 1, 0.01), (900, 1, -0.002),
    (500, 2, 0.04), (700, 2, 0.02), (900, 2, 0.03))
WHERE state = 'done' AND accuracy IS NOT NULL;
INSERT INTO experiments (name, source, metric, baseline, created, updated)
VALUES ('cells', '', 'test.accuracy', 'lstm', 0, 0), ('pair', '', 'test.accuracy', 'lstm', 0, 0),
    ('grid', '', 'test.accuracy', '', 0, 0);
INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides)
SELECT 1, place, seed, variant, printf('%032d', number), '' FROM made WHERE place < 9;
INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides)
SELECT 3, place, seed, variant, printf('%032d', number), '' FROM made WHERE place >= 30;
INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides)
VALUES (1, 4, 3, 'a&b_`<i>|$x$ "ü"', printf('%032d', 99), ''),
    (2, 0, 1, 'lstm', printf('%032d', 1), ''), (2, 1, 1, 'weak', printf('%032d', 24), '');
-- Of twenty examples lstm has all but one right, weak eleven.
INSERT INTO predictions VALUES
    (1, 'test', 20, zeroblob(20), x'0000000000000000000000000000000000000001', zeroblob(80)),
    (24, 'test', 20, zeroblob(20), x'0202020202020202000000000000000000000001', zeroblob(80));
