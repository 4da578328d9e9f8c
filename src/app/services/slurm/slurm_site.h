/* The limits of the local Slurm. */
#ifndef RS_SLURM_SITE_H
#define RS_SLURM_SITE_H

#include "rnnsweep/status.h"

enum { RS_SITE_SOURCE_TEXT = 128 };

/* A limit, and what sets it: "partition debug", "QOS normal". INFINITY: none. */
typedef struct rs_site_limit {
    double value;
    char source[RS_SITE_SOURCE_TEXT];
} rs_site_limit;

typedef struct rs_slurm_site {
    unsigned long array_size;   /* the largest array, with indices from 1 */
    rs_site_limit time;         /* seconds of a job */
    rs_site_limit cores;        /* of a job on one node */
    rs_site_limit memory;       /* bytes of a job on one node */
    rs_site_limit core_seconds; /* cores of a job times its time limit */
    rs_site_limit queued;       /* jobs in the queue, each task of an array one */
    rs_site_limit running;      /* jobs at the same time */
} rs_slurm_site;

/* Options of the jobs; NULL: the site's default. */
typedef struct rs_slurm_target {
    const char *partition, *account, *qos;
    const char *clusters; /* clusters other than the local one */
} rs_slurm_target;

/* Asks scontrol, sinfo and, if accounting enforces limits, sacctmgr. Without Slurm, or for another
 * cluster, takes Slurm's default size of an array, with a note on standard error, and no limits.
 * RS_USAGE if a partition does not exist. */
rs_status rs_slurm_site_ask(rs_slurm_site *site, const rs_slurm_target *target, rs_error *error);

#endif
