/* Time limits in Slurm's notation. */
#ifndef RS_SLURM_TIME_H
#define RS_SLURM_TIME_H

#include <stdbool.h>

enum { RS_SLURM_TIME_TEXT = 32 };

/* Parses any form that sbatch --time takes: minutes, minutes:seconds, hours:minutes:seconds,
 * days-hours, days-hours:minutes, days-hours:minutes:seconds. False for anything else, and for a
 * time of zero. */
bool rs_slurm_time_parse(const char *text, double *seconds);

/* "00:30:00", "2-12:00:00", rounded up to whole minutes, as Slurm does. */
void rs_slurm_time_format(double seconds, char text[RS_SLURM_TIME_TEXT]);

#endif
