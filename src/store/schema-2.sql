-- The store's schema, version 2: what people say about runs. Applied to a store of version 1
-- inside the transaction of the first command that writes; until then, runs have no tags or notes.

CREATE TABLE tags (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    tag TEXT NOT NULL CHECK (length(tag) BETWEEN 1 AND 64),
    PRIMARY KEY (run, tag)
) STRICT, WITHOUT ROWID;
CREATE INDEX tags_by_tag ON tags (tag);

-- At most one note for a run; one without text is no note.
CREATE TABLE notes (
    run INTEGER PRIMARY KEY REFERENCES runs (number) ON DELETE CASCADE,
    text TEXT NOT NULL CHECK (text <> ''),
    written REAL NOT NULL
) STRICT;
