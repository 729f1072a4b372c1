/* The plugin's source itself, so that its numbers are tested without loading a file. */
#include "../../plugins/indrnn.c"

#include "numerics/cell.h"

static const struct cell_plan plan = {1, 0, " weight_ih weight_hh "};

static const struct cell_case cases[] = {
    {{&layer_indrnn, "units=4 activation=relu", NULL, NULL},
     {5, 3, 3, 0, 0, (const int32_t[]){5, 3, 1}},
     true,
     "indrnn"},
    {{&layer_indrnn, "units=4 activation=tanh", NULL, NULL},
     {5, 3, 3, 0, 0, (const int32_t[]){5, 5, 2}},
     false,
     "indrnn_tanh"},
    {{&layer_indrnn, "units=1 activation=tanh", NULL, NULL}, {1, 1, 1, 0, 0, NULL}, false, NULL},
    {{&layer_indrnn, "units=33 activation=tanh", NULL, NULL},
     {4, 5, 17, 0, 0, (const int32_t[]){4, 4, 2, 1, 1}},
     true,
     NULL},
    {{&layer_indrnn, "units=17", NULL, NULL}, {6, 1, 2, 0, 0, (const int32_t[]){2}}, true, NULL},
    {{&layer_bidirectional, "merge=mean", &layer_indrnn, "units=5 activation=tanh"},
     {4, 3, 2, 0, 0, (const int32_t[]){4, 3, 1}},
     false,
     NULL},
};

int main(void)
{
    return cell_main("indrnn", &plan, cases, sizeof cases / sizeof *cases);
}
