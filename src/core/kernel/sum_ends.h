/* Where lanes are runs, what becomes of sums over steps and samples as soon as they are complete:
 * the gradient, or the step itself. Divisions and roots of a step take as long as the sums, and in
 * another unit of the processor; so the step of a tile of sums is taken while the next tile is
 * added up. */
#ifndef RS_SUM_ENDS_H
#define RS_SUM_ENDS_H

#include "kernel.h"
#include "update_constants.h"

/* Of a part of all logical vectors: number i of a block at [i * RS_PARTS]. */
typedef struct sum_ends {
    /* Takes complete sums of one tensor of the gradient, `rows` by `columns`; from row to row it is
     * to_row numbers. */
    void (*take)(struct sum_ends *ends, vreal *to, ptrdiff_t rows, ptrdiff_t columns,
                 ptrdiff_t to_row);
    vreal *gradient;
    vreal scale; /* of the gradient from its sums */
} sum_ends;

/* The step of a part. */
typedef struct group_descent {
    sum_ends ends; /* the first, by which it is found */
    update_constants constants;
    const rs_network *network;
    vreal *theta, *velocity, *squares;
    uint32_t optimizer;
    bool decays;
    vreal share;   /* of a weight that decays */
    vreal tainted; /* not 0 in the lanes where a parameter is not finite */
} group_descent;

/* The gradient's number: -0 becomes 0. */
RS_INLINE vreal ended_sum(const sum_ends *ends, vreal sum)
{
    return v_add(v_mul(sum, ends->scale), v_set1(0));
}

#endif
