#include "surroundings.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static bool open_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        /* open returns the lowest free number, and all lower ones are in use by now. */
        if (fcntl(stream, F_GETFD) == -1 &&
            open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY) != stream)
            return false;
    return true;
}

static void on_file_limit(int number)
{
    (void)number; /* the write itself fails and is reported */
}

bool rs_surroundings_secure(void)
{
    /* A handler instead of SIG_IGN, which child processes would inherit. */
    signal(SIGXFSZ, on_file_limit);
    return open_standard_streams();
}
