/* The images that runs misclassified, worst first. */
#ifndef UNROLL_PLOTS_MISTAKES_H
#define UNROLL_PLOTS_MISTAKES_H

#include "plots/answers.h"

/* Values of an image's side; more cannot be seen at its size. */
enum { MISTAKES_SIDE = 112 };

/* An example that some run got wrong. */
struct mistake {
    int64_t index;  /* in the split */
    double score;   /* mean over all runs of the probability that a wrong class was given */
    size_t wrong;   /* how many runs are wrong */
    bool is_number; /* whether any of their probabilities is one */
};

/* An image as it is drawn: upright, dark where there is ink. */
struct image {
    int64_t rows, columns; /* at most MISTAKES_SIDE */
    int repeat;            /* characters that stand for a value beside each other */
    uint8_t *ink;          /* [rows, columns]: 0 paper, 255 black; owned */
};

/* One of the images of a group, worst first. */
struct tile {
    struct mistake mistake;
    struct image image;
    int64_t number;           /* of the example in the data set's file */
    int32_t label, predicted; /* what most of the runs that are wrong took it for */
};

/* What one group shows. */
struct mistakes {
    const struct answers *answers;
    struct tile *tiles;
    size_t count; /* of tiles */
    size_t total; /* examples that some run got wrong */
    double shape; /* height of an image over its width */
};

/* Fills MISTAKES, which the caller releases, with the worst LIMIT examples of ANSWERS; COUNT is 0
 * where all are right. The images come from the data of REQUEST's folder, which must be those of
 * the runs (ERROR_DATA) and images (ERROR_USAGE). The answers of a run count by what they say of
 * wrong classes; a probability that is not a number counts as 0.
 *
 * Light ink on black, as of MNIST, becomes dark on paper; where the edges are light, light stays
 * light. Images for FORMAT characters have half the rows, at most COLUMNS columns. */
int mistakes_load(struct mistakes *mistakes, struct store *store, const struct answers *answers,
                  const struct plot_request *request, enum picture_format format, size_t limit,
                  struct error *error);
void mistakes_release(struct mistakes *mistakes);

#endif
