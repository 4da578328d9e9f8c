/* The scripts of this folder (array.sh.in, ...), embedded by the build. */
#ifndef RS_SLURM_TEMPLATES_H
#define RS_SLURM_TEMPLATES_H

extern const char rs_slurm_array_sh[], rs_slurm_merge_sh[], rs_slurm_submit_sh[],
    rs_slurm_README_md[];

#endif
