/* What determines a run's result, as one hash: the run key. */
#ifndef UNROLL_TRAIN_IDENTITY_H
#define UNROLL_TRAIN_IDENTITY_H

#include "base/hash.h"
#include "base/text.h"
#include "config/config.h"

/* The key of CONFIG (seed included) on data with DIGEST: of the config's canonical text, the
 * digest, the engine's numeric version, and kind, name, version and plugin file of each module
 * that the config uses. */
void identity_key(const struct config *config, const char *digest, char key[HASH_TEXT_SIZE]);

/* A line "KIND NAME VERSION DIGEST" for each module of CONFIG that came from a plugin. */
void identity_plugins(const struct config *config, struct text *text);

/* Whether any module of CONFIG came from a plugin. A config that could not be loaded will do. */
bool identity_has_plugins(const struct config *config);

#endif
