/* RMSprop with momentum.
 *   m = lambda m + (1 - lambda) g^2
 *   d = rate g / (sqrt(m) + epsilon)     or, with epsilon_placement step, rate g / sqrt(m) +
 * epsilon theta = theta - d by the momentum's rule, see momentum_change T. Tieleman, G. Hinton,
 * Lecture 6.5 of "Neural Networks for Machine Learning", 2012. */
#ifndef RS_RMSPROP_H
#define RS_RMSPROP_H

RS_INLINE vreal rmsprop_change(const update_constants *u, vreal g, vreal *velocity, vreal *squares)
{
    vreal mean = v_fma(u->rest, v_mul(g, g), v_mul(u->lambda, *squares));
    vreal root = v_sqrt(mean), d;
    if (u->epsilon_in_step)
        d = v_add(v_div(v_mul(u->rate, g), root), u->epsilon);
    else
        d = v_div(v_mul(u->rate, g), v_add(root, u->epsilon));
    *squares = mean;
    return momentum_change(u, d, velocity);
}

#endif
