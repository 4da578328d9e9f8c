/* Writes the JSON Schema of sweep files to stdout. */
#include <stdio.h>

#include "schema.h"

int main(void)
{
    rs_error error;
    return rs_status_exit_code(rs_schema_write(stdout, &error));
}
