#include "slurm_site.h"

#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"

enum { USUAL_SIZE = 1001 };

/* `scontrol show config`, its standard output a pipe, its messages dropped. 0 when it cannot be
 * started. */
static pid_t start_scontrol(FILE **output)
{
    char *words[] = {(char[]){"scontrol"}, (char[]){"show"}, (char[]){"config"}, NULL};
    posix_spawn_file_actions_t actions;
    pid_t process = 0;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return 0;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&process, words[0], &actions, NULL, words, environ) != 0)
        process = 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    *output = process != 0 ? fdopen(ends[0], "r") : NULL;
    if (*output == NULL)
        close(ends[0]);
    return process;
}

/* "MaxArraySize            = 1001" among the lines; 0 when it is not there. */
static unsigned long read_size(FILE *output)
{
    static const char key[] = "MaxArraySize";
    char line[1024];
    unsigned long size = 0;
    while (fgets(line, sizeof line, output) != NULL) {
        const char *value = strchr(line, '=');
        if (strncmp(line, key, strlen(key)) != 0 || value == NULL)
            continue;
        line[strcspn(line, "\n")] = '\0';
        value += 1 + strspn(value + 1, " ");
        if (!rs_parse_count(value, 2, ULONG_MAX, &size))
            size = 0;
    }
    return size;
}

unsigned long rs_slurm_largest_index(void)
{
    FILE *output = NULL;
    unsigned long size = 0;
    pid_t process = start_scontrol(&output);
    if (output != NULL) {
        size = read_size(output);
        fclose(output);
    }
    if (process != 0)
        waitpid(process, NULL, 0);
    if (size == 0) {
        fprintf(stderr, "rnnsweep: scontrol gives no MaxArraySize; taking Slurm's default, %d\n",
                USUAL_SIZE);
        size = USUAL_SIZE;
    }
    return size - 1;
}
