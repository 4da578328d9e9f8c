/* Functions whose every bit is the same on every machine: additions, multiplications and divisions
 * in one order. The C library's may differ in the last bit from one version to the next, and what
 * draws or trains must not. Errors are a few units in the last place. */
#ifndef RS_EXACT_H
#define RS_EXACT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

/* Natural logarithm of a normal number above 0: x = 2^k m with m in [sqrt(1/2), sqrt(2)); log(m) =
 * 2 atanh(s) with s = (m - 1)/(m + 1), whose series in s^2 <= 0.0295 ends below the last bit.
 * Without branches, and inlined, so that loops over many numbers take the vectors of the machine.
 */
static inline double rs_exact_log(double x)
{
    const double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
    uint64_t bits;
    double m;
    memcpy(&bits, &x, sizeof bits);
    const uint64_t fraction = bits & UINT64_C(0x000fffffffffffff);
    /* 1 where m in [1/2, 1) is to be doubled: below the fraction of the root of 1/2 */
    const uint64_t is_small = (fraction - UINT64_C(0x6a09e667f3bcd)) >> 63;
    const double k = (int32_t)((bits >> 52) - 1022 - is_small);
    bits = (fraction | UINT64_C(0x3fe0000000000000)) + (is_small << 52);
    memcpy(&m, &bits, sizeof m);
    const double s = (m - 1) / (m + 1), y = s * s;
    double sum = 1.0 / 23 * y; /* not a loop, which would stand in the way of vectors */
    sum = (sum + 1.0 / 21) * y;
    sum = (sum + 1.0 / 19) * y;
    sum = (sum + 1.0 / 17) * y;
    sum = (sum + 1.0 / 15) * y;
    sum = (sum + 1.0 / 13) * y;
    sum = (sum + 1.0 / 11) * y;
    sum = (sum + 1.0 / 9) * y;
    sum = (sum + 1.0 / 7) * y;
    sum = (sum + 1.0 / 5) * y;
    sum = (sum + 1.0 / 3) * y;
    return k * ln2_high + (2 * s + (2 * s * sum + k * ln2_low));
}

/* cos(pi x) for x in [0, 1]. */
double rs_exact_cos_pi(double x);

#endif
