/* Unroll's interface for plugins: all that a plugin includes.
 *
 * A plugin is one C file that adds modules to Unroll. A module is what a config can name: a layer,
 * a loss, an optimiser, a schedule, a data set, an initialiser. The walk-through is
 * README.md in PREFIX/share/unroll/plugins (plugins/ in Unroll's sources); skeleton.c there is a
 * whole layer to copy.
 *
 * BUILD
 *     cc $(pkg-config --cflags unroll) -shared -fPIC my_cell.c -o my_cell.so
 * The flags let a plugin compute as the program does and show one symbol alone. -Wall -Wextra
 * belong in front; -lm behind, where a function of math.h is called. -ffast-math and what else lets
 * a compiler reorder sums do not belong there (see DETERMINISM).
 *
 * FOUND
 * Every file that ends in .so, in these folders, the first first:
 *     --plugin-dir FOLDER             repeatable
 *     UNROLL_PLUGINS                  folders with colons between
 *     ~/.local/share/unroll/plugins   or unroll/plugins in XDG_DATA_HOME
 *     PREFIX/lib/unroll/plugins       the system's; `plugins` beside the program where there is one
 * File and folder must belong to the user or to root, and nobody else may be able to write to them
 * (chmod go-w). A config chooses a module by its name, never by a file. `unroll modules` says what
 * each module can be told and which file brought it, `unroll doctor` what was refused and why.
 *
 * CHECKED
 * Before a module is used, Unroll compares MODULE_ABI of the plugin and of each descriptor, the
 * size of each descriptor, and looks for all required hooks and for a name that exists already. A
 * plugin that fails is left out; runs that do not use it go on, a config that names it is an error
 * with the reason. MODULE_ABI_MAJOR is another number whenever older plugins must be built again;
 * the minor one grows when something is added that older plugins do well without: a plugin may be
 * older in the minor number than the program, not newer.
 *
 * DESCRIPTOR
 * A module is a static const descriptor of its kind, whose first member is a struct module:
 *     static const struct layer my_cell = {
 *         .module = {MODULE_HEAD(MODULE_LAYER, struct layer), .version = 1, .name = "my_cell",
 *                    .summary = "One line for people.", .params = my_params,
 *                    .defaults = &my_defaults, .params_size = sizeof(struct my_cell)},
 *         .describe = ..., .forward = ..., .backward = ...,
 *     };
 *     UNROLL_PLUGIN(&my_cell.module);
 * All that is not said is zero, and means the default:
 *     name, summary   required. name: lower-case letters, digits and `_`, a letter first, and
 *                     not none, null, true or false; not used by this kind yet, nor, for a layer,
 *                     `bi` and the name of a recurrent one
 *     version         raise it whenever the same config gives other numbers: it is in the run key,
 *                     so that stored runs are not taken for new ones. So is a hash of the file.
 *     params          table of the keys that a config may set (struct param), named by the same
 *                     rule; default: none. Its first entry is what a value alone sets:
 *                     `{dropout: 0.5}`.
 *     defaults        required with params: a struct with the values where a config says nothing;
 *                     modules have theirs in the table's `fallback`
 *     params_size     bytes of that struct; 0 without one
 *     check           what ranges cannot say ("a is below b"); default: always valid
 *     state_size      bytes of state, for schedules and data sets; default 0
 *
 * HOOKS of each kind; their contracts stand at their declarations below.
 *     layer         describe, forward, backward   required
 *                   recurrent    false: cannot be `model.cell`, nor be wrapped by bidirectional
 *                   lengths      LAYER_FULL_LENGTH: refused where sequences differ in length
 *     loss          evaluate, probabilities       required
 *     optimizer     rate, update                  required. An update is element by element: it is
 *                                                 called for pieces of a tensor, in any order
 *                   moments      none
 *     schedule      factor                        required
 *                   observe      nothing is watched;  with it watches is required
 *     dataset       open                          required
 *                   close        nothing is given back
 *     initializer   fill                          required
 * A layer with a hidden state says so in layer_plan.states and fills layer_call.state_gradients, so
 * that train.diagnostics can show its gradients through time; default: it is not shown.
 * Where sequences differ in length, each call has the steps of its own longest one, which is what
 * call->plan->in.steps says; plan->all_steps are those of the longest of all.
 * A data set may say what its classes and examples are called; default: they are shown as numbers.
 *
 * ERRORS
 * A hook that returns int returns 0, or what error_set() returns, with a text that says what is
 * wrong and what would help:
 *     return error_set(error, ERROR_USAGE, "groups: %d does not divide units: %d", ...);
 * Unroll says which module it was. Other hooks cannot fail. A hook never ends the process;
 * one that crashes, or does not come back from a call within ten minutes (UNROLL_CALL_SECONDS), is
 * named in the record of the failed run.
 *
 * MEMORY
 * Descriptors, tables and texts are the plugin's, static and constant. The parsed params belong to
 * the config and are read only; so are texts and lists in them. All arrays of a call are Unroll's:
 * they have the sizes that the declarations say and not one element more, and nothing of them may
 * be kept when the hook returns, except in `saved` from forward to backward. State is Unroll's too,
 * zeroed before its first use; a schedule's is plain data without pointers, since checkpoints store
 * it; a data set's may point to what open() allocates and close() frees, also after a failed
 * open(). Layers allocate nothing: they ask for saved_floats and scratch_floats in describe(). What
 * is in `scratch` and `saved` before a forward is not defined. memory_new() and the like never
 * return NULL; what is large goes through memory_try(), which reports an error.
 *
 * THREADS
 * forward, backward, evaluate and probabilities of one module run in several threads at once, each
 * with arrays of its own; so does update. All others run in one thread at a time; describe is asked
 * more than once and must answer alike. No hook may write to a static variable or start threads of
 * its own. Hooks of different runs run in different processes.
 *
 * DETERMINISM
 * The same config and seed must give the same bits: on any number of threads, alone or beside
 * others, in one go or interrupted and resumed. So a hook's result depends on its arguments alone:
 * no clock, no environment, no rand(), no address, no order of threads. Random numbers are those of
 * random_fill_uniform() and random_block(), named by the call's seed, layer, step and example, or
 * of the stream that an initialiser is given. Sums are taken in one order. An example's output does
 * not depend on the other examples of the batch, nor on how many they are. A data set gives the
 * same values each time that it is opened, or another digest. Where a config says
 * `train.subnormals: flush`, hooks run while the processor takes 0 for subnormal numbers; they must
 * leave that as it is.
 *
 * SPEED
 * packed_multiply(), outer_add() and matrix_multiply() are the products that the built-in layers
 * use. Loops over elements stand in a MATH_BODY function and are compiled for each instruction set
 * by MATH_CLONES; math_exp(), math_sigmoid() and math_tanh() are vectorised in there.
 *
 * CALLS
 * A plugin may call every function that this header declares, and no other of the program: it finds
 * no others. They are macros for names that begin with unroll_, so that a library with a hash_new()
 * of its own keeps it. The C library is free to use, as is any library that the plugin links
 * itself.
 *
 * LOADING
 * A plugin's file is read once: that copy is judged, hashed (XXH3-128, as `xxh128sum FILE` prints)
 * and loaded, so that the file may be built again while a run uses it. Another hash is another
 * plugin, whose runs are trained again: build without -g or link with -s, for debug information has
 * the folder in which it was built, and the number of every line. $ORIGIN means nothing here:
 * libraries that it links are found by an absolute -rpath, or where the system looks. They are
 * neither judged nor hashed: what a run records is the plugin's own file. A child process loads and
 * unloads it before the program loads it, so that constructors run twice, and destructors in the
 * child only. Best have neither. */
#ifndef UNROLL_H
#define UNROLL_H

/* All of the C library, where this is the first that a file includes. */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif

#include "base/error.h"
#include "base/file.h"
#include "base/hash.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"
#include "layers/recurrent.h"
#include "math/block.h"
#include "math/isa.h"
#include "math/line.h"
#include "math/matrix.h"
#include "math/outer.h"
#include "math/packed.h"
#include "math/random.h"
#include "math/vector.h"
#include "module/dataset.h"
#include "module/initializer.h"
#include "module/layer.h"
#include "module/loss.h"
#include "module/optimizer.h"
#include "module/plugin.h"
#include "module/schedule.h"

#endif
