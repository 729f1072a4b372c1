/* A terminal in memory: what a person sees after the bytes that a program wrote. It knows the
 * control sequences that log.c uses, and fails at every other. */
#ifndef UNROLL_TESTS_UNIT_SCREEN_H
#define UNROLL_TESTS_UNIT_SCREEN_H

#include "base/memory.h"
#include "base/printable.h"
#include "base/text.h"

#include <stdlib.h>
#include <string.h>

enum { SCREEN_ROWS = 60, SCREEN_COLUMNS = 250 };

struct screen {
    int rows, columns;
    int row, column; /* of the cursor */
    char cells[SCREEN_ROWS][SCREEN_COLUMNS][8];
    struct text gone; /* what has scrolled away */
    struct text rest; /* bytes of a sequence or character that has not ended */
};

static inline void screen_init(struct screen *screen, int rows, int columns)
{
    memset(screen, 0, sizeof *screen);
    screen->rows = rows;
    screen->columns = columns;
}

static inline void screen_release(struct screen *screen)
{
    text_release(&screen->gone);
    text_release(&screen->rest);
}

static inline void screen_add_row(const struct screen *screen, int row, struct text *text)
{
    int last = screen->columns;
    while (last > 0 && (!*screen->cells[row][last - 1] || *screen->cells[row][last - 1] == ' '))
        last--;
    for (int i = 0; i < last; i++)
        text_add(text, *screen->cells[row][i] ? screen->cells[row][i] : " ");
    text_add_char(text, '\n');
}

static inline void screen_down(struct screen *screen)
{
    if (screen->row < screen->rows - 1) {
        screen->row++;
        return;
    }
    screen_add_row(screen, 0, &screen->gone);
    memmove(screen->cells[0], screen->cells[1],
            (size_t)(screen->rows - 1) * sizeof screen->cells[0]);
    memset(screen->cells[screen->rows - 1], 0, sizeof screen->cells[0]);
}

static inline void screen_erase(struct screen *screen, bool is_below)
{
    for (int i = screen->column; i < SCREEN_COLUMNS; i++)
        *screen->cells[screen->row][i] = '\0';
    for (int row = screen->row + 1; is_below && row < screen->rows; row++)
        memset(screen->cells[row], 0, sizeof screen->cells[row]);
}

/* The length of the control sequence at AT, which it obeys; 0 when it has not ended. */
static inline size_t screen_obey(struct screen *screen, const char *at)
{
    size_t length = 2;
    if (at[1] && at[1] != '[')
        fail_msg("unknown control sequence: ESC %s", at + 1);
    while (at[1] && at[length] && strchr("0123456789;", at[length]))
        length++;
    if (!at[1] || !at[length])
        return 0;
    int number = atoi(at + 2);
    switch (at[length]) {
    case 'K':
        screen_erase(screen, false);
        break;
    case 'J':
        screen_erase(screen, true);
        break;
    case 'A':
        screen->row = screen->row > number ? screen->row - number : 0;
        break;
    case 'm':
        break;
    default:
        fail_msg("unknown control sequence: ESC %s", at + 1);
    }
    return length + 1;
}

static inline void screen_put(struct screen *screen, const char *bytes, size_t length)
{
    if (screen->column >= screen->columns) {
        screen->column = 0;
        screen_down(screen);
    }
    char *cell = screen->cells[screen->row][screen->column++];
    memcpy(cell, bytes, length);
    cell[length] = '\0';
}

static inline void screen_feed(struct screen *screen, const char *bytes, size_t count)
{
    text_add_bytes(&screen->rest, bytes, count);
    char *all = text_take(&screen->rest);
    const char *at = all;
    while (*at) {
        unsigned long code;
        size_t length = *at == '\033' ? screen_obey(screen, at) : printable_decode(at, &code);
        if (length == 0)
            break;
        if (*at == '\r')
            screen->column = 0;
        else if (*at == '\n')
            screen_down(screen);
        else if (*at != '\033')
            screen_put(screen, at, length);
        at += length;
    }
    text_add(&screen->rest, at);
    memory_free(all);
}

/* All lines, those that have scrolled away first, without the empty ones at the end. Caller
 * frees. */
static inline char *screen_lines(const struct screen *screen)
{
    struct text text = {0};
    text_add(&text, text_get(&screen->gone));
    for (int row = 0; row < screen->rows; row++)
        screen_add_row(screen, row, &text);
    while (text.length > 1 && text.data[text.length - 2] == '\n')
        text.data[--text.length] = '\0';
    return text_take(&text);
}

#endif
