#include "plots/gnuplot.h"

#include "base/file.h"
#include "base/log.h"
#include "base/memory.h"
#include "base/printable.h"
#include "base/process.h"
#include "base/shell.h"
#include "plots/fonts.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

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

/* The file that PATH names, through symbolic links: the picture replaces that, not the link. Caller
 * frees. */
static char *follow_links(const char *path)
{
    enum { LINKS = 40 }; /* as many as Linux follows */
    char *place = memory_copy_text(path), target[PATH_MAX];
    for (int i = 0; i < LINKS; i++) {
        ssize_t length = readlink(place, target, sizeof target - 1);
        if (length < 0)
            break;
        target[length] = '\0';
        char *folder = file_folder(place);
        char *next = *target == '/' ? memory_copy_text(target) : file_join(folder, target);
        memory_free(folder);
        memory_free(place);
        place = next;
    }
    return place;
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
    struct stat status;
    if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
        return error_set(error, ERROR_USAGE, "%s: is no file that a picture could replace", path);
    const char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    plot->path = follow_links(path);
    plot->folder = file_folder(path);
    plot->picture = memory_copy_text(name);
    plot->script_name = text_format("%s.gp", name);
    plot->data_name = text_format("%s.dat", name);
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
                        "fontscale 3.125 linewidth 3.3 pointscale 2.8 background rgb 'white'\n",
                        width * png, height * png);
        break;
    case PICTURE_PDF:
        text_add_format(&plot->script,
                        "set terminal pdfcairo noenhanced size %.2fcm,%.2fcm font 'sans,9' "
                        "fontscale 0.75 linewidth 1.8 pointscale 0.65\n",
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
    text_add(&plot->script, "# Draws the picture again, in this folder: env -u GNUTERM gnuplot -d "
                            "SCRIPT\n# `unroll plot` replaces this script, so copy it before you "
                            "change it.\n");
    text_add(&plot->script, "if (!exists('picture')) picture = ");
    add_file(&plot->script, plot->picture);
    text_add(&plot->script, "\nset encoding utf8\n");
    add_terminal(plot, width, height);
    text_add(&plot->script, "if (strlen(picture)) set output picture\n"
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

/* Adds what stays on the disk, and the command that draws the picture from it. */
static void add_remedy(struct text *text, const struct gnuplot *plot)
{
    char *script = text_format("./%s", plot->script_name);
    char *folder = text_format(*plot->folder == '-' ? "./%s" : "%s", plot->folder);
    text_add_format(text, "; script and data stay, and this draws the picture:\n  (cd ");
    shell_add_word(text, folder);
    text_add(text, " && env -u GNUTERM gnuplot -d ");
    shell_add_word(text, script);
    text_add_char(text, ')');
    memory_free(script);
    memory_free(folder);
}

/* Adds the first lines that gnuplot printed, made harmless for a terminal. */
static void add_complaint(struct text *text, const struct text *errors)
{
    enum { LINES = 12, WIDTH = 120 };
    const char *at = text_get(errors);
    for (int lines = 0; *at && lines < LINES;) {
        size_t length = strcspn(at, "\n");
        char *line = text_format("%.*s", (int)(length < 1000 ? length : 1000), at);
        if (line[strspn(line, " \t\r")]) {
            text_add(text, "\n  | ");
            printable_add_cut(text, line, WIDTH);
            lines++;
        }
        memory_free(line);
        at += length + (at[length] == '\n');
    }
}

/* Adds to ERROR, which is filled unless it is NULL, what is left of the picture. */
static int fail_with_remedy(const struct gnuplot *plot, struct error *error)
{
    struct text text = {0};
    if (error) {
        text_add(&text, error->text);
        add_remedy(&text, plot);
        error_set(error, error->code, "%s", text_get(&text));
    }
    text_release(&text);
    return -1;
}

static int fail_to_start(const struct gnuplot *plot, struct error *error)
{
    if (error && error->code == ERROR_NOT_FOUND)
        error_set(
            error, ERROR_NOT_FOUND,
            "cannot start gnuplot: it is not in PATH; remedy: install the package gnuplot-nox");
    else
        error_prefix(error, "package gnuplot-nox");
    return fail_with_remedy(plot, error);
}

/* gnuplot ended with OUTPUT, which is no picture. */
static int fail_to_draw(const struct gnuplot *plot, const struct process_output *output,
                        struct error *error)
{
    enum { HIGHEST_SIGNAL = 64 };
    struct text text = {0};
    int number = output->status - 128;
    text_add(&text, "gnuplot (package gnuplot-nox) ");
    if (number > 0 && number <= HIGHEST_SIGNAL)
        text_add_format(&text, "was ended by signal %d (%s)", number, strsignal(number));
    else if (output->status)
        text_add_format(&text, "failed with status %d", output->status);
    else if (output->output.length >= PROCESS_OUTPUT_LIMIT)
        text_add_format(&text, "drew a picture of more than %d MiB", PROCESS_OUTPUT_LIMIT >> 20);
    else
        text_add(&text, "drew nothing, though it ended without an error");
    add_remedy(&text, plot);
    add_complaint(&text, &output->errors);
    error_set(error, ERROR_FAILED, "%s", text_get(&text));
    text_release(&text);
    return -1;
}

static void add_big_endian(struct text *text, uint32_t number)
{
    for (int shift = 24; shift >= 0; shift -= 8)
        text_add_char(text, (char)(number >> shift & 0xFF));
}

/* Puts a chunk that says 300 dots per inch behind the header of PICTURE, so that a png is placed at
 * its size (PNG specification, 11.3.5.3): gnuplot's has none. */
static void add_resolution(struct text *picture)
{
    enum { HEADER = 8 + 25, PER_METRE = 11811, UNIT_METRE = 1 };
    static const char signature[] = "\x89PNG\r\n\x1A\n";
    struct text chunk = {0}, whole = {0};
    if (picture->length < HEADER || memcmp(text_get(picture), signature, 8) != 0)
        return;
    text_add(&chunk, "pHYs");
    add_big_endian(&chunk, PER_METRE);
    add_big_endian(&chunk, PER_METRE);
    text_add_char(&chunk, UNIT_METRE);
    text_add_bytes(&whole, text_get(picture), HEADER);
    add_big_endian(&whole, (uint32_t)(chunk.length - 4));
    text_add_bytes(&whole, text_get(&chunk), chunk.length);
    add_big_endian(&whole, (uint32_t)crc32(0, (const Bytef *)text_get(&chunk), (uInt)chunk.length));
    text_add_bytes(&whole, text_get(picture) + HEADER, picture->length - HEADER);
    text_release(&chunk);
    text_release(picture);
    *picture = whole;
}

/* A terminal that gnuplot-nox does not have ends it before the script begins; the others would let
 * it look for files, fonts and programs elsewhere. Nothing else in this process reads them. */
static void leave_settings_out(void)
{
    static const char *const names[] = {
        "GNUTERM",        "GNUPLOT_LIB",        "GNUPLOT_FONTPATH", "GNUPLOT_DEFAULT_GDFONT",
        "GNUPLOT_PS_DIR", "GNUPLOT_DRIVER_DIR", "GDFONTPATH",       "FIT_SCRIPT",
        "FIT_LOG",
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        unsetenv(names[i]);
}

/* The picture comes through a pipe and is written by file_replace: where gnuplot writes a file
 * itself, a full disk is no error to it. */
static int run(const struct gnuplot *plot, struct error *error)
{
    struct process_output output;
    char *script = text_format("./%s", plot->script_name);
    const char *const arguments[] = {"gnuplot", "-d", "-e", "picture = ''", script, NULL};
    leave_settings_out();
    int result = process_run(arguments, plot->folder, &output, error);
    memory_free(script);
    if (result != 0)
        return fail_to_start(plot, error);
    if (plot->format == PICTURE_PNG)
        add_resolution(&output.output);
    size_t size = output.output.length;
    if (output.status != 0 || size == 0 || size >= PROCESS_OUTPUT_LIMIT)
        result = fail_to_draw(plot, &output, error);
    else if (file_replace(plot->path, text_get(&output.output), size, error) != 0)
        result = fail_with_remedy(plot, error);
    process_output_release(&output);
    return result;
}

/* The script as it is written: for png and pdf without what no font has. Names of files stay. */
static void finish_script(const struct gnuplot *plot, struct text *script)
{
    const char *const files[] = {plot->data_name, plot->picture};
    struct fonts fonts = {0};
    const char *rest = text_get(&plot->script);
    if (plot->format != PICTURE_PNG && plot->format != PICTURE_PDF) {
        text_add(script, rest);
        return;
    }
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
        fonts_add_known(script, before, &fonts);
        text_add_bytes(script, rest + length, kept);
        memory_free(before);
        rest += length + kept;
    }
    fonts_release(&fonts);
}

/* Script and data belong together: where the disk has no room for both, the old ones stay. */
static int write_files(const struct gnuplot *plot, struct error *error)
{
    char *script = file_join(plot->folder, plot->script_name);
    char *data = file_join(plot->folder, plot->data_name);
    char *temporary = text_format("%s.%ld.new", script, (long)getpid());
    struct text content = {0};
    finish_script(plot, &content);
    int result = file_replace(temporary, text_get(&content), content.length, error);
    text_release(&content);
    if (result == 0)
        result = file_replace(data, text_get(&plot->data), plot->data.length, error);
    if (result == 0 && rename(temporary, script) != 0)
        result = error_system(error, ERROR_FAILED, errno, "%s: cannot be written", script);
    if (result != 0)
        unlink(temporary);
    memory_free(script);
    memory_free(data);
    memory_free(temporary);
    return result;
}

/* Lets one process at a time draw into FOLDER, for two with one picture would mix their files.
 * The lock ends with the descriptor; -1 where the file system has none, and we do without. */
static int lock_folder(const char *folder)
{
    enum { QUIET_TRIES = 100 };
    const struct timespec moment = {.tv_nsec = 20000000};
    int descriptor = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (descriptor < 0)
        return -1;
    for (int tries = 0; flock(descriptor, LOCK_EX | LOCK_NB) != 0; tries++) {
        if (errno != EWOULDBLOCK && errno != EINTR) {
            close(descriptor);
            return -1;
        }
        if (tries == QUIET_TRIES)
            log_note("waiting for another `unroll plot` that draws in %s", folder);
        nanosleep(&moment, NULL);
    }
    return descriptor;
}

int gnuplot_draw(struct gnuplot *plot, struct error *error)
{
    if (file_make_folders(plot->folder, error) != 0)
        return -1;
    int lock = lock_folder(plot->folder);
    int result = write_files(plot, error);
    if (result == 0)
        result = run(plot, error);
    if (lock >= 0)
        close(lock);
    return result;
}
