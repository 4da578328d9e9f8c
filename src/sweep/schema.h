/* The sweep file as a JSON Schema (draft 7), for editors. */
#ifndef RS_SCHEMA_H
#define RS_SCHEMA_H

#include <stdio.h>

#include "rnnsweep/status.h"

/* Writes the schema of one document of a sweep file, made from the table of parameters. It knows
 * keys, types and ranges; rules between keys are left to rs_plan_read. RS_IO. */
rs_status rs_schema_write(FILE *stream, rs_error *error);

#endif
