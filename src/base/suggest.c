#include "suggest.h"

#include <ctype.h>
#include <string.h>

enum { LONGEST = 63 }; /* longer words have no near relative among our names */

static size_t smallest(size_t a, size_t b)
{
    return a < b ? a : b;
}

/* Letters that are often mistaken are the same: upper case, and a hyphen for an underscore. */
static int plain(char letter)
{
    return letter == '-' ? '_' : tolower((unsigned char)letter);
}

/* Optimal string alignment distance: Levenshtein's recurrence, and a swap of neighbours counts as
 * one. Keeps the last three rows of the table. */
static size_t edit_distance(const char *a, size_t a_length, const char *b, size_t b_length)
{
    size_t rows[3][LONGEST + 1];
    size_t *before_last = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b_length; j++)
        last[j] = j;
    for (size_t i = 1; i <= a_length; i++) {
        row[0] = i;
        for (size_t j = 1; j <= b_length; j++) {
            size_t substituted = last[j - 1] + (plain(a[i - 1]) != plain(b[j - 1]));
            row[j] = smallest(substituted, smallest(last[j], row[j - 1]) + 1);
            if (i > 1 && j > 1 && plain(a[i - 1]) == plain(b[j - 2]) &&
                plain(a[i - 2]) == plain(b[j - 1]))
                row[j] = smallest(row[j], before_last[j - 2] + 1);
        }
        size_t *oldest = before_last;
        before_last = last;
        last = row;
        row = oldest;
    }
    return last[b_length];
}

const char *rs_suggest(const char *word, size_t length, const char *const candidates[],
                       size_t count)
{
    const char *best = NULL;
    size_t best_distance = length / 3 > 0 ? length / 3 + 1 : 2;
    if (length == 0 || length > LONGEST)
        return NULL;
    for (size_t i = 0; i < count; i++) {
        size_t candidate_length = strlen(candidates[i]);
        if (candidate_length > LONGEST)
            continue;
        size_t distance = edit_distance(word, length, candidates[i], candidate_length);
        if (distance < best_distance) {
            best = candidates[i];
            best_distance = distance;
        }
    }
    return best;
}
