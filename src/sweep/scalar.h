/* Interprets plain scalars by the core schema of YAML 1.2 (yaml.org/spec/1.2.2, section 10.3). So
 * 1e-4, 0x10, 0o17 and .inf are numbers; yes, 1_000, 0x and 1:30 are text. */
#ifndef RS_SCALAR_H
#define RS_SCALAR_H

#include <stdbool.h>

typedef enum rs_scalar_type {
    RS_SCALAR_NULL,
    RS_SCALAR_FLAG,   /* true, false */
    RS_SCALAR_NUMBER, /* integer or real */
    RS_SCALAR_TEXT
} rs_scalar_type;

typedef struct rs_scalar {
    rs_scalar_type type;
    bool flag;     /* of RS_SCALAR_FLAG */
    double number; /* of RS_SCALAR_NUMBER; infinite when too large for a double; -0 reads as 0 */
    bool integer;  /* the number is written as an integer */
} rs_scalar;

/* text: NUL-terminated; quoted scalars are always text. */
rs_scalar rs_scalar_resolve(const char *text, bool quoted);

#endif
