/* Lists of whole numbers as values of keys: [8, 16, 32], {min, max, step}, or one number. */
#ifndef RS_NUMBERS_LIST_H
#define RS_NUMBERS_LIST_H

#include "arena.h"
#include "diagnostics.h"
#include "yaml_doc.h"

/* *values: [*count] from min to max, rising, each once; they belong to the arena. What is wrong is
 * said for `key`, and the list is then empty. */
void rs_numbers_list_read(uint32_t **values, size_t *count, rs_arena *arena,
                          rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                          uint32_t min, uint32_t max);

#endif
