/* What other tools call our parameters, and what they have that rnnsweep has not. */
#ifndef RS_FOREIGN_NAMES_H
#define RS_FOREIGN_NAMES_H

/* A hint for a name that is no parameter: "rnnsweep calls it 'states'", "every network has one
 * recurrent layer". Upper case and hyphens are read as lower case and underscores. NULL for a name
 * that is not in the list. */
const char *rs_foreign_name_hint(const char *name);

#endif
