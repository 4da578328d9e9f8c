#include "origin.h"

#include <math.h>

#include "extras.h"
#include "rungs.h"

bool rs_origin_has_extras(const rs_layout *layout)
{
    return layout->rungs + layout->lengths + layout->sets + layout->checkpoints > 0;
}

void rs_origin_note(rs_row_origin *origin, const rs_row_format *format, const void *bytes,
                    void *copy)
{
    origin->hash = rs_row_hash(format, bytes);
    origin->extras = rs_row_extras(format, bytes);
    origin->but_rungs = rs_row_hash_but_rungs(format, bytes, copy);
    rs_row_cut_extras(format, copy);
    origin->alone = rs_row_hash(format, copy);
}

bool rs_origin_agrees(const rs_row_origin *one, const rs_row_origin *other)
{
    return one->reached == other->reached ? rs_hash_equal(one->hash, other->hash)
                                          : rs_hash_equal(one->but_rungs, other->but_rungs);
}

bool rs_origin_may_join(const rs_row_origin *one, const rs_row_origin *other)
{
    return one->extras + other->extras > 0 && rs_hash_equal(one->alone, other->alone);
}

/* Whether one time is preferred to another: shorter, or known. */
static bool is_better(double time, double other)
{
    return time < other || (isnan(other) && !isnan(time));
}

bool rs_origin_is_preferred(const rs_row_origin *one, const rs_row_origin *other)
{
    return one->reached != other->reached ? one->reached > other->reached
                                          : is_better(one->wall_time, other->wall_time);
}
