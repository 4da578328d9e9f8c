#include "task.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "scan.h"

/* ---- The table ------------------------------------------------------------------------------- */

typedef struct task_entry {
    rs_task_facts facts;
    char *path;
    const rs_data *_Atomic data;
    atomic_uint_fast64_t added; /* when it was added last */
} task_entry;

/* Entries below `count` are constant but for their atomic members. */
static struct {
    pthread_mutex_t lock; /* for those who add */
    atomic_uint_fast32_t count;
    uint_fast64_t additions;
    task_entry entries[RS_TASKS_MOST - RS_TASK_TOTAL];
} task_table = {.lock = PTHREAD_MUTEX_INITIALIZER};

enum { MOST = RS_TASKS_MOST - RS_TASK_TOTAL };

static task_entry *entry_at(uint32_t task)
{
    return task >= RS_TASK_TOTAL && task - RS_TASK_TOTAL < atomic_load(&task_table.count)
               ? &task_table.entries[task - RS_TASK_TOTAL]
               : NULL;
}

static bool equal_sets(const rs_set_facts *a, const rs_set_facts *b)
{
    return a->sequences == b->sequences && a->steps == b->steps;
}

static bool equal_facts(const rs_task_facts *a, const rs_task_facts *b)
{
    return strcmp(a->name, b->name) == 0 && rs_hash_equal(a->hash, b->hash) &&
           a->input_kind == b->input_kind && a->target_kind == b->target_kind &&
           a->inputs == b->inputs && a->outputs == b->outputs && a->last_counts == b->last_counts &&
           a->lengths == b->lengths && equal_sets(&a->train, &b->train) &&
           equal_sets(&a->test, &b->test) &&
           (!a->knows_validation || !b->knows_validation ||
            equal_sets(&a->validation, &b->validation));
}

/* With the lock held. */
static rs_status add_entry(const rs_task_facts *facts, const char *path, uint32_t *index,
                           rs_error *error)
{
    const uint32_t count = (uint32_t)atomic_load(&task_table.count);
    for (*index = 0; *index < count; ++*index)
        if (equal_facts(&task_table.entries[*index].facts, facts))
            return RS_OK;
    if (count == MOST)
        return rs_fail(error, RS_BAD_DATA, "%s: more than %d data files in one process",
                       facts->name, MOST);
    char *copy = strdup(path != NULL ? path : "");
    if (copy == NULL)
        return rs_fail(error, RS_NO_MEMORY, "out of memory for a path");
    task_table.entries[count].facts = *facts;
    task_table.entries[count].path = copy;
    atomic_store(&task_table.count, count + 1);
    return RS_OK;
}

rs_status rs_task_add(const rs_task_facts *facts, const char *path, rs_data *data, uint32_t *task,
                      rs_error *error)
{
    uint32_t index;
    pthread_mutex_lock(&task_table.lock);
    const rs_status status = add_entry(facts, path, &index, error);
    if (status == RS_OK) {
        task_entry *entry = &task_table.entries[index];
        atomic_store(&entry->added, ++task_table.additions);
        if (data != NULL && atomic_load(&entry->data) == NULL) {
            atomic_store(&entry->data, data);
            data = NULL;
        }
        *task = RS_TASK_TOTAL + index;
    }
    pthread_mutex_unlock(&task_table.lock);
    rs_data_free(data);
    return status;
}

const rs_task_facts *rs_task_facts_at(uint32_t task)
{
    const task_entry *entry = entry_at(task);
    return entry != NULL ? &entry->facts : NULL;
}

const char *rs_task_path(uint32_t task)
{
    const task_entry *entry = entry_at(task);
    return entry != NULL ? entry->path : "";
}

const rs_data *rs_task_data(uint32_t task)
{
    task_entry *entry = entry_at(task);
    return entry != NULL ? atomic_load(&entry->data) : NULL;
}

int rs_task_find(const char *name, size_t length)
{
    const uint32_t count = (uint32_t)atomic_load(&task_table.count);
    uint_fast64_t latest = 0;
    int found = -1;
    for (uint32_t i = 0; i < count; i++) {
        task_entry *entry = &task_table.entries[i];
        const uint_fast64_t added = atomic_load(&entry->added);
        if (added > latest && strlen(entry->facts.name) == length &&
            memcmp(entry->facts.name, name, length) == 0) {
            latest = added;
            found = RS_TASK_TOTAL + (int)i;
        }
    }
    return found;
}

