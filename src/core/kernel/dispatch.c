/* The instruction sets of this build, fastest first, and which of them can be used here. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "dispatch.h"
#include "group_kernel.h"
#include "memory.h"

_Static_assert((int)RS_GROUP_LANES_MOST == (int)RS_GROUP_RUNS_MOST, "a lane for each run");

#define RS_DECLARE(name)                           \
    extern const rs_kernel rs_kernel_##name##_f32; \
    extern const rs_kernel rs_kernel_##name##_f64;

struct rs_isa {
    const char *name;
    bool (*supported)(void); /* by this CPU and its operating system */
    const rs_kernel *kernels[2];
};

static bool always(void)
{
    return true;
}

RS_DECLARE(generic)
#ifdef RS_HAVE_X86
RS_DECLARE(avx512)
RS_DECLARE(avx2)

/* __builtin_cpu_supports also asks whether the operating system saves the registers. */
static bool has_avx512(void)
{
    return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512dq") &&
           __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl");
}

static bool has_avx2(void)
{
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
}
#endif
#ifdef RS_HAVE_NEON
RS_DECLARE(neon)
#endif

static const rs_isa isas[] = {
#ifdef RS_HAVE_X86
    {"avx512", has_avx512, {&rs_kernel_avx512_f32, &rs_kernel_avx512_f64}},
    {"avx2", has_avx2, {&rs_kernel_avx2_f32, &rs_kernel_avx2_f64}},
#endif
#ifdef RS_HAVE_NEON
    {"neon", always, {&rs_kernel_neon_f32, &rs_kernel_neon_f64}},
#endif
    {"generic", always, {&rs_kernel_generic_f32, &rs_kernel_generic_f64}},
};

enum { ISA_TOTAL = sizeof isas / sizeof isas[0] };

const rs_isa *rs_isa_at(size_t index)
{
    return index < ISA_TOTAL ? &isas[index] : NULL;
}

const char *rs_isa_name(const rs_isa *isa)
{
    return isa->name;
}

const rs_kernel *rs_isa_kernel(const rs_isa *isa, uint32_t precision)
{
    return isa->kernels[precision];
}

/* ---- Self-check -------------------------------------------------------------------------------
 */

/* Tiny problems, one for each loop order, whose every number must come out with the same bits as
 * from the generic kernel, in both precisions. Samples are about as few as share their first steps.
 */
enum { CHECK_SAMPLES_MOST = 35, CHECK_STEPS = 3 };
enum { CHECK_STRIDE = CHECK_SAMPLES_MOST + RS_CODE_PADDING };
static const struct check_problem {
    uint32_t states, samples;
} check_problems[] = {{3, CHECK_SAMPLES_MOST}, {32, 5}};

typedef struct check_memory {
    void *scratch, *parameters, *velocity, *mean_square, *gradient;
    size_t bytes; /* of each parameter block */
} check_memory;

static void check_free(check_memory *m)
{
    free(m->scratch);
    free(m->parameters);
    free(m->velocity);
    free(m->mean_square);
    free(m->gradient);
}

static rs_status check_allocate(check_memory *m, size_t scratch, size_t count)
{
    m->bytes = count * sizeof(double);
    rs_status status = rs_allocate(&m->scratch, scratch, 1, NULL);
    if (status == RS_OK)
        status = rs_allocate(&m->parameters, m->bytes, 1, NULL);
    if (status == RS_OK)
        status = rs_allocate(&m->velocity, m->bytes, 1, NULL);
    if (status == RS_OK)
        status = rs_allocate(&m->mean_square, m->bytes, 1, NULL);
    if (status == RS_OK)
        status = rs_allocate(&m->gradient, m->bytes, 1, NULL);
    return status;
}

/* Parameters spread over [-1, 1] by a linear congruence; their bits are the same everywhere. */
static void check_fill(void *block, size_t count, uint32_t precision)
{
    uint32_t word = 1;
    for (size_t i = 0; i < count; i++) {
        word = word * 1664525u + 1013904223u;
        double value = (double)(int32_t)word / 2147483648.0;
        if (precision == RS_FLOAT32)
            ((float *)block)[i] = (float)value;
        else
            ((double *)block)[i] = value;
    }
}

