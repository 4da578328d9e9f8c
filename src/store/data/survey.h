/* What a data file says it contains, without its values. */
#ifndef RS_SURVEY_H
#define RS_SURVEY_H

#include "data.h"

enum { RS_SURVEY_RANK_MOST = 3 };

typedef enum rs_surveyed_class {
    RS_SURVEYED_NONE, /* no such dataset */
    RS_SURVEYED_INTEGER,
    RS_SURVEYED_REAL,
    RS_SURVEYED_OTHER
} rs_surveyed_class;

typedef struct rs_surveyed {
    int32_t class; /* rs_surveyed_class */
    int32_t rank;  /* as it is; extents has the first RS_SURVEY_RANK_MOST */
    uint64_t extents[RS_SURVEY_RANK_MOST];
    uint64_t chunk_rows; /* 0: not in chunks */
    uint32_t size;       /* bytes of a number */
    uint32_t is_signed;
    uint32_t is_foreign; /* its bytes lie in other files or datasets, or past the end of the file */
    uint32_t is_packed;  /* has scale_factor or add_offset: the numbers are not the values */
    double count;        /* attribute symbols or classes; NaN without one */
    double tolerance;    /* attribute; NaN without one */
} rs_surveyed;

/* The datasets of a set. */
typedef enum rs_part {
    RS_PART_INPUTS,
    RS_PART_TARGETS,
    RS_PART_WEIGHTS,
    RS_PART_LENGTHS,
    RS_PART_TOTAL
} rs_part;

const char *rs_part_name(rs_part part);

typedef struct rs_surveyed_set {
    char name[RS_DATA_NAME];
    rs_surveyed part[RS_PART_TOTAL];
} rs_surveyed_set;

typedef struct rs_survey {
    int32_t status; /* rs_status */
    uint32_t set_count;
    char error[RS_ERROR_TEXT];
    rs_surveyed_set sets[RS_DATA_SETS_MOST]; /* in the order of rs_data */
} rs_survey;

typedef struct rs_surveyed_file {
    const char *path; /* for messages */
    int file;         /* open on it */
    uint64_t size;    /* of it in bytes */
} rs_surveyed_file;

/* Writes an rs_survey of an rs_surveyed_file to `out`: an rs_isolated_work. */
bool rs_survey_send(const void *wish, int out);

#endif
