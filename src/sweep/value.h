/* Single values of a sweep file. If the node does not fit, each reader adds a diagnostic that names
 * the key, what is allowed and what was found, and returns false. */
#ifndef RS_VALUE_H
#define RS_VALUE_H

#include "rnnsweep/run_config.h"
#include "yaml_doc.h"

/* A value that the parameter allows. */
bool rs_value_read(rs_diagnostics *diagnostics, const rs_parameter *parameter, const rs_node *node,
                   double *value);

/* A finite number for `key`. */
bool rs_value_read_number(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                          double *value);

/* A whole number from min to max for `key`. */
bool rs_value_read_whole(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                         double min, double max, double *value);

/* One of the words, which end with NULL; *index is its position. */
bool rs_value_read_word(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                        const char *const words[], size_t *index);

/* Any text for `key`; numbers are taken as they are spelt. */
bool rs_value_read_text(rs_diagnostics *diagnostics, const char *key, const rs_node *node,
                        const char **text);

/* The parameter that a key of `where` names, or NULL with a diagnostic. */
const rs_parameter *rs_value_read_parameter(rs_diagnostics *diagnostics, const rs_node *key,
                                            const char *where);

/* Whether a list of words that ends with NULL has this one. */
bool rs_value_is_among(const char *word, const char *const words[]);

/* Reports the keys of a mapping that are not among `known` (which ends with NULL), as unknown keys
 * of `what`. */
bool rs_value_check_keys(rs_diagnostics *diagnostics, const rs_node *mapping, const char *what,
                         const char *const known[]);

/* The bytes of the longest list of choices of parameters.def, with its NUL. */
#define RS_COUNT(name, fallback, min, max, unit, meaning)
#define RS_REAL(name, fallback, range, unit, meaning)
#define RS_OPTIONAL(name, range, unit, meaning)
#define RS_CHOICE(name, fallback, list, meaning) char name[sizeof RS_CHOICE_WORDS(list)];
#define RS_FLAG(name, fallback, meaning)
#define RS_SEED(name, meaning)
#define RS_WHOLE(name, min, max, unit, meaning)
union rs_choice_texts {
#include "rnnsweep/parameters.def"
};
#undef RS_COUNT
#undef RS_REAL
#undef RS_OPTIONAL
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_SEED
#undef RS_WHOLE
enum { RS_CHOICES_TEXT = sizeof(union rs_choice_texts) };

/* The values that a parameter allows, in words: "a whole number from 1 to 4096". The text has room
 * for any list of choices with commas. */
enum { RS_RANGE_TEXT = 200 + 2 * RS_CHOICES_TEXT };
void rs_value_describe_range(const rs_parameter *parameter, char text[RS_RANGE_TEXT]);

/* A description of the node for a message: its text in quotes, truncated if long, "a list", "a
 * mapping" or "nothing". */
enum { RS_NODE_TEXT = 64 };
void rs_value_describe_node(const rs_node *node, char text[RS_NODE_TEXT]);

#endif
