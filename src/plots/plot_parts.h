/* What the kinds of plot are made of. */
#ifndef UNROLL_PLOTS_PLOT_PARTS_H
#define UNROLL_PLOTS_PLOT_PARTS_H

#include "compare/groups.h"
#include "compare/moment.h"
#include "plots/axes.h"
#include "plots/gnuplot.h"

/* Sizes in centimetres, for text of 9 points (letters.h). */
#define PLOT_WIDTH 16.0
#define PLOT_LINE 0.48
#define PLOT_POINT (2.54 / 72)

/* Adds "set lmargin at screen ..." for a plot LEFT, RIGHT, TOP and BOTTOM centimetres inside a
 * picture of WIDTH by HEIGHT. */
struct plot_margins {
    double left, right, top, bottom;
};
void plot_add_margins(struct gnuplot *plot, double width, double height,
                      struct plot_margins margins);

/* Adds " font ',...'" for text of POINTS points. */
void plot_add_font(struct gnuplot *plot, double points);

/* Adds "set PLACE 'LABEL of METRIC'", PLACE being xlabel, ylabel or title. */
void plot_add_label(struct gnuplot *plot, const char *place, const char *metric);

/* The same with TEXT as it is. */
void plot_add_raw_label(struct gnuplot *plot, const char *place, const char *text);

/* The same of METRIC at MOMENT: "test accuracy (%) at step 500". */
void plot_add_label_at(struct gnuplot *plot, const char *place, const char *metric,
                       struct moment moment);

/* Adds "set xrange [...]" and ticks for AXIS, which is x or y. */
void plot_add_axis(struct gnuplot *plot, char axis, struct axis fitted, int ticks);

/* Has gnuplot draw lines that cross an axis from one side to the other, as an axis that was asked
 * for may have: it leaves those out whose ends are both outside. */
void plot_add_clipping(struct gnuplot *plot);

/* Adds "set multiplot": panels of characters share the page evenly, the others have margins of
 * their own. */
void plot_add_multiplot(struct gnuplot *plot, size_t panels);

/* How far a name may go, in columns, and centimetres in a picture that has these. */
struct plot_room {
    size_t columns;
    double width;
};

/* That of a name in a legend. */
extern const struct plot_room plot_legend_room;

/* The width in columns of the longest of COUNT names, each cut to at most LIMIT. */
size_t plot_longest_of(const char *const *names, size_t count, size_t limit);

/* The width in centimetres of the widest of COUNT names, each cut to ROOM. */
double plot_widest_of(const char *const *names, size_t count, struct plot_room room);

/* Adds NAME, cut to ROOM. */
void plot_add_name(struct text *text, const struct gnuplot *plot, const char *name,
                   struct plot_room room);

/* Adds " title 'NAME'", cut to plot_legend_room. */
void plot_add_title(struct gnuplot *plot, const char *name);

/* How line or symbol I differs from the others: colour (an index of gnuplot's colour-blind-safe
 * sequence), dash and shape. Together they repeat after 315. */
enum { PLOT_SHAPES = 9 };
int plot_colour(size_t i);
int plot_shape(size_t i);

/* Adds " with linespoints ..." for line I of POINTS points, with some symbols along it, or " with
 * lines ..." without any where POINTS is 0. */
void plot_add_line_style(struct gnuplot *plot, size_t i, size_t points);

/* How much of its colour a band has: one alone; the wider of two, and the one in front of it, which
 * is told from the wider one of another line as well. */
enum plot_band { PLOT_BAND, PLOT_BAND_BEHIND, PLOT_BAND_IN_FRONT };

/* Adds " with filledcurves ..." for the band around line I of LINES; more are drawn paler. */
void plot_add_band_style(struct gnuplot *plot, size_t i, size_t lines, enum plot_band band);

/* Adds an arrow's head at the low or high end of AXIS (x or y), which is LENGTH centimetres long,
 * at PLACE on the other axis, in gnuplot's colour COLOUR: what is drawn there goes on outside. */
void plot_add_clip(struct gnuplot *plot, char axis, bool high, double length, double place,
                   int colour);

/* From so many lines on, characters tell them apart by letters. */
enum { PLOT_LETTERS_FROM = 8 };

/* The letter of line or point I in characters: A to Z, a to z, and ? for all others. */
char plot_letter(size_t i);

/* Adds " using COLUMNS with ..." so that I's letter stands at each point of characters, and
 * " title ..." with it and NAME, or " notitle" where that is NULL. */
void plot_add_letters(struct gnuplot *plot, const char *columns, size_t i, const char *name);

/* Rows of characters for a plot with a legend of COUNT NAMES below it, COLUMNS wide. */
double plot_rows(const char *const *names, size_t count, int columns);

/* Whether a run of GROUPS has measured METRIC while it trained. */
bool plot_has_series(struct store *store, const struct groups *groups, const char *metric);

#endif
