/* "did you mean": the nearest of a list of names to a mistyped word. */
#ifndef RS_SUGGEST_H
#define RS_SUGGEST_H

#include <stddef.h>

/* The candidate with the fewest insertions, deletions, substitutions and swaps of neighbours away
 * from `word` (length bytes, need not end in NUL), the first of equals; NULL when none is near:
 * more than a third of the word's letters (at least one) would have to change. */
const char *rs_suggest(const char *word, size_t length, const char *const candidates[],
                       size_t count);

#endif
