/* Adam.
 *   m = beta1 m + (1 - beta1) g
 *   v = beta2 v + (1 - beta2) g^2
 *   theta = theta - rate (m / (1 - beta1^t)) / (sqrt(v / (1 - beta2^t)) + epsilon)
 * D. P. Kingma, J. Ba, "Adam: a method for stochastic optimization", ICLR 2015. */
#ifndef RS_ADAM_H
#define RS_ADAM_H

RS_INLINE vreal adam_change(const update_constants *u, vreal g, vreal *velocity, vreal *squares)
{
    vreal mean = v_fma(u->rest1, g, v_mul(u->beta1, *velocity));
    vreal square = v_fma(u->rest2, v_mul(g, g), v_mul(u->beta2, *squares));
    vreal root = v_sqrt(v_div(square, u->correction2));
    *velocity = mean;
    *squares = square;
    return v_div(v_mul(u->rate, v_div(mean, u->correction1)), v_add(root, u->epsilon));
}

#endif
