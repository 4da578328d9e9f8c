/* Outcome of every call that can fail, and the text that goes with it.
 *
 * A function that can fail returns rs_status, takes an rs_error that the caller owns (NULL when the
 * text is not wanted) and leaves its outputs untouched on failure. Nothing below main() ends the
 * process. */
#ifndef RNNSWEEP_STATUS_H
#define RNNSWEEP_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(name, process exit code, meaning). The exit codes are those of sysexits(3) where one fits. */
#define RS_STATUS_LIST(X)                                    \
    X(RS_OK, 0, "complete")                                  \
    X(RS_INTERNAL, 1, "internal error, or runs that failed") \
    X(RS_NO_MEMORY, 1, "out of memory")                      \
    X(RS_USAGE, 64, "wrong command line")                    \
    X(RS_BAD_DATA, 65, "bad sweep file or results file")     \
    X(RS_CANNOT_CREATE, 73, "cannot create an output file")  \
    X(RS_IO, 74, "cannot read or write a file")              \
    X(RS_STOPPED, 75, "stopped early, or the file is in use: run again")

#define RS_STATUS_ENUMERATOR(name, exit_code, meaning) name,
typedef enum rs_status { RS_STATUS_LIST(RS_STATUS_ENUMERATOR) RS_STATUS_TOTAL } rs_status;
#undef RS_STATUS_ENUMERATOR

enum { RS_ERROR_TEXT = 2048 };

/* The text names the file or value at fault, says what is wrong and what to do about it; no
 * trailing newline. */
typedef struct rs_error {
    rs_status status;
    char text[RS_ERROR_TEXT];
} rs_error;

/* Fills *error (when not NULL) and returns status, so that a caller can `return rs_fail(...)`. */
rs_status rs_fail(rs_error *error, rs_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Process exit code and one-line meaning of a status. */
int rs_status_exit_code(rs_status status);
const char *rs_status_meaning(rs_status status);

#ifdef __cplusplus
}
#endif

#endif
