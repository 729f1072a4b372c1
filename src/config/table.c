/* What a config can say: the tables of struct config. */
#include "base/text.h"
#include "config/config.h"

#include <math.h>

#define OFFSET(type, member) offsetof(type, member)
/* The offset of INNER within the anonymous struct OUTER of TYPE. */
#define INNER(type, outer, inner) (offsetof(type, outer.inner) - offsetof(type, outer))

/* Generous limits, which keep products of counts within 64 bits. */
#define MOST_STEPS 1e12
#define MOST_EPOCHS 1e6
#define MOST_EXAMPLES 1e9
#define MOST_BATCH 1e6

static const char *const sequence_names[] = {"rows", "columns", "pixels", "permuted", NULL};
static const char *const scale_names[] = {"unit", "standard", "none", NULL};
static const char *const order_names[] = {"shuffle", "tf", "file", NULL};
static const char *const from_names[] = {"first", "last", "random", NULL};
static const char *const init_names[] = {"tf1", "keras", "pytorch", NULL};
const char *const config_split_names[] = {"train", "validation", "test", NULL};
static const char *const unit_names[] = {"steps", "epochs", NULL};
static const char *const take_names[] = {"first", "next", NULL};
static const char *const log_names[] = {"mean", "batch", NULL};
static const char *const metric_names[] = {"validation.loss", "validation.accuracy", NULL};
static const char *const restore_names[] = {"last", "best", NULL};
static const char *const subnormal_names[] = {"flush", NULL};
static const char *const diagnostic_names[] = {"gradient_flow", NULL};
static const char *const dropout_names[] = {"every", "between", NULL};
static const char *const readout_names[] = {"last", "mean", "max", NULL};

static const struct param data_train_table[] = {
    {.name = "limit",
     .summary = "Trains on the first LIMIT examples only, after validation is taken out.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = INNER(struct data_config, train, limit),
     .minimum = 1,
     .maximum = MOST_EXAMPLES,
     .unit = "examples"},
    {.name = NULL},
};

static const struct param validation_table[] = {
    {.name = "count",
     .summary = "How many examples of the training file are kept for validation.",
     .type = PARAM_INTEGER,
     .offset = INNER(struct data_config, validation, count),
     .minimum = 0,
     .maximum = MOST_EXAMPLES,
     .unit = "examples"},
    {.name = "from",
     .summary = "Which examples of the training file these are.",
     .type = PARAM_CHOICE,
     .offset = INNER(struct data_config, validation, from),
     .choices = from_names},
    {.name = NULL},
};

static const struct param data_table[] = {
    {.name = "set",
     .summary = "The data set.",
     .type = PARAM_MODULE,
     .flags = PARAM_REQUIRED,
     .offset = OFFSET(struct data_config, set),
     .kind = MODULE_DATASET},
    {.name = "sequence",
     .summary = "How an image becomes a sequence: a row, a column or a pixel at a time step, or "
                "the pixels in a fixed random order. Series are read as rows, whatever their "
                "lengths.",
     .type = PARAM_CHOICE,
     .offset = OFFSET(struct data_config, sequence),
     .choices = sequence_names},
    {.name = "permutation",
     .summary = "Seed of the random order of the pixels, with sequence permuted.",
     .type = PARAM_INTEGER,
     .offset = OFFSET(struct data_config, permutation),
     .minimum = 0,
     .maximum = 0x1p63},
    {.name = "scale",
     .summary = "Scales values to 0..1 (unit), to mean 0 and deviation 1 over the training set "
                "(standard), or not at all. Of series each feature is scaled by itself, unit "
                "dividing by its largest magnitude in the training set.",
     .type = PARAM_CHOICE,
     .offset = OFFSET(struct data_config, scale),
     .choices = scale_names},
    {.name = "order",
     .summary = "The order of training examples: shuffled for each epoch (shuffle), the same with "
                "batches that run over the epoch's end as in TensorFlow's tutorials (tf), or as "
                "in the file.",
     .type = PARAM_CHOICE,
     .offset = OFFSET(struct data_config, order),
     .choices = order_names},
    {.name = "drop_last",
     .summary = "Leaves out the last batch of an epoch when it is smaller than the others.",
     .type = PARAM_BOOLEAN,
     .offset = OFFSET(struct data_config, drop_last)},
    {.name = "train",
     .summary = "The training set.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct data_config, train),
     .table = data_train_table},
    {.name = "validation",
     .summary = "The validation set, taken from the training file.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct data_config, validation),
     .table = validation_table},
    {.name = NULL},
};

