/* What the two orders of kernels know of a cell: its numbers, and the loops over its functions. All
 * else, products above all, is the same text for every cell, compiled once for each instruction set
 * and precision. Names come from RS_KERNEL_NAME: rs_kernel_avx2_f32_gru_plain. */
#ifndef RS_CELL_KERNEL_H
#define RS_CELL_KERNEL_H

#include "kernel.h"
#include "simd.h"

/* The numbers of cell.h, and how many states there are. Passed by value: where it is a constant, so
 * are the bounds of all loops. */
typedef struct cell_shape {
    ptrdiff_t states;
    ptrdiff_t gates, carried, kept;
    ptrdiff_t deltas;  /* gates, and the x W_in + b_in of an apart gate */
    ptrdiff_t columns; /* room for what is kept, and then for deltas */
    ptrdiff_t apart;   /* gate, or -1 */
    bool direct;
    bool
        in_place; /* activations take the place of the next state: nothing else is needed of them */
} cell_shape;

/* Where the delta of a gate's x W_in + b_in stands. */
RS_INLINE ptrdiff_t input_column(const cell_shape z, ptrdiff_t gate)
{
    return gate == z.apart ? z.gates : gate;
}

RS_INLINE int least(int a, int b)
{
    return a < b ? a : b;
}

struct narrow;
struct narrow_sums;
struct wide;
struct wide_rows;

/* The passes over a chunk's vectors, where lanes are samples: see narrow_pass.h. */
typedef struct narrow_passes {
    void (*forward)(const struct narrow *pass, const real *first, bool keep_states);
    void (*backward)(const struct narrow *pass, const struct narrow_sums *sums);
} narrow_passes;

/* Passes with a constant number of states, from 1 on. */
enum { FEW_STATES_MOST = 4 };

/* Where lanes are runs: forward as above, and the deltas of all steps. By states, and by sequences
 * of a batch; NULL: as for all cells. Those of few states and one sequence take the passes of all
 * parts of the logical vectors. */
enum { GROUP_SAMPLES_MOST = 4 };
typedef struct group_passes {
    void (*forward)(const struct narrow *pass, const real *first, bool keep_states);
    void (*deltas)(const struct narrow *pass);
} group_passes;
typedef struct rs_group_passes {
    group_passes few[FEW_STATES_MOST + 1][GROUP_SAMPLES_MOST + 1], many[GROUP_SAMPLES_MOST + 1];
} rs_group_passes;

typedef struct rs_cell_kernel {
    cell_shape shape; /* but for states */
    real (*scale)(int gate);
    /* Lanes are samples: all states and vectors of step k, see narrow_cell.h; of the addition task,
     * and of sequences of any kind. */
    void (*forward[2])(const struct narrow *n, ptrdiff_t k, const vreal *a, const vreal *s,
                       vreal *next, vreal *kept);
    void (*backward[2])(const struct narrow *n, ptrdiff_t k);
    /* For addition, and for sequences of any kind; NULL: as for all cells. */
    narrow_passes few[FEW_STATES_MOST], many, many_sequences;
    const rs_group_passes *group; /* NULL: none */
    /* Lanes are states. */
    void (*forward_row)(const struct wide *w, const struct wide_rows *x, int r, int count);
    void (*backward_rows)(const struct wide *w, const struct wide_rows *x, const real *error,
                          int errors);
} rs_cell_kernel;

#define RS_JOIN_(kernel, word, variant) kernel##_##word##_##variant
#define RS_JOIN(kernel, word, variant)  RS_JOIN_(kernel, word, variant)
#define RS_CELL_KERNEL(word, variant)   RS_JOIN(RS_KERNEL_NAME, word, variant)

/* Of a word that may be a macro, such as RS_CELL. */
#define RS_GROUPED_(word)              grouped_##word
#define RS_GROUPED(word)               RS_GROUPED_(word)
#define RS_GROUP_PASSES(word, variant) RS_CELL_KERNEL(RS_GROUPED(word), variant)

/* Text for cells whose last column of RS_CELL_LIST is 1. */
#define RS_WHERE_0(...)
#define RS_WHERE_1(...) __VA_ARGS__

#define RS_CELL_DECLARE(cell, word, gates, carried, leaks)   \
    extern const rs_cell_kernel RS_CELL_KERNEL(word, plain); \
    RS_WHERE_##leaks(extern const rs_cell_kernel RS_CELL_KERNEL(word, leaky);)
RS_CELL_LIST(RS_CELL_DECLARE)
#undef RS_CELL_DECLARE

/* That of a network's cell. */
RS_INLINE const rs_cell_kernel *cell_kernel(const rs_network *network)
{
#define RS_PLAIN_ENTRY(cell, word, gates, carried, leaks) [cell] = &RS_CELL_KERNEL(word, plain),
#define RS_LEAKY_ENTRY(cell, word, gates, carried, leaks) \
    RS_WHERE_##leaks([cell] = &RS_CELL_KERNEL(word, leaky), )
    static const rs_cell_kernel *const kernels[2][RS_CELL_TOTAL] = {{RS_CELL_LIST(RS_PLAIN_ENTRY)},
                                                                    {RS_CELL_LIST(RS_LEAKY_ENTRY)}};
#undef RS_PLAIN_ENTRY
#undef RS_LEAKY_ENTRY
    return kernels[network->leak < 1][network->cell];
}

/* The calls of rs_kernel for an order of lanes. */
typedef struct rs_order_kernel {
    bool (*looks_up)(const rs_network *network);
    size_t (*scratch_bytes)(const rs_network *network, uint32_t samples, uint32_t steps,
                            bool for_gradient);
    rs_product_rows (*rows)(const rs_network *network, uint32_t samples, uint32_t steps);
    double (*loss)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch);
    void (*gradient)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, void *gradient, double *loss);
    void (*evaluate)(void *scratch, const rs_network *network, const void *parameters,
                     const rs_minibatch *batch, rs_score *score);
    void (*logits)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *logit, size_t logit_stride);
    void (*states)(void *scratch, const rs_network *network, const void *parameters,
                   const rs_minibatch *batch, void *state, size_t stride);
} rs_order_kernel;

extern const rs_order_kernel RS_CELL_KERNEL(order, narrow), RS_CELL_KERNEL(order, wide),
    RS_CELL_KERNEL(order, wide_sequences);

/* The calls of rs_kernel for the rules of an update. */
typedef struct rs_update_kernel {
    void (*look_ahead)(const rs_network *network, const rs_run_config *config,
                       const rs_blocks *blocks);
    bool (*descend)(const rs_network *network, const rs_run_config *config, const rs_step *step,
                    const rs_blocks *blocks);
} rs_update_kernel;

extern const rs_update_kernel RS_CELL_KERNEL(update, any);
extern const struct rs_group_kernel RS_CELL_KERNEL(order, grouped);
extern const struct rs_group_update RS_CELL_KERNEL(update, grouped);

#endif
