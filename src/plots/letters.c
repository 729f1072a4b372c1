#include "plots/letters.h"

#include "base/printable.h"

/* Of ASCII from the space to the tilde, in hundredths of the font's size: the wider of DejaVu Sans
 * and Liberation Sans, which is as wide as Arial. */
static const unsigned char widths[] = {
    32,  41, 46, 84, 64, 96, 78, 28, 40, 40, 50, 84, 32, 37, 32, 34, /* space to / */
    64,  64, 64, 64, 64, 64, 64, 64, 64, 64, 34, 34, 84, 84, 84, 56, /* 0 to ? */
    102, 69, 69, 73, 78, 67, 62, 78, 76, 30, 50, 67, 56, 87, 75, 79, /* @ to O */
    67,  79, 73, 67, 62, 74, 69, 99, 69, 67, 69, 40, 34, 40, 84, 56, /* P to _ */
    50,  62, 64, 55, 64, 62, 36, 64, 64, 28, 28, 58, 28, 98, 64, 62, /* ` to o */
    64,  64, 42, 53, 40, 64, 60, 82, 60, 60, 53, 64, 34, 64, 84,     /* p to ~ */
};

/* What nine of ten letters of a block of Unicode are at most. */
static int hundredths(const char *letter, size_t length, unsigned long code)
{
    enum { ASCII_END = 0x7F, LATIN_END = 0x250, LATIN = 79, OTHER = 94, WIDE = 100 };
    char alone[8];
    if (code < ' ' || code == ASCII_END)
        return 0;
    if (code < ASCII_END)
        return widths[code - ' '];
    if (code >= 0x2010 && code < 0x2300) /* dashes, the ellipsis, arrows, signs */
        return WIDE;
    for (size_t i = 0; i < length; i++)
        alone[i] = letter[i];
    alone[length] = '\0';
    size_t columns = printable_width(alone);
    return columns == 0 ? 0 : columns > 1 ? WIDE : code < LATIN_END ? LATIN : OTHER;
}

double letters_width(const char *text)
{
    const double size = 9 * 2.54 / 72;
    double sum = 0;
    while (*text) {
        unsigned long code = 0;
        size_t length = printable_decode(text, &code);
        sum += length ? hundredths(text, length, code) : 0;
        text += length ? length : 1;
    }
    return size * sum / 100;
}

void letters_cut(struct text *text, const char *name, size_t columns, double width)
{
    enum { FEWEST = 4 };
    struct text cut = {0};
    printable_add_cut(&cut, name, columns);
    while (columns > FEWEST && letters_width(text_get(&cut)) > width) {
        text_clear(&cut);
        printable_add_cut(&cut, name, --columns);
    }
    text_add(text, text_get(&cut));
    text_release(&cut);
}
