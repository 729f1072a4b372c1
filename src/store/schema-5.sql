-- The store's schema, version 5: how precise a reported figure is. Applied to a store of an earlier
-- version inside the transaction of the first command that writes; until then, figures are exact.

-- How far from its value the figure may lie, by what the experiment says of it or by the digits that
-- it is written with; 0: it is exact.
ALTER TABLE reported ADD COLUMN within REAL NOT NULL DEFAULT 0 CHECK (within >= 0);
