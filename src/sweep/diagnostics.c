#include "diagnostics.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "excerpt.h"
#include "memory.h"
#include "suggest.h"

enum { KEPT = 100 };

typedef struct diagnostic {
    rs_severity severity;
    rs_source_place place;
    char *text;
    char *hint; /* or NULL */
} diagnostic;

typedef struct source {
    rs_source_kind kind;
    char *name, *folder;
    char *text;
    size_t size;
} source;

struct rs_diagnostics {
    source *sources;
    size_t source_count, source_room;
    diagnostic *list; /* in the order found */
    size_t count, room;
    size_t errors; /* also those not kept */
    size_t unkept;
    bool latest_kept; /* a hint belongs to list[count - 1] */
    bool failed;
};

rs_status rs_diagnostics_create(rs_diagnostics **diagnostics, rs_error *error)
{
    void *block;
    rs_status status = rs_allocate(&block, 1, sizeof(rs_diagnostics), error);
    if (status == RS_OK)
        *diagnostics = block;
    return status;
}

void rs_diagnostics_free(rs_diagnostics *diagnostics)
{
    if (diagnostics == NULL)
        return;
    for (size_t i = 0; i < diagnostics->source_count; i++) {
        free(diagnostics->sources[i].name);
        free(diagnostics->sources[i].folder);
        free(diagnostics->sources[i].text);
    }
    for (size_t i = 0; i < diagnostics->count; i++) {
        free(diagnostics->list[i].text);
        free(diagnostics->list[i].hint);
    }
    free(diagnostics->sources);
    free(diagnostics->list);
    free(diagnostics);
}

size_t rs_diagnostics_errors(const rs_diagnostics *diagnostics)
{
    return diagnostics->errors;
}

bool rs_diagnostics_full(const rs_diagnostics *diagnostics)
{
    return diagnostics->count == KEPT && diagnostics->errors > 0;
}

bool rs_diagnostics_failed(const rs_diagnostics *diagnostics)
{
    return diagnostics->failed;
}

rs_status rs_diagnostics_add_source(rs_diagnostics *diagnostics, rs_source_kind kind,
                                    const char *name, const char *text, size_t size,
                                    uint32_t *index, rs_error *error)
{
    rs_status status;
    void *name_copy = NULL, *text_copy = NULL, *folder = NULL, *sources = diagnostics->sources;
    const char *slash = kind == RS_SOURCE_FILE ? strrchr(name, '/') : NULL;
    const size_t folder_length = slash != NULL ? (size_t)(slash + 1 - name) : 0;
    if ((status = rs_grow(&sources, &diagnostics->source_room, diagnostics->source_count + 1,
                          sizeof(source), error)) != RS_OK)
        return status;
    diagnostics->sources = sources;
    if ((status = rs_allocate(&name_copy, strlen(name) + 1, 1, error)) != RS_OK ||
        (status = rs_allocate(&folder, folder_length + 1, 1, error)) != RS_OK ||
        (status = rs_allocate(&text_copy, size + 1, 1, error)) != RS_OK) {
        free(name_copy);
        free(folder);
        return status;
    }
    memcpy(name_copy, name, strlen(name));
    memcpy(folder, name, folder_length);
    memcpy(text_copy, text, size);
    diagnostics->sources[diagnostics->source_count] = (source){
        .kind = kind, .name = name_copy, .folder = folder, .text = text_copy, .size = size};
    *index = (uint32_t)diagnostics->source_count++;
    return RS_OK;
}

const char *rs_diagnostics_source_folder(const rs_diagnostics *diagnostics, uint32_t index)
{
    return index < diagnostics->source_count ? diagnostics->sources[index].folder : "";
}

/* ---- Adding ---------------------------------------------------------------------------------- */

static int compare_places(const rs_source_place *a, const rs_source_place *b)
{
    if (a->source != b->source)
        return a->source < b->source ? -1 : 1;
    if (a->line != b->line)
        return a->line < b->line ? -1 : 1;
    return a->column == b->column ? 0 : a->column < b->column ? -1 : 1;
}

static bool is_repetition(const rs_diagnostics *diagnostics, const diagnostic *fresh)
{
    for (size_t i = 0; i < diagnostics->count; i++)
        if (compare_places(&diagnostics->list[i].place, &fresh->place) == 0 &&
            strcmp(diagnostics->list[i].text, fresh->text) == 0)
            return true;
    return false;
}

