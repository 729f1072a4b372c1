/* A data set that comes as one JSON file for each class, made into the four IDX files that MNIST's
 * form asks for. */
#ifndef UNROLL_COMMANDS_CLASS_LISTS_H
#define UNROLL_COMMANDS_CLASS_LISTS_H

#include "base/error.h"

#include <stddef.h>

/* How many images a class has of each split, and no more. */
struct class_lists {
    size_t test, train;
};

/* Reads FOLDER/0.json ... 9.json, each {"data": [IMAGE, ...]}, the images of a class; the first
 * ones become its test images and the others its training images. IMAGE is 784 integers from 0 to
 * 255; empty ones are passed over. Writes to FOLDER t10k-images-idx3-ubyte,
 * t10k-labels-idx1-ubyte, train-images-idx3-ubyte and train-labels-idx1-ubyte, which take the
 * classes in turn: image k is class k mod 10's (k / 10)-th, so that any stretch of a file holds all
 * classes alike. Errors are ERROR_DATA and name the file and the place. */
int class_lists_to_idx(const char *folder, const struct class_lists *lists, struct error *error);

#endif
