#include "words.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"
#include "number.h"

size_t rs_words_count(const char *list)
{
    size_t count = 0;
    for (list += strspn(list, " "); *list != '\0'; list += strspn(list, " ")) {
        list += strcspn(list, " ");
        count++;
    }
    return count;
}

int rs_words_index(const char *list, const char *word, size_t length)
{
    int index = 0;
    for (list += strspn(list, " "); *list != '\0'; list += strspn(list, " "), index++) {
        const size_t here = strcspn(list, " ");
        if (here == length && memcmp(list, word, length) == 0)
            return index;
        list += here;
    }
    return RS_WORD_UNKNOWN;
}

static rs_status fill(rs_words *words, const char *list, const rs_attribute *values,
                      const char *ours, rs_error *error)
{
    const size_t total = rs_words_count(list);
    rs_status status;
    if ((status = rs_allocate((void **)&words->codes, total, sizeof *words->codes, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&words->ours, total, sizeof *words->ours, error)) != RS_OK)
        return status;
    if ((words->list = strdup(list)) == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory");
    words->total = total;
    words->same = true;
    list += strspn(list, " ");
    for (size_t i = 0; i < total; i++) {
        const size_t length = strcspn(list, " ");
        words->codes[i] =
            values != NULL ? rs_number_load(values->type, values->value, i) : (double)i;
        words->ours[i] = (int16_t)rs_words_index(ours, list, length);
        words->same &= (double)words->ours[i] == words->codes[i];
        list += length;
        list += strspn(list, " ");
    }
    return RS_OK;
}

rs_status rs_words_read(rs_words *words, const rs_catalogue *catalogue, const rs_entry *entry,
                        const char *ours, const char *fixed, rs_error *error)
{
    const rs_attribute *meanings = rs_catalogue_find_attribute(catalogue, entry, "flag_meanings");
    const rs_attribute *values = rs_catalogue_find_attribute(catalogue, entry, "flag_values");
    if (meanings == NULL || values == NULL || !meanings->is_text || values->is_text ||
        rs_words_count(meanings->value) != values->count)
        return fill(words, fixed != NULL ? fixed : "", NULL, ours, error);
    rs_status status = fill(words, meanings->value, values, ours, error);
    if (status != RS_OK || fixed == NULL)
        return status;
    /* The words of layout 1 are known: any other word is damaged. */
    for (size_t i = 0; i < words->total; i++)
        if (words->ours[i] == RS_WORD_UNKNOWN) {
            rs_words_free(words);
            return fill(words, fixed, NULL, ours, error);
        }
    return RS_OK;
}

void rs_words_free(rs_words *words)
{
    free(words->list);
    free(words->codes);
    free(words->ours);
    *words = (rs_words){0};
}

int rs_words_find(const rs_words *words, double code)
{
    for (size_t i = 0; i < words->total; i++)
        if (words->codes[i] == code)
            return words->ours[i];
    return RS_NO_WORD;
}

rs_status rs_words_map(const rs_words *from, const rs_words *to, double **maps, rs_error *error)
{
    rs_status status = rs_allocate((void **)maps, from->total, sizeof **maps, error);
    const char *word = from->list;
    for (size_t i = 0; status == RS_OK && i < from->total; i++) {
        word += strspn(word, " ");
        const size_t length = strcspn(word, " ");
        const int index = rs_words_index(to->list, word, length);
        (*maps)[i] = index >= 0 ? to->codes[index] : (double)NAN;
        word += length;
    }
    return status;
}

int16_t rs_words_code(const rs_words *words, int ours)
{
    for (size_t i = 0; i < words->total; i++)
        if (words->ours[i] == ours)
            return (int16_t)words->codes[i];
    return -1;
}
