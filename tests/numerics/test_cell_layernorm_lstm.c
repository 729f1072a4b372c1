/* The plugin's source itself, so that its numbers are tested without loading a file. */
#include "../../plugins/layernorm_lstm.c"

#include "numerics/cell.h"

static const struct cell_plan plan = {4, 4, " weight_ih weight_hh "};

static const struct cell_case cases[] = {
    {{&layer_layernorm_lstm, "units=4", NULL, NULL},
     {5, 3, 3, 0, 0, (const int32_t[]){5, 3, 1}},
     false,
     "layernorm_lstm"},
    {{&layer_layernorm_lstm, "units=4 recurrent_bias=true forget_bias=1 epsilon=1e-2", NULL, NULL},
     {5, 3, 3, 0, 0, NULL},
     false,
     "layernorm_lstm_two_biases"},
    {{&layer_layernorm_lstm, "units=1 epsilon=0.5", NULL, NULL},
     {1, 1, 1, 0, 0, NULL},
     false,
     NULL},
    {{&layer_layernorm_lstm, "units=33", NULL, NULL},
     {4, 5, 17, 0, 0, (const int32_t[]){4, 4, 2, 1, 1}},
     false,
     NULL},
    {{&layer_layernorm_lstm, "units=16", NULL, NULL},
     {6, 1, 5, 0, 0, (const int32_t[]){2}},
     false,
     NULL},
    {{&layer_bidirectional, "merge=concat", &layer_layernorm_lstm, "units=5"},
     {4, 3, 4, 0, 0, (const int32_t[]){4, 3, 1}},
     false,
     NULL},
};

int main(void)
{
    return cell_main("layernorm_lstm", &plan, cases, sizeof cases / sizeof *cases);
}
