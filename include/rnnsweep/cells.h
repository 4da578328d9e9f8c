/* The recurrent cells: the list that choices.h has of every choice, in a header of its own, which
 * is all that the kernels read of the parameters. */
#ifndef RNNSWEEP_CELLS_H
#define RNNSWEEP_CELLS_H

/* X(enumerator, word, gates, carried, leaks). carried: what a state hands to the next step, 1 or,
 * with a C0, 2; leaks: 1 for cells that know `leak`. The build reads this list too: each line is
 * one file of src/core/kernel/cells. */
#define RS_CELL_LIST(X)            \
    X(RS_CELL_TANH, tanh, 1, 1, 1) \
    X(RS_CELL_RELU, relu, 1, 1, 1) \
    X(RS_CELL_GRU, gru, 3, 1, 0)   \
    X(RS_CELL_LSTM, lstm, 4, 2, 0) \
    X(RS_CELL_MGU, mgu, 2, 1, 0)

#define RS_CELL_ENUMERATOR(enumerator, ...) enumerator,
typedef enum rs_cell { RS_CELL_LIST(RS_CELL_ENUMERATOR) RS_CELL_TOTAL } rs_cell;
#undef RS_CELL_ENUMERATOR

#define RS_CELL_GATES(enumerator, word, gates, ...)           RS_GATES_##word = gates,
#define RS_CELL_LEAK(enumerator, word, gates, carried, leaks) +leaks
enum { RS_CELL_LIST(RS_CELL_GATES) RS_CELL_LEAKS = 0 RS_CELL_LIST(RS_CELL_LEAK) };
#undef RS_CELL_GATES
#undef RS_CELL_LEAK

#endif
