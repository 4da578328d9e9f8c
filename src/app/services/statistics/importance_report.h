/* The importance of parameters as people, spreadsheets and programs read it. */
#ifndef RS_IMPORTANCE_REPORT_H
#define RS_IMPORTANCE_REPORT_H

#include <stdio.h>

#include "importance.h"

/* A table, and what its numbers are. */
rs_status rs_importance_print_table(const rs_importance *importance, const rs_summary *summary,
                                    FILE *stream, rs_error *error);
/* The same with all numbers in full. */
void rs_importance_print_csv(const rs_importance *importance, FILE *stream);
rs_status rs_importance_print_json(const rs_importance *importance, const rs_summary *summary,
                                   FILE *stream, rs_error *error);

#endif
