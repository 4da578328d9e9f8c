/* Files that lend further tests and checkpoints to rows of other files which lack them. */
#ifndef RS_LENDER_H
#define RS_LENDER_H

#include "match.h"
#include "translate.h"

typedef struct rs_lenders rs_lenders;

/* The files that store->runs names. Store and match must outlive it. RS_IO, RS_BAD_DATA,
 * RS_NO_MEMORY. */
rs_status rs_lenders_create(rs_lenders **lenders, const rs_store *store, rs_match *match,
                            rs_error *error);
void rs_lenders_free(rs_lenders *lenders); /* accepts NULL */

/* Gives a row, which is to be put as `row` of the store, what those files have of its run besides;
 * they must have the same results in all else, or nothing is taken. RS_IO, RS_NO_MEMORY. */
rs_status rs_lenders_fill(rs_lenders *lenders, size_t row, rs_translated *run, rs_error *error);

#endif