bool rs_task_is_built_in(const char *name)
{
#define NAMED(enumerator, word) || strcmp(name, #word) == 0
    return false RS_TASK_LIST(NAMED);
#undef NAMED
}

/* ---- Facts ----------------------------------------------------------------------------------- */

static rs_set_facts facts_of_set(const rs_data *data, const char *name)
{
    const rs_data_set *set = rs_data_find(data, name);
    if (set == NULL)
        return (rs_set_facts){.sequences = 0};
    return (rs_set_facts){.sequences = set->sequences, .steps = set->steps};
}

/* Of the training set. */
static uint32_t count_lengths(const rs_data_set *set)
{
    uint64_t seen[RS_DATA_STEPS_MOST / 64 + 1] = {0};
    uint32_t count = 0;
    for (size_t n = 0; n < set->sequences; n++) {
        const uint32_t length = rs_data_length(set, n);
        count += (seen[length / 64] >> length % 64 & 1) == 0;
        seen[length / 64] |= UINT64_C(1) << length % 64;
    }
    return count;
}

rs_task_facts rs_task_facts_of(const rs_data *data, const char *name)
{
    size_t sequence;
    rs_task_facts facts = {.hash = data->hash,
                           .input_kind = data->input_kind,
                           .target_kind = data->target_kind,
                           .inputs = data->inputs,
                           .outputs = data->outputs,
                           .last_counts = true,
                           .lengths = count_lengths(rs_data_find(data, "train")),
                           .train = facts_of_set(data, "train"),
                           .test = facts_of_set(data, "test"),
                           .validation = facts_of_set(data, "validation"),
                           .knows_validation = true};
    snprintf(facts.name, sizeof facts.name, "%s", name);
    for (size_t i = 0; i < data->set_count; i++)
        facts.last_counts &= !rs_data_find_uncounted(&data->sets[i], true, &sequence);
    return facts;
}

static const char *const input_words[] = {
    [RS_INPUT_SYMBOLS] = "symbols", [RS_INPUT_REALS] = "reals"};
static const char *const target_words[] = {[RS_TARGET_BITS] = "bits",
                                           [RS_TARGET_CLASSES] = "classes",
                                           [RS_TARGET_LAST_CLASSES] = "last_classes",
                                           [RS_TARGET_REALS] = "reals"};
enum {
    INPUT_KINDS = sizeof input_words / sizeof input_words[0],
    TARGET_KINDS = sizeof target_words / sizeof target_words[0]
};

void rs_task_describe(uint32_t task, char line[RS_TASK_LINE])
{
    const rs_task_facts *facts = rs_task_facts_at(task);
    const char *path = rs_task_path(task);
    char hash[RS_HASH_TEXT];
    rs_hash_format(facts->hash, hash);
    const int length =
        snprintf(line, RS_TASK_LINE,
                 "name=%s hash=%s inputs=%u %s outputs=%u %s last_counts=%d lengths=%u train=%ux%u "
                 "test=%ux%u validation=%ux%u path=",
                 facts->name, hash, facts->inputs, input_words[facts->input_kind], facts->outputs,
                 target_words[facts->target_kind], facts->last_counts, facts->lengths,
                 facts->train.sequences, facts->train.steps, facts->test.sequences,
                 facts->test.steps, facts->validation.sequences, facts->validation.steps);
    const size_t size = strlen(path) + 1;
    if (size <= (size_t)(RS_TASK_LINE - length) && strchr(path, '\n') == NULL)
        memcpy(line + length, path, size);
}

