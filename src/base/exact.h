/* Functions whose every bit is the same on every machine: additions, multiplications and divisions
 * in one order. The C library's may differ in the last bit from one version to the next, and what
 * draws or trains must not. Errors are a few units in the last place. */
#ifndef RS_EXACT_H
#define RS_EXACT_H

/* Natural logarithm of a normal number above 0. */
double rs_exact_log(double x);

/* cos(pi x) for x in [0, 1]. */
double rs_exact_cos_pi(double x);

#endif
