/* The scales of the second dimensions of arrays, and where a number stands in them. */
#include <string.h>

#include "layout.h"
#include "task_shape.h"

size_t rs_layout_find_value(const int32_t *values, size_t count, uint64_t value)
{
    size_t low = 0, high = count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        if ((uint64_t)values[middle] < value)
            low = middle + 1;
        else
            high = middle;
    }
    return low < count && (uint64_t)values[low] == value ? low : SIZE_MAX;
}

size_t rs_layout_scale_of(size_t array)
{
    return array <= RS_DATA_VALIDATION_ACCURACY   ? RS_DATA_CHECK
           : array <= RS_DATA_TEST_LOSS_BY_LENGTH ? RS_DATA_TEST_LENGTH
           : array <= RS_DATA_TEST_LOSS_BY_SET    ? RS_DATA_TEST_SET
                                                  : RS_DATA_RUNG;
}

size_t rs_layout_places_of(const rs_layout *layout, size_t scale)
{
    return scale == RS_DATA_CHECK         ? layout->checks
           : scale == RS_DATA_TEST_LENGTH ? layout->lengths
           : scale == RS_DATA_TEST_SET    ? layout->sets
           : scale == RS_DATA_CHECKPOINT  ? layout->checkpoints
                                          : layout->rungs;
}

void rs_layout_set_word(const char *name, char word[RS_DATA_NAME])
{
    size_t i = 0;
    for (; name[i] != '\0' && i + 1 < RS_DATA_NAME; i++)
        word[i] = name[i] == ' ' ? '_' : name[i];
    word[i] = '\0';
}

size_t rs_layout_word_index(const char *list, const char *word, size_t length)
{
    size_t index = 0;
    for (; list != NULL && *(list += strspn(list, " ")) != '\0'; index++) {
        const size_t here = strcspn(list, " ");
        if (here == length && memcmp(list, word, length) == 0)
            return index;
        list += here;
    }
    return SIZE_MAX;
}

size_t rs_layout_find_set(const rs_layout *layout, const char *name)
{
    char word[RS_DATA_NAME];
    rs_layout_set_word(name, word);
    return rs_layout_word_index(layout->set_words, word, strlen(word));
}

size_t rs_layout_same_place(const rs_layout *from, const rs_layout *to, size_t scale, size_t i)
{
    const char *word = from->set_words;
    if (scale == RS_DATA_CHECK)
        return rs_layout_find_value(to->check_at, to->checks, (uint64_t)from->check_at[i]);
    if (scale == RS_DATA_TEST_LENGTH)
        return rs_layout_find_value(to->length_at, to->lengths, (uint64_t)from->length_at[i]);
    if (scale == RS_DATA_CHECKPOINT)
        return rs_layout_find_value(to->checkpoint_at, to->checkpoints,
                                    (uint64_t)from->checkpoint_at[i]);
    if (scale == RS_DATA_RUNG)
        return from->rungs_in_epochs == to->rungs_in_epochs
                   ? rs_layout_find_value(to->rung_at, to->rungs, (uint64_t)from->rung_at[i])
                   : SIZE_MAX;
    for (; word != NULL && i > 0; i--) {
        word += strspn(word, " ");
        word += strcspn(word, " ");
    }
    word = word != NULL ? word + strspn(word, " ") : "";
    return rs_layout_word_index(to->set_words, word, strcspn(word, " "));
}

bool rs_layout_same_rungs(const rs_layout *one, const rs_layout *other)
{
    return one->rungs == other->rungs &&
           (one->rungs == 0 ||
            (one->rungs_in_epochs == other->rungs_in_epochs &&
             memcmp(one->rung_at, other->rung_at, one->rungs * sizeof *one->rung_at) == 0));
}

bool rs_layout_has_rungs(const rs_layout *layout, const rs_rungs *rungs)
{
    const size_t count = rungs != NULL ? rungs->count : 0;
    bool same =
        layout->rungs == count && (count == 0 || layout->rungs_in_epochs == rungs->in_epochs);
    for (size_t i = 0; same && i < count; i++)
        same = layout->rung_at[i] == (int32_t)rungs->at[i];
    return same;
}

size_t rs_layout_find_check(const rs_layout *layout, const rs_run_config *config, size_t check)
{
    return rs_layout_find_value(layout->check_at, layout->checks,
                                (check + 1) * rs_run_config_check_interval(config));
}
