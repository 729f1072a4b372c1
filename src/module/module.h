/* What every module is. A module file holds static functions and one exported const descriptor of
 * its kind (struct layer, struct loss, ...), whose first member is this. */
#ifndef UNROLL_MODULE_MODULE_H
#define UNROLL_MODULE_MODULE_H

#include "base/error.h"
#include "module/param.h"

/* Grows when a descriptor or a hook's contract changes; the major number where a plugin that was
 * built before could read or write past a struct's end. 2: struct layer_plan and struct layer_call,
 * which a layer that wraps another hands on, have grown. 3: sequences of different lengths: these
 * two, struct layer and struct dataset_content have grown. A descriptor that grows needs the major
 * number, too, for its size is compared. */
#define MODULE_ABI_MAJOR 3
#define MODULE_ABI_MINOR 0
#define MODULE_ABI ((uint32_t)(MODULE_ABI_MAJOR << 16 | MODULE_ABI_MINOR))

struct module {
    uint32_t abi; /* MODULE_ABI; first member, compared when a plugin is loaded */
    enum module_kind kind;
    uint32_t descriptor_size;   /* sizeof(struct layer) and so on, compared too */
    uint32_t version;           /* grows when the module's numbers change: part of the run key */
    const char *name;           /* the value written in YAML */
    const char *summary;        /* one line for `unroll modules` */
    const struct param *params; /* ends with an empty entry; NULL when there are none */
    const void *defaults;       /* a params struct; NULL when params_size is 0 */
    size_t params_size;         /* bytes of the parsed parameters */
    size_t state_size;          /* bytes of state that the core allocates, zeroed, and frees */
    /* Optional: what the table cannot say, such as "a is less than b". Default: always valid. */
    int (*check)(const void *params, struct error *error);
};

/* The head of every descriptor: MODULE_HEAD(MODULE_LAYER, struct layer). */
#define MODULE_HEAD(module_kind, type)                                                             \
    .abi = MODULE_ABI, .kind = (module_kind), .descriptor_size = sizeof(type)

#endif
