#include "progress.h"

#include <jansson.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "console.h"
#include "duration.h"

rs_progress_style rs_progress_resolve(rs_progress_style style)
{
    if (style != RS_PROGRESS_AUTO)
        return style;
    return rs_console_interactive(stderr) ? RS_PROGRESS_BAR : RS_PROGRESS_PLAIN;
}

rs_progress rs_progress_begin(rs_progress_style style)
{
    rs_progress progress = {.style = style, .unicode = rs_console_unicode(), .start = rs_clock()};
    progress.next = progress.start + (style == RS_PROGRESS_PLAIN ? 10 : 0);
    return progress;
}

bool rs_progress_due(rs_progress *progress, double now)
{
    if (progress->style == RS_PROGRESS_NONE || now < progress->next)
        return false;
    double elapsed = now - progress->start;
    switch (progress->style) {
    case RS_PROGRESS_BAR:
        progress->next = now + 0.1;
        break;
    case RS_PROGRESS_PLAIN: /* 10 s apart at first, 5 minutes in the end */
        progress->next = now + fmin(fmax(10, elapsed / 2), 300);
        break;
    default:
        progress->next = now + 1;
    }
    return true;
}

struct pace {
    double share;           /* of the work, 0..1 */
    double runs_per_second; /* trained by this process */
    double eta;             /* seconds; NaN when unknown */
};

static struct pace measure_pace(const rs_progress *progress, const rs_tally *tally, double now)
{
    double elapsed = now - progress->start;
    bool complete = tally->finished == tally->total; /* rounded sums of work end just short of 1 */
    double left = complete ? 0 : tally->work - tally->work_finished;
    return (struct pace){
        .share = complete ? 1 : fmin(tally->work_finished / tally->work, 1),
        .runs_per_second = elapsed > 0 ? (double)tally->trained / elapsed : 0,
        .eta = tally->work_trained > 0 ? fmax(left, 0) * elapsed / tally->work_trained : NAN};
}

static int rate_digits(const struct pace *pace)
{
    return pace->runs_per_second < 10 ? 2 : 0;
}

/* "[#####-----]" in `cells` characters, or eighths of blocks if the locale has them. */
static void format_bar(char *text, size_t size, unsigned cells, double share, bool unicode)
{
    static const char *const eighths[] = {" ", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};
    size_t length = (size_t)snprintf(text, size, unicode ? "▕" : "[");
    double filled = share * cells;
    for (unsigned i = 0; i < cells; i++) {
        double part = fmin(fmax(filled - i, 0), 1);
        const char *cell = unicode ? eighths[(int)(part * 8)] : part >= 1 ? "#" : "-";
        length += (size_t)snprintf(text + length, size - length, "%s", cell);
    }
    snprintf(text + length, size - length, unicode ? "▏" : "]");
}

/* One line that ends before the last column, where terminals wrap. */
static void draw_bar(const rs_progress *progress, const rs_tally *tally, const struct pace *pace)
{
    enum { BAR_MAX = 24, BAR_MIN = 8 };
    char bar[4 * (BAR_MAX + 2) + 1] = "", facts[160], eta[RS_DURATION_TEXT];
    unsigned width = rs_console_width(stderr);
    rs_format_duration(pace->eta, eta);
    int length = snprintf(facts, sizeof facts, " %zu/%zu runs  %.*f/s  ETA %s", tally->finished,
                          tally->total, rate_digits(pace), pace->runs_per_second, eta);
    if (tally->diverged + tally->failed > 0 && length < 100)
        length += snprintf(facts + length, sizeof facts - (size_t)length,
                           "  %zu diverged, %zu failed", tally->diverged, tally->failed);
    unsigned taken = 8 + (unsigned)length; /* percentage, the bar's ends, the last column */
    if (width >= taken + BAR_MIN)
        format_bar(bar, sizeof bar, width - taken < BAR_MAX ? width - taken : BAR_MAX, pace->share,
                   progress->unicode);
    int room = (int)width - 6;
    fprintf(stderr, "\r\033[K%3.0f %%%s%.*s", 100 * pace->share, bar,
            bar[0] != '\0' ? length : (room > 0 ? room : 0), facts);
    fflush(stderr);
}

static void draw_plain(const rs_tally *tally, const struct pace *pace)
{
    char eta[RS_DURATION_TEXT];
    rs_format_duration(pace->eta, eta);
    fprintf(stderr,
            "rnnsweep: %zu of %zu runs, %.0f %% of the work, %.*f runs/s, %zu diverged, "
            "%zu failed, ETA %s\n",
            tally->finished, tally->total, 100 * pace->share, rate_digits(pace),
            pace->runs_per_second, tally->diverged, tally->failed, eta);
}

static void draw_json(const rs_progress *progress, const rs_tally *tally, const struct pace *pace,
                      double now)
{
    json_t *object = json_pack(
        "{s:s, s:I, s:I, s:I, s:I, s:f, s:f, s:f, s:o*}", "event", "progress", "finished",
        (json_int_t)tally->finished, "total", (json_int_t)tally->total, "diverged",
        (json_int_t)tally->diverged, "failed", (json_int_t)tally->failed, "work", pace->share,
        "seconds", now - progress->start, "runs_per_second", pace->runs_per_second, "eta_seconds",
        isfinite(pace->eta) ? json_real(pace->eta) : json_null());
    char *text = json_dumps(object, JSON_COMPACT | JSON_REAL_PRECISION(6));
    if (text != NULL)
        fprintf(stderr, "%s\n", text);
    free(text);
    json_decref(object);
}

void rs_progress_draw(const rs_progress *progress, const rs_tally *tally, double now)
{
    struct pace pace = measure_pace(progress, tally, now);
    if (progress->style == RS_PROGRESS_BAR)
        draw_bar(progress, tally, &pace);
    else if (progress->style == RS_PROGRESS_PLAIN)
        draw_plain(tally, &pace);
    else if (progress->style == RS_PROGRESS_JSON)
        draw_json(progress, tally, &pace, now);
}

void rs_progress_end(const rs_progress *progress, const rs_tally *tally)
{
    if (progress->style == RS_PROGRESS_BAR)
        fputs("\r\033[K", stderr);
    else if (progress->style == RS_PROGRESS_JSON)
        rs_progress_draw(progress, tally, rs_clock());
}
