/* Identity of runs and sweeps: 128-bit hashes (XXH3) of canonical texts.
 *
 * The canonical text of a run is "rnnsweep run 1\n", then one line "name=value\n" for each
 * parameter that differs from its default, in alphabetical order of the names, then "seed=N\n".
 * Values are spelt by rs_parameter_format, but a data file by the hash of its contents. So identity
 * does not depend on the order or spelling in a sweep file, nor on parameters that later versions
 * add with the old behaviour as default. */
#ifndef RS_IDENTITY_H
#define RS_IDENTITY_H

#include "hash.h"
#include "rnnsweep/run_config.h"

/* Generation of the kernels. Runs of one generation agree to the bit; a version whose kernels give
 * runs other bits has another. The second trains small batches in lanes that are runs, the third
 * large networks on other tasks than addition in lanes that are states, the fourth draws flip_flop
 * of one channel and one or two steps as it is defined; their other runs agree with those before.
 * Every results file says of which its runs are, in this attribute; those of layout 1, which have
 * none, are of the first. */
#define RS_KERNEL_ATTRIBUTE        "rnnsweep_kernels"
#define RS_KERNEL_GENERATION       "4"
#define RS_KERNEL_GENERATION_FIRST "1"

/* The parameters that count: order[0 .. count-1] are indices into rs_parameters of those that
 * differ from their default, in alphabetical order of the names. */
typedef struct rs_identity_order {
    bool differs[RS_PARAMETER_TOTAL];
    size_t count, order[RS_PARAMETER_TOTAL];
} rs_identity_order;

/* Whether two configurations differ in no more than the seed. */
bool rs_identity_same_setting(const rs_run_config *a, const rs_run_config *b);

/* Makes *order, which begins as zeros, that of a run. Fast for a series of runs of which the same
 * parameters differ from their defaults. */
void rs_identity_find_order(rs_identity_order *order, const rs_run_config *config);

rs_hash rs_run_identity(const rs_run_config *config);

/* Whether the lanes of vectors are states in a run, where they are not runs. */
bool rs_run_lanes_are_states(const rs_run_config *config);

/* The first generation of kernels that gives a run the bits of the present one. */
long rs_run_generation(const rs_run_config *config);

/* The same of a run where lanes are no states (group_config.c). */
long rs_group_generation(const rs_run_config *config);

#endif
