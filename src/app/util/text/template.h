/* Text templates: @name@ is a placeholder for the value of that name. */
#ifndef RS_TEMPLATE_H
#define RS_TEMPLATE_H

#include <stddef.h>
#include <stdio.h>

#include "rnnsweep/status.h"

typedef struct rs_template_value {
    const char *name;
    const char *text;
} rs_template_value;

/* Writes `text` with every @name@ (lower-case letters and underscores) replaced. RS_INTERNAL if a
 * name has no value. */
rs_status rs_template_write(FILE *stream, const char *text, size_t count,
                            const rs_template_value values[], rs_error *error);

#endif
