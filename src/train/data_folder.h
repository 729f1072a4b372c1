/* Where data sets lie on this machine. */
#ifndef UNROLL_TRAIN_DATA_FOLDER_H
#define UNROLL_TRAIN_DATA_FOLDER_H

/* OPTION (what --data says) where it is given, else the environment's UNROLL_DATA, else
 * ~/.cache/unroll. An empty text counts as not given. Need not exist. The caller frees it. */
char *data_folder(const char *option);

#endif
