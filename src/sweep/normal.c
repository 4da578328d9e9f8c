#include "normal.h"

#include <math.h>
#include <stddef.h>

long double rs_normal_distribution(long double x)
{
    return erfcl(-x * sqrtl(0.5L)) / 2;
}

/* A ratio of polynomials of degree 7: coefficients of the numerator and the denominator, the
 * highest power first. */
typedef struct ratio {
    double above[8], below[8];
} ratio;

static double evaluate(const ratio *polynomials, double r)
{
    double above = 0, below = 0;
    for (size_t i = 0; i < 8; i++) {
        above = above * r + polynomials->above[i];
        below = below * r + polynomials->below[i];
    }
    return above / below;
}

/* M. J. Wichura, Algorithm AS 241: the percentage points of the normal distribution, Applied
 * Statistics 37 (1988), PPND16: one ratio for the middle 85 percent, one for the tails down to
 * exp(-25). */
bool rs_normal_quantile_quickly(double p, double *quantile)
{
    static const ratio middle = {
        {2.5090809287301226727e+3, 3.3430575583588128105e+4, 6.7265770927008700853e+4,
         4.5921953931549871457e+4, 1.3731693765509461125e+4, 1.9715909503065514427e+3,
         1.3314166789178437745e+2, 3.3871328727963666080e+0},
        {5.2264952788528545610e+3, 2.8729085735721942674e+4, 3.9307895800092710610e+4,
         2.1213794301586595867e+4, 5.3941960214247511077e+3, 6.8718700749205790830e+2,
         4.2313330701600911252e+1, 1.0}};
    static const ratio tail = {
        {7.74545014278341407640e-4, 2.27238449892691845833e-2, 2.41780725177450611770e-1,
         1.27045825245236838258e+0, 3.64784832476320460504e+0, 5.76949722146069140550e+0,
         4.63033784615654529590e+0, 1.42343711074968357734e+0},
        {1.05075007164441684324e-9, 5.47593808499534494600e-4, 1.51986665636164571966e-2,
         1.48103976427480074590e-1, 6.89767334985100004550e-1, 1.67638483018380384940e+0,
         2.05319162663775882187e+0, 1.0}};
    double q = p - 0.5;
    if (fabs(q) <= 0.425) {
        *quantile = q * evaluate(&middle, 0.180625 - q * q);
        return true;
    }
    double r = sqrt(-log(q < 0 ? p : 1 - p));
    if (!(r <= 5))
        return false;
    *quantile = copysign(evaluate(&tail, r - 1.6), q);
    return true;
}

/* Far from the middle, the approximation 26.2.23 of Abramowitz and Stegun, whose error is below
 * 4.5e-4, and two steps of Halley's method, each of which triples the number of right digits; else
 * the approximation above. One more step makes either as exact as the distribution function is. */
double rs_normal_quantile(double p)
{
    const long double root_of_two_pi = 2.50662827463100050242L;
    long double lower = p < 0.5 ? p : 1 - (long double)p, x;
    double near;
    int steps = 1;
    if (rs_normal_quantile_quickly(p, &near))
        x = p < 0.5 ? near : -near;
    else {
        long double t = sqrtl(-2 * logl(lower));
        x = (2.515517L + t * (0.802853L + t * 0.010328L)) /
                (1 + t * (1.432788L + t * (0.189269L + t * 0.001308L))) -
            t;
        steps = 3;
    }
    for (int i = 0; i < steps; i++) {
        long double step = (rs_normal_distribution(x) - lower) * root_of_two_pi * expl(x * x / 2);
        x -= step / (1 + x * step / 2);
    }
    return (double)(p < 0.5 ? x : -x);
}
