-- The store's schema, version 1. It is applied once, inside the transaction that makes the store;
-- application_id and user_version are set beside it (store.c). A later version adds a file of its
-- own and leaves this one as it is.
--
-- Times are seconds since 1970-01-01 UTC. A value that is not a number or infinite has value NULL
-- and says which in note, since SQLite turns NaN into NULL.

-- One execution of a resolved config. The long texts come last: a list then never reads them.
CREATE TABLE runs (
    number INTEGER PRIMARY KEY,           -- grows with each new run: the order of making
    id TEXT NOT NULL UNIQUE,              -- first 12 digits of the key, then -2, -3, ...
    key TEXT NOT NULL CHECK (length(key) = 32 AND key NOT GLOB '*[^0-9a-f]*'),
    name TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN
        ('queued', 'running', 'done', 'failed', 'diverged', 'interrupted')),
    message TEXT NOT NULL DEFAULT '',     -- why it ended other than done
    seed INTEGER NOT NULL,
    created REAL NOT NULL,
    started REAL NOT NULL,                -- of the last attempt
    ended REAL NOT NULL DEFAULT 0,        -- 0: not ended
    heartbeat REAL NOT NULL,
    attempt INTEGER NOT NULL DEFAULT 1,   -- grows each time the run is begun; only its owner knows
                                          -- the current one, so that nobody else can write
    steps INTEGER NOT NULL,               -- planned
    step INTEGER NOT NULL DEFAULT 0,      -- reached
    examples INTEGER NOT NULL DEFAULT 0,
    train_seconds REAL NOT NULL DEFAULT 0,
    evaluate_seconds REAL NOT NULL DEFAULT 0,
    parameters INTEGER NOT NULL,          -- trainable values
    checkpoint TEXT NOT NULL DEFAULT '',  -- file in the run's folder, '' for none
    checkpoint_hash TEXT NOT NULL DEFAULT '',
    checkpoint_step INTEGER NOT NULL DEFAULT 0,
    data_digest TEXT NOT NULL,
    engine TEXT NOT NULL,
    compiler TEXT NOT NULL,
    blas TEXT NOT NULL,
    isa TEXT NOT NULL,
    cpu TEXT NOT NULL,
    threads INTEGER NOT NULL,
    host TEXT NOT NULL,                   -- these five name the process that trains
    boot_id TEXT NOT NULL,
    pid_namespace INTEGER NOT NULL,
    pid INTEGER NOT NULL,
    start_ticks INTEGER NOT NULL,
    plugins TEXT NOT NULL,
    config TEXT NOT NULL,
    canonical TEXT NOT NULL
) STRICT;
CREATE INDEX runs_by_key ON runs (key, state);
CREATE INDEX runs_by_name ON runs (name);
CREATE INDEX runs_by_state ON runs (state);
-- Of two processes, one trains a key: what store_run_begin checks, the database enforces.
CREATE UNIQUE INDEX runs_running ON runs (key) WHERE state = 'running';

-- Names of series (train.loss, test.accuracy, ...), so that a metric holds a small number.
CREATE TABLE series (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE
) STRICT;

-- What a run measured while it trained. The primary key is the table: one series of one run lies
-- together in the order of its steps.
CREATE TABLE metrics (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    series INTEGER NOT NULL REFERENCES series (number),
    step INTEGER NOT NULL,
    epoch REAL NOT NULL,
    seconds REAL NOT NULL,                -- trained so far
    value REAL,
    note TEXT CHECK (note IN ('nan', 'inf', '-inf')),
    PRIMARY KEY (run, series, step),
    CHECK ((value IS NULL) = (note IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- What was computed once, on whole splits, when training had ended. Comparisons read these.
CREATE TABLE finals (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    name TEXT NOT NULL,
    value REAL,
    note TEXT CHECK (note IN ('nan', 'inf', '-inf')),
    PRIMARY KEY (run, name),
    CHECK ((value IS NULL) = (note IS NOT NULL))
) STRICT, WITHOUT ROWID;

-- A run's answers on a split, in the order of its examples. Classes take one byte each where all
-- are below 256, else four (little-endian); probabilities are float32, little-endian.
CREATE TABLE predictions (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    split TEXT NOT NULL,
    count INTEGER NOT NULL CHECK (count >= 0),
    labels BLOB NOT NULL CHECK (length(labels) IN (count, 4 * count)),
    predicted BLOB NOT NULL CHECK (length(predicted) IN (count, 4 * count)),
    probabilities BLOB NOT NULL CHECK (length(probabilities) = 4 * count),
    UNIQUE (run, split)
) STRICT;

-- Which trials belong together. A trial names its run by the key alone: the run may not have been
-- begun, and several experiments may share it.
CREATE TABLE experiments (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    source TEXT NOT NULL,
    metric TEXT NOT NULL,
    baseline TEXT NOT NULL,
    created REAL NOT NULL,
    updated REAL NOT NULL
) STRICT;
CREATE TABLE trials (
    experiment INTEGER NOT NULL REFERENCES experiments (number) ON DELETE CASCADE,
    variant_order INTEGER NOT NULL,
    seed INTEGER NOT NULL,
    variant TEXT NOT NULL,
    key TEXT NOT NULL,
    overrides TEXT NOT NULL,
    PRIMARY KEY (experiment, variant_order, seed),
    UNIQUE (experiment, variant, seed)
) STRICT, WITHOUT ROWID;
CREATE INDEX trials_by_key ON trials (key);
