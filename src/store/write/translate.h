/* Rows of a results file in the form in which an open store has them. Pieces are matched by the
 * names of their datasets. Where both files have the same ones, bytes are passed on as they stand;
 * types, steps, words of choices and the place of a row may differ, and what only one of the files
 * has is left out or missing. Where the rungs differ, a run was measured at the first rungs of the
 * store that the source has, too. */
#ifndef RS_TRANSLATE_H
#define RS_TRANSLATE_H

#include "reader.h"
#include "store.h"

typedef struct rs_translator rs_translator;

/* Both must outlive it. `sharing` as of rs_reader_create. One thread at a time. RS_NO_MEMORY. */
rs_status rs_translator_create(rs_translator **translator, const rs_results *from,
                               const rs_store *to, size_t sharing, rs_error *error);
void rs_translator_free(rs_translator *translator); /* accepts NULL */

/* A row to be given to rs_store_put_bytes. */
typedef struct rs_translated {
    const void *bytes; /* they hold until the next read */
    rs_hash hash;      /* of the results in the store's form, wall_time aside */
    double wall_time;  /* NaN where it was damaged */
    int8_t code;       /* the store's number for how the run ended */
    int32_t reached;   /* rungs of the store; -1 where it is not known */
    bool placed;       /* false: the run was stopped at a rung that the store does not have, and its
                          row must not be put */
} rs_translated;

/* Reads a row of the file. *intact: its checksum is right. RS_IO, RS_NO_MEMORY. */
rs_status rs_translator_read(rs_translator *translator, size_t row, bool *intact, rs_error *error);

/* The row read last as row `target` of the store, which must have the same configuration; of one
 * that is not finished, what is no result. RS_BAD_DATA when the files have a dataset of one name in
 * forms that cannot be made one; RS_NO_MEMORY. */
rs_status rs_translator_convert(rs_translator *translator, size_t target, rs_translated *translated,
                                rs_error *error);

#endif
