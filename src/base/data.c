#include "data.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

size_t rs_element_size(rs_element element)
{
    static const size_t sizes[] = {[RS_ELEMENT_U8] = 1,
                                   [RS_ELEMENT_U16] = 2,
                                   [RS_ELEMENT_U32] = 4,
                                   [RS_ELEMENT_F32] = 4,
                                   [RS_ELEMENT_F64] = 8};
    return sizes[element];
}

void rs_data_free(rs_data *data)
{
    if (data == NULL)
        return;
    if (data->mapping != NULL)
        munmap(data->mapping, data->mapping_bytes);
    free(data->sets);
    free(data);
}

const rs_data_set *rs_data_find(const rs_data *data, const char *name)
{
    for (size_t i = 0; i < data->set_count; i++)
        if (strcmp(data->sets[i].name, name) == 0)
            return &data->sets[i];
    return NULL;
}

size_t rs_data_further_sets(const rs_data *data, size_t *first)
{
    *first = 0;
    if (data == NULL)
        return 0;
    *first = rs_data_find(data, "validation") != NULL ? 3 : 2;
    return data->set_count > *first ? data->set_count - *first : 0;
}

uint32_t rs_data_length(const rs_data_set *set, size_t sequence)
{
    return set->lengths.values != NULL ? (uint32_t)rs_array_get(&set->lengths, sequence)
                                       : set->steps;
}

size_t rs_data_target_count(const rs_data *data, const rs_data_set *set)
{
    const size_t steps = data->target_kind == RS_TARGET_LAST_CLASSES ? 1 : set->steps;
    const bool is_vector =
        data->target_kind == RS_TARGET_BITS || data->target_kind == RS_TARGET_REALS;
    return set->sequences * steps * (is_vector ? data->outputs : 1);
}

size_t rs_data_input_count(const rs_data *data, const rs_data_set *set)
{
    return (size_t)set->sequences * set->steps *
           (data->input_kind == RS_INPUT_REALS ? data->inputs : 1);
}

/* ---- Hash ------------------------------------------------------------------------------------ */

static void add_array(rs_hash_stream *stream, const rs_array *array, size_t count)
{
    enum { BLOCK = 512 };
    double block[BLOCK];
    const uint64_t present = array->values != NULL ? count : UINT64_MAX;
    rs_hash_stream_add(stream, &present, sizeof present);
    for (size_t first = 0; array->values != NULL && first < count; first += BLOCK) {
        const size_t here = count - first < BLOCK ? count - first : BLOCK;
        for (size_t i = 0; i < here; i++)
            block[i] = rs_array_get(array, first + i) + 0.0; /* -0 and 0 are equal */
        rs_hash_stream_add(stream, block, here * sizeof block[0]);
    }
}

rs_status rs_data_hash(const rs_data *data, rs_hash *hash, rs_error *error)
{
    rs_hash_stream *stream;
    const uint64_t head[] = {data->input_kind, data->target_kind, data->inputs, data->outputs,
                             data->set_count};
    rs_status status = rs_hash_stream_create(&stream, error);
    if (status != RS_OK)
        return status;
    rs_hash_stream_add(stream, head, sizeof head);
    rs_hash_stream_add(stream, &data->tolerance, sizeof data->tolerance);
    for (size_t i = 0; i < data->set_count; i++) {
        const rs_data_set *set = &data->sets[i];
        const size_t count = set->sequences, steps = count * set->steps;
        rs_hash_stream_add(stream, set->name, strlen(set->name) + 1);
        rs_hash_stream_add(stream, &set->steps, sizeof set->steps);
        add_array(stream, &set->inputs, rs_data_input_count(data, set));
        add_array(stream, &set->targets, rs_data_target_count(data, set));
        add_array(stream, &set->weights, steps);
        add_array(stream, &set->lengths, count);
    }
    *hash = rs_hash_stream_finish(stream);
    return RS_OK;
}

/* ---- What counts ----------------------------------------------------------------------------- */

bool rs_data_find_uncounted(const rs_data_set *set, bool last, size_t *sequence)
{
    for (size_t n = 0; set->weights.values != NULL && n < set->sequences; n++) {
        const uint32_t length = rs_data_length(set, n);
        bool counts = false;
        for (uint32_t k = last ? length - 1 : 0; k < length && !counts; k++)
            counts = rs_array_get(&set->weights, n * set->steps + k) > 0;
        if (!counts) {
            *sequence = n;
            return true;
        }
    }
    return false;
}
