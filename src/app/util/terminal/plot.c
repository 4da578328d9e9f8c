#include "plot.h"

#include <math.h>
#include <string.h>

enum {
    COLUMNS = 60,
    LINES = 12,
    DOTS_ACROSS = 2, /* of a braille character */
    DOTS_DOWN = 4
};

/* One byte per dot. A character has `across` by `down` dots. */
struct canvas {
    unsigned across, down;
    size_t width, height; /* dots in use */
    unsigned char dots[LINES * DOTS_DOWN][COLUMNS * DOTS_ACROSS];
};

/* The vertical axis; a logarithmic one holds logarithms. */
struct axis {
    double low, high;
    bool logarithmic;
};

static double height_of(const struct axis *axis, double value)
{
    return axis->logarithmic ? log10(value) : value;
}

static double value_at(const struct axis *axis, double height)
{
    return axis->logarithmic ? pow(10, height) : height;
}

static struct axis make_axis(size_t count, const double *y, bool logarithmic)
{
    struct axis axis = {INFINITY, -INFINITY, logarithmic};
    for (size_t i = 0; i < count; i++) {
        double height = height_of(&axis, y[i]);
        if (!isfinite(height))
            continue;
        axis.low = fmin(axis.low, height);
        axis.high = fmax(axis.high, height);
    }
    if (axis.low == axis.high) { /* a flat curve runs through the middle */
        axis.low -= 0.5;
        axis.high += 0.5;
    }
    return axis;
}

/* Place of `value` on an axis of `dots` dots. */
static size_t place(double value, double low, double high, size_t dots)
{
    double share = high > low ? (value - low) / (high - low) : 0;
    return (size_t)lround(share * (double)(dots - 1));
}

static void set_dots(struct canvas *canvas, size_t column, size_t from, size_t to)
{
    for (size_t line = from < to ? from : to; line <= (from < to ? to : from); line++)
        canvas->dots[line][column] = 1;
}

static void draw_curve(struct canvas *canvas, size_t count, const int32_t *x, const double *y,
                       const struct axis *axis)
{
    bool joined = false;
    size_t last = 0;
    for (size_t i = 0; i < count; i++) {
        double height = height_of(axis, y[i]);
        if (!isfinite(height)) {
            joined = false;
            continue;
        }
        size_t column = place(x[i], x[0], x[count - 1], canvas->width);
        size_t line = canvas->height - 1 - place(height, axis->low, axis->high, canvas->height);
        set_dots(canvas, column, joined ? last : line, line);
        last = line;
        joined = true;
    }
}

/* U+2800 plus one bit for each dot: 1, 2, 3 down the left side, 4, 5, 6 down the right, 7 and 8
 * below. All of them are three bytes in UTF-8. */
static void print_braille(const struct canvas *canvas, size_t line, size_t column, FILE *stream)
{
    static const unsigned char bits[DOTS_DOWN][DOTS_ACROSS] = {
        {0x01, 0x08}, {0x02, 0x10}, {0x04, 0x20}, {0x40, 0x80}};
    unsigned pattern = 0;
    for (size_t down = 0; down < DOTS_DOWN; down++)
        for (size_t across = 0; across < DOTS_ACROSS; across++)
            if (canvas->dots[line * DOTS_DOWN + down][column * DOTS_ACROSS + across])
                pattern |= bits[down][across];
    fputc(0xe2, stream);
    fputc((int)(0xa0 | pattern >> 6), stream);
    fputc((int)(0x80 | (pattern & 0x3f)), stream);
}

static void print_line(const struct canvas *canvas, size_t line, bool unicode, FILE *stream)
{
    for (size_t column = 0; column < COLUMNS; column++)
        if (unicode)
            print_braille(canvas, line, column, stream);
        else
            fputc(canvas->dots[line][column] ? '*' : ' ', stream);
    fputc('\n', stream);
}

void rs_plot(size_t count, const int32_t *x, const double *y, const char *x_label, bool logarithmic,
             bool unicode, FILE *stream)
{
    const struct axis axis = make_axis(count, y, logarithmic);
    struct canvas canvas = {.across = unicode ? DOTS_ACROSS : 1, .down = unicode ? DOTS_DOWN : 1};
    if (axis.low > axis.high) {
        fprintf(stream, "  (no finite value to plot)\n");
        return;
    }
    canvas.width = (size_t)COLUMNS * canvas.across;
    canvas.height = (size_t)LINES * canvas.down;
    draw_curve(&canvas, count, x, y, &axis);
    for (size_t line = 0; line < LINES; line++) {
        if (line == 0)
            fprintf(stream, "%10.4g ", value_at(&axis, axis.high));
        else if (line == LINES - 1)
            fprintf(stream, "%10.4g ", value_at(&axis, axis.low));
        else
            fprintf(stream, "%10s ", "");
        fputs(unicode ? "│" : "|", stream);
        print_line(&canvas, line, unicode, stream);
    }
    fprintf(stream, "%11s%s", "", unicode ? "└" : "+");
    for (size_t column = 0; column < COLUMNS; column++)
        fputs(unicode ? "─" : "-", stream);
    fprintf(stream, "\n%12s%-10d%*s %10d\n", "", x[0], COLUMNS - 21, x_label, x[count - 1]);
}
