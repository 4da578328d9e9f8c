/* What the Slurm at hand allows. */
#ifndef RS_SLURM_SITE_H
#define RS_SLURM_SITE_H

#include "rnnsweep/status.h"

enum { RS_SITE_SOURCE_TEXT = 128 };

/* A limit, and who sets it: "partition debug", "QOS normal". INFINITY when nobody does. */
typedef struct rs_site_limit {
    double value;
    char source[RS_SITE_SOURCE_TEXT];
} rs_site_limit;

typedef struct rs_slurm_site {
    unsigned long array_size;   /* tasks of one array at most, with indices from 1 */
    rs_site_limit time;         /* seconds of a job */
    rs_site_limit cores;        /* of a job on one node */
    rs_site_limit core_seconds; /* cores of a job times its time limit */
    rs_site_limit queued;       /* jobs in the queue, each task of an array one */
    rs_site_limit running;      /* jobs at the same time */
} rs_slurm_site;

/* What jobs are submitted with; NULL where it is left to the site. */
typedef struct rs_slurm_target {
    const char *partition, *account, *qos;
    const char *clusters; /* others than the one at hand */
} rs_slurm_target;

/* Asks scontrol, sinfo and, where limits are enforced by accounting, sacctmgr. Where there is no
 * Slurm, or another cluster is meant: its default size of an array, with a note to standard error,
 * and no limits. RS_USAGE when a partition does not exist. */
rs_status rs_slurm_site_ask(rs_slurm_site *site, const rs_slurm_target *target, rs_error *error);

#endif
