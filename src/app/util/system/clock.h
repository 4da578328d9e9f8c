/* Two clocks. */
#ifndef RS_CLOCK_H
#define RS_CLOCK_H

/* Seconds of a monotonic clock. */
double rs_clock(void);

/* Seconds of CPU time of this thread, which other processes hardly affect. */
double rs_thread_clock(void);

#endif
