/* Inside of rs_results, for the rest of this layer. */
#ifndef RS_RESULTS_FILE_H
#define RS_RESULTS_FILE_H

#include "catalogue.h"
#include "layout.h"
#include "results.h"
#include "row.h"
#include "rows.h"
#include "words.h"

/* Marks of a row. */
enum {
    RS_ROW_DAMAGED = 1, /* something of it is known to be wrong: it counts as pending */
    RS_ROW_FOREIGN = 2, /* it has settings that this program does not know */
    RS_ROW_FINISHED = 4 /* a damaged row that was marked finished */
};

struct rs_results {
    char *path;
    int file;
    bool owns_file; /* and closes it */
    bool rescuing;
    bool rows_only; /* of the columns of results, only those that say what a row is are read */
    rs_catalogue *catalogue;
    rs_layout *layout;
    const rs_entry **entries; /* those of the layout's datasets, NULL where it has none */
    rs_row_format *formats;   /* by group */
    rs_rows *rows;
    size_t runs;
    bool in_order; /* run numbers rise from row to row */
    rs_type types[RS_DATA_LOSS];
    /* As stored, real results widened to double; one element for all runs when a parameter's are
     * all the same; NULL for /step, the checksums and what the file does not have. Element of a
     * row: columns[c][row * strides[c]]. */
    void *columns[RS_DATA_LOSS];
    size_t strides[RS_DATA_LOSS];      /* 1, or 0 */
    rs_words words[RS_DATA_WORDS_END]; /* of choices, flags, status and stop_reason */
    rs_codes codes;                    /* the reverse; its arrays belong to this */
    unsigned char *marks;              /* [runs] */
    char *foreign;                     /* names of what is not known, with commas; "" */
    /* What all runs have in common, and the columns of the other parameters. */
    rs_run_config common;
    size_t varying_total, varying[RS_PARAMETER_TOTAL + 1];
};

/* NULL when it is not known which: the row is damaged. */
static inline const rs_row_format *rs_results_format(const rs_results *results, size_t row)
{
    const uint32_t group = results->layout->places[row].group;
    return group == RS_NO_GROUP ? NULL : &results->formats[group];
}

/* Whether the file's column has the same bytes in all rows, which are then in results->columns[]:
 * it was read as a whole when the file was opened. Not of compressed files, of which a chunk may be
 * damaged: that is told by reading it. */
static inline bool rs_results_is_constant(const rs_results *results, size_t column)
{
    return column >= RS_DATA_PARAMETERS && column <= RS_DATA_SEED &&
           results->columns[column] != NULL && results->strides[column] == 0 &&
           results->entries[column]->chunk_rows == 0;
}

/* Whether the row of a run that was stopped when the file was opened says something else by now:
 * the file's number for how the run ended, and the rungs that it came to. */
static inline bool rs_results_was_moved(const rs_results *results, size_t row, int8_t code,
                                        int32_t rungs)
{
    return rs_words_find(&results->words[RS_DATA_STATUS], code) != RS_RUN_STOPPED ||
           rungs != ((const int32_t *)results->columns[RS_DATA_RUNGS_REACHED])[row];
}

/* results->layout, but for the places, out of the catalogue: what the file says it has. */
rs_status rs_results_find_layout(rs_results *results, rs_error *error);

/* The places: which row of which group of weights is that of a run. Needs the column /run. */
rs_status rs_results_find_places(rs_results *results, rs_error *error);

/* Rows of a dataset. When rescuing, those that cannot be read are zeros, and `spoilt` is called for
 * each of them. */
typedef void rs_row_spoilt(void *context, size_t row);
rs_status rs_results_read_rows(const rs_results *results, const rs_entry *entry, size_t first,
                               size_t count, void *bytes, rs_row_spoilt *spoilt, void *context,
                               rs_error *error);

/* A parameter's value in our numbers; *marked says what is wrong with it, if anything. */
double rs_results_value(const rs_results *results, size_t column, size_t row, int *marked);

/* Frees the columns of the rows; nothing may be asked of them any more. */
void rs_results_drop_columns(rs_results *results);

/* What is wrong with a file, as an error. */
rs_status rs_results_refuse(const rs_results *results, const char *path, const char *what,
                            rs_error *error);

#endif
