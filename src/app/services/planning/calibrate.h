/* Calibrates predicted costs on this machine by short training, once for each shape. */
#ifndef RS_CALIBRATE_H
#define RS_CALIBRATE_H

#include "rnnsweep/rnnsweep.h"

typedef struct rs_calibration rs_calibration;

/* Measures for about `budget` seconds at most. Shapes seen later get the factor of the most similar
 * one measured. */
rs_status rs_calibration_create(rs_calibration **calibration, const rs_isa *isa, double budget,
                                rs_error *error);
void rs_calibration_free(rs_calibration *calibration); /* accepts NULL */

/* *seconds = the predicted time of this run on one core of this machine, with its tests at these
 * lengths and on further sets of its data file. */
rs_status rs_calibration_predict(rs_calibration *calibration, const rs_run_config *config,
                                 size_t length_count, const uint32_t *lengths, double *seconds,
                                 rs_error *error);

#endif
