/* What the files of the decoder share: where it is, and how it complains. */
#ifndef UNROLL_CONFIG_RESOLVING_H
#define UNROLL_CONFIG_RESOLVING_H

#include "base/text.h"
#include "config/diagnostics.h"
#include "config/resolved.h"
#include "config/tree.h"
#include "module/param.h"

struct resolving {
    struct diagnostics *diagnostics;
    int init;            /* enum init_preset, or -1 */
    bool spares_plugins; /* their modules' checks are not called */
    struct text *absent; /* unless NULL: takes what is said of modules whose plugin could not be
                            used, which are no errors then */
    struct text path;    /* dotted, of the value that is decoded */
};

/* Lengthens the path by KEY; gives its former length, which resolving_leave takes. */
size_t resolving_enter(struct resolving *resolving, const char *key);
void resolving_leave(struct resolving *resolving, size_t length);

/* An error about the value at the current path. */
void resolving_report(struct resolving *resolving, const struct mark *mark, const char *hint,
                      const char *message);
/* "expected an integer, found `x`". */
void resolving_report_type(struct resolving *resolving, const struct param *param,
                           const struct node *node, const char *hint);
void resolving_report_missing(struct resolving *resolving, const struct param *param,
                              const struct mark *where);
void resolving_report_range(struct resolving *resolving, const struct param *param,
                            const struct node *node);
void resolving_report_key(struct resolving *resolving, const struct param *table, const char *key,
                          const struct mark *mark);
void resolving_report_module(struct resolving *resolving, enum module_kind kind, const char *name,
                             const struct mark *mark);

/* Whether module NAME is to be done without: its plugin could not be used, and that is no error. */
bool resolving_lacks_module(struct resolving *resolving, enum module_kind kind, const char *name);

/* Adds "did you mean `NEAREST`?" when one of COUNT NAMES is near. */
void resolving_add_nearest(struct text *hint, const char *name, const char *const *names,
                           size_t count);

#endif
