-- An artificial store for the golden output of claims, reported figures and choices on validation:
-- `cells` makes claims about lstm, bilstm, gru and rnn; `rates` sweeps a rate, and chooses it.
CREATE TEMP TABLE made (number INTEGER PRIMARY KEY, variant TEXT, place INTEGER, seed INTEGER,
    state TEXT, accuracy REAL, validation REAL);
INSERT INTO made (variant, place, seed, state, accuracy, validation) VALUES
    ('lstm', 0, 1, 'done', 0.9861, 0.985), ('lstm', 0, 2, 'done', 0.9874, 0.986),
    ('lstm', 0, 3, 'done', 0.9868, 0.984), ('lstm', 0, 4, 'done', 0.9879, 0.987),
    ('lstm', 0, 5, 'done', 0.9865, 0.986),
    ('bilstm', 1, 1, 'done', 0.9901, 0.989), ('bilstm', 1, 2, 'done', 0.9908, 0.990),
    ('bilstm', 1, 3, 'done', 0.9899, 0.988), ('bilstm', 1, 4, 'done', 0.9912, 0.991),
    ('bilstm', 1, 5, 'done', 0.9903, 0.989),
    ('gru', 2, 1, 'done', 0.9871, 0.987), ('gru', 2, 2, 'done', 0.9869, 0.985),
    ('gru', 2, 3, 'done', 0.9880, 0.986), ('gru', 2, 4, 'done', 0.9875, 0.985),
    ('gru', 2, 5, 'done', 0.9872, 0.986),
    ('rnn', 3, 1, 'done', 0.9531, 0.951), ('rnn', 3, 2, 'done', 0.9611, 0.960),
    ('rnn', 3, 3, 'done', 0.9480, 0.949), ('rnn', 3, 4, 'diverged', NULL, NULL),
    ('rnn', 3, 5, 'done', 0.9575, 0.956),
    ('lstm rate=0.001', 10, 1, 'done', 0.971, 0.970), ('lstm rate=0.001', 10, 2, 'done', 0.973, 0.972),
    ('lstm rate=0.01', 11, 1, 'done', 0.980, 0.975), ('lstm rate=0.01', 11, 2, 'done', 0.978, 0.977),
    ('lstm rate=0.1', 12, 1, 'done', 0.990, 0.991), ('lstm rate=0.1', 12, 2, 'diverged', NULL, NULL),
    ('gru rate=0.001', 13, 1, 'done', 0.985, 0.960), ('gru rate=0.001', 13, 2, 'done', 0.986, 0.962),
    ('gru rate=0.01', 14, 1, 'done', 0.969, 0.968), ('gru rate=0.01', 14, 2, 'done', 0.972, 0.966),
    ('gru rate=0.1', 15, 1, 'done', 0.961, 0.968), ('gru rate=0.1', 15, 2, 'done', 0.963, 0.971),
    ('rnn rate=0.001', 16, 1, 'done', 0.930, 0.931), ('rnn rate=0.001', 16, 2, 'done', 0.932, 0.930),
    ('rnn rate=0.01', 17, 1, 'done', 0.935, 0.930), ('rnn rate=0.01', 17, 2, 'done', 0.933, 0.931);
INSERT INTO series (name) VALUES ('test.accuracy'), ('train.accuracy');
INSERT INTO runs (id, key, name, state, seed, created, started, heartbeat, steps, step, examples,
    train_seconds, evaluate_seconds, parameters, data_digest, engine, compiler, blas, isa, cpu,
    threads, host, boot_id, pid_namespace, pid, start_ticks, plugins, config, canonical)
SELECT printf('%012d', number), printf('%032d', number), variant, state, seed, 0, 0, 0, 300, 300,
    30000, 10, 1, 1000, '', '', '', '', '', '', 1, '', '', 1, 1, 1, '',
    printf('name: %d' || char(10) || 'seed: %d' || char(10), number, seed), '' FROM made;
INSERT INTO finals SELECT number, 'test.accuracy', accuracy, NULL FROM made WHERE state = 'done';
INSERT INTO finals SELECT number, 'validation.accuracy', validation, NULL FROM made
WHERE state = 'done';
INSERT INTO metrics SELECT number, 1, column1, column1 / 400.0, column1 / 100.0,
    round(column2 + (accuracy - 0.98) * column3, 6), NULL
FROM made, (VALUES (1, 0.11, 9), (101, 0.76, 7), (201, 0.9, 3)) WHERE state = 'done';
INSERT INTO experiments (name, source, metric, baseline, created, updated, source_name, select_over,
    select_on)
VALUES ('cells', '', 'test.accuracy', 'lstm', 0, 0, 'Document 002', '', ''),
    ('rates', '', 'test.accuracy', 'lstm', 0, 0, '', 'train.optimizer.adam.rate',
        'validation.accuracy'),
    ('plain', '', 'test.accuracy', '', 0, 0, '', '', '');
INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides)
SELECT 1, place, seed, variant, printf('%032d', number), '' FROM made WHERE place < 10;
INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides)
SELECT 2, place, seed, variant, printf('%032d', number), '' FROM made WHERE place >= 10;
INSERT INTO trials (experiment, variant_order, seed, variant, key, overrides)
SELECT 3, place, seed, variant, printf('%032d', number), '' FROM made WHERE place >= 10;
INSERT INTO claims VALUES
    (1, 0, 'Two directions are better than one.', 'bilstm', 'lstm', 'test.accuracy', 0, NULL),
    (1, 1, 'And by two tenths of a point.', 'bilstm', 'lstm', 'test.accuracy', 0.002, NULL),
    (1, 2, 'By half a point.', 'bilstm', 'lstm', 'test.accuracy', 0.005, NULL),
    (1, 3, 'Three gates are better than four.', 'gru', 'lstm', 'test.accuracy', 0, NULL),
    (1, 4, 'No gates are better.', 'rnn', 'lstm', 'test.accuracy', 0, NULL),
    (1, 5, 'One direction is better than two.', 'lstm', 'bilstm', 'test.accuracy', 0, NULL),
    (1, 6, 'A pair that no table has.', 'gru', 'rnn', 'test.accuracy', 0, NULL),
    (1, 7, '98 % to 99 %.', 'lstm', '', 'test.accuracy', 0.98, 0.99),
    (1, 8, 'Above 98.7 %.', 'lstm', '', 'test.accuracy', 0.987, NULL),
    (1, 9, 'Below 98 %.', 'lstm', '', 'test.accuracy', NULL, 0.98),
    (1, 10, 'Dropout `helps` | \a & <b>.', 'lstm', 'rnn', 'gap.loss', 0, NULL),
    (1, 11, 'Validation: by three tenths.', 'bilstm', 'lstm', 'validation.accuracy', 0.003, NULL),
    (2, 0, 'At its own rate a GRU is better.', 'gru', 'lstm', 'test.accuracy', 0, NULL);
INSERT INTO reported VALUES
    (1, 0, 'test.accuracy', 'lstm', 1, 0.1017, 5e-5), (1, 1, 'test.accuracy', 'lstm', 101, 0.7673, 5e-5),
    (1, 2, 'test.accuracy', 'lstm', 150, 0.8, 0.05), (1, 3, 'test.accuracy', 'lstm', 201, 0.8756, 0.05),
    (1, 4, 'test.accuracy', 'lstm', 0, 0.9879, 5e-5), (1, 5, 'train.accuracy', 'lstm', 100, 0.87, 0.005);
