/* The plugin's source itself, so that its numbers are tested without loading a file. */
#include "../../plugins/peephole_lstm.c"

#include "numerics/cell.h"

static const struct cell_plan plan = {4, 4, " weight_ih weight_hh peephole "};

static const struct cell_case cases[] = {
    {{&layer_peephole_lstm, "units=4", NULL, NULL},
     {5, 3, 3, 0, 0, (const int32_t[]){5, 3, 1}},
     false,
     "peephole_lstm"},
    {{&layer_peephole_lstm, "units=4 recurrent_bias=true forget_bias=1", NULL, NULL},
     {5, 3, 3, 0, 0, NULL},
     false,
     "peephole_lstm_two_biases"},
    {{&layer_peephole_lstm, "units=1", NULL, NULL}, {1, 1, 1, 0, 0, NULL}, false, NULL},
    {{&layer_peephole_lstm, "units=33", NULL, NULL},
     {4, 5, 17, 0, 0, (const int32_t[]){4, 4, 2, 1, 1}},
     false,
     NULL},
    {{&layer_peephole_lstm, "units=5", NULL, NULL},
     {6, 1, 2, 0, 0, (const int32_t[]){2}},
     false,
     NULL},
    {{&layer_bidirectional, "merge=sum", &layer_peephole_lstm, "units=5"},
     {4, 3, 2, 0, 0, (const int32_t[]){4, 3, 1}},
     false,
     NULL},
};

int main(void)
{
    return cell_main("peephole_lstm", &plan, cases, sizeof cases / sizeof *cases);
}
