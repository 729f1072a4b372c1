#include "model/guard.h"

#include "base/hash.h"
#include "base/memory.h"
#include "module/hook.h"
#include "module/registry.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
enum { IS_SANITIZED = true };
#else
#define ASAN_POISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
#define ASAN_UNPOISON_MEMORY_REGION(address, size) ((void)(address), (void)(size))
enum { IS_SANITIZED = false };
#endif

/* Not a number, and none that a computation gives. */
static const uint32_t filling = 0x7FB6A5D1;

bool guard_is_needed(const struct module_choice *choice)
{
    const struct module *module = choice->module;
    if (!module)
        return false;
    if (*registry_plugin_digest(module))
        return true;
    for (const struct param *param = module->params; param && param->name; param++) {
        const char *value = (const char *)choice->params + param->offset;
        if (param->type == PARAM_MODULE && guard_is_needed((const struct module_choice *)value))
            return true;
    }
    return false;
}

static void add_gap(struct guards *guards, struct guard_gap gap)
{
    guards->gaps = memory_grow(guards->gaps, guards->gap_count + 1, sizeof *guards->gaps);
    guards->gaps[guards->gap_count++] = gap;
}

static void fill(const struct guard_gap *gap)
{
    for (int64_t i = 0; i < gap->floats; i++)
        memcpy(gap->from + i, &gap->bits, sizeof gap->bits);
}

void guards_add(struct guards *guards, const float *array, float *from, int64_t floats)
{
    struct guard_gap gap = {array, from, floats, filling, false};
    add_gap(guards, gap);
    fill(&gap);
}

void guards_add_zeros(struct guards *guards, const float *array, float *from, int64_t floats,
                      bool is_common)
{
    add_gap(guards, (struct guard_gap){array, from, floats, 0, is_common});
}

void guards_name(struct guards *guards, const void *array, const char *format, ...)
{
    guards->arrays = memory_grow(guards->arrays, guards->array_count + 1, sizeof *guards->arrays);
    struct guard_array *named = &guards->arrays[guards->array_count++];
    named->array = array;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(named->name, sizeof named->name, format, arguments);
    va_end(arguments);
}

void guards_release(struct guards *guards)
{
    memory_free(guards->gaps);
    memory_free(guards->arrays);
    *guards = (struct guards){0};
}

static void close_gap(const struct guard_gap *gap)
{
    ASAN_POISON_MEMORY_REGION(gap->from, (size_t)gap->floats * sizeof(float));
}

static void open_gap(const struct guard_gap *gap)
{
    ASAN_UNPOISON_MEMORY_REGION(gap->from, (size_t)gap->floats * sizeof(float));
}

void guards_close(const struct guards *guards)
{
    for (size_t i = 0; IS_SANITIZED && i < guards->gap_count; i++)
        close_gap(&guards->gaps[i]);
}

static void open_gaps(const struct guards *guards)
{
    for (size_t i = 0; IS_SANITIZED && i < guards->gap_count; i++)
        open_gap(&guards->gaps[i]);
}

/* Another thread may be within a hook, and have closed what it shares with this one. */
__attribute__((no_sanitize("address"))) static bool has_changed(const struct guard_gap *gap)
{
    const uint32_t *bits = (const uint32_t *)(const void *)gap->from;
    uint32_t changes = 0;
    for (int64_t i = 0; i < gap->floats; i++)
        changes |= bits[i] ^ gap->bits;
    return changes != 0;
}

static const char *name_of(const struct guards *guards, const void *array)
{
    for (size_t i = 0; array && i < guards->array_count; i++)
        if (guards->arrays[i].array == array)
            return guards->arrays[i].name;
    return NULL;
}

static void condemn(const struct guards *guards, const struct guard_gap *gap,
                    const struct module *module)
{
    const char *before = name_of(guards, gap->array);
    const char *behind = name_of(guards, gap->from + gap->floats);
    if (before && behind)
        hook_condemn_plugin(module, gap->is_common, "wrote out of bounds: behind %s or before %s",
                            before, behind);
    else
        hook_condemn_plugin(module, gap->is_common, "wrote out of bounds: %s %s",
                            before ? "behind" : "before",
                            before   ? before
                            : behind ? behind
                                     : "its arrays");
}

void guards_check(const struct guards *guards, const struct module *module)
{
    open_gaps(guards);
    for (size_t i = 0; i < guards->gap_count; i++)
        if (has_changed(&guards->gaps[i]))
            condemn(guards, &guards->gaps[i], module);
}

void guards_look(const struct guards *guards, const float *floats, int64_t count,
                 char digest[HASH_TEXT_SIZE])
{
    *digest = '\0';
    if (IS_SANITIZED && guards->gap_count > 0 && floats)
        hash_bytes(floats, (size_t)count * sizeof *floats, digest);
}

/* Of what a call may read only. */
struct contents {
    char in[HASH_TEXT_SIZE], out_gradient[HASH_TEXT_SIZE];
};

static void look(const struct guards *guards, const struct layer_call *call,
                 struct contents *contents)
{
    const struct sequence *in = &call->plan->in, *out = &call->plan->out;
    guards_look(guards, call->in, in->steps * call->batch * in->features, contents->in);
    guards_look(guards, call->out_gradient, out->steps * call->batch * out->features,
                contents->out_gradient);
}

/* Scratch is as long as the neediest layer wants it: what CALL's layer has asked for may end
 * before. The gap behind all of it has room for this one at its latest. */
static struct guard_gap behind_scratch(const struct layer_call *call)
{
    return (struct guard_gap){.array = call->scratch,
                              .from = call->scratch + call->plan->scratch_floats,
                              .floats = GUARD_FLOATS,
                              .bits = filling};
}

void guards_call(const struct guards *guards, const struct module *module,
                 void (*hook)(const struct layer_call *call), const struct layer_call *call)
{
    struct contents before = {0}, behind = {0};
    HOOK(module);
    if (guards->gap_count == 0) {
        hook(call);
        return;
    }
    struct guard_gap gap = behind_scratch(call);
    look(guards, call, &before);
    fill(&gap);
    guards_close(guards);
    close_gap(&gap);
    hook(call);
    guards_check(guards, module);
    open_gap(&gap);
    if (has_changed(&gap))
        condemn(guards, &gap, module);
    look(guards, call, &behind);
    if (strcmp(before.in, behind.in) != 0)
        hook_condemn(module, "changed `in`, which is const");
    if (strcmp(before.out_gradient, behind.out_gradient) != 0)
        hook_condemn(module, "changed `out_gradient`, which is const");
}