/* One update and its loss on the tiny problem. */
static double check_update(const rs_kernel *kernel, check_memory *m, const rs_network *network,
                           uint32_t precision, const rs_minibatch *batch)
{
    const rs_run_config config = rs_run_config_default();
    const size_t count = network->count;
    check_fill(m->parameters, count, precision);
    check_fill(m->velocity, count, precision);
    const rs_step step = {.rate = config.learning_rate};
    const rs_blocks blocks = {.theta = m->parameters,
                              .velocity = m->velocity,
                              .squares = m->mean_square,
                              .gradient = m->gradient};
    kernel->look_ahead(network, &config, &blocks);
    kernel->gradient(m->scratch, network, m->parameters, batch, m->gradient, NULL);
    kernel->descend(network, &config, &step, &blocks);
    return kernel->loss(m->scratch, network, m->parameters, batch);
}

static bool check_same(const check_memory memory[2])
{
    return memcmp(memory[0].gradient, memory[1].gradient, memory[0].bytes) == 0 &&
           memcmp(memory[0].parameters, memory[1].parameters, memory[0].bytes) == 0 &&
           memcmp(memory[0].mean_square, memory[1].mean_square, memory[0].bytes) == 0;
}

static bool check_agrees(const rs_isa *isa, uint32_t states, uint32_t samples, uint32_t precision)
{
    uint8_t code[CHECK_STEPS * CHECK_STRIDE] = {0};
    for (int i = 0; i < CHECK_STEPS * CHECK_STRIDE; i++)
        code[i] = (uint8_t)(i * 5 % 7);
    rs_minibatch batch = {
        .code = code, .stride = CHECK_STRIDE, .samples = samples, .steps = CHECK_STEPS};
    const rs_network network =
        rs_network_make(RS_CELL_TANH, RS_ADDITION_INPUTS, states, RS_ADDITION_OUTPUTS);
    const size_t room = rs_padded(network.count);
    const rs_kernel *kernels[2] = {isa->kernels[precision], isas[ISA_TOTAL - 1].kernels[precision]};
    check_memory memory[2] = {{0}, {0}};
    double loss[2] = {0, 0};
    bool agrees = true;
    for (int i = 0; i < 2; i++) {
        const size_t scratch = kernels[i]->scratch_bytes(&network, samples, CHECK_STEPS, true);
        agrees = agrees && check_allocate(&memory[i], scratch, room) == RS_OK;
        if (agrees)
            loss[i] = check_update(kernels[i], &memory[i], &network, precision, &batch);
    }
    agrees = agrees && loss[0] == loss[1] && check_same(memory);
    check_free(&memory[0]);
    check_free(&memory[1]);
    return agrees;
}

/* Updates of a group of runs, with and without clipping, and its losses. */
static void check_group_update(const rs_kernel *kernel, check_memory *m, const rs_network *network,
                               uint32_t precision, const rs_group_batch *batch, double *loss)
{
    rs_group_rules rules = {.optimizer = RS_OPTIMIZER_RMSPROP, .nesterov = true};
    const rs_blocks blocks = {.theta = m->parameters,
                              .velocity = m->velocity,
                              .squares = m->mean_square,
                              .gradient = m->gradient};
    for (uint32_t l = 0; l < RS_GROUP_LANES_MOST; l++) {
        rules.rate[l] = 0.01 * (1 + l);
        rules.correction1[l] = rules.correction2[l] = 1;
        rules.epsilon[l] = 1e-6;
        rules.momentum[l] = rules.lambda[l] = 0.5;
        rules.clip_norm[l] = 0.1 * l;
    }
    check_fill(m->parameters, network->count * kernel->group->lanes, precision);
    check_fill(m->velocity, network->count * kernel->group->lanes, precision);
    kernel->group->update(m->scratch, network, &rules, &blocks, batch, NULL, NULL);
    for (uint32_t l = 0; l < RS_GROUP_LANES_MOST; l++)
        rules.clip_norm[l] = INFINITY;
    kernel->group->update(m->scratch, network, &rules, &blocks, batch, loss, NULL);
    kernel->group->loss(m->scratch, network, m->parameters, batch, loss);
}

