/* The end of a store: what was trained is in the file of its path, or is saved elsewhere. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "rescue.h"
#include "watch.h"

rs_status rs_store_check(const rs_store *store, rs_error *error)
{
    return rs_watch_check(store, error);
}

rs_status rs_store_finish(rs_store *store, rs_error *error)
{
    if (store->finished)
        return RS_OK;
    store->finished = true;
    if (atomic_load(&store->changed) && rs_watch_check(store, NULL) != RS_OK)
        return rs_rescue_rows(store, error);
    return rs_store_sync(store, error);
}

rs_status rs_store_close(rs_store *store, rs_error *error)
{
    if (store == NULL)
        return RS_OK;
    rs_status status = rs_store_finish(store, error);
    int file = store->file;
    store->file = -1;
    if (close(file) != 0 && status == RS_OK)
        status = rs_fail(error, RS_IO, "%s: cannot close: %s", store->path, strerror(errno));
    rs_store_free(store);
    return status;
}
