#include "slurm_site.h"

#include <fcntl.h>
#include <limits.h>
#include <math.h>
#include <pwd.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "options.h"
#include "slurm_time.h"

enum { USUAL_SIZE = 1001 };

/* ---- Commands -------------------------------------------------------------------------------- */

/* A command whose standard output is read line by line and whose standard error is discarded. */
struct answer {
    pid_t process; /* 0 when it did not start */
    FILE *output;  /* or NULL */
    char *line;
    size_t room;
};

static struct answer ask(const char *const words[])
{
    struct answer answer = {0};
    posix_spawn_file_actions_t actions;
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) != 0)
        return answer;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    if (posix_spawnp(&answer.process, words[0], &actions, NULL, (char *const *)words, environ) != 0)
        answer.process = 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    answer.output = answer.process != 0 ? fdopen(ends[0], "r") : NULL;
    if (answer.output == NULL)
        close(ends[0]);
    return answer;
}

/* The next line without its end, or NULL. */
static char *next_line(struct answer *answer)
{
    if (answer->output == NULL || getline(&answer->line, &answer->room, answer->output) < 0)
        return NULL;
    answer->line[strcspn(answer->line, "\n")] = '\0';
    return answer->line;
}

static void end_answer(struct answer *answer)
{
    if (answer->output != NULL)
        fclose(answer->output);
    if (answer->process != 0)
        waitpid(answer->process, NULL, 0);
    free(answer->line);
}

/* ---- Values ---------------------------------------------------------------------------------- */

/* Takes the limit if it is lower. */
static void lower(rs_site_limit *limit, double value, const char *kind, const char *name)
{
    if (!(value < limit->value))
        return;
    limit->value = value;
    snprintf(limit->source, sizeof limit->source, "%s%s%s", kind, name[0] != '\0' ? " " : "", name);
}

/* INFINITY for text that is not a number: "", UNLIMITED, INFINITE, N/A. */
static double read_count(const char *text)
{
    unsigned long count;
    return rs_parse_count(text, 0, ULONG_MAX, &count) ? (double)count : INFINITY;
}

static double read_time(const char *text)
{
    double seconds;
    return rs_slurm_time_parse(text, &seconds) ? seconds : INFINITY;
}

/* "64000", "64000+": bytes. INFINITY for 0, which is no limit, and 1, which Slurm says of a node
 * whose memory is not configured. */
static double read_megabytes(const char *text)
{
    const double count = strtod(text, NULL);
    return count > 1 ? count * (1 << 20) : INFINITY;
}

/* The number behind "cpu=" in "cpu=16,gres/gpu=2". */
static double read_cpus(const char *text)
{
    for (const char *each = text; *each != '\0'; each += strcspn(each, ","), each += *each == ',') {
        char number[32];
        if (strncmp(each, "cpu=", 4) != 0)
            continue;
        snprintf(number, sizeof number, "%.*s", (int)strcspn(each + 4, ","), each + 4);
        return read_count(number);
    }
    return INFINITY;
}

/* The value of "Key=value" among the words of a line, copied into text; "" if absent. */
static void read_word(const char *line, const char *key, char *text, size_t size)
{
    size_t length = strlen(key);
    text[0] = '\0';
    for (const char *word = line; *word != '\0'; word += strcspn(word, " "), word += *word == ' ')
        if (strncmp(word, key, length) == 0 && word[length] == '=')
            snprintf(text, size, "%.*s", (int)strcspn(word + length + 1, " "), word + length + 1);
}

/* Whether `name` is in a comma-separated list. */
static bool has_name(const char *names, const char *name)
{
    size_t length = strlen(name);
    for (const char *each = names; *each != '\0';) {
        size_t here = strcspn(each, ",");
        if (here == length && strncmp(each, name, length) == 0)
            return true;
        each += here + (each[here] == ',');
    }
    return false;
}

/* ---- Configuration --------------------------------------------------------------------------- */

/* "MaxArraySize            = 1001" */
static bool is_setting(const char *line, const char *key, const char **value)
{
    const char *equals = strchr(line, '=');
    if (strncmp(line, key, strlen(key)) != 0 || equals == NULL)
        return false;
    *value = equals + 1 + strspn(equals + 1, " ");
    return true;
}

