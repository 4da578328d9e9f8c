#include "exact.h"

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
