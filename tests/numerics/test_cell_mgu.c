/* The plugin's source itself, so that its numbers are tested without loading a file. */
#include "../../plugins/mgu.c"

#include "numerics/cell.h"

static const struct cell_plan plan = {2, 2, " weight_ih weight_hh "};

static const struct cell_case cases[] = {
    {{&layer_mgu, "units=4", NULL, NULL},
     {5, 3, 3, 0, 0, (const int32_t[]){5, 3, 1}},
     false,
     "mgu"},
    {{&layer_mgu, "units=4 recurrent_bias=true", NULL, NULL},
     {5, 3, 3, 0, 0, NULL},
     false,
     "mgu_two_biases"},
    {{&layer_mgu, "units=1", NULL, NULL}, {1, 1, 1, 0, 0, NULL}, false, NULL},
    {{&layer_mgu, "units=33", NULL, NULL},
     {4, 5, 17, 0, 0, (const int32_t[]){4, 4, 2, 1, 1}},
     false,
     NULL},
    {{&layer_mgu, "units=5", NULL, NULL}, {6, 1, 2, 0, 0, (const int32_t[]){2}}, false, NULL},
    {{&layer_bidirectional, "merge=concat", &layer_mgu, "units=5"},
     {4, 3, 2, 0, 0, (const int32_t[]){4, 3, 1}},
     false,
     NULL},
};

int main(void)
{
    return cell_main("mgu", &plan, cases, sizeof cases / sizeof *cases);
}
