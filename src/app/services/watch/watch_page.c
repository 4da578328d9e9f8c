#include "watch_page.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "clock.h"
#include "console.h"
#include "duration.h"
#include "file_io.h"
#include "pooled.h"
#include "summary_report.h"
#include "table.h"
#include "text_file.h"

enum {
    RANKING_SHARE = 20,
    BAR_CELLS = 30,
    BAR_SIZE = BAR_CELLS + 4, /* of its text */
    FILES_MOST = 12
};

/* ---- Texts that are written as to a file ----------------------------------------------------- */

typedef struct writing {
    FILE *stream;
    char *text;
    size_t size;
} writing;

static rs_status begin(writing *to, rs_error *error)
{
    *to = (writing){0};
    to->stream = open_memstream(&to->text, &to->size);
    return to->stream != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory for the page");
}

/* The text, or NULL when memory was short. */
static char *end(writing *to)
{
    const bool failed = ferror(to->stream) != 0;
    if (fclose(to->stream) == 0 && !failed)
        return to->text;
    free(to->text);
    return NULL;
}

static rs_status finish(writing *to, char **text, rs_error *error)
{
    *text = end(to);
    return *text != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory for the page");
}

/* ---- Progress -------------------------------------------------------------------------------- */

static void describe_time_left(const rs_overview *overview, const rs_watch_memory *memory, FILE *to)
{
    const rs_time_left left = rs_overview_time_left(overview);
    char text[RS_DURATION_TEXT], goal[RS_OVERVIEW_GOAL_TEXT];
    rs_overview_name_goal(overview, goal);
    if (memory->pace > 0)
        fprintf(to, "%.*f runs/s", memory->pace < 10 ? 2 : 0, memory->pace);
    else
        fputs(memory->time > 0 ? "no run since the last look" : "first look", to);
    if (isnan(left.core)) {
        fputs("; time left: unknown before the first run\n", to);
        return;
    }
    rs_format_duration(left.active > 0 ? left.wall : left.core, text);
    if (left.active > 0)
        fprintf(to, "; about %s left on %u thread%s of %u file%s%s\n", text, left.threads,
                left.threads == 1 ? "" : "s", left.active, left.active == 1 ? "" : "s", goal);
    else
        fprintf(to, "; %s of one core left%s; no file is being written\n", text, goal);
}

static void draw_bar(double share, FILE *to)
{
    const int filled = (int)(share * BAR_CELLS);
    fputc('[', to);
    for (int i = 0; i < BAR_CELLS; i++)
        fputc(i < filled ? '#' : '-', to);
    fputs("]  ", to);
}

static rs_status describe_progress(rs_watch_page *page, const rs_overview *overview,
                                   const rs_watch_memory *memory, rs_error *error)
{
    const rs_coverage_count count = rs_coverage_counts(&overview->coverage);
    writing to;
    rs_status status = begin(&to, error);
    if (status != RS_OK)
        return status;
    draw_bar(page->share, to.stream);
    fprintf(to.stream, "%zu of %zu runs (%.1f %%): %zu done, %zu diverged, %zu failed",
            page->finished, count.total, 100 * page->share, count.of[RS_RUN_DONE],
            count.of[RS_RUN_DIVERGED], count.of[RS_RUN_FAILED]);
    if (count.of[RS_RUN_STOPPED] > 0)
        fprintf(to.stream, ", %zu stopped at a rung", count.of[RS_RUN_STOPPED]);
    fputc('\n', to.stream);
    if (page->complete)
        fputs("every run is finished\n", to.stream);
    else if (overview->coverage.plan != NULL)
        describe_time_left(overview, memory, to.stream);
    rs_coverage_print_notes(&overview->coverage, to.stream);
    return finish(&to, &page->progress, error);
}

/* ---- Files ----------------------------------------------------------------------------------- */

