#include <unistd.h>

#include "commands.h"
#include "console.h"
#include "stop.h"
#include "watch_page.h"

struct watch_values {
    unsigned every, top;
    const char *html;
};

/* A screen of its own, which gives way to what was there before, and no cursor. */
static const char open_screen[] = "\033[?1049h\033[?25l", close_screen[] = "\033[?25h\033[?1049l";
/* From the first line; each line, and what is below the last one, is cleared. */
static const char first_line[] = "\033[H", line_end[] = "\033[K\n", rest[] = "\033[J";

static void show(const rs_watch_page *page, bool screen)
{
    const unsigned width = rs_console_room(stdout);
    if (!screen) {
        rs_watch_print(page, width, 0, "\n", stdout);
        return;
    }
    fputs(first_line, stdout);
    rs_watch_print(page, width, rs_console_height(stdout) - 1, line_end, stdout);
    fputs(rest, stdout);
}

/* Returns when the sweep is complete, a signal says so, or nobody sees the output: main reports
 * why. The last page stays in *page. */
static rs_status watch(rs_watch_page *page, const rs_arguments *arguments,
                       const struct watch_values *values, bool screen, rs_error *error)
{
    rs_watch_memory memory = {0};
    rs_status status = RS_OK;
    for (bool first = true;; first = false) {
        const rs_watch_wish wish = {.top = values->top, .width = rs_console_room(stdout)};
        rs_watch_page_free(page);
        if ((status = rs_watch_look(page, &memory, arguments, &wish, error)) != RS_OK ||
            (values->html != NULL &&
             (status = rs_watch_write_html(page, values->html, values->every, error)) != RS_OK))
            break;
        if (!first && !screen)
            putchar('\n');
        show(page, screen);
        if (fflush(stdout) != 0 || ferror(stdout) || page->complete)
            break;
        sleep(values->every); /* a signal ends it */
        if (rs_stop_signal() != 0)
            break;
    }
    rs_watch_memory_free(&memory);
    return status;
}

static rs_status run(const rs_invocation *call, rs_error *error)
{
    const struct watch_values *values = call->values;
    const bool screen = rs_console_interactive(stdout);
    rs_watch_page page = {0};
    rs_status status = rs_stop_install("", error);
    if (status != RS_OK)
        return status;
    if (screen)
        fputs(open_screen, stdout);
    status = watch(&page, &call->arguments, values, screen, error);
    if (screen) {
        fputs(close_screen, stdout);
        if (status == RS_OK)
            show(&page, false);
    }
    rs_watch_page_free(&page);
    return status;
}

#define FIELD(name) offsetof(struct watch_values, name)

static const struct watch_values defaults = {.every = 2, .top = 10};

static const rs_option options[] = {
    {.name = "every",
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(every),
     .argument = "SECONDS",
     .min = 1,
     .max = 86400,
     .fallback = "2",
     .meaning = "look again every so many seconds"},
    {.name = "top",
     .kind = RS_OPTION_COUNT,
     .offset = FIELD(top),
     .argument = "N",
     .min = 1,
     .max = 1000,
     .fallback = "10",
     .meaning = "show the best N settings"},
    {.name = "html",
     .kind = RS_OPTION_TEXT,
     .offset = FIELD(html),
     .argument = "PAGE",
     .meaning = "also write a page for a browser, which reads it again by itself"},
};

const rs_command rs_command_watch = {
    .name = "watch",
    .synopsis = "FILE...|DIR",
    .meaning = "watch a sweep while it runs: progress, pace, the best settings so far",
    .description =
        "Shows how far a sweep is, its pace, the time left, and the best settings so far with\n"
        "their intervals, as `summary` ranks them, until every run is finished or Ctrl-C is\n"
        "pressed. Files are only read: the sweep does not notice.\n"
        "\n"
        "Several files are those of one sweep, such as shards; DIR is a folder of `rnnsweep\n"
        "slurm`, and stands for its merged file and its shards. They are ranked together, in a\n"
        "copy below $TMPDIR or /tmp, less often the longer that takes.\n"
        "\n"
        "On a terminal the page takes the screen; elsewhere pages follow each other. --html also\n"
        "writes it as a file that a browser opens from the disk and that reads itself again. No\n"
        "port is opened, since on a login node every user could read it.\n",
    .examples = "  rnnsweep watch results/momentum-study.h5\n"
                "  rnnsweep watch slurm/momentum-study --every 30\n"
                "  rnnsweep watch results/momentum-study.h5 --html watch.html\n",
    .options = options,
    .option_count = sizeof options / sizeof options[0],
    .positional_min = 1,
    .positional_max = SIZE_MAX,
    .values_size = sizeof(struct watch_values),
    .defaults = &defaults,
    .run = run,
};
