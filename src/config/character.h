/* Characters in UTF-8, and which of them are fit to be read or shown. */
#ifndef UNROLL_CONFIG_CHARACTER_H
#define UNROLL_CONFIG_CHARACTER_H

#include <stdbool.h>
#include <stddef.h>

/* Reads the character at TEXT, of which LEFT bytes (at least one) are there. Returns its length,
 * or 0 when there is no valid UTF-8. */
size_t character_read(const char *text, size_t left, unsigned *code);

/* A control character other than tab and the line breaks, or no character at all: has no place in
 * a text file. */
bool character_is_control(unsigned code);

/* Would steer a terminal, or reorder the text around it. */
bool character_is_harmful(unsigned code);

/* The length of the line break at TEXT, 0 where there is none: those of YAML 1.1, as libyaml
 * counts them. */
size_t character_line_break(const char *text, size_t left);

#endif
