-- The store's schema, version 4: what an experiment asks. Applied to a store of an earlier version
-- inside the transaction of the first command that writes; until then, experiments ask nothing.

-- Where the reported figures come from, '' for none. Of which swept keys (a line each) a variant
-- keeps one value, and the metric that chooses it; '' for none.
ALTER TABLE experiments ADD COLUMN source_name TEXT NOT NULL DEFAULT '';
ALTER TABLE experiments ADD COLUMN select_over TEXT NOT NULL DEFAULT '';
ALTER TABLE experiments ADD COLUMN select_on TEXT NOT NULL DEFAULT '';

-- What the experiment file claimed when it was last read, whatever was trained by then: that a
-- variant is better than another one by at least least, or that its figure lies above least and
-- below most.
CREATE TABLE claims (
    experiment INTEGER NOT NULL REFERENCES experiments (number) ON DELETE CASCADE,
    place INTEGER NOT NULL CHECK (place >= 0),     -- in the file
    text TEXT NOT NULL,
    variant TEXT NOT NULL,
    than TEXT NOT NULL,                            -- '': the claim is about the variant's figure
    metric TEXT NOT NULL,
    least REAL,
    most REAL,
    PRIMARY KEY (experiment, place),
    CHECK (least IS NOT NULL OR most IS NOT NULL)
) STRICT, WITHOUT ROWID;

-- What others reported of one run each.
CREATE TABLE reported (
    experiment INTEGER NOT NULL REFERENCES experiments (number) ON DELETE CASCADE,
    place INTEGER NOT NULL CHECK (place >= 0),     -- in the file
    metric TEXT NOT NULL,
    variant TEXT NOT NULL,
    step INTEGER NOT NULL CHECK (step >= 0),       -- 0: the end of training
    value REAL NOT NULL,
    PRIMARY KEY (experiment, place)
) STRICT, WITHOUT ROWID;
