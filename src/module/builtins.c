/* The one list of built-in modules: MODULE(kind, name) stands for the descriptor kind_name. */
#include "module/dataset.h"
#include "module/initializer.h"
#include "module/layer.h"
#include "module/loss.h"
#include "module/optimizer.h"
#include "module/registry.h"
#include "module/schedule.h"

#define BUILTINS(MODULE)                                                                           \
    MODULE(layer, rnn)                                                                             \
    MODULE(layer, lstm)                                                                            \
    MODULE(layer, gru)                                                                             \
    MODULE(layer, bidirectional)                                                                   \
    MODULE(layer, dropout)                                                                         \
    MODULE(layer, readout)                                                                         \
    MODULE(layer, dense)                                                                           \
    MODULE(loss, softmax_cross_entropy)                                                            \
    MODULE(loss, double_softmax)                                                                   \
    MODULE(optimizer, sgd)                                                                         \
    MODULE(optimizer, rmsprop)                                                                     \
    MODULE(optimizer, adagrad)                                                                     \
    MODULE(optimizer, adam)                                                                        \
    MODULE(optimizer, adamw)                                                                       \
    MODULE(schedule, constant)                                                                     \
    MODULE(schedule, step)                                                                         \
    MODULE(schedule, exponential)                                                                  \
    MODULE(schedule, inverse_time)                                                                 \
    MODULE(schedule, polynomial)                                                                   \
    MODULE(schedule, cosine)                                                                       \
    MODULE(schedule, plateau)                                                                      \
    MODULE(dataset, digits)                                                                        \
    MODULE(dataset, mnist)                                                                         \
    MODULE(dataset, fashion_mnist)                                                                 \
    MODULE(dataset, idx)                                                                           \
    MODULE(initializer, zeros)                                                                     \
    MODULE(initializer, constant)                                                                  \
    MODULE(initializer, uniform)                                                                   \
    MODULE(initializer, normal)                                                                    \
    MODULE(initializer, truncated_normal)                                                          \
    MODULE(initializer, glorot)                                                                    \
    MODULE(initializer, he)                                                                        \
    MODULE(initializer, orthogonal)

#define DECLARE(kind, name) extern const struct kind kind##_##name;
#define LIST(kind, name) &kind##_##name.module,

BUILTINS(DECLARE)

const struct module *const builtin_modules[] = {BUILTINS(LIST) NULL};
