/* Repairs what this process inherited from the one that started it. */
#ifndef RS_SURROUNDINGS_H
#define RS_SURROUNDINGS_H

#include <stdbool.h>

/* Call it before any file is opened.
 *
 * Opens /dev/null on each of the descriptors 0, 1 and 2 that is closed, as daemons and job wrappers
 * leave them. Otherwise the next file to be opened would get that number, and output would be
 * written into it. Makes a write beyond the limit of file sizes (`ulimit -f`) fail with EFBIG
 * instead of ending the process (SIGXFSZ).
 *
 * False when a stream cannot be opened: nothing can then be printed or opened safely. */
bool rs_surroundings_secure(void);

#endif
