/* Two clocks. */
#ifndef RS_CLOCK_H
#define RS_CLOCK_H

/* Seconds of a clock that never jumps. */
double rs_clock(void);

/* Seconds of CPU time of this thread, which other processes on the machine hardly touch. */
double rs_thread_clock(void);

#endif
