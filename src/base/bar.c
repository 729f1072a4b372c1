#include "base/bar.h"

void bar_add(struct text *text, double fraction, int width)
{
    static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    double part = fraction > 0 ? (fraction < 1 ? fraction : 1) : 0;
    int filled = width > 0 ? (int)(part * width * 8) : 0;
    for (int i = 0; i < filled / 8; i++)
        text_add(text, "█");
    text_add(text, eighths[filled % 8]);
    for (int i = (filled + 7) / 8; i < width; i++)
        text_add(text, "·");
}
