#include "plots/gnuplot.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/process.h"
#include "plots/fonts.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

const char *const picture_format_names[] = {
    [PICTURE_SVG] = "svg",     [PICTURE_PNG] = "png",    [PICTURE_PDF] = "pdf",
    [PICTURE_ASCII] = "ascii", [PICTURE_FORMATS] = NULL,
};

const char *picture_format_ending(enum picture_format format)
{
    static const char *const endings[PICTURE_FORMATS] = {
        [PICTURE_SVG] = ".svg",
        [PICTURE_PNG] = ".png",
        [PICTURE_PDF] = ".pdf",
        [PICTURE_ASCII] = ".txt",
    };
    return endings[format];
}

static bool has_control_character(const char *path)
{
    for (const unsigned char *byte = (const unsigned char *)path; *byte; byte++)
        if (*byte < 0x20 || *byte == 0x7F)
            return true;
    return false;
}

int gnuplot_init(struct gnuplot *plot, const char *path, enum picture_format format,
                 struct error *error)
{
    *plot = (struct gnuplot){.format = format};
    if (has_control_character(path)) {
        struct text name = {0};
        printable_add(&name, path);
        error_set(error, ERROR_USAGE, "%s: a picture's path cannot hold control characters",
                  text_get(&name));
        text_release(&name);
        return -1;
    }
    if (!*path || text_ends_with(path, "/") || file_is_folder(path))
        return error_set(error, ERROR_USAGE, "%s: is a folder; name the picture's file",
                         *path ? path : "\"\"");
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    size_t stem = strlen(name);
    for (int i = 0; i < PICTURE_FORMATS; i++) {
        const char *ending = picture_format_ending((enum picture_format)i);
        if (stem > strlen(ending) && text_ends_with(name, ending))
            stem -= strlen(ending);
        if (name[stem])
            break;
    }
    plot->path = memory_copy_text(path);
    plot->folder = file_folder(path);
    plot->picture = memory_copy_text(name);
    plot->script_name = text_format("%.*s.gp", (int)stem, name);
    plot->data_name = text_format("%.*s.dat", (int)stem, name);
    return 0;
}

void gnuplot_release(struct gnuplot *plot)
{
    memory_free(plot->path);
    memory_free(plot->folder);
    memory_free(plot->picture);
    memory_free(plot->script_name);
    memory_free(plot->data_name);
    text_release(&plot->script);
    text_release(&plot->data);
    *plot = (struct gnuplot){0};
}

/* Adds TEXT as gnuplot's string, '...'."\047".'...' for an apostrophe: gnuplot documents '' for
 * one, but version 5.4 ends the string at a '' that opens it or follows another, and then rejects
 * the script. With PERCENT a percent sign is doubled. */
static void add_quoted(struct text *script, const char *text, bool percent)
{
    text_add_char(script, '\'');
    for (const char *at = text; *at; at++) {
        if (*at == '\'') {
            text_add(script, "'.\"\\047\".'");
            continue;
        }
        text_add(script, percent && *at == '%' ? "%" : "");
        text_add_char(script, *at);
    }
    text_add_char(script, '\'');
}

static void add_printable(struct text *script, const char *text, bool percent)
{
    struct text plain = {0};
    printable_add(&plain, text);
    add_quoted(script, text_get(&plain), percent);
    text_release(&plain);
}

void gnuplot_add_text(struct text *script, const char *text)
{
    add_printable(script, text, false);
}

void gnuplot_add_tick_text(struct text *script, const char *text)
{
    add_printable(script, text, true);
}

void gnuplot_add_number(struct text *text, double number)
{
    if (isfinite(number))
        text_add_format(text, "%.9g", number);
    else
        text_add(text, "NaN");
}

/* A file in gnuplot's folder. With the ./ in front its name can be neither an option, a command, a
 * home folder, nor one of gnuplot's special files. */
static void add_file(struct text *script, const char *name)
{
    char *path = text_format("./%s", name);
    add_quoted(script, path, false);
    memory_free(path);
}

static void add_terminal(struct gnuplot *plot, double width, double height)
{
    /* Text of 9 points and lines of 1 point at the size named. svg counts pixels of 1/96 inch; png
     * is drawn at 300 dots per inch, with factors found by measuring; pdfcairo halves fonts unless
     * told not to. */
    const double svg = 96 / 2.54, png = 300 / 2.54;
    switch (plot->format) {
    case PICTURE_PNG:
        text_add_format(&plot->script,
                        "set terminal pngcairo noenhanced size %.0f,%.0f font 'sans,9' "
                        "fontscale 3.5 linewidth 3.3 pointscale 2.8 background rgb 'white'\n",
                        width * png, height * png);
        break;
    case PICTURE_PDF:
        text_add_format(&plot->script,
                        "set terminal pdfcairo noenhanced size %.2fcm,%.2fcm font 'sans,9' "
                        "fontscale 0.84 linewidth 1.8 pointscale 0.65\n",
                        width, height);
        break;
    case PICTURE_ASCII:
        text_add_format(&plot->script, "set terminal dumb noenhanced mono size %.0f,%.0f\n", width,
                        height);
        break;
    default:
        text_add_format(&plot->script,
                        "set terminal svg noenhanced size %.0f,%.0f font 'sans-serif,12' "
                        "linewidth 1.2 background rgb 'white'\nset pointsize 0.65\n",
                        width * svg, height * svg);
        break;
    }
}