static void add_file(rs_table *table, const char *path, const rs_part_progress *part)
{
    char text[RS_DURATION_TEXT];
    const size_t pending = part->of[RS_RUN_PENDING];
    rs_table_cell(table, "%zu", part->runs);
    rs_table_cell(table, "%.0f %%", 100.0 * (double)(part->runs - pending) / (double)part->runs);
    rs_format_duration(part->age, text);
    rs_table_cell(table, "%s", part->exists ? text : "not begun");
    rs_format_duration(rs_part_seconds_left(part), text);
    rs_table_cell(table, "%s", pending == 0 ? "-" : part->cost_finished > 0 ? text : "?");
    rs_table_cell(table, "%s", path);
}

/* Those that are not complete, and how many there are besides. */
static rs_status describe_files(rs_watch_page *page, const rs_overview *overview, rs_error *error)
{
    static const char *const heading[] = {"runs", "finished", "last change", "time left", "file"};
    rs_table *table = NULL;
    size_t shown = 0, more = 0, complete = 0;
    writing to;
    rs_status status = begin(&to, error);
    if (status != RS_OK)
        return status;
    if (overview->parts.count > 1)
        status = rs_table_create_headed(&table, sizeof heading / sizeof heading[0], heading, error);
    for (size_t i = 0; table != NULL && i < overview->parts.count; i++) {
        const rs_part_progress *part = &overview->progress[i];
        if (part->runs == 0)
            continue;
        if (part->of[RS_RUN_PENDING] == 0)
            complete++;
        else if (shown == FILES_MOST)
            more++;
        else {
            add_file(table, overview->parts.paths[i], part);
            shown++;
        }
    }
    if (shown > 0)
        status = rs_table_print(table, 0, to.stream, error);
    if (more > 0)
        fprintf(to.stream, "and %zu more\n", more);
    if (complete > 0 && overview->parts.count > 1)
        fprintf(to.stream, "%zu file%s %s\n", complete, complete == 1 ? "" : "s",
                rs_goals_wait(&overview->coverage.goals)
                    ? complete == 1 ? "waits for the others" : "wait for the others"
                : complete == 1 ? "is complete"
                                : "are complete");
    rs_table_free(table);
    if (status != RS_OK) {
        free(end(&to));
        return status;
    }
    return finish(&to, &page->files, error);
}

/* ---- The best so far ------------------------------------------------------------------------- */

static rs_status rank(const rs_results *results, const rs_watch_wish *wish, FILE *to,
                      rs_error *error)
{
    const rs_summary_question question = {
        .by = rs_key_set_varying(results, NULL), .threshold = 1, .loss_level = NAN};
    rs_summary summary;
    rs_status status = rs_summary_make(&summary, results, &question, error);
    if (status != RS_OK)
        return status;
    if (summary.finished == 0)
        fputs("No run is finished yet.\n", to);
    else {
        fprintf(to, "Best by %s, of %zu configurations:\n", summary.metric.name, summary.count);
        status = rs_summary_print_table(&summary, wish->top, wish->width, to, error);
        rs_summary_print_left_out(results, to);
    }
    rs_summary_free(&summary);
    return status;
}

static rs_status find_best(char **best, const rs_overview *overview, const rs_watch_wish *wish,
                           rs_error *error)
{
    rs_pooled pooled;
    writing to;
    bool checked;
    rs_status status = begin(&to, error);
    if (status != RS_OK)
        return status;
    if ((status = rs_pooled_open(&pooled, overview, error)) == RS_OK && pooled.results != NULL) {
        status = rs_check_heads(pooled.results, &checked, error);
        if (status == RS_OK)
            status = rank(pooled.results, wish, to.stream, error);
    } else if (status == RS_OK)
        fputs("No run is finished yet.\n", to.stream);
    rs_pooled_close(&pooled);
    if (status != RS_OK) {
        free(end(&to));
        return status;
    }
    return finish(&to, best, error);
}