static const struct param model_table[] = {
    {.name = "init",
     .summary = "The framework whose conventions give the defaults of initialisers and "
                "optimisers.",
     .type = PARAM_CHOICE,
     .offset = OFFSET(struct model_config, init),
     .choices = init_names},
    {.name = "stack",
     .summary = "The layers from the input on, instead of the short form (cell, layers, units, "
                "dropout, readout).",
     .type = PARAM_MODULES,
     .flags = PARAM_REQUIRED,
     .offset = OFFSET(struct model_config, stack),
     .kind = MODULE_LAYER},
    {.name = "head",
     .summary = "The last layer, which turns the features of one step into a logit for each "
                "class.",
     .type = PARAM_MODULE,
     .offset = OFFSET(struct model_config, head),
     .kind = MODULE_LAYER,
     .fallback = "dense"},
    {.name = NULL},
};

const struct model_short model_short_defaults = {.layers = 1, .units = 128};

const struct param model_short_table[] = {
    {.name = "cell",
     .summary = "The recurrent layer; with \"bi\" in front of its name (bilstm) in both "
                "directions.",
     .type = PARAM_MODULE,
     .flags = PARAM_REQUIRED,
     .offset = OFFSET(struct model_short, cell),
     .kind = MODULE_LAYER},
    {.name = "layers",
     .summary = "How many of these layers stand on each other.",
     .type = PARAM_INTEGER,
     .offset = OFFSET(struct model_short, layers),
     .minimum = 1,
     .maximum = 100},
    {.name = "units",
     .summary = "Size of each layer's hidden state, of each direction where there are two.",
     .type = PARAM_INTEGER,
     .offset = OFFSET(struct model_short, units),
     .minimum = 1,
     .maximum = 65536},
    {.name = "dropout",
     .summary = "The part of a layer's outputs that dropout sets to zero while training.",
     .type = PARAM_REAL,
     .flags = PARAM_BELOW_MAXIMUM,
     .offset = OFFSET(struct model_short, dropout),
     .minimum = 0,
     .maximum = 1},
    {.name = "dropout_at",
     .summary = "Dropout after every layer, or between layers only.",
     .type = PARAM_CHOICE,
     .offset = OFFSET(struct model_short, dropout_at),
     .choices = dropout_names},
    {.name = "readout",
     .summary = "What of the outputs over time goes to the head.",
     .type = PARAM_CHOICE,
     .offset = OFFSET(struct model_short, readout),
     .choices = readout_names},
    {.name = NULL},
};

static const struct param warmup_table[] = {
    {.name = "steps",
     .summary = "Raises the learning rate linearly over that many first steps.",
     .type = PARAM_INTEGER,
     .offset = INNER(struct train_config, warmup, steps),
     .minimum = 0,
     .maximum = MOST_STEPS,
     .unit = "steps"},
    {.name = "from",
     .summary = "The factor of the learning rate at which the warm-up starts.",
     .type = PARAM_REAL,
     .offset = INNER(struct train_config, warmup, from),
     .minimum = 0,
     .maximum = 1},
    {.name = NULL},
};

static const struct param clip_table[] = {
    {.name = "norm",
     .summary = "Scales the whole gradient down to this Euclidean norm when it is larger.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL | PARAM_ABOVE_MINIMUM,
     .offset = INNER(struct train_config, clip, norm),
     .minimum = 0,
     .maximum = INFINITY},
    {.name = "value",
     .summary = "Limits the magnitude of each element of the gradient.",
     .type = PARAM_REAL,
     .flags = PARAM_OPTIONAL | PARAM_ABOVE_MINIMUM,
     .offset = INNER(struct train_config, clip, value),
     .minimum = 0,
     .maximum = INFINITY},
    {.name = NULL},
};