void gnuplot_begin(struct gnuplot *plot, double width, double height)
{
    text_add(&plot->script, "# Draws the picture again: gnuplot -d SCRIPT, in this folder. `unroll "
                            "plot` replaces\n# this script, so copy it before you change it.\n");
    text_add(&plot->script, "if (!exists('picture')) picture = ");
    add_file(&plot->script, plot->picture);
    text_add(&plot->script, "\nset encoding utf8\n");
    add_terminal(plot, width, height);
    text_add(&plot->script, "set output picture\n"
                            "set datafile commentschars '#'\n"
                            "set colorsequence podo\n"
                            "set tics out nomirror scale 0.6\n"
                            "set border 3\n");
    if (plot->format != PICTURE_ASCII)
        text_add(&plot->script, "set xtics offset 0,0.3\nset xlabel offset 0,0.6\n"
                                "set grid back linetype 1 linecolor rgb '#d9d9d9' linewidth 0.5\n");
}

size_t gnuplot_begin_block(struct gnuplot *plot, const char *name)
{
    text_add(&plot->data, plot->blocks ? "\n\n# " : "# ");
    printable_add(&plot->data, name);
    text_add_char(&plot->data, '\n');
    return plot->blocks++;
}

void gnuplot_add_source(struct gnuplot *plot, size_t block)
{
    add_file(&plot->script, plot->data_name);
    text_add_format(&plot->script, " index %zu", block);
}

static int write_file(const struct gnuplot *plot, const char *name, const struct text *content,
                      struct error *error)
{
    char *path = file_join(plot->folder, name);
    int result = file_replace(path, text_get(content), content->length, error);
    memory_free(path);
    return result;
}

/* Runs the script so that it draws into TEMPORARY, a name of ours. */
static int run(const struct gnuplot *plot, const char *temporary, struct error *error)
{
    struct process_output output;
    char *assignment = text_format("picture = './%s'", temporary);
    char *script = text_format("./%s", plot->script_name);
    const char *const arguments[] = {"gnuplot", "-d", "-e", assignment, script, NULL};
    int result = process_run(arguments, plot->folder, &output, error);
    if (result != 0) {
        const char *remedy = error && error->code == ERROR_NOT_FOUND
                                 ? "; install gnuplot (Debian: gnuplot-nox)"
                                 : "";
        char *reason = memory_copy_text(error ? error->text : "");
        error_set(error, error ? error->code : ERROR_FAILED,
                  "%s%s. The script is there, draw it later: %s/%s", reason, remedy, plot->folder,
                  plot->script_name);
        memory_free(reason);
    } else if (output.status != 0) {
        result =
            error_set(error, ERROR_FAILED,
                      "gnuplot failed with status %d on %s/%s, which stays for a look:\n%s",
                      output.status, plot->folder, plot->script_name, text_get(&output.errors));
    }
    process_output_release(&output);
    memory_free(assignment);
    memory_free(script);
    return result;
}

static int put_in_place(const struct gnuplot *plot, const char *temporary, struct error *error)
{
    struct stat status;
    if (stat(temporary, &status) != 0 || status.st_size == 0)
        return error_set(error, ERROR_FAILED, "gnuplot drew nothing from %s/%s", plot->folder,
                         plot->script_name);
    if (rename(temporary, plot->path) != 0)
        return error_system(error, ERROR_FAILED, errno, "%s: cannot be written", plot->path);
    return 0;
}

/* The script as it is written: for png and pdf without what no font has. Names of files stay. */
static void finish_script(struct gnuplot *plot, struct text *script)
{
    const char *const files[] = {plot->data_name, plot->picture};
    struct names known = {0};
    const char *rest = text_get(&plot->script);
    while (*rest) {
        size_t length = strlen(rest), kept = 0;
        for (int i = 0; i < 2; i++) {
            struct text name = {0};
            add_file(&name, files[i]);
            const char *found = strstr(rest, text_get(&name));
            if (found && (size_t)(found - rest) < length) {
                length = (size_t)(found - rest);
                kept = name.length;
            }
            text_release(&name);
        }
        char *before = text_format("%.*s", (int)length, rest);
        fonts_add_known(script, before, &known);
        text_add_bytes(script, rest + length, kept);
        memory_free(before);
        rest += length + kept;
    }
    names_release(&known);
}

static int write_script(struct gnuplot *plot, struct error *error)
{
    if (plot->format != PICTURE_PNG && plot->format != PICTURE_PDF)
        return write_file(plot, plot->script_name, &plot->script, error);
    struct text script = {0};
    finish_script(plot, &script);
    int result = write_file(plot, plot->script_name, &script, error);
    text_release(&script);
    return result;
}

int gnuplot_draw(struct gnuplot *plot, struct error *error)
{
    if (file_make_folders(plot->folder, error) != 0 ||
        write_file(plot, plot->data_name, &plot->data, error) != 0 ||
        write_script(plot, error) != 0)
        return -1;
    char *name = text_format("unroll-%ld.tmp", (long)getpid());
    char *temporary = file_join(plot->folder, name);
    int result = run(plot, name, error);
    if (result == 0)
        result = put_in_place(plot, temporary, error);
    if (result != 0)
        unlink(temporary);
    memory_free(name);
    memory_free(temporary);
    return result;
}
