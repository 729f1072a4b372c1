-- The store's schema, version 3: gradient flow, and what an experiment was planned with. Applied to a
-- store of an earlier version inside the transaction of the first command that writes; until then,
-- runs and experiments have none.

-- What the command line of `unroll batch` changed in every trial: "train.epochs=1" a line each.
ALTER TABLE experiments ADD COLUMN overrides TEXT NOT NULL DEFAULT '';

-- What train.diagnostics: gradient_flow records at the first and last step, at each evaluation, and
-- at the step that diverged, of the training batch of that step: for each time step t of a recurrent
-- layer's hidden state h, the mean over the examples i of the norm of dL_i/dh_t. Rows are of some hundred bytes to a few thousand,
-- too long for a table that is its own index.
CREATE TABLE gradient_flow (
    run INTEGER NOT NULL REFERENCES runs (number) ON DELETE CASCADE,
    step INTEGER NOT NULL,
    layer INTEGER NOT NULL CHECK (layer >= 0),         -- of the stack, the first is 0
    direction INTEGER NOT NULL CHECK (direction >= 0), -- 1: of two, the state that reads backwards
    norms BLOB NOT NULL CHECK (length(norms) % 4 = 0), -- float32, little-endian, in the state's own
                                                       -- time: the last is the last one it read
    UNIQUE (run, step, layer, direction)
) STRICT;