static const struct param evaluate_table[] = {
    {.name = "every",
     .summary = "How often the model is evaluated; none: once after each epoch.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = INNER(struct train_config, evaluate, every),
     .minimum = 1,
     .maximum = MOST_STEPS},
    {.name = "unit",
     .summary = "What `every` counts.",
     .type = PARAM_CHOICE,
     .offset = INNER(struct train_config, evaluate, unit),
     .choices = unit_names},
    {.name = "first",
     .summary = "The step of the first evaluation, from which `every` then counts on.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = INNER(struct train_config, evaluate, first),
     .minimum = 1,
     .maximum = MOST_STEPS,
     .unit = "steps"},
    {.name = "on",
     .summary = "What the model is evaluated on.",
     .type = PARAM_SET,
     .offset = INNER(struct train_config, evaluate, on),
     .choices = config_split_names},
    {.name = "limit",
     .summary = "Uses only that many examples for each evaluation.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = INNER(struct train_config, evaluate, limit),
     .minimum = 1,
     .maximum = MOST_EXAMPLES,
     .unit = "examples"},
    {.name = "take",
     .summary = "With a limit: always the first examples, or the next ones each time.",
     .type = PARAM_CHOICE,
     .offset = INNER(struct train_config, evaluate, take),
     .choices = take_names},
    {.name = "batch",
     .summary = "How many examples are evaluated at a time: speed and the last bits of the loss.",
     .type = PARAM_INTEGER,
     .offset = INNER(struct train_config, evaluate, batch),
     .minimum = 1,
     .maximum = MOST_BATCH,
     .unit = "examples"},
    {.name = NULL},
};

static const struct param log_table[] = {
    {.name = "every",
     .summary = "How often the training loss and accuracy are recorded.",
     .type = PARAM_INTEGER,
     .offset = INNER(struct train_config, log, every),
     .minimum = 1,
     .maximum = MOST_STEPS,
     .unit = "steps"},
    {.name = "of",
     .summary = "Records the mean since the last time, or the last batch alone.",
     .type = PARAM_CHOICE,
     .offset = INNER(struct train_config, log, of),
     .choices = log_names},
    {.name = NULL},
};

static const struct param stop_table[] = {
    {.name = "metric",
     .summary = "The metric that early stopping and `restore: best` look at.",
     .type = PARAM_CHOICE,
     .offset = INNER(struct train_config, stop, metric),
     .choices = metric_names},
    {.name = "patience",
     .summary = "Stops after that many evaluations without improvement; none: trains to the end.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = INNER(struct train_config, stop, patience),
     .minimum = 1,
     .maximum = 1e9,
     .unit = "evaluations"},
    {.name = "min_delta",
     .summary = "How much better the metric must be to count as an improvement.",
     .type = PARAM_REAL,
     .offset = INNER(struct train_config, stop, min_delta),
     .minimum = 0,
     .maximum = INFINITY},
    {.name = "restore",
     .summary = "The parameters that the run ends with: the last ones, or those with the best "
                "metric.",
     .type = PARAM_CHOICE,
     .offset = INNER(struct train_config, stop, restore),
     .choices = restore_names},
    {.name = NULL},
};

