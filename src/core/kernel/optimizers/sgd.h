/* Gradient descent with momentum: theta = theta - rate g by the momentum's rule, see
 * momentum_change. */
#ifndef RS_SGD_H
#define RS_SGD_H

RS_INLINE vreal sgd_change(const update_constants *u, vreal g, vreal *velocity, vreal *squares)
{
    (void)squares;
    return momentum_change(u, v_mul(u->rate, g), velocity);
}

#endif
