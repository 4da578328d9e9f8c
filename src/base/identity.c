#include "identity.h"

#include <stdio.h>
#include <string.h>

#include "rnnsweep/rnnsweep.h"
#include "task.h"

/* Without a loop over the table, as it is done for each of a million runs. */
static void find_differing(const rs_run_config *config, bool differs[RS_PARAMETER_TOTAL])
{
#define RS_DIFFERS(name, fallback)     differs[RS_PARAMETER_##name] = config->name != (fallback);
#define RS_REAL(name, fallback, ...)   RS_DIFFERS(name, fallback)
#define RS_COUNT(name, fallback, ...)  RS_DIFFERS(name, fallback)
#define RS_CHOICE(name, fallback, ...) RS_DIFFERS(name, fallback)
#define RS_FLAG(name, fallback, ...)   RS_DIFFERS(name, fallback)
#define RS_OPTIONAL(name, ...)         RS_DIFFERS(name, -1)
#define RS_SEED(name, ...)             RS_DIFFERS(name, -1)
#define RS_WHOLE(name, ...)            RS_DIFFERS(name, -1)
#include "rnnsweep/parameters.def"
#undef RS_DIFFERS
#undef RS_REAL
#undef RS_COUNT
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_OPTIONAL
#undef RS_SEED
#undef RS_WHOLE
}

bool rs_identity_same_setting(const rs_run_config *a, const rs_run_config *b)
{
#define RS_SAME(name)          &&a->name == b->name
#define RS_REAL(name, ...)     RS_SAME(name)
#define RS_COUNT(name, ...)    RS_SAME(name)
#define RS_CHOICE(name, ...)   RS_SAME(name)
#define RS_FLAG(name, ...)     RS_SAME(name)
#define RS_OPTIONAL(name, ...) RS_SAME(name)
#define RS_SEED(name, ...)     RS_SAME(name)
#define RS_WHOLE(name, ...)    RS_SAME(name)
    return true
#include "rnnsweep/parameters.def"
        ;
#undef RS_SAME
#undef RS_REAL
#undef RS_COUNT
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_OPTIONAL
#undef RS_SEED
#undef RS_WHOLE
}

void rs_identity_find_order(rs_identity_order *order, const rs_run_config *config)
{
    bool differs[RS_PARAMETER_TOTAL];
    find_differing(config, differs);
    if (memcmp(differs, order->differs, sizeof differs) == 0)
        return;
    memcpy(order->differs, differs, sizeof differs);
    order->count = 0;
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        size_t place = order->count;
        if (!differs[i])
            continue;
        for (; place > 0 &&
               strcmp(rs_parameters[order->order[place - 1]].name, rs_parameters[i].name) > 0;
             place--)
            order->order[place] = order->order[place - 1];
        order->order[place] = i;
        order->count++;
    }
}

rs_hash rs_run_identity(const rs_run_config *config)
{
    char text[64 + RS_PARAMETER_TOTAL * (RS_PARAMETER_TEXT + 32)],
        *end = stpcpy(text, "rnnsweep run 1\n");
    rs_identity_order counts = {.count = 0};
    rs_identity_find_order(&counts, config);
    for (size_t i = 0; i < counts.count; i++) {
        const rs_parameter *parameter = &rs_parameters[counts.order[i]];
        char spelt[RS_PARAMETER_TEXT];
        const rs_task_facts *facts = rs_task_facts_at(config->task);
        if (facts != NULL && parameter == &rs_parameters[RS_PARAMETER_task])
            rs_hash_format(facts->hash, spelt);
        else
            rs_parameter_format(parameter, rs_parameter_get(parameter, config), spelt);
        end = stpcpy(stpcpy(stpcpy(stpcpy(end, parameter->name), "="), spelt), "\n");
    }
    end += sprintf(end, "seed=%u\n", config->seed);
    return rs_hash_bytes(text, (size_t)(end - text));
}

bool rs_run_lanes_are_states(const rs_run_config *config)
{
    const rs_network network = rs_run_config_network(config);
    return rs_lanes_are_states(&network, config->precision == RS_FLOAT64 ? 8 : 16);
}

long rs_run_generation(const rs_run_config *config)
{
    const rs_network network = rs_run_config_network(config);
    if (config->task == RS_TASK_FLIP_FLOP && config->channels == 1 && config->sequence_length <= 2)
        return 4;
    if (network.head != RS_HEAD_BIT && rs_run_lanes_are_states(config))
        return 3;
    return rs_group_generation(config);
}