static bool check_group_agrees(const rs_isa *isa, uint32_t precision)
{
    enum { SAMPLES = 2, CODES = CHECK_STEPS * SAMPLES * RS_GROUP_LANES_MOST };
    uint8_t code[CODES + RS_CODE_PADDING];
    const rs_network network =
        rs_network_make(RS_CELL_TANH, RS_ADDITION_INPUTS, 3, RS_ADDITION_OUTPUTS);
    const rs_group_batch batch = {.samples = SAMPLES, .steps = CHECK_STEPS, .code = code};
    const rs_kernel *kernels[2] = {isa->kernels[precision], isas[ISA_TOTAL - 1].kernels[precision]};
    check_memory memory[2] = {{0}, {0}};
    double loss[2][RS_GROUP_LANES_MOST] = {{0}};
    bool agrees = true;
    for (size_t i = 0; i < sizeof code; i++)
        code[i] = (uint8_t)(i * 5 % 7);
    for (int i = 0; i < 2; i++) {
        const size_t scratch = kernels[i]->group->scratch_bytes(&network, SAMPLES, CHECK_STEPS);
        agrees = agrees && check_allocate(&memory[i], scratch,
                                          network.count * kernels[i]->group->lanes) == RS_OK;
        if (agrees)
            check_group_update(kernels[i], &memory[i], &network, precision, &batch, loss[i]);
    }
    agrees = agrees && memcmp(loss[0], loss[1], sizeof loss[0]) == 0 && check_same(memory);
    check_free(&memory[0]);
    check_free(&memory[1]);
    return agrees;
}

rs_isa_state rs_isa_check(const rs_isa *isa)
{
    if (!isa->supported())
        return RS_ISA_MISSING;
    if (isa == &isas[ISA_TOTAL - 1])
        return RS_ISA_USABLE;
    for (uint32_t precision = RS_FLOAT32; precision <= RS_FLOAT64; precision++) {
        if (!check_group_agrees(isa, precision))
            return RS_ISA_DISAGREES;
        for (size_t i = 0; i < sizeof check_problems / sizeof check_problems[0]; i++)
            if (!check_agrees(isa, check_problems[i].states, check_problems[i].samples, precision))
                return RS_ISA_DISAGREES;
    }
    return RS_ISA_USABLE;
}

/* "avx2, generic" */
static void list_usable(char *text, size_t size)
{
    text[0] = '\0';
    for (size_t i = 0; i < ISA_TOTAL; i++)
        if (rs_isa_check(&isas[i]) == RS_ISA_USABLE) {
            size_t length = strlen(text);
            strncat(text, length > 0 ? ", " : "", size - length - 1);
            strncat(text, isas[i].name, size - strlen(text) - 1);
        }
}

rs_status rs_isa_select(const rs_isa **isa, const char *name, rs_error *error)
{
    char usable[64];
    for (size_t i = 0; i < ISA_TOTAL; i++)
        if ((name == NULL || strcmp(name, isas[i].name) == 0) &&
            rs_isa_check(&isas[i]) == RS_ISA_USABLE) {
            *isa = &isas[i];
            return RS_OK;
        }
    list_usable(usable, sizeof usable);
    for (size_t i = 0; i < ISA_TOTAL && name != NULL; i++)
        if (strcmp(name, isas[i].name) == 0)
            return rs_fail(error, RS_USAGE,
                           "instruction set %s cannot be used here: %s; usable: %s", name,
                           isas[i].supported() ? "its self-check disagrees with generic"
                                               : "this CPU does not have it",
                           usable);
    return rs_fail(error, RS_USAGE, "unknown instruction set %s; usable: %s",
                   name != NULL ? name : "(none)", usable);
}
