/* From the survey of a data file to the sets that it should hold. */
#ifndef RS_DESCRIBE_H
#define RS_DESCRIBE_H

#include "survey.h"

/* Fills all of data and data->sets [survey->set_count] but the values and the hash: those arrays
 * are to come whose dataset the survey has. inputs and outputs are 0 where only the values tell.
 * RS_BAD_DATA. */
rs_status rs_data_describe(const rs_survey *survey, const char *path, rs_data *data,
                           rs_error *error);

/* Numbers of a dataset. */
size_t rs_surveyed_count(const rs_surveyed *found);

#endif