static rs_status recall_best(rs_watch_page *page, rs_watch_memory *memory,
                             const rs_overview *overview, const rs_watch_wish *wish,
                             rs_error *error)
{
    const double now = rs_clock();
    const bool changed = memory->best == NULL || page->finished != memory->ranked;
    const bool due =
        memory->best == NULL || now - memory->rank_end >= RANKING_SHARE * memory->ranking;
    if (changed && (due || page->complete)) {
        char *best;
        rs_status status = find_best(&best, overview, wish, error);
        if (status != RS_OK)
            return status;
        free(memory->best);
        memory->best = best;
        memory->ranked = page->finished;
        memory->rank_end = rs_clock();
        memory->ranking = memory->rank_end - now;
    }
    page->best = strdup(memory->best);
    return page->best != NULL ? RS_OK : rs_fail(error, RS_NO_MEMORY, "out of memory for the page");
}

/* ---- A look ---------------------------------------------------------------------------------- */

static void measure_pace(rs_watch_memory *memory, size_t finished, double now)
{
    memory->pace = memory->time > 0 && finished > memory->finished
                       ? (double)(finished - memory->finished) / (now - memory->time)
                       : 0;
}

rs_status rs_watch_look(rs_watch_page *page, rs_watch_memory *memory, const rs_arguments *arguments,
                        const rs_watch_wish *wish, rs_error *error)
{
    rs_overview overview;
    *page = (rs_watch_page){.time = time(NULL)};
    rs_status status = rs_overview_create(&overview, arguments, error);
    if (status != RS_OK)
        return status;
    const double now = rs_clock();
    const rs_coverage_count count = rs_coverage_counts(&overview.coverage);
    page->finished = count.total - count.missing;
    page->complete = count.missing == 0;
    page->share = count.total > 0 ? (double)page->finished / (double)count.total : 1;
    measure_pace(memory, page->finished, now);
    page->title = strdup(rs_coverage_name(&overview.coverage));
    if (page->title == NULL)
        status = rs_fail(error, RS_NO_MEMORY, "out of memory for the page");
    if (status == RS_OK && (status = describe_progress(page, &overview, memory, error)) == RS_OK &&
        (status = describe_files(page, &overview, error)) == RS_OK)
        status = recall_best(page, memory, &overview, wish, error);
    memory->time = now;
    memory->finished = page->finished;
    rs_overview_free(&overview);
    if (status != RS_OK)
        rs_watch_page_free(page);
    return status;
}

void rs_watch_page_free(rs_watch_page *page)
{
    free(page->title);
    free(page->progress);
    free(page->files);
    free(page->best);
    *page = (rs_watch_page){0};
}

void rs_watch_memory_free(rs_watch_memory *memory)
{
    free(memory->best);
    *memory = (rs_watch_memory){0};
}

/* ---- Text ------------------------------------------------------------------------------------ */

/* "hh:mm:ss" of the place where the program runs. */
static void clock_text(const rs_watch_page *page, char text[16])
{
    struct tm local;
    localtime_r(&page->time, &local);
    strftime(text, 16, "%H:%M:%S", &local);
}

/* Lines of a text, as far as there is room for them. Names of files may have control characters. */
static void put_lines(const char *text, unsigned width, unsigned *room, const char *line_end,
                      FILE *stream)
{
    while (*text != '\0' && *room > 0) {
        const size_t length = strcspn(text, "\n");
        rs_console_put_start(stream, text, width > 0 && length > width ? width : length);
        fputs(line_end, stream);
        text += length + (text[length] == '\n');
        --*room;
    }
}

void rs_watch_print(const rs_watch_page *page, unsigned width, unsigned height,
                    const char *line_end, FILE *stream)
{
    unsigned room = height > 0 ? height - 1 : UINT32_MAX;
    char now[16];
    clock_text(page, now);
    rs_console_put(stream, page->title);
    fprintf(stream, "  %s%s", now, line_end);
    put_lines(page->progress, width, &room, line_end, stream);
    const char *parts[] = {page->files, page->best};
    for (int i = 0; i < 2; i++) {
        if (parts[i][0] == '\0')
            continue;
        put_lines("\n", width, &room, line_end, stream);
        put_lines(parts[i], width, &room, line_end, stream);
    }
}

