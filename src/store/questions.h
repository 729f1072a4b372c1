/* What an experiment asks of its runs beside its metric: claims, figures that others reported, and
 * which value of a swept key each variant keeps. */
#ifndef UNROLL_STORE_QUESTIONS_H
#define UNROLL_STORE_QUESTIONS_H

#include "base/error.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* A claim about two variants (THAN is set): VARIANT is better than THAN in METRIC, by at least
 * LEAST, which is 0 or above; MOST is NaN. Or about one: METRIC of VARIANT lies above LEAST and
 * below MOST, one of which may be NaN. */
struct claim {
    char *text; /* as people say it; owned, as are the next three */
    char *variant;
    char *than; /* NULL for a claim about one variant */
    char *metric;
    double least, most;
};

/* METRIC of one run of VARIANT, as others reported it. */
struct reported_figure {
    char *metric, *variant; /* owned */
    int64_t step;           /* REPORTED_AT_END: of the whole split, after training */
    double value;
    double within; /* how far from VALUE it may lie, as it was said or rounded; 0: VALUE is exact */
};
enum { REPORTED_AT_END = 0 };

/* Of each variant the value of the keys OVER stays that has the best mean of the metric ON. */
struct choosing {
    char **over; /* dotted keys of the config; owned */
    size_t over_count;
    char *on; /* NULL: nothing is chosen */
};

/* All zero is valid: nothing is asked. */
struct questions {
    struct claim *claims;
    size_t claim_count;
    char *source; /* of the reported figures, for people; NULL without any */
    struct reported_figure *reported;
    size_t reported_count;
    struct choosing choosing;
};
void questions_release(struct questions *questions);

/* Each takes texts that it then owns. */
void questions_add_claim(struct questions *questions, const struct claim *claim);
void questions_add_reported(struct questions *questions, const struct reported_figure *figure);
void choosing_clear(struct choosing *choosing);                    /* nothing is chosen */
void choosing_add_key(struct choosing *choosing, const char *key); /* is copied; once is enough */

/* NAME, "lstm rate=0.003 units=16", without its values of the keys OVER of CHOOSING: "lstm
 * units=16". Each value goes to VALUES [over_count] (NULL: not wanted), NULL where NAME has none.
 * The caller frees the name and the values. */
char *choosing_strip_name(const char *name, const struct choosing *choosing, char **values);

/* Why METRIC cannot choose, for people: it looks at the test set, or is no figure of the validation
 * split, such as validation.loss or gap.validation.loss. NULL where it can. */
const char *choosing_fault(const char *metric);

/* Whether A and B make the same claims in the same order, of what the same choice leaves. */
bool questions_claim_the_same(const struct questions *a, const struct questions *b);

/* For this folder: the rows of the experiment called NUMBER, within a transaction. Saving replaces
 * what is there; loading gives nothing from a store before version 4. The names of source and
 * choice stand in the experiment's own row. */
struct database;
enum { VERSION_WITH_QUESTIONS = 4, VERSION_WITH_PRECISION = 5 };
int questions_save(struct database *database, int64_t number, const struct questions *questions,
                   struct error *error);
int questions_load(struct database *database, int64_t number, struct questions *questions,
                   struct error *error);

#endif
