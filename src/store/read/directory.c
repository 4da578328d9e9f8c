#include "directory.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "file_io.h"
#include "memory.h"
#include "row.h"

#define MAGIC "RNNSWEEP DIRECTORY 1 "
enum { MAGIC_SIZE = sizeof MAGIC - 1, SIZE_DIGITS = 10, SUM_DIGITS = 8 };
enum { SPARE_TEXT = 4096 }; /* for short directories, whose numbers are aligned */
enum { HEADER_SIZE = MAGIC_SIZE + SIZE_DIGITS + 1 + SUM_DIGITS + 1 };

static const char *const type_names[RS_TYPE_TOTAL] = {
    [RS_INT8] = "int8",      [RS_INT16] = "int16",   [RS_INT32] = "int32",   [RS_INT64] = "int64",
    [RS_UINT8] = "uint8",    [RS_UINT16] = "uint16", [RS_UINT32] = "uint32", [RS_UINT64] = "uint64",
    [RS_REAL32] = "float32", [RS_REAL64] = "float64"};

/* ---- Reading --------------------------------------------------------------------------------- */

/* The state of parsing a directory's text. */
typedef struct parser {
    const char *at, *end;
} parser;

enum { WORD = 64 };

/* The next word of the line; false at its end, or when it is too long. */
static bool next_word(parser *text, char word[WORD])
{
    size_t length = 0;
    while (text->at < text->end && *text->at != ' ' && *text->at != '\n') {
        if (length == WORD - 1)
            return false;
        word[length++] = *text->at++;
    }
    word[length] = '\0';
    if (text->at < text->end && *text->at == ' ')
        text->at++;
    return length > 0;
}

static bool next_number(parser *text, uint64_t *number)
{
    char word[WORD], *end;
    if (!next_word(text, word) || word[0] < '0' || word[0] > '9')
        return false;
    *number = strtoull(word, &end, 10);
    return *end == '\0';
}

/* The rest of the line. */
static bool next_rest(parser *text, char rest[RS_DATASET_PATH])
{
    const char *end = memchr(text->at, '\n', (size_t)(text->end - text->at));
    const size_t length = end != NULL ? (size_t)(end - text->at) : RS_DATASET_PATH;
    if (length >= RS_DATASET_PATH || memchr(text->at, '\0', length) != NULL)
        return false;
    memcpy(rest, text->at, length);
    rest[length] = '\0';
    text->at = end + 1;
    return true;
}

static bool next_type(const char *word, rs_type *type)
{
    for (int i = 0; i < RS_TYPE_TOTAL; i++)
        if (strcmp(word, type_names[i]) == 0) {
            *type = (rs_type)i;
            return true;
        }
    return false;
}

static bool parse_dataset(parser *text, rs_list *list)
{
    char type_name[WORD], fill[WORD], sum[WORD], path[RS_DATASET_PATH];
    rs_type type;
    uint64_t rank, extents[RS_RANK_MAX] = {0}, offset, chunk_rows;
    if (!next_word(text, type_name) || !next_type(type_name, &type) || !next_number(text, &rank) ||
        rank < 1 || rank > RS_RANK_MAX)
        return false;
    for (uint64_t axis = 0; axis < rank; axis++)
        if (!next_number(text, &extents[axis]))
            return false;
    if (!next_number(text, &offset) || !next_number(text, &chunk_rows) || !next_word(text, fill) ||
        !next_word(text, sum) || !next_rest(text, path))
        return false;
    rs_entry *entry = rs_list_entry(list, path);
    if (entry == NULL)
        return false;
    entry->type = (int32_t)type;
    entry->rank = (int32_t)rank;
    memcpy(entry->extents, extents, sizeof extents);
    entry->offset = offset;
    entry->chunk_rows = chunk_rows;
    entry->has_fill = strcmp(fill, "-") != 0;
    entry->fill = entry->has_fill ? strtod(fill, NULL) : 0;
    entry->has_sum = strcmp(sum, "-") != 0;
    entry->sum = entry->has_sum ? (uint32_t)strtoul(sum, NULL, 16) : 0;
    return true;
}

static bool parse_dimension(parser *text, rs_list *list)
{
    char name[RS_DATASET_PATH];
    uint64_t axis;
    if (!next_number(text, &axis) || !next_rest(text, name) || list->head.entry_count == 0)
        return false;
    const size_t entry = list->head.entry_count - 1;
    return axis < (uint64_t)list->entries[entry].rank &&
           rs_list_text(list, name, &list->entries[entry].dimensions[axis]);
}

static bool parse_attribute(parser *text, rs_list *list)
{
    char type_name[WORD], name[RS_DATASET_PATH];
    uint64_t count, bytes;
    rs_type type = RS_INT8;
    if (!next_word(text, type_name) || !next_number(text, &count) || !next_number(text, &bytes) ||
        !next_rest(text, name) || bytes >= (size_t)(text->end - text->at))
        return false;
    const char *value = text->at;
    text->at += bytes + 1;
    if (strcmp(type_name, "text") != 0)
        return next_type(type_name, &type) && bytes / rs_type_size(type) == count &&
               bytes % rs_type_size(type) == 0 && rs_list_numbers(list, name, type, value, count);
    char *copy = strndup(value, bytes);
    const bool good = copy != NULL && rs_list_text_attribute(list, name, copy);
    free(copy);
    return good;
}

