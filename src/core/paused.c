/* States of runs that stopped at a rung. What a run draws again from its configuration is no part
 * of them: its sets and its first network. */
#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "memory.h"
#include "numbers.h"
#include "trainer.h"

struct rs_paused {
    size_t bytes; /* with what follows the struct */
    rs_run_config config;
    rs_course course;
    double initial_loss;
    size_t check_count, checkpoint_count;
    rs_gradient_check gradient_check;
};

/* A part of a trainer that goes into a state: bytes as they are, or doubles that are exact in the
 * precision of the run and are kept in it. */
typedef struct part {
    void *at;
    size_t count, size; /* of a number in the state */
    bool is_narrowed;
} part;

enum { PARTS_MOST = 16 };

typedef struct parts {
    size_t count;
    part of[PARTS_MOST];
} parts;

static void add_part(parts *p, part one)
{
    if (one.count > 0)
        p->of[p->count++] = one;
}

static void add(parts *p, void *at, size_t count, size_t size)
{
    add_part(p, (part){.at = at, .count = count, .size = size});
}

static void add_narrowed(parts *p, void *at, size_t count, uint32_t precision)
{
    add_part(
        p,
        (part){.at = at, .count = count, .size = rs_number_size(precision), .is_narrowed = true});
}

/* Those of a trainer on which the run is as `paused` says. Wider ones come first, so that each is
 * aligned. */
static parts parts_of(rs_trainer *t, const rs_paused *paused)
{
    const rs_run_config *config = &paused->config;
    const size_t weights = t->network.count, checks = rs_trainer_check_count(config);
    const size_t rungs = t->rungs != NULL ? t->rungs->count : 0;
    parts p = {.count = 0};
    for (size_t i = 0; i < RS_RUNG_TOTAL; i++)
        add(&p, rs_numbers_from(t->rung, i * rungs), paused->course.rungs, sizeof(double));
    for (size_t i = 0; i < RS_CHECKED_TOTAL; i++)
        add(&p, rs_numbers_from(t->checked, i * checks), paused->check_count, sizeof(double));
    add(&p, t->kept_updates, paused->checkpoint_count, sizeof(double));
    if (config->shuffle)
        add(&p, &t->epoch.before, 1, sizeof t->epoch.before);
    if (config->fresh_data)
        add(&p, &t->fresh, 1, sizeof t->fresh);
    add_narrowed(&p, t->loss, 1 + paused->course.update / config->loss_interval, config->precision);
    add_narrowed(&p, t->kept_weights, paused->checkpoint_count * weights, config->precision);
    for (int i = 0; i < RS_BLOCK_GRADIENT; i++)
        add(&p, t->block[i], weights, rs_number_size(config->precision));
    return p;
}

rs_paused *rs_paused_make(rs_trainer *t, const rs_run_config *config, const rs_course *course,
                          const rs_run_result *result)
{
    const rs_paused head = {.config = *config,
                            .course = *course,
                            .initial_loss = result->initial_loss,
                            .check_count = result->check_count,
                            .checkpoint_count = result->checkpoint_count,
                            .gradient_check = result->gradient_check};
    const parts p = parts_of(t, &head);
    size_t bytes = sizeof head;
    void *fresh;
    for (size_t i = 0; i < p.count; i++)
        bytes += p.of[i].count * p.of[i].size;
    if (rs_allocate(&fresh, bytes, 1, NULL) != RS_OK)
        return NULL;
    rs_paused *paused = fresh;
    *paused = head;
    paused->bytes = bytes;
    char *to = (char *)(paused + 1);
    for (size_t i = 0; i < p.count; to += p.of[i].count * p.of[i].size, i++)
        if (p.of[i].is_narrowed)
            rs_numbers_narrow(to, p.of[i].at, p.of[i].count, config->precision);
        else if (p.of[i].count > 0)
            memcpy(to, p.of[i].at, p.of[i].count * p.of[i].size);
    return paused;
}

void rs_paused_restore(const rs_paused *paused, rs_trainer *t, const rs_run_config *config,
                       rs_course *course, rs_run_result *result)
{
    const parts p = parts_of(t, paused);
    const char *from = (const char *)(paused + 1);
    for (size_t i = 0; i < p.count; from += p.of[i].count * p.of[i].size, i++)
        if (p.of[i].is_narrowed)
            rs_numbers_widen(p.of[i].at, from, p.of[i].count, config->precision);
        else if (p.of[i].count > 0)
            memcpy(p.of[i].at, from, p.of[i].count * p.of[i].size);
    *course = paused->course;
    result->initial_loss = paused->initial_loss;
    result->check_count = paused->check_count;
    result->checkpoint_count = paused->checkpoint_count;
    result->rung_count = course->rungs;
    result->gradient_check = paused->gradient_check;
    rs_trainer_restore_epoch(t, config);
}

/* ---- What it is a state of ------------------------------------------------------------------- */

static size_t checkpoints_until(const rs_checkpoints *checkpoints, const rs_course *course)
{
    size_t count = 0;
    int64_t at = -1;
    while (checkpoints != NULL &&
           (uint64_t)(at = (int64_t)rs_checkpoints_next(checkpoints, at, course->updates)) <=
               course->update)
        count++;
    return count;
}

static size_t rungs_until(const rs_rungs *rungs, const rs_course *course, uint64_t epochs)
{
    size_t count = 0;
    while (rungs != NULL && count < rungs->count &&
           rs_rungs_update(rungs, count, course->updates / epochs) <= course->update)
        count++;
    return count;
}

bool rs_paused_fits(const rs_paused *paused, const rs_trainer *t, const rs_run_config *config)
{
    return paused->config.seed == config->seed &&
           rs_identity_same_setting(&paused->config, config) &&
           checkpoints_until(t->checkpoints, &paused->course) == paused->checkpoint_count &&
           rungs_until(t->rungs, &paused->course, config->epochs) == paused->course.rungs;
}

void rs_paused_free(rs_paused *paused)
{
    free(paused);
}

size_t rs_paused_bytes(const rs_paused *paused)
{
    return paused->bytes;
}
