/* What the runs of a comparison were told: their configs as dotted keys with texts. */
#ifndef UNROLL_COMPARE_SETTINGS_H
#define UNROLL_COMPARE_SETTINGS_H

#include "base/error.h"
#include "base/names.h"

#include <stdbool.h>
#include <stddef.h>

/* One config, by key. What people write in a config is there (model.cell, model.units: also where
 * the store has the expanded stack alone), and every expanded value (model.stack.0.lstm.units,
 * train.optimizer.adam.rate), defaults included; `seed` and `name` too. A module has its name at
 * its own key (train.optimizer is adam), a set all its names at one (train.evaluate.on is
 * [validation, test]). All zero is valid and empty. */
struct settings {
    struct names keys;
    char **values; /* canonical texts, by the place of the key; owned */
    size_t count;
};
void settings_release(struct settings *settings);

/* From the resolved config as the store keeps it. It is read as it was written: no module needs to
 * be there, so that the configs of other versions and of plugins that are gone are read too; a key
 * that did not exist then is not there, or `none` where that changes no run key. A text that is no
 * config is ERROR_DATA. SETTINGS are empty after an error. */
int settings_read(struct settings *settings, const char *config, struct error *error);

/* Gives KEY the value VALUE, which is copied. */
void settings_set(struct settings *settings, const char *key, const char *value);

/* TO, which is empty, becomes the same as FROM. */
void settings_copy(struct settings *to, const struct settings *from);

/* The value at KEY, or NULL. */
const char *settings_get(const struct settings *settings, const char *key);

/* Whether the value TEXT is a number, `inf` and `-inf` too, and which one. */
bool settings_number(const char *text, double *number);

/* Below, at or above 0: the order of two values. Numbers come by size (1e-3 is 0.001), then other
 * texts by their letters, then NULL, which stands for no value. */
int settings_order(const char *a, const char *b);

/* A condition such as "model.cell=lstm", "model.units>=64", "seed!=3" (= != < <= > >=; numbers are
 * compared as numbers, so 1e-3 is 0.001). */
struct condition {
    char *key, *value; /* owned */
    int relation;      /* enum of settings.c */
};

/* A TEXT that is no condition is ERROR_USAGE with an example; so is < with what is no number. The
 * caller releases CONDITION, which is all zero after an error. */
int condition_parse(struct condition *condition, const char *text, struct error *error);
void condition_release(struct condition *condition);

/* Whether SETTINGS meet CONDITION; a key that they do not have meets only "!=", a value that is no
 * number none of < <= > >=. */
bool condition_holds(const struct condition *condition, const struct settings *settings);

#endif
