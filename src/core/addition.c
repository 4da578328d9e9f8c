#include "addition.h"

#include <stdlib.h>
#include <string.h>

#include "drawn.h"
#include "initial.h"
#include "memory.h"

enum { BLOCK = 256 }; /* pairs drawn before they are packed: 4 KiB */

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t stride_for(uint32_t samples)
{
    return ((size_t)samples + RS_CODE_PADDING + 63) / 64 * 64;
}

size_t rs_sequences_need(uint32_t samples, uint32_t steps)
{
    return stride_for(samples) * steps;
}

rs_status rs_sequences_reserve(rs_sequences *set, uint32_t samples, uint32_t steps, rs_error *error)
{
    void *code = set->code;
    rs_status status = rs_grow(&code, &set->room, rs_sequences_need(samples, steps), 1, error);
    set->code = code;
    return status;
}

void rs_sequences_free(rs_sequences *set)
{
    free(set->code);
}

static void begin(rs_sequences *set, uint32_t samples, uint32_t steps)
{
    set->samples = samples;
    set->steps = steps;
    set->stride = stride_for(samples);
    for (uint32_t k = 0; k < steps; k++)
        memset(set->code + k * set->stride + samples, 0, set->stride - samples);
}

/* At most BLOCK samples from the first. Bytes of eight steps are taken apart, because sixteen of
 * them fit the vectors that every machine has. */
static void pack_block(rs_sequences *set, size_t first, size_t count, const uint64_t *a,
                       const uint64_t *b)
{
    uint8_t a_bits[BLOCK], b_bits[BLOCK], sum_bits[BLOCK];
    for (uint32_t k = 0; k < set->steps; k++) {
        uint8_t *code = set->code + k * set->stride + first;
        const uint8_t bit = (uint8_t)(1u << k % 8);
        for (size_t i = 0; k % 8 == 0 && i < count; i++) {
            a_bits[i] = (uint8_t)(a[i] >> k);
            b_bits[i] = (uint8_t)(b[i] >> k);
            sum_bits[i] = (uint8_t)((a[i] + b[i]) >> k);
        }
        for (size_t i = 0; i < count; i++)
            code[i] = (uint8_t)((a_bits[i] & bit ? 1 : 0) | (b_bits[i] & bit ? 2 : 0) |
                                (sum_bits[i] & bit ? 1 << RS_TARGET_BIT : 0));
    }
}

void rs_addition_draw(rs_random *random, uint32_t steps, uint64_t *a, uint64_t *b)
{
    uint64_t bound = UINT64_C(1) << (steps - 1);
    *a = rs_random_below(random, bound);
    *b = rs_random_below(random, bound);
}

void rs_sequences_draw(rs_sequences *set, uint32_t samples, uint32_t steps, rs_random *random)
{
    uint64_t a[BLOCK], b[BLOCK];
    begin(set, samples, steps);
    for (size_t first = 0; first < samples; first += BLOCK) {
        size_t count = least(samples - first, BLOCK);
        for (size_t i = 0; i < count; i++)
            rs_addition_draw(random, steps, &a[i], &b[i]);
        pack_block(set, first, count, a, b);
    }
}

void rs_sequences_pack(rs_sequences *set, uint32_t samples, uint32_t steps, const uint64_t *a,
                       const uint64_t *b)
{
    begin(set, samples, steps);
    for (size_t first = 0; first < samples; first += BLOCK)
        pack_block(set, first, least(samples - first, BLOCK), a + first, b + first);
}

void rs_sequences_take(rs_sequences *set, uint32_t samples, uint32_t steps, const rs_array *inputs,
                       size_t first)
{
    begin(set, samples, steps);
    for (size_t i = 0; i < samples; i++)
        for (size_t k = 0; k < steps; k++) {
            const size_t at = ((first + i) * steps + k) * 2;
            set->code[k * set->stride + i] = (uint8_t)((rs_array_get(inputs, at) != 0 ? 1 : 0) |
                                                       (rs_array_get(inputs, at + 1) != 0 ? 2 : 0));
        }
}

void rs_sequences_permute(rs_sequences *set, const rs_sequences *from, const uint32_t *order,
                          uint32_t count)
{
    begin(set, count, from->steps);
    for (uint32_t k = 0; k < set->steps; k++) {
        const uint8_t *code = from->code + k * from->stride;
        uint8_t *permuted = set->code + k * set->stride;
        for (uint32_t i = 0; i < set->samples; i++)
            permuted[i] = code[order[i]];
    }
}

rs_minibatch rs_sequences_minibatch(const rs_sequences *set, uint32_t first, uint32_t samples)
{
    return (rs_minibatch){
        .code = set->code + first, .stride = set->stride, .samples = samples, .steps = set->steps};
}

static void skip_pairs(rs_random *random, uint32_t steps, size_t count)
{
    uint64_t a, b;
    for (size_t i = 0; i < count; i++)
        rs_addition_draw(random, steps, &a, &b);
}

rs_status rs_addition_pairs(const rs_run_config *config, rs_split split, size_t count, uint64_t *a,
                            uint64_t *b, rs_error *error)
{
    rs_status status = rs_run_config_check(config, error);
    if (status != RS_OK)
        return status;
    uint32_t drawn = split == RS_TRAIN_SET ? config->train_samples : config->test_samples;
    if (count > drawn)
        return rs_fail(error, RS_USAGE, "%zu pairs wanted, but the run draws %u", count, drawn);
    rs_random random;
    const uint32_t fresh[] = {rs_drawn_seed(config), 3};
    if (split == RS_TRAIN_SET && config->fresh_data)
        rs_random_seed_words(&random, fresh, 2);
    else
        rs_random_seed(&random, fresh[0]);
    if (split == RS_TEST_SET) {
        if (!config->fresh_data)
            skip_pairs(&random, config->sequence_length, config->train_samples);
        const rs_network network = rs_run_config_network(config);
        if (config->data_seed < 0)
            for (uint32_t networks = config->gradient_check + 1; networks > 0; networks--)
                rs_initial_draw(&network, config, &random, NULL, NULL);
    }
    for (size_t i = 0; i < count; i++)
        rs_addition_draw(&random, config->sequence_length, &a[i], &b[i]);
    return RS_OK;
}
