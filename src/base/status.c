#include "rnnsweep/status.h"

#include <stdarg.h>
#include <stdio.h>

rs_status rs_fail(rs_error *error, rs_status status, const char *format, ...)
{
    if (error != NULL) {
        va_list arguments;
        va_start(arguments, format);
        error->status = status;
        vsnprintf(error->text, sizeof error->text, format, arguments);
        va_end(arguments);
    }
    return status;
}

int rs_status_exit_code(rs_status status)
{
    static const int exit_codes[RS_STATUS_TOTAL] = {
#define RS_EXIT_CODE(name, exit_code, meaning) [name] = exit_code,
        RS_STATUS_LIST(RS_EXIT_CODE)
#undef RS_EXIT_CODE
    };
    return exit_codes[status];
}

const char *rs_status_meaning(rs_status status)
{
    static const char *const meanings[RS_STATUS_TOTAL] = {
#define RS_MEANING(name, exit_code, meaning) [name] = meaning,
        RS_STATUS_LIST(RS_MEANING)
#undef RS_MEANING
    };
    return meanings[status];
}
