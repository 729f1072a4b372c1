/* What this machine's fonts can write. */
#ifndef UNROLL_PLOTS_FONTS_H
#define UNROLL_PLOTS_FONTS_H

#include "base/names.h"
#include "base/text.h"

/* Adds SOURCE (UTF-8) to TEXT with a box for each character that no font of this machine has: what
 * draws png and pdf would fill the picture with a box for it. Fontconfig's fc-list tells; where it
 * is missing, all characters are taken to be there. KNOWN, which begins empty and the caller
 * releases, keeps what was found out. */
void fonts_add_known(struct text *text, const char *source, struct names *known);

#endif
