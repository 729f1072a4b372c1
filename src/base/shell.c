#include "base/shell.h"

#include <string.h>

void shell_add_word(struct text *text, const char *word)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "._-/+,:@%=";
    /* Some shells look for a program behind a leading =. */
    if (*word && *word != '=' && word[strspn(word, plain)] == '\0') {
        text_add(text, word);
        return;
    }
    text_add_char(text, '\'');
    for (const char *at = word; *at; at++)
        if (*at == '\'')
            text_add(text, "'\\''");
        else
            text_add_char(text, *at);
    text_add_char(text, '\'');
}
