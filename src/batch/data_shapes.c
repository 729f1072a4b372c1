#include "batch/data_shapes.h"

#include "base/memory.h"

struct data_shape {
    char *text; /* all that the config says of its data; owned */
    struct data data;
};

static const struct data *find(const struct data_shapes *shapes, const char *text)
{
    for (size_t i = shapes->count; i-- > 0;) /* neighbours are alike */
        if (text_equal(shapes->items[i].text, text))
            return &shapes->items[i].data;
    return NULL;
}

/* Keeps what DATA is without what it holds. */
static const struct data *add(struct data_shapes *shapes, const char *text, const struct data *data)
{
    shapes->items = memory_grow(shapes->items, shapes->count + 1, sizeof *shapes->items);
    struct data_shape *shape = &shapes->items[shapes->count++];
    *shape = (struct data_shape){.text = memory_copy_text(text), .data = *data};
    struct data *kept = &shape->data;
    kept->state = NULL;
    kept->positions = NULL;
    kept->mean = kept->divisor = NULL;
    kept->content.train = (struct examples){.count = data->content.train.count};
    kept->content.test = (struct examples){.count = data->content.test.count};
    for (int split = 0; split < SPLITS; split++) {
        kept->splits[split].from = NULL;
        kept->splits[split].numbers = NULL;
    }
    return kept;
}

const struct data *data_shapes_find(struct data_shapes *shapes, const struct config *config,
                                    const char *folder, struct error *error)
{
    struct text text = {0};
    resolved_add_yaml(&text, resolved_find(config->resolved, "data"), false);
    const struct data *found = find(shapes, text_get(&text));
    struct data data;
    if (!found && data_open(&data, &config->data, folder, error) == 0) {
        found = add(shapes, text_get(&text), &data);
        data_release(&data);
    }
    text_release(&text);
    return found;
}

void data_shapes_release(struct data_shapes *shapes)
{
    for (size_t i = 0; i < shapes->count; i++)
        memory_free(shapes->items[i].text);
    memory_free(shapes->items);
    *shapes = (struct data_shapes){0};
}
