-- A hundred variants with ten seeds each, as the experiment `many`: copies of the first run that is
-- done, with final figures of their own.
BEGIN;
CREATE TEMP TABLE numbers AS
    WITH RECURSIVE count (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM count WHERE i < 999)
    SELECT i FROM count;
CREATE TEMP TABLE source AS SELECT * FROM runs WHERE state = 'done' ORDER BY number LIMIT 1;
CREATE TEMP TABLE copies AS SELECT i, source.* FROM numbers, source;
UPDATE copies SET number = 100000 + i, id = printf('%012x', i + 1), seed = i % 10,
    key = printf('%012x%020x', i + 1, 0), name = 'variant-' || (i / 10);
ALTER TABLE copies DROP COLUMN i;
INSERT INTO runs SELECT * FROM copies;
INSERT INTO finals
    SELECT 100000 + i, name, value + i / 10 * 0.0005 + (i * 7919 % 101) * 0.0002, note
    FROM numbers, finals WHERE run = (SELECT number FROM source);
INSERT INTO metrics
    SELECT 100000 + i, series, step, epoch, seconds, value + i / 10 * 0.0005, note
    FROM numbers, metrics WHERE run = (SELECT number FROM source);
INSERT INTO predictions (run, split, count, labels, predicted, probabilities)
    SELECT 100000 + i, split, count, labels, predicted, probabilities
    FROM numbers, predictions WHERE run = (SELECT number FROM source);
INSERT INTO experiments (number, name, source, metric, baseline, created, updated, overrides)
    SELECT 99999, 'many', source, metric, 'variant-0', created, updated, overrides
    FROM experiments LIMIT 1;
INSERT INTO trials
    SELECT 99999, i / 10, i % 10, 'variant-' || (i / 10), printf('%012x%020x', i + 1, 0),
        'model.units=' || (i / 10 + 1) FROM numbers;
COMMIT;
