/* What the Slurm at hand allows. */
#ifndef RS_SLURM_SITE_H
#define RS_SLURM_SITE_H

/* The largest index of a job array, which is one less than MaxArraySize, as scontrol tells; Slurm's
 * default, with a note to standard error, where there is no Slurm. */
unsigned long rs_slurm_largest_index(void);

#endif
