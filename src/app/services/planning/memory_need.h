/* The memory needed to train a sweep. */
#ifndef RS_MEMORY_NEED_H
#define RS_MEMORY_NEED_H

#include "rnnsweep/rnnsweep.h"
#include "store.h"

/* An estimate in bytes for a process whose file has `count` of these runs: a fixed part, some bytes
 * for each run of the file, and on each of `threads` a trainer for the largest of all runs. Looks
 * at every run, unless their number alone exceeds `enough`. */
uint64_t rs_memory_need(const rs_store_runs *runs, size_t count, const rs_isa *isa,
                        unsigned threads, uint64_t enough);

/* RS_NO_MEMORY, with advice, if that is more than this process may have (memory_limit.h). */
rs_status rs_memory_check(const rs_store_runs *runs, const rs_isa *isa, unsigned threads,
                          rs_error *error);

/* "6.8 GB" */
enum { RS_BYTES_TEXT = 32 };
void rs_format_bytes(double bytes, char text[RS_BYTES_TEXT]);

#endif
