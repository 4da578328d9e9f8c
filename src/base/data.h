/* Sequences with inputs and targets of any kind, as a data file holds them. Made once, then
 * constant: threads share it. */
#ifndef RS_DATA_H
#define RS_DATA_H

#include <float.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "hash.h"

/* Types of the numbers of an array. */
typedef enum rs_element {
    RS_ELEMENT_U8,
    RS_ELEMENT_U16,
    RS_ELEMENT_U32,
    RS_ELEMENT_F32,
    RS_ELEMENT_F64
} rs_element;

size_t rs_element_size(rs_element element);

/* Row-major numbers; values is NULL where a set has no such array. */
typedef struct rs_array {
    void *values;
    rs_element element;
} rs_array;

/* Number `index`, exactly. Inlined, as loops over many numbers call it. */
static inline double rs_array_get(const rs_array *array, size_t index)
{
    switch (array->element) {
    case RS_ELEMENT_U8:
        return ((const uint8_t *)array->values)[index];
    case RS_ELEMENT_U16:
        return ((const uint16_t *)array->values)[index];
    case RS_ELEMENT_U32:
        return ((const uint32_t *)array->values)[index];
    case RS_ELEMENT_F32:
        return (double)((const float *)array->values)[index];
    case RS_ELEMENT_F64:
        break;
    }
    return ((const double *)array->values)[index];
}

typedef enum rs_input_kind {
    RS_INPUT_SYMBOLS, /* [N,T]: one of I, one-hot implied */
    RS_INPUT_REALS    /* [N,T,I] */
} rs_input_kind;

typedef enum rs_target_kind {
    RS_TARGET_BITS,         /* [N,T,O]: 0 or 1 */
    RS_TARGET_CLASSES,      /* [N,T]: one of O */
    RS_TARGET_LAST_CLASSES, /* [N]: one of O, at the last step of each sequence */
    RS_TARGET_REALS         /* [N,T,O] */
} rs_target_kind;

enum { RS_DATA_NAME = 64 };

/* Limits of every set. */
enum {
    RS_DATA_SETS_MOST = 64,
    RS_DATA_SEQUENCES_MOST = 100000000,
    RS_DATA_STEPS_MOST = 100000,
    RS_DATA_WIDTH_MOST = 65536 /* of I and of O */
};

/* Reals are no larger, so that runs of either precision can take them: the largest float32. */
#define RS_DATA_NUMBER_MOST ((double)FLT_MAX)

/* N sequences of at most T steps. What counts nowhere (past a sequence's end; targets of weight 0)
 * is 0. */
typedef struct rs_data_set {
    char name[RS_DATA_NAME];
    uint32_t sequences, steps;
    rs_array inputs, targets;
    rs_array weights; /* [N,T], each finite and not negative; without: 1 for every step */
    rs_array lengths; /* [N], 1 to T; without: T */
} rs_data_set;

/* Sets "train" and "test" come first, then "validation" if there is one, then the others in the
 * order of their names. */
typedef struct rs_data {
    rs_input_kind input_kind;
    rs_target_kind target_kind;
    uint32_t inputs, outputs; /* I and O */
    double tolerance;         /* of real targets */
    bool by_sign;             /* of built-in tasks: task_shape.h */
    rs_hash hash;             /* of the values, not of how a file stores them */
    size_t set_count;
    rs_data_set *sets;
    void *mapping; /* of all arrays, shared with child processes while it is filled */
    size_t mapping_bytes;
} rs_data;

void rs_data_free(rs_data *data); /* accepts NULL */

/* The set of that name, or NULL. */
const rs_data_set *rs_data_find(const rs_data *data, const char *name);

/* How many sets there are beside training, test and validation set, and *first: the index of the
 * first of them. 0 of NULL. */
size_t rs_data_further_sets(const rs_data *data, size_t *first);

uint32_t rs_data_length(const rs_data_set *set, size_t sequence);

/* Numbers of the targets of one set, and of one step of its inputs. */
size_t rs_data_target_count(const rs_data *data, const rs_data_set *set);
size_t rs_data_input_count(const rs_data *data, const rs_data_set *set);

/* Hash of names, kinds, extents and values. Values that are equal as numbers are equal here,
 * whatever their types: a copy that was compressed or stored in wider numbers is the same data. */
rs_status rs_data_hash(const rs_data *data, rs_hash *hash, rs_error *error);

/* The first sequence of a set that has no counted step: with `last`, its last step alone counts.
 * False when there is none. */
bool rs_data_find_uncounted(const rs_data_set *set, bool last, size_t *sequence);

#endif
