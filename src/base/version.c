#include "commit.h" /* written by the build: RNNSWEEP_COMMIT */
#include "rnnsweep/rnnsweep.h"

const char *rs_version(void)
{
    return RNNSWEEP_VERSION;
}

const char *rs_commit(void)
{
    return RNNSWEEP_COMMIT;
}
