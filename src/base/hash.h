/* Hashes of 128 bits (XXH3), and their text. */
#ifndef RS_HASH_H
#define RS_HASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "rnnsweep/status.h"

typedef struct rs_hash {
    uint64_t high, low;
} rs_hash;

enum { RS_HASH_TEXT = 33 };

rs_hash rs_hash_bytes(const void *bytes, size_t size);
bool rs_hash_equal(rs_hash a, rs_hash b);
void rs_hash_format(rs_hash hash, char text[RS_HASH_TEXT]); /* 32 hexadecimal digits */
bool rs_hash_parse(const char *text, rs_hash *hash); /* that text; false for any other and NULL */

/* Hash of bytes that come in pieces. */
typedef struct rs_hash_stream rs_hash_stream;
rs_status rs_hash_stream_create(rs_hash_stream **stream, rs_error *error);
void rs_hash_stream_add(rs_hash_stream *stream, const void *bytes, size_t size);
rs_hash rs_hash_stream_finish(rs_hash_stream *stream); /* also frees it */
void rs_hash_stream_free(rs_hash_stream *stream);      /* accepts NULL */

#endif
