/* What `watch` shows of a sweep: how far it is, at which pace, and the best settings so far, as
 * text for a terminal and as a page for a browser. */
#ifndef RS_WATCH_PAGE_H
#define RS_WATCH_PAGE_H

#include <time.h>

#include "overview.h"

/* One look at the files. Texts are the caller's to free with rs_watch_page_free. */
typedef struct rs_watch_page {
    char *title;    /* of the sweep */
    char *progress; /* lines: counts, pace, time left */
    char *files;    /* table of the files, or "" of a single one */
    char *best;     /* table of the best settings, or what there is in place of it */
    double share;   /* of the runs that are finished */
    size_t finished;
    bool complete;
    time_t time;
} rs_watch_page;

/* What changes from one look to the next. Zeros before the first. */
typedef struct rs_watch_memory {
    double time;     /* of the last look, seconds of rs_clock; 0: none */
    size_t finished; /* runs, then */
    double pace;     /* runs per second, since then */
    size_t ranked;   /* finished runs when the best were last found out */
    double rank_end; /* and when that was */
    double ranking;  /* seconds that it took */
    char *best;
} rs_watch_memory;

typedef struct rs_watch_wish {
    size_t top;     /* settings to show */
    unsigned width; /* letters of a line; 0: any */
} rs_watch_wish;

/* Looks at the files of the command line. Settings are ranked again only when the last ranking took
 * at most a twentieth of the time since. Errors as of rs_overview_create. */
rs_status rs_watch_look(rs_watch_page *page, rs_watch_memory *memory, const rs_arguments *arguments,
                        const rs_watch_wish *wish, rs_error *error);
void rs_watch_page_free(rs_watch_page *page);
void rs_watch_memory_free(rs_watch_memory *memory);

/* The page as text, at most `height` lines of it; 0: all. */
void rs_watch_print(const rs_watch_page *page, unsigned width, unsigned height,
                    const char *line_end, FILE *stream);

/* The page as a file for a browser, which reads it again every `seconds` until the sweep is
 * complete. It is written beside and takes its name at once. RS_CANNOT_CREATE; RS_USAGE when there
 * is a results file of that name. */
rs_status rs_watch_write_html(const rs_watch_page *page, const char *path, unsigned seconds,
                              rs_error *error);

#endif
