/* The addition task: pairs of numbers drawn from a stream, packed as the kernels read them. */
#ifndef RS_ADDITION_H
#define RS_ADDITION_H

#include "data.h"
#include "kernel/kernel.h"
#include "random.h"
#include "rnnsweep/rnnsweep.h"

/* Samples as one byte for each step (kernel.h), reused from set to set. */
typedef struct rs_sequences {
    uint8_t *code; /* [steps][stride] */
    size_t stride, room;
    uint32_t samples, steps;
} rs_sequences;

/* Makes room for a set. RS_NO_MEMORY. Whatever it held is lost. */
size_t rs_sequences_need(uint32_t samples, uint32_t steps); /* bytes */
rs_status rs_sequences_reserve(rs_sequences *set, uint32_t samples, uint32_t steps,
                               rs_error *error);
void rs_sequences_free(rs_sequences *set);

/* Draws a set: for each sample a, then b, randint(0, 2^(steps-1)). The set must have been reserved.
 */
void rs_sequences_draw(rs_sequences *set, uint32_t samples, uint32_t steps, rs_random *random);

/* Packs given pairs; the set must have been reserved. */
void rs_sequences_pack(rs_sequences *set, uint32_t samples, uint32_t steps, const uint64_t *a,
                       const uint64_t *b);

/* Packs samples `first` .. first + samples - 1 of inputs [N][steps][2], each 0 or 1, without
 * targets; the set must have been reserved. */
void rs_sequences_take(rs_sequences *set, uint32_t samples, uint32_t steps, const rs_array *inputs,
                       size_t first);

/* set: sample order[i] of `from` at place i of `count`. It must have been reserved. */
void rs_sequences_permute(rs_sequences *set, const rs_sequences *from, const uint32_t *order,
                          uint32_t count);

/* `samples` samples from `first` on. */
rs_minibatch rs_sequences_minibatch(const rs_sequences *set, uint32_t first, uint32_t samples);

/* Draws one pair as rs_sequences_draw does. */
void rs_addition_draw(rs_random *random, uint32_t steps, uint64_t *a, uint64_t *b);

#endif