/* *enforced: accounting enforces the limits of associations and QOS. */
static void ask_configuration(rs_slurm_site *site, bool *enforced)
{
    const char *const words[] = {"scontrol", "show", "config", NULL};
    struct answer answer = ask(words);
    double size = INFINITY, tasks = INFINITY;
    for (const char *line; (line = next_line(&answer)) != NULL;) {
        const char *value, *found;
        if (is_setting(line, "MaxArraySize", &value))
            size = read_count(value);
        else if (is_setting(line, "MaxJobCount", &value))
            lower(&site->queued, read_count(value), "MaxJobCount", "");
        else if (is_setting(line, "AccountingStorageEnforce", &value))
            *enforced = strstr(value, "limits") != NULL || strstr(value, "safe") != NULL;
        else if (is_setting(line, "SchedulerParameters", &value) &&
                 (found = strstr(value, "max_array_tasks=")) != NULL)
            tasks = strtod(found + strlen("max_array_tasks="), NULL);
    }
    end_answer(&answer);
    if (!(size >= 2 && size < INFINITY)) {
        fprintf(stderr, "rnnsweep: scontrol gives no MaxArraySize; taking Slurm's default, %d\n",
                USUAL_SIZE);
        size = USUAL_SIZE;
    }
    site->array_size = (unsigned long)fmax(1, fmin(size - 1, tasks));
}

/* ---- Partitions ------------------------------------------------------------------------------ */

enum { NAME_TEXT = 96 };

static void read_partition(rs_slurm_site *site, const char *line, const char *name,
                           char qos[NAME_TEXT])
{
    char value[NAME_TEXT];
    read_word(line, "MaxTime", value, sizeof value);
    lower(&site->time, read_time(value), "partition", name);
    read_word(line, "MaxCPUsPerNode", value, sizeof value);
    lower(&site->cores, read_count(value), "partition", name);
    read_word(line, "MaxMemPerNode", value, sizeof value);
    lower(&site->memory, read_megabytes(value), "partition", name);
    read_word(line, "State", value, sizeof value);
    if (value[0] != '\0' && strcmp(value, "UP") != 0)
        fprintf(stderr, "rnnsweep: warning: partition %s is %s: jobs wait or are refused\n", name,
                value);
    read_word(line, "QoS", value, sizeof value);
    if (strcmp(value, "N/A") != 0)
        snprintf(qos, NAME_TEXT, "%s", value);
}

/* The largest nodes limit the cores and the memory of a task. */
static void ask_nodes(rs_slurm_site *site, const char *partition)
{
    static const char source[] = "the nodes of partition";
    char option[NAME_TEXT + 16];
    const char *const words[] = {"sinfo", "--noheader", "--exact", "--format=%c %m", option, NULL};
    double most = 0, memory = 0;
    snprintf(option, sizeof option, "--partition=%s", partition);
    struct answer answer = ask(words);
    for (const char *line; (line = next_line(&answer)) != NULL;) {
        most = fmax(most, strtod(line, NULL));
        memory = fmax(memory, read_megabytes(line + strcspn(line, " ")));
    }
    end_answer(&answer);
    if (most > 0)
        lower(&site->cores, most, source, partition);
    if (memory > 0)
        lower(&site->memory, memory, source, partition);
}

/* Asks for the partitions `names`, or the default one. Limits are those that fit all of them. *qos
 * = the QOS of the partition. RS_USAGE if one does not exist. */
static rs_status ask_partitions(rs_slurm_site *site, const char *names, char qos[NAME_TEXT],
                                char used[NAME_TEXT], rs_error *error)
{
    const char *const words[] = {"scontrol", "--all", "--oneliner", "show", "partition", NULL};
    char known[512] = "";
    size_t wanted = 0, found = 0, all = 0;
    for (const char *each = names; each != NULL && *each != '\0'; wanted++)
        each += strcspn(each, ","), each += *each == ',';
    struct answer answer = ask(words);
    for (const char *line; (line = next_line(&answer)) != NULL;) {
        char name[NAME_TEXT], fallback[8];
        read_word(line, "PartitionName", name, sizeof name);
        read_word(line, "Default", fallback, sizeof fallback);
        if (name[0] == '\0')
            continue;
        size_t length = strlen(known);
        snprintf(known + length, sizeof known - length, "%s%s", all++ > 0 ? ", " : "", name);
        if (names != NULL ? !has_name(names, name) : strcmp(fallback, "YES") != 0)
            continue;
        found++;
        read_partition(site, line, name, qos);
        snprintf(used, NAME_TEXT, "%s", name);
    }
    end_answer(&answer);
    if (all > 0 && found < wanted)
        return rs_fail(error, RS_USAGE, "--partition %s: this Slurm has the partitions %s", names,
                       known);
    if (found == 1)
        ask_nodes(site, used);
    return RS_OK;
}

