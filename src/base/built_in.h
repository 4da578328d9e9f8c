/* What a built-in task is: a file of tasks/ and a line of RS_TASK_LIST each. docs/adding-a-task.md
 * goes through one. */
#ifndef RS_BUILT_IN_H
#define RS_BUILT_IN_H

#include "random.h"
#include "rnnsweep/run_config.h"
#include "task_shape.h"

/* One sequence. Its arrays hold numbers of the shape's elements. */
typedef struct rs_sequence {
    uint32_t length;  /* steps */
    void *inputs;     /* symbols [length], or numbers [length][I] */
    void *targets;    /* classes [length], or bits or numbers [length][O] */
    uint8_t *weights; /* [length], with shape.weighted */
    void *scratch;    /* shape.scratch_bytes for the task's own use, aligned as by malloc */
} rs_sequence;

typedef struct rs_built_in {
    /* What the configuration decides. A least length or a step left at 0 is 1, a tolerance 0.5. */
    void (*describe)(const rs_run_config *config, rs_task_shape *shape);

    /* Whether several sequences of one length are drawn as a single one of all their steps would
     * be, which then is done. */
    bool is_uniform;

    /* Puts into the scratch what all sequences of a configuration have in common, such as tables:
     * called before the first of them is drawn. Only for draw and draw_length; NULL: nothing. */
    void (*prepare)(const rs_run_config *config, void *scratch);

    /* Draws how long the next sequence is; NULL: uniform from shortest_length to sequence_length,
     * in steps of shape.step. */
    uint32_t (*draw_length)(const rs_run_config *config, rs_random *random, const void *scratch);

    /* Fills in a sequence whose length is given, or only its inputs where `answer` does the rest.
     */
    void (*draw)(const rs_run_config *config, rs_random *random, const rs_sequence *sequence);

    /* Instead of `draw` and `answer`, for `count` sequences of one length that stand one after the
     * other, where that is faster than to call them for each. */
    void (*draw_many)(const rs_run_config *config, rs_random *random, const rs_sequence *first,
                      uint32_t count);

    /* Targets and weights of given inputs; NULL where inputs do not tell them. */
    void (*answer)(const rs_run_config *config, const rs_sequence *sequence);

    /* How a symbol is written; NULL: as its number. */
    char (*letter)(const rs_run_config *config, uint32_t symbol);

    /* A sequence from words, as users ask a network: sets sequence->length and fills in what `draw`
     * does. There is room for rs_built_in_room steps. RS_USAGE with `asked` when the words say
     * something else. NULL: one word of letters, or numbers, a symbol each. */
    rs_status (*read)(const rs_run_config *config, size_t count, const char *const words[],
                      rs_sequence *sequence, rs_error *error);
    const char *asked; /* the words that it wants, as the end of "run 3 wants ..." */
} rs_built_in;

/* task: below RS_TASK_TOTAL. */
const rs_built_in *rs_built_in_at(uint32_t task);

/* A sequence from words, with its targets where the task has `answer`: see `read`. */
size_t rs_built_in_room(const rs_run_config *config, size_t count, const char *const words[]);
rs_status rs_built_in_read(const rs_run_config *config, size_t count, const char *const words[],
                           rs_sequence *sequence, rs_error *error);

/* RS_USAGE: the words are not what the task asks for. */
rs_status rs_built_in_refuse(const rs_run_config *config, rs_error *error);

/* A number of a word, which must be all of it; false for another word. */
bool rs_built_in_parse(const char *word, double *number);

/* The length of the next sequence; step: the shape's, scratch: as of rs_sequence. */
uint32_t rs_built_in_draw_length(const rs_run_config *config, uint32_t step, rs_random *random,
                                 const void *scratch);

/* The least length that a task draws: shortest_length, or sequence_length without one. */
uint32_t rs_built_in_shortest(const rs_run_config *config);

#endif