/* ---- For a browser --------------------------------------------------------------------------- */

static const char style[] =
    "body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem auto;padding:0 1rem;"
    "color:#1b1b1b;background:#fff}"
    "pre{font:13px/1.45 ui-monospace,monospace;overflow-x:auto;background:#f4f4f2;padding:1rem}"
    "p{white-space:pre-line}progress{width:100%;height:1.2rem;accent-color:#0b6e99}"
    "@media(prefers-color-scheme:dark){body{color:#e8e8e6;background:#191919}"
    "pre{background:#242424}}";

static void put_escaped(const char *text, FILE *to)
{
    for (; *text != '\0'; text++)
        switch (*text) {
        case '&':
            fputs("&amp;", to);
            break;
        case '<':
            fputs("&lt;", to);
            break;
        case '>':
            fputs("&gt;", to);
            break;
        default:
            fputc(*text, to);
        }
}

static void put_section(const char *heading, const char *text, FILE *to)
{
    if (text[0] == '\0')
        return;
    fprintf(to, "<h2>%s</h2>\n<pre tabindex=\"0\">", heading);
    put_escaped(text, to);
    fputs("</pre>\n", to);
}

static void put_html(const rs_watch_page *page, unsigned seconds, FILE *to)
{
    char now[16];
    clock_text(page, now);
    fputs("<!DOCTYPE html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n", to);
    if (!page->complete)
        fprintf(to, "<meta http-equiv=\"refresh\" content=\"%u\">\n", seconds);
    fputs("<meta name=\"viewport\" content=\"width=device-width\">\n<title>", to);
    fprintf(to, "%.0f %% ", floor(100 * page->share));
    put_escaped(page->title, to);
    fprintf(to, "</title>\n<style>%s</style>\n<h1>", style);
    put_escaped(page->title, to);
    fprintf(to,
            "</h1>\n<progress max=\"1\" value=\"%.4f\" aria-label=\"finished runs\"></progress>\n"
            "<p>",
            page->share);
    put_escaped(page->progress + BAR_SIZE, to); /* the browser draws the bar */
    fprintf(to, "</p>\n<p>Looked at %s%s.</p>\n", now,
            page->complete ? "" : "; this page reads itself again");
    put_section("Files", page->files, to);
    put_section("Settings", page->best, to);
    fputs("</html>\n", to);
}

/* Results are never written over. */
static bool is_results_file(const char *path)
{
    char start[8];
    FILE *file = fopen(path, "rb");
    const bool is = file != NULL && rs_text_is_hdf5(start, fread(start, 1, sizeof start, file));
    if (file != NULL)
        fclose(file);
    return is;
}

rs_status rs_watch_write_html(const rs_watch_page *page, const char *path, unsigned seconds,
                              rs_error *error)
{
    char beside[RS_PATH_MAX];
    rs_status status;
    if (is_results_file(path))
        return rs_fail(
            error, RS_USAGE,
            "--html %s: is a results file, or another HDF5 file, and is not written over", path);
    if ((status = rs_file_temporary_name(path, beside, error)) != RS_OK)
        return status;
    FILE *file = fopen(beside, "wx");
    if (file != NULL)
        put_html(page, seconds, file);
    const bool lost = file == NULL || ferror(file) != 0;
    const bool written = file != NULL && fclose(file) == 0 && !lost && rename(beside, path) == 0;
    const int reason = errno;
    if (!written && file != NULL)
        unlink(beside);
    return written ? RS_OK
                   : rs_fail(error, RS_CANNOT_CREATE, "--html %s: cannot write the page: %s", path,
                             strerror(reason));
}