/* The caller frees it; NULL if out of memory. */
static char *format_text(const char *format, va_list arguments)
{
    char *text = NULL;
    return vasprintf(&text, format, arguments) < 0 ? NULL : text;
}

void rs_diagnose(rs_diagnostics *diagnostics, rs_severity severity, rs_source_place place,
                 const char *format, ...)
{
    diagnostic fresh = {.severity = severity, .place = place};
    void *list = diagnostics->list;
    va_list arguments;
    diagnostics->latest_kept = false;
    if (diagnostics->count == KEPT) {
        diagnostics->errors += severity == RS_SEVERITY_ERROR;
        diagnostics->unkept++;
        return;
    }
    va_start(arguments, format);
    fresh.text = format_text(format, arguments);
    va_end(arguments);
    if (fresh.text != NULL && is_repetition(diagnostics, &fresh)) {
        free(fresh.text);
        return;
    }
    diagnostics->errors += severity == RS_SEVERITY_ERROR;
    if (fresh.text == NULL || rs_grow(&list, &diagnostics->room, diagnostics->count + 1,
                                      sizeof(diagnostic), NULL) != RS_OK) {
        free(fresh.text);
        diagnostics->failed = true;
        return;
    }
    diagnostics->list = list;
    diagnostics->list[diagnostics->count++] = fresh;
    diagnostics->latest_kept = true;
}

void rs_diagnose_hint(rs_diagnostics *diagnostics, const char *format, ...)
{
    va_list arguments;
    if (!diagnostics->latest_kept)
        return;
    char **hint = &diagnostics->list[diagnostics->count - 1].hint;
    free(*hint);
    va_start(arguments, format);
    *hint = format_text(format, arguments);
    va_end(arguments);
    diagnostics->failed |= *hint == NULL;
}

void rs_diagnose_nearest(rs_diagnostics *diagnostics, const char *word,
                         const char *const candidates[])
{
    size_t count = 0;
    while (candidates[count] != NULL)
        count++;
    const char *nearest = rs_suggest(word, strlen(word), candidates, count);
    if (nearest != NULL)
        rs_diagnose_hint(diagnostics, "did you mean '%s'?", nearest);
}

/* ---- Printing -------------------------------------------------------------------------------- */

/* Escape sequences of a terminal, or nothing. */
typedef struct palette {
    const char *bold, *severity[3], *caret, *reset;
} palette;

static const palette plain = {"", {"", "", ""}, "", ""};
static const palette coloured = {
    "\033[1m", {"\033[1;36m", "\033[1;35m", "\033[1;31m"}, "\033[1;32m", "\033[0m"};

static void print_diagnostic(const rs_diagnostics *diagnostics, const diagnostic *each,
                             FILE *stream, const palette *colours)
{
    static const char *const names[] = {"note", "warning", "error"};
    const source *from = &diagnostics->sources[each->place.source];
    const rs_source_place *place = &each->place;

    fputs(colours->bold, stream);
    rs_excerpt_text(stream, from->name);
    if (place->line > 0 && from->kind == RS_SOURCE_FILE)
        fprintf(stream, ":%u", place->line);
    if (place->line > 0)
        fprintf(stream, ":%u", place->column);
    fprintf(stream, ":%s %s%s:%s ", colours->reset, colours->severity[each->severity],
            names[each->severity], colours->reset);
    rs_excerpt_text(stream, each->text);
    fputc('\n', stream);
    if (place->line > 0)
        rs_excerpt_line(stream, from->text, from->size, place, colours->caret, colours->reset);
    if (each->hint != NULL) {
        fputs("      hint: ", stream);
        rs_excerpt_text(stream, each->hint);
        fputc('\n', stream);
    }
}

void rs_diagnostics_print(const rs_diagnostics *diagnostics, FILE *stream, bool colour)
{
    size_t order[KEPT];
    for (size_t i = 0; i < diagnostics->count; i++) {
        size_t place = i;
        for (; place > 0 && compare_places(&diagnostics->list[order[place - 1]].place,
                                           &diagnostics->list[i].place) > 0;
             place--)
            order[place] = order[place - 1];
        order[place] = i;
    }
    for (size_t i = 0; i < diagnostics->count; i++)
        print_diagnostic(diagnostics, &diagnostics->list[order[i]], stream,
                         colour ? &coloured : &plain);
    if (diagnostics->unkept > 0)
        fprintf(stream, "... and %zu more\n", diagnostics->unkept);
}
