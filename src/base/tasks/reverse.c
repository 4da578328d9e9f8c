/* Fair bits, then the same in reverse order while blanks come. */
#include "recall.h"

static void answer(const rs_run_config *config, const rs_sequence *sequence)
{
    (void)config;
    recall(sequence, true);
}

const rs_built_in rs_task_reverse = {.describe = describe,
                                     .draw = draw,
                                     .answer = answer,
                                     .letter = letter,
                                     .read = read,
                                     .asked = "a word of 0 and 1, such as 0110"};
