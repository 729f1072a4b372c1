/* A config from text, for tests. */
#ifndef UNROLL_TESTS_CONFIG_TEXT_H
#define UNROLL_TESTS_CONFIG_TEXT_H

#include "base/memory.h"
#include "config/config.h"

#include <stdio.h>

/* Loads TEXT into CONFIG; prints the errors and returns -1 when there are some. */
static inline int config_from_text(struct config *config, const char *text)
{
    struct diagnostics *diagnostics = diagnostics_new();
    struct config_source source = {.path = "test.yaml", .text = text};
    int result = config_load_from(config, &source, diagnostics);
    if (result) {
        struct text errors = {0};
        diagnostics_write(diagnostics, &errors, false);
        fprintf(stderr, "%s", text_get(&errors));
        text_release(&errors);
    }
    diagnostics_free(diagnostics);
    return result;
}

#endif