static const struct param train_table[] = {
    {.name = "batch",
     .summary = "How many examples make one step.",
     .type = PARAM_INTEGER,
     .offset = OFFSET(struct train_config, batch),
     .minimum = 1,
     .maximum = MOST_BATCH,
     .unit = "examples"},
    {.name = "steps",
     .summary = "Trains for that many steps; either this or `epochs`.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = OFFSET(struct train_config, steps),
     .minimum = 1,
     .maximum = MOST_STEPS,
     .unit = "steps"},
    {.name = "epochs",
     .summary = "Trains for that many passes over the training set; either this or `steps`.",
     .type = PARAM_INTEGER,
     .flags = PARAM_OPTIONAL,
     .offset = OFFSET(struct train_config, epochs),
     .minimum = 1,
     .maximum = MOST_EPOCHS,
     .unit = "epochs"},
    {.name = "shards",
     .summary = "Splits each batch into that many parts, which threads can work on; part of the "
                "result, unlike the number of threads.",
     .type = PARAM_INTEGER,
     .offset = OFFSET(struct train_config, shards),
     .minimum = 1,
     .maximum = 1024},
    {.name = "subnormals",
     .summary =
         "flush: numbers nearer to 0 than 1.2e-38, with which processors are slow and of which a "
         "vanishing gradient is full, count as 0; none: they are kept.",
     .type = PARAM_CHOICE,
     .flags = PARAM_OPTIONAL | PARAM_NONE_NOT_IN_KEY,
     .offset = OFFSET(struct train_config, subnormals),
     .choices = subnormal_names},
    {.name = "loss",
     .summary = "What training makes small.",
     .type = PARAM_MODULE,
     .offset = OFFSET(struct train_config, loss),
     .kind = MODULE_LOSS,
     .fallback = "softmax_cross_entropy"},
    {.name = "optimizer",
     .summary = "How a gradient changes the parameters.",
     .type = PARAM_MODULE,
     .offset = OFFSET(struct train_config, optimizer),
     .kind = MODULE_OPTIMIZER,
     .fallback = "adam"},
    {.name = "schedule",
     .summary = "How the learning rate changes over the steps.",
     .type = PARAM_MODULE,
     .offset = OFFSET(struct train_config, schedule),
     .kind = MODULE_SCHEDULE,
     .fallback = "constant"},
    {.name = "warmup",
     .summary = "A linear rise of the learning rate in front of the schedule.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct train_config, warmup),
     .table = warmup_table},
    {.name = "clip",
     .summary = "Limits on the gradient.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct train_config, clip),
     .table = clip_table},
    {.name = "weight_decay",
     .summary = "Adds this times each weight to its gradient (an L2 penalty).",
     .type = PARAM_REAL,
     .offset = OFFSET(struct train_config, weight_decay),
     .minimum = 0,
     .maximum = INFINITY},
    {.name = "evaluate",
     .summary = "When, and on what, the model is evaluated while it trains.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct train_config, evaluate),
     .table = evaluate_table},
    {.name = "log",
     .summary = "What is recorded of the training itself.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct train_config, log),
     .table = log_table},
    {.name = "stop",
     .summary = "Early stopping, and which parameters the run ends with.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct train_config, stop),
     .table = stop_table},
    {.name = "diagnostics",
     .summary =
         "What else is recorded at the first and last step and at each evaluation: gradient_flow, "
         "how large the loss's gradient is at each time step back from the last.",
     .type = PARAM_SET,
     .flags = PARAM_OPTIONAL | PARAM_NONE_NOT_IN_KEY,
     .offset = OFFSET(struct train_config, diagnostics),
     .choices = diagnostic_names},
    {.name = NULL},
};

const struct param config_table[] = {
    {.name = "name",
     .summary = "What the run is called; by default the file's name without its ending.",
     .type = PARAM_TEXT,
     .flags = PARAM_NOT_IN_KEY | PARAM_OPTIONAL,
     .offset = OFFSET(struct config, name)},
    {.name = "seed",
     .summary = "Determines every random number of the run.",
     .type = PARAM_INTEGER,
     .offset = OFFSET(struct config, seed),
     .minimum = 0,
     .maximum = 0x1p63},
    {.name = "data",
     .summary = "What is learned from.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct config, data),
     .table = data_table},
    {.name = "model",
     .summary = "The network.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct config, model),
     .table = model_table},
    {.name = "train",
     .summary = "How it is trained.",
     .type = PARAM_SECTION,
     .offset = OFFSET(struct config, train),
     .table = train_table},
    {.name = NULL},
};

const struct config config_defaults = {
    .seed = 1,
    .data = {.permutation = 1},
    .model = {.init = INIT_KERAS},
    .train = {.batch = 128,
              .shards = 1,
              .subnormals = SUBNORMALS_KEEP,
              .evaluate = {.on = 1u << SPLIT_TEST, .batch = 500},
              .log = {.every = 100}},
};

/* What a file may say of itself; gone once files are merged. */
static const struct param file_table[] = {
    {.name = "base",
     .summary = "Another config file, relative to this one, that this one starts from.",
     .type = PARAM_PATH},
    {.name = NULL},
};

const struct param *config_extra_keys(const struct param *table)
{
    if (table == config_table)
        return file_table;
    return table == model_table ? model_short_table : NULL;
}

const struct param *param_find(const struct param *table, const char *name)
{
    for (; table && table->name; table++)
        if (text_equal(table->name, name))
            return table;
    return NULL;
}
