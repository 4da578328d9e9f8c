/* The sets of a run of a built-in task, as they are drawn. One thread uses a set at a time. */
#ifndef RS_DRAWN_H
#define RS_DRAWN_H

#include "built_in.h"

typedef enum rs_drawn_set {
    RS_DRAWN_TRAIN,
    RS_DRAWN_TEST,
    RS_DRAWN_VALIDATION,
    RS_DRAWN_TOTAL
} rs_drawn_set;

/* Room for a run's sets, reused from run to run; begins as zeros. */
typedef struct rs_drawn {
    rs_data data; /* sets train, test and, where the run has one, validation */
    rs_data_set sets[RS_DRAWN_TOTAL];
    void *bytes[RS_DRAWN_TOTAL];
    size_t room[RS_DRAWN_TOTAL];
    void *scratch; /* of the task */
    size_t scratch_room;
} rs_drawn;

/* Bytes of the sets of a run, and the making of room for them; whatever they held is lost where a
 * set moved. RS_NO_MEMORY. */
size_t rs_drawn_need(const rs_run_config *config);
rs_status rs_drawn_reserve(rs_drawn *drawn, const rs_run_config *config, rs_error *error);
void rs_drawn_free(rs_drawn *drawn);

/* Begins a set of `count` sequences, for which there must be room: gives data and set their
 * extents. What it held is lost. */
void rs_drawn_begin(rs_drawn *drawn, const rs_run_config *config, rs_drawn_set set, uint32_t count);

/* Draws the sequences first .. first + count - 1 of a set that was begun, one after the other;
 * `alike` sequences each have one length. */
void rs_drawn_fill(rs_drawn *drawn, const rs_run_config *config, rs_drawn_set set, uint32_t first,
                   uint32_t count, uint32_t alike, rs_random *random);

/* The same with sequences of exactly that many steps each. */
void rs_drawn_fill_length(rs_drawn *drawn, const rs_run_config *config, rs_drawn_set set,
                          uint32_t count, uint32_t length, rs_random *random);

/* Fills the training set with every string of each length, the shorter ones first, in the order of
 * counting; draws nothing. Only for config->all_sequences. */
void rs_drawn_enumerate(rs_drawn *drawn, const rs_run_config *config);

/* Whether the training sets of two runs of built-in tasks are the same. */
bool rs_drawn_is_shared(const rs_run_config *a, const rs_run_config *b);

/* How many training sequences each have one length: with batching by_length a minibatch. */
uint32_t rs_drawn_alike(const rs_run_config *config);

/* The seed of the stream that a run's sets come from: data_seed, or seed without one. */
uint32_t rs_drawn_seed(const rs_run_config *config);

/* A sequence of a set. */
rs_sequence rs_drawn_at(const rs_drawn *drawn, rs_drawn_set set, uint32_t index);

#endif
