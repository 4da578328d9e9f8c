#include "distinct.h"

#include <stdlib.h>
#include <string.h>

#include "identity.h"
#include "memory.h"

/* The values of a configuration in the order of the table: equal arrays are equal configurations,
 * as no value is NaN or -0. */
typedef struct values {
    double value[RS_PARAMETER_TOTAL];
} values;

static values values_of(const rs_sweep *sweep, size_t index)
{
    rs_run_config config;
    values all;
    rs_spec_configuration(sweep, index, &config);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        all.value[i] = rs_parameter_get(&rs_parameters[i], &config);
    return all;
}

/* Whether the configuration is new; enters it into the open-addressed table of slots (number + 1,
 * or 0), whose count is mask + 1. */
static bool enter(const rs_sweep *sweep, size_t index, uint32_t *slots, size_t mask)
{
    values fresh = values_of(sweep, index);
    size_t slot = (size_t)rs_hash_bytes(&fresh, sizeof fresh).low & mask;
    for (; slots[slot] != 0; slot = (slot + 1) & mask) {
        values other = values_of(sweep, slots[slot] - 1);
        if (memcmp(&fresh, &other, sizeof fresh) == 0)
            return false;
    }
    slots[slot] = (uint32_t)index + 1;
    return true;
}

rs_status rs_distinct_find(uint32_t **kept, size_t *count, const rs_sweep *sweep, rs_error *error)
{
    void *list = NULL, *slots = NULL;
    size_t total = sweep->configurations, room = 16, found = 0;
    rs_status status;
    if (total > RS_DISTINCT_CONFIGURATIONS)
        return rs_fail(error, RS_BAD_DATA,
                       "%zu configurations are too many to look for equal ones; the limit is %d",
                       total, RS_DISTINCT_CONFIGURATIONS);
    while (room < 2 * total)
        room *= 2;
    if ((status = rs_allocate(&list, total, sizeof(uint32_t), error)) != RS_OK ||
        (status = rs_allocate(&slots, room, sizeof(uint32_t), error)) != RS_OK)
        goto done;
    for (size_t i = 0; i < total; i++)
        if (enter(sweep, i, slots, room - 1))
            ((uint32_t *)list)[found++] = (uint32_t)i;
    *kept = list;
    *count = found;
    list = NULL;
done:
    free(list);
    free(slots);
    return status;
}