static bool parse_structure(parser *text, rs_list *list)
{
    char sum[WORD];
    if (!next_number(text, &list->head.structure_size) || !next_word(text, sum) ||
        text->at == text->end || *text->at++ != '\n')
        return false;
    list->head.structure_sum = (uint32_t)strtoul(sum, NULL, 16);
    list->head.has_structure = true;
    return true;
}

static bool parse_layout(parser *text, rs_list *list)
{
    uint64_t number;
    if (!next_number(text, &number) || number > INT32_MAX || text->at == text->end ||
        *text->at++ != '\n')
        return false;
    list->head.layout_version = (int32_t)number;
    return true;
}

static bool pass_over_line(parser *text)
{
    const char *end = memchr(text->at, '\n', (size_t)(text->end - text->at));
    if (end != NULL)
        text->at = end + 1;
    return end != NULL;
}

static bool parse_line(parser *text, rs_list *list)
{
    char word[WORD];
    rs_chunk chunk;
    if (!next_word(text, word))
        return false;
    if (strcmp(word, "dataset") == 0)
        return parse_dataset(text, list);
    if (strcmp(word, "attribute") == 0)
        return parse_attribute(text, list);
    if (strcmp(word, "dimension") == 0)
        return parse_dimension(text, list);
    if (strcmp(word, "chunk") == 0)
        return next_number(text, &chunk.offset) && next_number(text, &chunk.size) &&
               text->at < text->end && *text->at++ == '\n' && rs_list_chunk(list, chunk);
    if (strcmp(word, "layout") == 0)
        return parse_layout(text, list);
    if (strcmp(word, "structure") == 0)
        return parse_structure(text, list);
    return pass_over_line(text);
}

/* Size of the text after the header, when it lies within `size` bytes and has the right checksum.
 */
static bool check_header(const char *text, size_t size, size_t *body)
{
    char digits[HEADER_SIZE - MAGIC_SIZE + 1] = "", expected[SUM_DIGITS + 1];
    if (size < HEADER_SIZE || memcmp(text, MAGIC, MAGIC_SIZE) != 0)
        return false;
    memcpy(digits, text + MAGIC_SIZE, HEADER_SIZE - MAGIC_SIZE);
    char *end;
    *body = strtoull(digits, &end, 10);
    if (strspn(digits, "0123456789") != SIZE_DIGITS || end != digits + SIZE_DIGITS ||
        digits[SIZE_DIGITS] != ' ' || *body > size - HEADER_SIZE || text[HEADER_SIZE - 1] != '\n')
        return false;
    snprintf(expected, sizeof expected, "%08" PRIx32, rs_checksum(0, text + HEADER_SIZE, *body));
    return memcmp(digits + SIZE_DIGITS + 1, expected, SUM_DIGITS) == 0;
}

bool rs_directory_parse(const char *text, size_t size, rs_list *list)
{
    size_t body;
    if (!rs_list_begin(list, size + SPARE_TEXT) || !check_header(text, size, &body))
        return false;
    parser rest = {text + HEADER_SIZE, text + HEADER_SIZE + body};
    while (rest.at < rest.end)
        if (!parse_line(&rest, list))
            return false;
    rs_list_sort(list);
    return true;
}

/* ---- Looking for one ------------------------------------------------------------------------- */

enum { BLOCK_BYTES = 1 << 20, CANDIDATES_MAX = 64 };

static rs_status try_candidate(int file, const char *path, uint64_t offset, uint64_t file_size,
                               rs_list *list, bool *found, rs_error *error)
{
    char header[HEADER_SIZE];
    void *text = NULL;
    if (file_size - offset < sizeof header)
        return RS_OK;
    rs_status status = rs_file_read(file, path, header, sizeof header, offset, error);
    if (status != RS_OK)
        return status;
    const uint64_t body = strtoull(header + MAGIC_SIZE, NULL, 10);
    if (body > RS_TEXTS_MAX || body > file_size - offset - sizeof header)
        return RS_OK;
    const size_t size = sizeof header + (size_t)body;
    if ((status = rs_allocate(&text, size, 1, error)) == RS_OK &&
        (status = rs_file_read(file, path, text, size, offset, error)) == RS_OK) {
        *found = rs_directory_parse(text, size, list);
        if (!*found) {
            status = list->error.status == RS_NO_MEMORY
                         ? rs_fail(error, RS_NO_MEMORY, "%s", list->error.text)
                         : RS_OK;
            rs_list_free(list);
        }
    }
    free(text);
    return status;
}

