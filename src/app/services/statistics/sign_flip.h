/* The exact paired test: could these differences be luck?
 *
 * Each unit (a seed) has one difference between two settings. If the settings are the same in
 * truth, either could have had either result, so every difference could as well have the other
 * sign. p is the share of all 2^n choices of signs whose sum is at least the one observed (R. A.
 * Fisher, "The design of experiments", 1935, section 21; E. J. G. Pitman, JRSS Supplement 4, 1937).
 * Its level holds exactly, whatever the distribution, with ties and zeros. Of differences that are
 * all 0 or
 * +-1 it is the sign test, McNemar's exact test for successes and failures. */
#ifndef RS_SIGN_FLIP_H
#define RS_SIGN_FLIP_H

#include <stddef.h>

#include "rnnsweep/status.h"

/* Memory of the test, kept from one call to the next; zero-initialised. */
typedef struct rs_sign_flips {
    double *sums, *ways;
    size_t sums_room, ways_room;
} rs_sign_flips;

void rs_sign_flips_free(rs_sign_flips *flips);

/* Differences are counted in millionths from here on, so that what is equal on paper is equal:
 * float32 holds six digits. */
double rs_sign_flip_quantum(double difference);

/* *p = P(sum >= the sum of the differences), one-sided; 1 for no differences. The differences are
 * whole numbers (rs_sign_flip_quantum); zeros are dropped and the order changes.
 *
 * Up to 20 that are not zero, all choices are counted, half against half (Horowitz and Sahni, JACM
 * 21, 1974). Up to 512 by the shift algorithm (Pagano and Tritchler, JASA 78, 1983) on a grid of
 * their common step, or of 1/8192 of their sum; the test of the rounded differences is exact too.
 * Beyond by the normal distribution. RS_NO_MEMORY. */
rs_status rs_sign_flip_test(rs_sign_flips *flips, size_t count, double differences[], double *p,
                            rs_error *error);

#endif
