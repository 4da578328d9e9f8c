#include "exact.h"

#include <stdint.h>
#include <string.h>

/* x = 2^k m with m in [sqrt(1/2), sqrt(2)); log(m) = 2 atanh(s) with s = (m - 1)/(m + 1), whose
 * series in s^2 <= 0.0295 ends below the last bit. */
double rs_exact_log(double x)
{
    const double ln2_high = 0x1.62e42fefa3800p-1, ln2_low = 0x1.ef35793c76730p-45;
    uint64_t bits;
    double m;
    memcpy(&bits, &x, sizeof bits);
    int k = (int)(bits >> 52) - 1022;
    bits = (bits & UINT64_C(0x000fffffffffffff)) | UINT64_C(0x3fe0000000000000);
    memcpy(&m, &bits, sizeof m); /* in [1/2, 1) */
    if (m < 0.70710678118654752) {
        m *= 2;
        k--;
    }
    const double s = (m - 1) / (m + 1), y = s * s;
    double sum = 0;
    for (int n = 23; n >= 3; n -= 2)
        sum = (sum + 1.0 / n) * y;
    return k * ln2_high + (2 * s + (2 * s * sum + k * ln2_low));
}

/* The series of cos and sin up to pi/4. */
static double cos_series(double a)
{
    const double y = a * a;
    double sum = 1;
    for (int n = 18; n >= 2; n -= 2)
        sum = 1 - sum * y / (n * (n - 1));
    return sum;
}

static double sin_series(double a)
{
    const double y = a * a;
    double sum = 1;
    for (int n = 19; n >= 3; n -= 2)
        sum = 1 - sum * y / (n * (n - 1));
    return a * sum;
}

double rs_exact_cos_pi(double x)
{
    const double pi = 3.14159265358979323846;
    if (x > 0.5)
        return -rs_exact_cos_pi(1 - x);
    return x > 0.25 ? sin_series(pi * (0.5 - x)) : cos_series(pi * x);
}