/* ---- Accounting ------------------------------------------------------------------------------ */

/* The limits of one association or QOS, INFINITY for none. */
struct policy {
    char name[NAME_TEXT];
    double time, cores, core_seconds, queued, running;
    double shared_cores, shared_queued, shared_running; /* by all jobs of it */
};

static const struct policy no_policy = {.time = INFINITY,
                                        .cores = INFINITY,
                                        .core_seconds = INFINITY,
                                        .queued = INFINITY,
                                        .running = INFINITY,
                                        .shared_cores = INFINITY,
                                        .shared_queued = INFINITY,
                                        .shared_running = INFINITY};

/* Splits a line of sacctmgr at '|' into fields, "" beyond its end. */
static void cut_fields(char *line, size_t count, const char *fields[])
{
    for (size_t i = 0; i < count; i++) {
        fields[i] = line;
        line += strcspn(line, "|");
        if (*line == '|')
            *line++ = '\0';
    }
}

/* Fields of the queries below. */
#define SHARED_FIELDS "GrpSubmit,GrpTRES,GrpJobs"
#define POLICY_FIELDS "MaxWall,MaxTRES,MaxTRESMins," SHARED_FIELDS

static void read_shared(struct policy *policy, const char *const fields[3])
{
    policy->shared_queued = fmin(policy->shared_queued, read_count(fields[0]));
    policy->shared_cores = fmin(policy->shared_cores, read_cpus(fields[1]));
    policy->shared_running = fmin(policy->shared_running, read_count(fields[2]));
}

static void read_policy(struct policy *policy, const char *name, const char *submit,
                        const char *jobs, const char *const fields[6])
{
    snprintf(policy->name, sizeof policy->name, "%s", name);
    policy->queued = read_count(submit);
    policy->running = read_count(jobs);
    policy->time = read_time(fields[0]);
    policy->cores = read_cpus(fields[1]);
    policy->core_seconds = 60 * read_cpus(fields[2]);
    read_shared(policy, fields + 3);
}

/* The association of the jobs: the user's with the account, or the default one, preferably that for
 * the partition. *qos = its default QOS. */
static void ask_association(struct policy *policy, const rs_slurm_target *target,
                            const char *partition, char qos[NAME_TEXT])
{
    const struct passwd *user = getpwuid(geteuid());
    char who[NAME_TEXT + 8];
    static const char format[] =
        "format=DefaultAccount,Account,Partition,DefaultQOS,MaxSubmit,MaxJobs," POLICY_FIELDS;
    const char *const words[] = {"sacctmgr",  "--noheader", "--parsable2", "show", "user",
                                 "withassoc", who,          format,        NULL};
    bool exact = false;
    if (user == NULL)
        return;
    snprintf(who, sizeof who, "name=%s", user->pw_name);
    struct answer answer = ask(words);
    for (char *line; (line = next_line(&answer)) != NULL;) {
        const char *fields[12];
        cut_fields(line, 12, fields);
        const char *account = target->account != NULL ? target->account : fields[0];
        bool here = strcmp(fields[2], partition) == 0 && partition[0] != '\0';
        if (strcmp(fields[1], account) != 0 || (fields[2][0] != '\0' && !here) || exact)
            continue;
        exact = here;
        read_policy(policy, fields[1], fields[4], fields[5], fields + 6);
        snprintf(qos, NAME_TEXT, "%.*s", (int)strcspn(fields[3], ","), fields[3]);
    }
    end_answer(&answer);
}

/* What all jobs of an account share, and of the accounts above it: each of these limits holds. The
 * others are those of the association, which Slurm shows with what it inherits. */
