/* What the runs of a comparison were told: their configs as dotted keys with texts. */
#ifndef UNROLL_COMPARE_SETTINGS_H
#define UNROLL_COMPARE_SETTINGS_H

#include "base/error.h"
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>

/* One config, by key. What people write in a config is there (model.cell, model.units: also where
 * the store has the expanded stack alone), and every expanded value (model.stack.0.lstm.units,
 * train.optimizer.adam.rate), defaults included; `seed` too. */
struct settings {
    struct names keys;
    char **values; /* canonical texts, by the place of the key */
    size_t count;
};
void settings_release(struct settings *settings);

/* From the resolved config as the store keeps it. One that cannot be read (of another version, with
 * a plugin that is gone) is an error. */
int settings_read(struct settings *settings, const char *config, struct error *error);

/* The value at KEY, or NULL. */
const char *settings_get(const struct settings *settings, const char *key);

/* A condition such as "model.cell=lstm", "model.units>=64", "seed!=3" (= != < <= > >=; numbers are
 * compared as numbers, so 1e-3 is 0.001). Texts are borrowed from TEXT's copy, which it owns. */
struct condition {
    char *key, *value;
    int relation; /* enum of settings.c */
};
int condition_parse(struct condition *condition, const char *text, struct error *error);
void condition_release(struct condition *condition);

/* Whether SETTINGS meet CONDITION; a key that they do not have meets only "!=". */
bool condition_holds(const struct condition *condition, const struct settings *settings);

#endif
