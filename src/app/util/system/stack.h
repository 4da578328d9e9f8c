/* Stacks that suffice, whatever limit the process was started with (`ulimit -s`). */
#ifndef RS_STACK_H
#define RS_STACK_H

/* What every thread of the program can rely on. */
enum { RS_STACK_BYTES = 1 << 20 };

/* Returns work(argc, argv). Where the limit gives less than RS_STACK_BYTES, it is raised if it may
 * be; else `work` runs in a thread that has a stack of its own, as have the threads that it starts.
 * Where no such thread can be made, `work` runs on the stack there is. */
int rs_stack_run(int (*work)(int argc, char **argv), int argc, char **argv);

#endif