static void ask_accounts(struct policy *policy)
{
    enum { LEVELS = 32 };
    char account[NAME_TEXT];
    snprintf(account, sizeof account, "%s", policy->name);
    for (int level = 0; level < LEVELS && account[0] != '\0'; level++) {
        char which[NAME_TEXT + 8], parent[NAME_TEXT] = "";
        static const char format[] = "format=Account,User,ParentName," SHARED_FIELDS;
        const char *const words[] = {"sacctmgr", "--noheader", "--parsable2", "show",
                                     "assoc",    which,        format,        NULL};
        snprintf(which, sizeof which, "account=%s", account);
        struct answer answer = ask(words);
        for (char *line; (line = next_line(&answer)) != NULL;) {
            const char *fields[6];
            cut_fields(line, 6, fields);
            if (strcmp(fields[0], account) != 0 || fields[1][0] != '\0')
                continue; /* of a user */
            read_shared(policy, fields + 3);
            snprintf(parent, sizeof parent, "%s", fields[2]);
        }
        end_answer(&answer);
        snprintf(account, sizeof account, "%s", parent);
    }
}

static void ask_qos(struct policy *policy, const char *name)
{
    char which[NAME_TEXT + 8];
    static const char format[] = "format=Name,MaxSubmitPU,MaxJobsPU," POLICY_FIELDS;
    const char *const words[] = {"sacctmgr", "--noheader", "--parsable2", "show",
                                 "qos",      which,        format,        NULL};
    if (name[0] == '\0')
        return;
    snprintf(which, sizeof which, "name=%s", name);
    struct answer answer = ask(words);
    for (char *line; (line = next_line(&answer)) != NULL;) {
        const char *fields[9];
        cut_fields(line, 9, fields);
        if (strcmp(fields[0], name) == 0)
            read_policy(policy, name, fields[1], fields[2], fields + 3);
    }
    end_answer(&answer);
}

/* As in Slurm, the first policy that sets a limit decides it: the partition's QOS, the job's QOS,
 * the association. */
static void apply(rs_site_limit *limit, const struct policy policies[3], size_t offset)
{
    static const char *const kinds[3] = {"QOS", "QOS", "account"};
    for (size_t i = 0; i < 3; i++) {
        double value;
        memcpy(&value, (const char *)&policies[i] + offset, sizeof value);
        if (!(value < INFINITY))
            continue;
        lower(limit, value, kinds[i], policies[i].name);
        return;
    }
}

static void ask_accounting(rs_slurm_site *site, const rs_slurm_target *target,
                           const char *partition, const char *partition_qos)
{
    struct policy policies[3] = {no_policy, no_policy, no_policy};
    char qos[NAME_TEXT] = "";
    ask_association(&policies[2], target, partition, qos);
    ask_accounts(&policies[2]);
    ask_qos(&policies[0], partition_qos);
    ask_qos(&policies[1], target->qos != NULL ? target->qos : qos);
    apply(&site->time, policies, offsetof(struct policy, time));
    apply(&site->cores, policies, offsetof(struct policy, cores));
    apply(&site->core_seconds, policies, offsetof(struct policy, core_seconds));
    apply(&site->queued, policies, offsetof(struct policy, queued));
    apply(&site->running, policies, offsetof(struct policy, running));
    apply(&site->cores, policies, offsetof(struct policy, shared_cores));
    apply(&site->queued, policies, offsetof(struct policy, shared_queued));
    apply(&site->running, policies, offsetof(struct policy, shared_running));
}

rs_status rs_slurm_site_ask(rs_slurm_site *site, const rs_slurm_target *target, rs_error *error)
{
    const rs_site_limit none = {.value = INFINITY};
    rs_slurm_site asked = {.time = none,
                           .cores = none,
                           .memory = none,
                           .core_seconds = none,
                           .queued = none,
                           .running = none};
    char qos[NAME_TEXT] = "", partition[NAME_TEXT] = "";
    bool enforced = false;
    if (target->clusters != NULL) {
        fprintf(stderr,
                "rnnsweep: the limits of cluster %s are not known here; taking Slurm's "
                "default, arrays of %d tasks\n",
                target->clusters, USUAL_SIZE - 1);
        asked.array_size = USUAL_SIZE - 1;
        *site = asked;
        return RS_OK;
    }
    ask_configuration(&asked, &enforced);
    rs_status status = ask_partitions(&asked, target->partition, qos, partition, error);
    if (status != RS_OK)
        return status;
    if (enforced)
        ask_accounting(&asked, target, partition, qos);
    *site = asked;
    return RS_OK;
}
