/* Short names for dotted paths of a config: "rate" for train.optimizer.adam.rate. */
#ifndef UNROLL_CONFIG_PATH_LABELS_H
#define UNROLL_CONFIG_PATH_LABELS_H

#include <stddef.h>

/* Sets LABELS[i] to the shortest end of PATHS[i] that begins with a part, not with a digit ("0" or
 * "0.units" says too little), and that no other of the COUNT paths has as its label; the whole path
 * where there is none. Labels point into the paths. */
void path_labels(const char *const *paths, const char **labels, size_t count);

#endif