/* Searched from the end, since only the attributes of the root follow it. */
rs_status rs_directory_search(int file, const char *path, rs_list *list, bool *found,
                              rs_error *error)
{
    struct stat info;
    void *block = NULL;
    size_t candidates = 0;
    *found = false;
    if (fstat(file, &info) != 0)
        return rs_fail(error, RS_IO, "%s: cannot look at this file", path);
    const uint64_t file_size = (uint64_t)info.st_size;
    rs_status status = rs_allocate(&block, BLOCK_BYTES + MAGIC_SIZE, 1, error);
    for (uint64_t end = file_size; status == RS_OK && end > 0 && !*found;) {
        const uint64_t start = end > BLOCK_BYTES ? end - BLOCK_BYTES : 0;
        const uint64_t more = file_size - end < MAGIC_SIZE - 1 ? file_size - end : MAGIC_SIZE - 1;
        const size_t size = (size_t)(end - start + more);
        status = rs_file_read(file, path, block, size, start, error);
        const char *at = block, *stop = at + size;
        while (status == RS_OK && !*found && candidates < CANDIDATES_MAX &&
               (at = memmem(at, (size_t)(stop - at), MAGIC, MAGIC_SIZE)) != NULL) {
            candidates++;
            status = try_candidate(file, path, start + (uint64_t)(at - (const char *)block),
                                   file_size, list, found, error);
            at++;
        }
        end = start;
    }
    free(block);
    return status;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static bool is_one_line(const char *name)
{
    return strchr(name, '\n') == NULL && strlen(name) < RS_DATASET_PATH;
}

static void print_attributes(FILE *out, const rs_list *list, uint64_t first, uint64_t total)
{
    for (uint64_t i = first; i < first + total; i++) {
        const rs_listed_attribute *attribute = &list->attributes[i];
        const char *name = list->texts + attribute->name, *value = list->texts + attribute->value;
        const bool is_text = attribute->type == RS_LISTED_TEXT;
        const size_t bytes =
            is_text ? strlen(value) : attribute->count * rs_type_size((rs_type)attribute->type);
        if (!is_one_line(name))
            continue;
        fprintf(out, "attribute %s %" PRIu64 " %zu %s\n",
                is_text ? "text" : type_names[attribute->type], attribute->count, bytes, name);
        fwrite(value, 1, bytes, out);
        fputc('\n', out);
    }
}

static void print_dataset(FILE *out, const rs_list *list, const rs_entry *entry)
{
    fprintf(out, "dataset %s %" PRId32, type_names[entry->type], entry->rank);
    for (int axis = 0; axis < entry->rank; axis++)
        fprintf(out, " %" PRIu64, entry->extents[axis]);
    fprintf(out, " %" PRIu64 " %" PRIu64, entry->offset, entry->chunk_rows);
    if (entry->has_fill)
        fprintf(out, " %a", entry->fill);
    else
        fputs(" -", out);
    if (entry->has_sum)
        fprintf(out, " %08" PRIx32, entry->sum);
    else
        fputs(" -", out);
    fprintf(out, " %s\n", list->texts + entry->path);
    for (int axis = 0; axis < entry->rank; axis++)
        if (entry->dimensions[axis] != 0)
            fprintf(out, "dimension %d %s\n", axis, list->texts + entry->dimensions[axis]);
    print_attributes(out, list, entry->first_attribute, entry->attribute_total);
    const uint64_t chunks =
        entry->chunk_rows > 0 ? rs_chunk_count(entry->extents[0], entry->chunk_rows) : 0;
    for (uint64_t i = 0; i < chunks; i++)
        fprintf(out, "chunk %" PRIu64 " %" PRIu64 "\n", list->chunks[entry->first_chunk + i].offset,
                list->chunks[entry->first_chunk + i].size);
}

rs_status rs_directory_print(const rs_list *list, char **text, size_t *size, rs_error *error)
{
    char *printed = NULL, header[HEADER_SIZE + 1];
    size_t length = 0;
    FILE *out = open_memstream(&printed, &length);
    if (out == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's directory");
    fprintf(out, "%*s", HEADER_SIZE, "");
    fprintf(out, "layout %" PRId32 "\n", list->head.layout_version);
    print_attributes(out, list, 0, list->head.root_attributes);
    for (size_t i = 0; i < list->head.entry_count; i++)
        if (is_one_line(list->texts + list->entries[i].path))
            print_dataset(out, list, &list->entries[i]);
    fprintf(out, "structure %020" PRIu64 " %08" PRIx32 "\n", list->head.structure_size,
            list->head.structure_sum);
    if (fclose(out) != 0) {
        free(printed);
        return rs_fail(error, RS_NO_MEMORY, "out of memory for the file's directory");
    }
    snprintf(header, sizeof header, MAGIC "%010zu %08" PRIx32 "\n", length - HEADER_SIZE,
             rs_checksum(0, printed + HEADER_SIZE, length - HEADER_SIZE));
    memcpy(printed, header, HEADER_SIZE);
    *text = printed;
    *size = length;
    return RS_OK;
}
