#include "config/character.h"

#include <string.h>

size_t character_read(const char *text, size_t left, unsigned *code)
{
    static const unsigned least[] = {0, 0, 0x80, 0x800, 0x10000};
    const unsigned char *bytes = (const unsigned char *)text;
    unsigned value = bytes[0];
    *code = value;
    if (value < 0x80)
        return 1;
    size_t length = (value & 0xE0) == 0xC0 ? 2 : (value & 0xF0) == 0xE0 ? 3 : 4;
    if (value < 0xC0 || value >= 0xF8 || length > left)
        return 0;
    value &= 0x7Fu >> length;
    for (size_t i = 1; i < length; i++) {
        if ((bytes[i] & 0xC0) != 0x80)
            return 0;
        value = value << 6 | (bytes[i] & 0x3F);
    }
    *code = value;
    bool is_surrogate = value >= 0xD800 && value < 0xE000;
    return value < least[length] || value > 0x10FFFF || is_surrogate ? 0 : length;
}

bool character_is_control(unsigned code)
{
    if (code < 0x20)
        return code != '\t' && code != '\n' && code != '\r';
    return (code >= 0x7F && code < 0xA0 && code != 0x85) || code == 0xFFFE || code == 0xFFFF;
}

bool character_is_harmful(unsigned code)
{
    bool is_control = code < 0x20 || (code >= 0x7F && code < 0xA0);
    bool is_direction = (code >= 0x202A && code <= 0x202E) || (code >= 0x2066 && code <= 0x2069) ||
                        code == 0x200E || code == 0x200F;
    return is_control || is_direction || code == 0x2028 || code == 0x2029 || code == 0xFEFF;
}

size_t character_line_break(const char *text, size_t left)
{
    if (text[0] == '\n')
        return 1;
    if (text[0] == '\r')
        return left > 1 && text[1] == '\n' ? 2 : 1;
    if (left > 1 && memcmp(text, "\xC2\x85", 2) == 0)
        return 2;
    if (left > 2 && (memcmp(text, "\xE2\x80\xA8", 3) == 0 || memcmp(text, "\xE2\x80\xA9", 3) == 0))
        return 3;
    return 0;
}
