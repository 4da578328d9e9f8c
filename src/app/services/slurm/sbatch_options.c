#include "sbatch_options.h"

#include <stdbool.h>
#include <string.h>

#include "shell_word.h"

/* Options that would break the scripts or contradict their documentation. */
static const struct {
    const char *name;
    char letter;  /* short form, or 0 */
    bool is_ours; /* rnnsweep slurm has an option of this name */
} refused[] = {
    {"array", 'a', false},  {"cpus-per-task", 'c', true}, {"dependency", 'd', false},
    {"nodes", 'N', false},  {"ntasks", 'n', false},       {"open-mode", 0, false},
    {"output", 'o', false}, {"parsable", 0, false},       {"test-only", 0, false},
    {"time", 't', true},    {"wait", 'W', false},         {"wrap", 0, false},
};

/* Whether sbatch would take `word` for the option: "-a1-3", "--array=1-3", "--arr". */
static bool is_option(const char *word, const char *name, char letter)
{
    if (word[1] != '-')
        return letter != 0 && word[1] == letter;
    size_t length = strcspn(word + 2, "=");
    return length > 0 && strncmp(word + 2, name, length) == 0;
}

static rs_status check_word(const char *word, rs_error *error)
{
    if (word[0] != '-')
        return RS_OK;
    for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++)
        if (is_option(word, refused[i].name, refused[i].letter))
            return rs_fail(
                error, RS_USAGE,
                refused[i].is_ours
                    ? "%s: the number of tasks depends on --%s: give it before the --"
                    : "%s: the scripts set sbatch's option --%s themselves: leave it out",
                word, refused[i].name);
    return RS_OK;
}

rs_status rs_sbatch_options_write(FILE *stream, int count, char *const words[], rs_error *error)
{
    rs_status status = RS_OK;
    if (count > 0 && words[0][0] != '-')
        return rs_fail(error, RS_USAGE, "%s: what follows -- must be options of sbatch", words[0]);
    for (int i = 0; i < count && status == RS_OK; i++) {
        fputs(words[i][0] == '-' ? (i > 0 ? "\n#SBATCH " : "#SBATCH ") : " ", stream);
        rs_sbatch_word_write(stream, words[i]);
        status = check_word(words[i], error);
    }
    return status;
}
