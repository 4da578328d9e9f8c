/* Ensures sufficient stacks, whatever limit the process was started with (`ulimit -s`). */
#ifndef RS_STACK_H
#define RS_STACK_H

/* The stack that every thread has at least. */
enum { RS_STACK_BYTES = 1 << 20 };

/* Returns work(argc, argv). If the limit is below RS_STACK_BYTES, raises it if that is allowed;
 * otherwise runs `work` in a thread with a stack of its own, which the threads that it starts have
 * too. If no such thread can be created, `work` runs on the present stack. */
int rs_stack_run(int (*work)(int argc, char **argv), int argc, char **argv);

#endif
