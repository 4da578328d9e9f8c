#include "surroundings.h"

#include <fcntl.h>
#include <signal.h>
#include <unistd.h>

static bool open_standard_streams(void)
{
    for (int stream = STDIN_FILENO; stream <= STDERR_FILENO; stream++)
        /* open gives the lowest free number, and all lower ones are taken by now. */
        if (fcntl(stream, F_GETFD) == -1 &&
            open("/dev/null", stream == STDIN_FILENO ? O_RDONLY : O_WRONLY) != stream)
            return false;
    return true;
}

static void on_file_limit(int number)
{
    (void)number; /* the write fails, and says so */
}

bool rs_surroundings_secure(void)
{
    /* A handler, because programs that this one starts would inherit SIG_IGN. */
    signal(SIGXFSZ, on_file_limit);
    return open_standard_streams();
}
