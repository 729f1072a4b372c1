-- The store's schema, version 6: the processor time of a run's training. Applied to a store of an
-- earlier version inside the transaction of the first command that writes; until then, and for the
-- runs that were begun before, it is not known.

-- Of the steps that train_seconds measures, user and system time, of all threads; NULL: not known.
-- It lies behind the long texts, so that a list looks past them for it: 2 microseconds a run.
ALTER TABLE runs ADD COLUMN cpu_seconds REAL CHECK (cpu_seconds >= 0);
