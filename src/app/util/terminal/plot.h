/* A curve in characters. */
#ifndef RS_PLOT_H
#define RS_PLOT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

/* Plots y, or its logarithm, against ascending x, with points joined by vertical strokes. Points
 * that are not finite or have no logarithm are left out. Draws Braille dots if `unicode`, else
 * asterisks. */
void rs_plot(size_t count, const int32_t *x, const double *y, const char *x_label, bool logarithmic,
             bool unicode, FILE *stream);

#endif
