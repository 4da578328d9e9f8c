/* Provenance of results: how this program was built and called. */
#ifndef RS_PROVENANCE_H
#define RS_PROVENANCE_H

#include "plan.h"
#include "store.h"

/* Compiler with version, and its flags, of this build. */
const char *rs_build_compiler(void);
const char *rs_build_flags(void);

/* The words of a command line, quoted for a shell, without `left_out` (NULL: all of them). The
 * caller frees the text; NULL if out of memory. */
char *rs_command_line(int argc, char **argv, const char *left_out);

/* The current time in UTC, in ISO 8601: 2026-01-31T12:00:00Z. */
enum { RS_DATE_TEXT = 32 };
void rs_date_now(char text[RS_DATE_TEXT]);

enum { RS_PROVENANCE_MAX = 24 };

/* Text attributes for rs_store_create. They point into the plan, the ISA and `texts`. */
typedef struct rs_provenance {
    size_t count;
    rs_store_attribute attributes[RS_PROVENANCE_MAX];
    char *command;
    char *history;
    rs_hash sweep; /* rs_plan_hash of the plan, filled in by the caller */
    bool named;    /* by the sweep file, not by its file name */
    char host[256], threads[16], date[RS_DATE_TEXT], slurm_job[64], shard[16];
} rs_provenance;

/* For a file of `plan`, written by `threads` threads on `isa`. */
rs_status rs_provenance_collect(rs_provenance *provenance, const rs_plan *plan, const rs_isa *isa,
                                unsigned threads, int argc, char **argv, rs_error *error);

/* Adds the attributes of a shard, which files of whole sweeps lack. */
void rs_provenance_add_shard(rs_provenance *provenance, unsigned index, unsigned count);
void rs_provenance_free(rs_provenance *provenance);

#endif
