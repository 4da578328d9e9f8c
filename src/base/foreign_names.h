/* What other tools call our parameters, and what they have that rnnsweep has not. */
#ifndef RS_FOREIGN_NAMES_H
#define RS_FOREIGN_NAMES_H

#include <stddef.h>

/* A hint for a name, of length bytes, that is no parameter: "rnnsweep calls it 'states'", "every
 * network has one recurrent layer". Upper case and hyphens are read as lower case and underscores.
 * NULL for a name that is not in the list. */
const char *rs_foreign_name_hint(const char *name, size_t length);

/* Likewise for a word that is no choice of the parameter: of optimizer and "AdamW", "adam with
 * weight_decay is AdamW". */
const char *rs_foreign_word_hint(const char *parameter, const char *word);

#endif
