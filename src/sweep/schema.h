/* The sweep file as a JSON Schema (draft 7), for editors. */
#ifndef RS_SCHEMA_H
#define RS_SCHEMA_H

#include <stdio.h>

#include "rnnsweep/status.h"

/* Writes the schema of one document of a sweep file, generated from the table of parameters. It
 * covers keys, types and ranges; rs_plan_read checks rules between keys. RS_IO. */
rs_status rs_schema_write(FILE *stream, rs_error *error);

#endif
