/* What this machine's fonts can write. */
#ifndef UNROLL_PLOTS_FONTS_H
#define UNROLL_PLOTS_FONTS_H

#include "base/text.h"

#include <stdbool.h>
#include <stdint.h>

/* What fontconfig's fc-list said. All zero is valid: nobody has asked yet. */
struct fonts {
    bool is_asked;
    uint8_t *there; /* a bit for each character of Unicode; NULL: nobody knows */
};
void fonts_release(struct fonts *fonts);

/* Adds SOURCE (UTF-8) to TEXT with a box for each character that no font of this machine has: what
 * draws png and pdf would fill the picture with a box for it. fc-list is asked once, when SOURCE
 * has the first unusual character; where it is missing, all characters are taken to be there. */
void fonts_add_known(struct text *text, const char *source, struct fonts *fonts);

#endif
