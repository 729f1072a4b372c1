/* Modules with parameters, for tests: built from the module's defaults, set by name through its
 * parameter table as a config would. What is not in the table, or not in range, fails the test. */
#ifndef UNROLL_NUMERICS_MODULE_SETUP_H
#define UNROLL_NUMERICS_MODULE_SETUP_H

#include "module/initializer.h"
#include "module/layer.h"
#include "module/loss.h"
#include "module/optimizer.h"
#include "module/schedule.h"

extern const struct layer layer_rnn, layer_lstm, layer_gru, layer_bidirectional, layer_dropout,
    layer_readout, layer_dense;
extern const struct loss loss_softmax_cross_entropy, loss_double_softmax;
extern const struct optimizer optimizer_sgd, optimizer_rmsprop, optimizer_adagrad, optimizer_adam,
    optimizer_adamw;
extern const struct schedule schedule_constant, schedule_step, schedule_exponential,
    schedule_inverse_time, schedule_polynomial, schedule_cosine, schedule_plateau;

/* First call of every program's main: the instruction set that UNROLL_ISA asks for, one thread per
 * matrix product. Returns 0, or -1 after a message on stderr. */
int numerics_begin(void);

struct module_setup {
    const struct module *module;
    void *params; /* module->params_size bytes, owned */
};

/* MODULE with its defaults and then OPTIONS, a list as in "units=5 activation=relu". */
void module_setup_init(struct module_setup *setup, const struct module *module,
                       const char *options);

/* Sets the parameter NAME, of type PARAM_MODULE, to CHOICE, which must live longer. */
void module_setup_choose(struct module_setup *setup, const char *name,
                         const struct module_setup *choice);

/* Runs the module's own check; fails the test when that rejects the parameters. */
void module_setup_check(const struct module_setup *setup);

void module_setup_release(struct module_setup *setup);

#endif
