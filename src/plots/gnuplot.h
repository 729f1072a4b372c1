/* Pictures by gnuplot, which is started without a shell on a script and a data file that stay
 * beside the picture, with its whole name in theirs: x.svg, x.svg.gp, x.svg.dat.
 *
 * gnuplot runs what stands in backquotes in a double-quoted string, in a file name that begins
 * with < or |, and on a line of its own. So users' texts go only through gnuplot_add_text, and file
 * names only through this file. */
#ifndef UNROLL_PLOTS_GNUPLOT_H
#define UNROLL_PLOTS_GNUPLOT_H

#include "base/error.h"
#include "base/text.h"

#include <stdbool.h>
#include <stddef.h>

enum picture_format { PICTURE_SVG, PICTURE_PNG, PICTURE_PDF, PICTURE_ASCII, PICTURE_FORMATS };

/* "svg", "png", ... by enum picture_format; ends with NULL. */
extern const char *const picture_format_names[];

/* The ending of a picture's file name: ".svg", ".png", ".pdf", ".txt". */
const char *picture_format_ending(enum picture_format format);

/* A picture in the making. */
struct gnuplot {
    enum picture_format format;
    char *path;    /* of the picture, symbolic links followed */
    char *folder;  /* in which gnuplot runs */
    char *picture; /* file names within the folder */
    char *script_name;
    char *data_name;
    struct text script; /* what the kinds of plot add to, behind gnuplot_begin */
    struct text data;
    size_t blocks; /* data blocks so far: the index of the next one */
};

/* Prepares a picture at PATH. A path that ends with a slash, is a folder or a device, or holds
 * control characters is ERROR_USAGE. PLOT is released by the caller, after an error too. */
int gnuplot_init(struct gnuplot *plot, const char *path, enum picture_format format,
                 struct error *error);
void gnuplot_release(struct gnuplot *plot);

/* Begins the script with terminal, size and what all pictures share. WIDTH and HEIGHT are
 * centimetres, or characters for PICTURE_ASCII. */
void gnuplot_begin(struct gnuplot *plot, double width, double height);

/* Adds TEXT as a string in which nothing has a meaning. */
void gnuplot_add_text(struct text *script, const char *text);

/* The same for the label of a tick, in which gnuplot would take a percent sign for a format. */
void gnuplot_add_tick_text(struct text *script, const char *text);

/* Adds a number for data or script; NaN for what is not finite, which gnuplot leaves out. */
void gnuplot_add_number(struct text *text, double number);

/* Begins a data block with NAME as its comment; returns its index. Lines follow through
 * plot->data. */
size_t gnuplot_begin_block(struct gnuplot *plot, const char *name);

/* Adds "'FILE' index BLOCK" to the script. */
void gnuplot_add_source(struct gnuplot *plot, size_t block);

/* Writes script and data (making the folder), runs gnuplot, and replaces the picture by what it
 * drew. When gnuplot is missing (ERROR_NOT_FOUND) or fails (ERROR_FAILED), script and data stay, an
 * old picture too, and the error names the command that draws it later. There is no limit of time,
 * for a large picture may take long: Ctrl-C ends both. One process at a time draws in a folder. */
int gnuplot_draw(struct gnuplot *plot, struct error *error);

#endif
