/* Keys of a config by their dotted paths: "train.optimizer.adam.rate". */
#ifndef UNROLL_CONFIG_DOTTED_PATH_H
#define UNROLL_CONFIG_DOTTED_PATH_H

#include <stdbool.h>

/* Is PATH the path KEY, or one below it? "model.units" is within "model", and "models" is not. */
bool dotted_path_is_within(const char *path, const char *key);

#endif