void rs_task_summarize(uint32_t task, char text[RS_TASK_LINE])
{
    static const char *const targets[TARGET_KINDS] = {[RS_TARGET_BITS] = "bits",
                                                      [RS_TARGET_CLASSES] = "classes",
                                                      [RS_TARGET_LAST_CLASSES] =
                                                          "classes at the last step",
                                                      [RS_TARGET_REALS] = "reals"};
    const rs_task_facts *facts = rs_task_facts_at(task);
    const rs_set_facts *validation = &facts->validation;
    const size_t length = (size_t)snprintf(
        text, RS_TASK_LINE, "%u %s -> %u %s; train %u x %u steps, test %u x %u", facts->inputs,
        input_words[facts->input_kind], facts->outputs, targets[facts->target_kind],
        facts->train.sequences, facts->train.steps, facts->test.sequences, facts->test.steps);
    if (validation->sequences > 0)
        snprintf(text + length, RS_TASK_LINE - length, ", validation %u x %u",
                 validation->sequences, validation->steps);
}

static bool good_set(const rs_set_facts *set)
{
    return set->sequences >= 1 && set->sequences <= RS_DATA_SEQUENCES_MOST && set->steps >= 1 &&
           set->steps <= RS_DATA_STEPS_MOST;
}

static bool good_name(const char *name)
{
    for (; *name != '\0'; name++)
        if ((unsigned char)*name <= ' ' || *name == '/' || *name == 127)
            return false;
    return true;
}

/* The text, and right behind it all up to the next blank, which fits into the room. */
static bool scan_word(const char **at, const char *text, size_t room, char *word)
{
    const char *start = *at;
    if (!rs_scan_text(&start, text))
        return false;
    const size_t length = strcspn(start, " ");
    if (length == 0 || length >= room)
        return false;
    memcpy(word, start, length);
    word[length] = '\0';
    *at = start + length;
    return true;
}

/* A blank and one of these words; its index. */
static bool scan_choice(const char **at, const char *const words[], int count, int *index)
{
    char word[16];
    if (!scan_word(at, " ", sizeof word, word))
        return false;
    *index = count - 1;
    while (*index >= 0 && strcmp(words[*index], word) != 0)
        --*index;
    return *index >= 0;
}

static bool scan_set(const char **at, const char *text, rs_set_facts *set)
{
    return rs_scan_count(at, text, &set->sequences) && rs_scan_count(at, "x", &set->steps);
}

/* What a line says up to its path, each in its form. */
static bool scan_facts(const char **at, rs_task_facts *facts)
{
    char hash[RS_HASH_TEXT];
    int input_kind, target_kind;
    uint32_t last_counts;
    if (!scan_word(at, "name=", sizeof facts->name, facts->name) ||
        !scan_word(at, " hash=", sizeof hash, hash) || !rs_hash_parse(hash, &facts->hash) ||
        !rs_scan_count(at, " inputs=", &facts->inputs) ||
        !scan_choice(at, input_words, INPUT_KINDS, &input_kind) ||
        !rs_scan_count(at, " outputs=", &facts->outputs) ||
        !scan_choice(at, target_words, TARGET_KINDS, &target_kind) ||
        !rs_scan_count(at, " last_counts=", &last_counts) ||
        !rs_scan_count(at, " lengths=", &facts->lengths) ||
        !scan_set(at, " train=", &facts->train) || !scan_set(at, " test=", &facts->test))
        return false;
    facts->input_kind = (rs_input_kind)input_kind;
    facts->target_kind = (rs_target_kind)target_kind;
    facts->last_counts = last_counts != 0;
    facts->knows_validation = rs_scan_text(at, " validation=");
    return (!facts->knows_validation || scan_set(at, "", &facts->validation)) &&
           rs_scan_text(at, " path=");
}

bool rs_task_parse(const char *line, size_t length, rs_task_facts *facts, const char **path)
{
    char text[RS_TASK_LINE];
    const char *at = text;
    rs_task_facts read = {.name = ""};
    if (length >= sizeof text)
        return false;
    memcpy(text, line, length);
    text[length] = '\0';
    if (!scan_facts(&at, &read) || read.inputs < 1 || read.inputs > RS_DATA_WIDTH_MOST ||
        read.outputs < 1 || read.outputs > RS_DATA_WIDTH_MOST || read.lengths < 1 ||
        read.lengths > RS_DATA_STEPS_MOST || !good_set(&read.train) || !good_set(&read.test) ||
        (read.validation.sequences > 0 && !good_set(&read.validation)) || !good_name(read.name) ||
        rs_task_is_built_in(read.name))
        return false;
    *facts = read;
    *path = line + (at - text);
    return true;
}
