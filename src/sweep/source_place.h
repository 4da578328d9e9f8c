/* A position in a sweep file or an override. */
#ifndef RS_SOURCE_PLACE_H
#define RS_SOURCE_PLACE_H

#include <stdint.h>

/* A range of a source text. Lines and columns count from 1, columns in characters; line 0 means the
 * source as a whole. */
typedef struct rs_source_place {
    uint32_t source, line, column;
    uint32_t length; /* characters on that line, at least 1 */
} rs_source_place;

#endif
