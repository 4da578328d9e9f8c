/* Everything that decides the outcome of one run, as a plain value: no pointers, free to copy.
 * The fields are those of parameters.def, plus the seed. */
#ifndef RNNSWEEP_RUN_CONFIG_H
#define RNNSWEEP_RUN_CONFIG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/choices.h"
#include "rnnsweep/network.h"
#include "rnnsweep/status.h"

#ifdef __cplusplus
extern "C" {
#endif

#define RS_COUNT(name, fallback, min, max, unit, meaning) uint32_t name;
#define RS_REAL(name, fallback, range, unit, meaning)     double name;
#define RS_OPTIONAL(name, range, unit, meaning)           double name;
#define RS_CHOICE(name, fallback, list, meaning)          uint32_t name;
#define RS_FLAG(name, fallback, meaning)                  uint32_t name;
#define RS_SEED(name, meaning)                            int64_t name;
#define RS_WHOLE(name, min, max, unit, meaning)           int64_t name;
typedef struct rs_run_config {
#include "rnnsweep/parameters.def"
    uint32_t seed; /* of the run's random stream, numpy.random.RandomState(seed) */
} rs_run_config;
#undef RS_COUNT
#undef RS_REAL
#undef RS_OPTIONAL
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_SEED
#undef RS_WHOLE

#define RS_COUNT(name, ...)    RS_PARAMETER_##name,
#define RS_REAL(name, ...)     RS_PARAMETER_##name,
#define RS_OPTIONAL(name, ...) RS_PARAMETER_##name,
#define RS_CHOICE(name, ...)   RS_PARAMETER_##name,
#define RS_FLAG(name, ...)     RS_PARAMETER_##name,
#define RS_SEED(name, ...)     RS_PARAMETER_##name,
#define RS_WHOLE(name, ...)    RS_PARAMETER_##name,
typedef enum rs_parameter_id {
#include "rnnsweep/parameters.def"
    RS_PARAMETER_TOTAL
} rs_parameter_id;
#undef RS_COUNT
#undef RS_REAL
#undef RS_OPTIONAL
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_SEED
#undef RS_WHOLE

typedef enum rs_parameter_kind {
    RS_KIND_COUNT,
    RS_KIND_REAL,
    RS_KIND_CHOICE,
    RS_KIND_FLAG,
    RS_KIND_WHOLE /* a whole number, or none */
} rs_parameter_kind;

/* One row of the parameter table. Every value of every kind is exact as a double: counts, choice
 * indices, flags and seeds are integers below 2^53; "none" is -1. */
typedef struct rs_parameter {
    const char *name;
    rs_parameter_kind kind;
    double fallback;         /* the default */
    double min, max;         /* bounds of the value; max is INFINITY where there is none */
    bool min_open, max_open; /* the bound itself is not allowed */
    bool optional;           /* may be none, which is kept as -1 */
    const char *unit;        /* "1" for a pure number */
    const char *meaning;     /* one line, no full stop */
    const char *choices;     /* names separated by one blank, or NULL */
    size_t offset;           /* of the field in rs_run_config */
} rs_parameter;

extern const rs_parameter rs_parameters[RS_PARAMETER_TOTAL];

/* The parameter of that name (length bytes, need not end in NUL), or NULL. */
const rs_parameter *rs_parameter_find(const char *name, size_t length);

/* Value of a parameter in a configuration, and the reverse. set expects a value that
 * rs_parameter_allows; both are pure. */
double rs_parameter_get(const rs_parameter *parameter, const rs_run_config *config);
void rs_parameter_set(const rs_parameter *parameter, rs_run_config *config, double value);
bool rs_parameter_allows(const rs_parameter *parameter, double value);

/* Whether the value stands for none. */
bool rs_parameter_is_none(const rs_parameter *parameter, double value);

/* Name of choice `index` copied into text (NUL-terminated, cut at size); index of the choice
 * `name`, or -1. Only for RS_KIND_CHOICE. Those of `task` are also the data files that this process
 * knows (task.h). */
void rs_parameter_choice_name(const rs_parameter *parameter, uint32_t index, char *text,
                              size_t size);
int rs_parameter_choice_find(const rs_parameter *parameter, const char *name, size_t length);

/* The value as the sweep file spells it: shortest decimal that reads back equal, a choice's name,
 * true or false, none. At most 64 bytes with the NUL. */
enum { RS_PARAMETER_TEXT = 64 };
void rs_parameter_format(const rs_parameter *parameter, double value, char text[RS_PARAMETER_TEXT]);

/* All defaults, seed 1. */
rs_run_config rs_run_config_default(void);

/* Checks every range and the rules between fields (batch_size <= train_samples). RS_BAD_DATA with
 * the first breach in *error. */
rs_status rs_run_config_check(const rs_run_config *config, rs_error *error);

/* The network that a run trains. */
rs_network rs_run_config_network(const rs_run_config *config);

/* Updates of a whole run: epochs * floor(train_samples / batch_size). With sequences of several
 * lengths and batching by_length or a train_fraction, the most that it can make. */
uint64_t rs_run_config_updates(const rs_run_config *config);

/* Whether a run is checked while it trains: on its validation set, or by its stop rules. */
bool rs_run_config_is_checked(const rs_run_config *config);

/* Checks of a whole run, which ends at the last of them at the latest: one at every check_interval
 * updates, or at the end of every epoch. As rs_run_config_updates, the most that there can be. */
uint64_t rs_run_config_checks(const rs_run_config *config);

/* The updates after which weights are kept; 0 is before training. They decide no run. */
typedef enum rs_checkpoints_kind {
    RS_CHECKPOINTS_NONE,
    RS_CHECKPOINTS_LOG2,  /* 0, 1, 2, 4, ... and the last of the run */
    RS_CHECKPOINTS_EVERY, /* multiples of `every`, 0 too */
    RS_CHECKPOINTS_LIST   /* list[count], rising */
} rs_checkpoints_kind;

typedef struct rs_checkpoints {
    rs_checkpoints_kind kind;
    uint32_t every;
    size_t count;
    const uint32_t *list;
} rs_checkpoints;

/* The next checkpoint after update `after` (-1: the first) of a run whose last update is `last`, or
 * UINT64_MAX; and how many there are: of NULL, none. */
uint64_t rs_checkpoints_next(const rs_checkpoints *checkpoints, int64_t after, uint64_t last);
size_t rs_checkpoints_total(const rs_checkpoints *checkpoints, uint64_t last);

/* The rungs of early termination: after so many epochs, or updates, runs are measured and compared,
 * and those of the worse configurations are trained no further. A run that stops at a rung is the
 * beginning of the whole one, so that rungs decide no number of a run. */
typedef struct rs_rungs {
    bool in_epochs;
    size_t count;
    const uint32_t *at; /* [count], rising, from 1 */
} rs_rungs;

/* The update at which a run comes to a rung, where an epoch has so many updates. */
uint64_t rs_rungs_update(const rs_rungs *rungs, size_t rung, uint64_t updates_per_epoch);

/* "1 epoch", "200 updates" */
enum { RS_RUNG_TEXT = 24 };
void rs_rung_name(bool in_epochs, uint32_t at, char text[RS_RUNG_TEXT]);

/* The part of a run's updates that is made up to a rung, from 0 to 1; 1 past the last rung. */
double rs_rungs_share(const rs_rungs *rungs, size_t rung, const rs_run_config *config);

/* What train_fraction leaves of `count` sequences of one length: that part of them, rounded up. */
uint32_t rs_run_config_fraction(const rs_run_config *config, uint32_t count);

#ifdef __cplusplus
}
#endif

#endif
