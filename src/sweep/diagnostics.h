/* Collects and prints all errors of a sweep file or an override. */
#ifndef RS_DIAGNOSTICS_H
#define RS_DIAGNOSTICS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "rnnsweep/status.h"
#include "source_place.h"

typedef struct rs_diagnostics rs_diagnostics;

rs_status rs_diagnostics_create(rs_diagnostics **diagnostics, rs_error *error);
void rs_diagnostics_free(rs_diagnostics *diagnostics); /* accepts NULL */
size_t rs_diagnostics_errors(const rs_diagnostics *diagnostics);

/* file:line:column: error: text, the line, a caret, and a hint; in file order. With colour when
 * `colour` is set. */
void rs_diagnostics_print(const rs_diagnostics *diagnostics, FILE *stream, bool colour);

/* ---- Collecting ------------------------------------------------------------------------------ */

typedef enum rs_severity { RS_SEVERITY_NOTE, RS_SEVERITY_WARNING, RS_SEVERITY_ERROR } rs_severity;

/* What kind of text a source is: a file has lines, an override is one word. */
typedef enum rs_source_kind { RS_SOURCE_FILE, RS_SOURCE_OVERRIDE } rs_source_kind;

/* Copies name and text, to which places may then refer. */
rs_status rs_diagnostics_add_source(rs_diagnostics *diagnostics, rs_source_kind kind,
                                    const char *name, const char *text, size_t size,
                                    uint32_t *index, rs_error *error);

/* The folder of a source that is a file, with the slash at its end; "" where the name has none, and
 * for overrides. */
const char *rs_diagnostics_source_folder(const rs_diagnostics *diagnostics, uint32_t index);

/* Adds one diagnostic. The text names the value at fault and what is allowed. Exact repetitions are
 * dropped; of further ones after the first hundred only the number is kept. */
void rs_diagnose(rs_diagnostics *diagnostics, rs_severity severity, rs_source_place place,
                 const char *format, ...) __attribute__((format(printf, 4, 5)));

/* Gives the latest diagnostic a hint: what to write instead. */
void rs_diagnose_hint(rs_diagnostics *diagnostics, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Suggests the candidate nearest to `word`, if one is near; candidates end with NULL. */
void rs_diagnose_nearest(rs_diagnostics *diagnostics, const char *word,
                         const char *const candidates[]);

/* Whether further errors would only be counted, so that reading a long list may stop. */
bool rs_diagnostics_full(const rs_diagnostics *diagnostics);

/* Whether memory ran out for a diagnostic. */
bool rs_diagnostics_failed(const rs_diagnostics *diagnostics);

#endif
