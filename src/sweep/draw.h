/* Drawing the values of one parameter for method: random and sobol, in the words of W&B. */
#ifndef RS_DRAW_H
#define RS_DRAW_H

#include "rnnsweep/run_config.h"
#include "yaml_doc.h"

/* X(name in the sweep file) */
#define RS_DISTRIBUTION_LIST(X)    \
    X(constant)                    \
    X(categorical)                 \
    X(categorical_w_probabilities) \
    X(uniform)                     \
    X(int_uniform)                 \
    X(q_uniform)                   \
    X(log_uniform_values)          \
    X(inv_log_uniform_values)      \
    X(q_log_uniform_values)        \
    X(normal)                      \
    X(q_normal)                    \
    X(log_normal)                  \
    X(q_log_normal)

#define RS_DISTRIBUTION_ENUMERATOR(name) RS_DISTRIBUTION_##name,
typedef enum rs_distribution { RS_DISTRIBUTION_LIST(RS_DISTRIBUTION_ENUMERATOR) } rs_distribution;
#undef RS_DISTRIBUTION_ENUMERATOR

/* The distributions' names, ending with NULL. */
extern const char *const rs_distribution_names[];

/* A distribution given by its quantile function. Values are rounded to 12 significant digits (or to
 * whole numbers where the parameter wants them), so that they do not hang on the last bit of a
 * logarithm. */
typedef struct rs_draw {
    const rs_parameter *parameter;
    rs_distribution distribution;
    uint64_t stream;          /* of the parameter's own random numbers: the hash of its name */
    double min, max;          /* of uniform and its kin; of normal and log_normal what the parameter
                                 allows: they are cut there */
    long double low, high;    /* quantile arguments: min and max, or their logarithms; of normal and
                                 log_normal the probabilities of the cut ends */
    double mu, sigma;         /* of normal, and of log_normal for the logarithm */
    double q;                 /* the values are multiples of it; 0: they need not be */
    size_t count;             /* of categorical */
    const double *values;     /* [count] */
    const double *cumulative; /* [count], the last 1 */
} rs_draw;

/* Reads the word behind `distribution:`; W&B's words from before 2022, which give exponents, are
 * refused with the reason. false with diagnostics. */
bool rs_distribution_read(rs_diagnostics *diagnostics, const rs_parameter *parameter,
                          const rs_node *node, rs_distribution *distribution);

/* Reads a parameter of a random or Sobol sweep: a value, a list, or a mapping with value, values
 * (and probabilities), or the words of a distribution. false with diagnostics. */
bool rs_draw_read(rs_draw *draw, rs_arena *arena, rs_diagnostics *diagnostics,
                  const rs_parameter *parameter, const rs_node *node);

/* The value below which a share `uniform`, in (0, 1), of the draws lies; always one that the
 * parameter allows. */
double rs_draw_value(const rs_draw *draw, double uniform);

#endif
