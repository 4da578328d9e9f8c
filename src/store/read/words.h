/* The words of a file for the numbers of a choice: its attributes flag_values and flag_meanings. */
#ifndef RS_WORDS_H
#define RS_WORDS_H

#include "catalogue.h"

typedef struct rs_words {
    size_t total;
    char *list;    /* the words, separated by blanks */
    double *codes; /* the file's numbers */
    int16_t *ours; /* index of that word among ours, or RS_WORD_UNKNOWN */
    bool same;     /* all numbers equal ours */
} rs_words;

enum { RS_WORD_UNKNOWN = -1, RS_NO_WORD = -2 };

/* Reads the words of a column; `ours` are this program's, separated by blanks. Without attributes,
 * or where they make no sense, the words are `fixed`, numbered from 0, or, for NULL, there are
 * none. RS_NO_MEMORY. */
rs_status rs_words_read(rs_words *words, const rs_catalogue *catalogue, const rs_entry *entry,
                        const char *ours, const char *fixed, rs_error *error);
void rs_words_free(rs_words *words);

/* Our number for one of the file's: RS_WORD_UNKNOWN for a word that is none of ours, RS_NO_WORD for
 * a number without a word. */
int rs_words_find(const rs_words *words, double code);

/* The file's number for one of ours, or -1. */
int16_t rs_words_code(const rs_words *words, int ours);

/* maps[i]: the number that `to` has for the word of from->codes[i], or NaN. The caller frees it.
 * RS_NO_MEMORY. */
rs_status rs_words_map(const rs_words *from, const rs_words *to, double **maps, rs_error *error);

/* Index of the first `length` bytes of `word` in a list separated by blanks, or RS_WORD_UNKNOWN. */
int rs_words_index(const char *list, const char *word, size_t length);
size_t rs_words_count(const char *list);

#endif
