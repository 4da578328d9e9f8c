#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>

#include "foreign_names.h"
#include "memory.h"
#include "rnnsweep/run_config.h"
#include "suggest.h"

enum { HELP_WIDTH = 90 };    /* of a line */
enum { FIRST_OPTION = 256 }; /* getopt_long's codes: this plus the index, beyond all letters */

/* A table of options as getopt_long takes it. */
typedef struct getopt_view {
    struct option *longs;
    char *letters;
} getopt_view;

static const rs_option help_option = {.name = "help",
                                      .letter = 'h',
                                      .kind = RS_OPTION_FLAG,
                                      .meaning = "print this and do nothing else"};

bool rs_parse_count(const char *text, unsigned long min, unsigned long max, unsigned long *value)
{
    char *end;
    if (!isdigit((unsigned char)text[0]))
        return false; /* strtoul would take blanks and a minus sign */
    errno = 0;
    unsigned long number = strtoul(text, &end, 10);
    if (errno != 0 || *end != '\0' || number < min || number > max)
        return false;
    *value = number;
    return true;
}

bool rs_parse_real(const char *text, double min, double max, double *value)
{
    char *end;
    if (isspace((unsigned char)text[0]))
        return false;
    double number = strtod(text, &end);
    if (end == text || *end != '\0' || !(number >= min && number <= max))
        return false;
    *value = number;
    return true;
}

static rs_status parse_choice(const rs_option *option, const char *text, unsigned *value,
                              rs_error *error)
{
    unsigned index = 0;
    for (const char *word = option->choices; word != NULL; index++) {
        size_t length = strcspn(word, " ");
        if (strlen(text) == length && memcmp(word, text, length) == 0) {
            *value = index;
            return RS_OK;
        }
        word = word[length] == ' ' ? word + length + 1 : NULL;
    }
    return rs_fail(error, RS_USAGE, "--%s %s: must be one of: %s", option->name, text,
                   option->choices);
}

/* reserve_lists has made room for all arguments. */
static void add_text(rs_string_list *texts, const char *text)
{
    texts->text[texts->count++] = text;
}

static rs_status set_value(const rs_option *option, const char *text, void *values, rs_error *error)
{
    void *field = (char *)values + option->offset;
    unsigned long count;
    switch (option->kind) {
    case RS_OPTION_FLAG:
        *(bool *)field = true;
        return RS_OK;
    case RS_OPTION_TEXT:
        if (text[0] == '\0')
            return rs_fail(error, RS_USAGE, "--%s: %s must not be empty", option->name,
                           option->argument);
        *(const char **)field = text;
        return RS_OK;
    case RS_OPTION_TEXTS:
    case RS_OPTION_LIST:
        add_text(field, text);
        return RS_OK;
    case RS_OPTION_CHOICE:
        return parse_choice(option, text, field, error);
    case RS_OPTION_COUNT:
        if (!rs_parse_count(text, (unsigned long)option->min, (unsigned long)option->max, &count))
            return rs_fail(error, RS_USAGE, "--%s %s: must be a whole number from %.0f to %.0f",
                           option->name, text, option->min, option->max);
        *(unsigned *)field = (unsigned)count;
        return RS_OK;
    case RS_OPTION_REAL:
        if (!rs_parse_real(text, option->min, option->max, field))
            return rs_fail(error, RS_USAGE, "--%s %s: must be a number from %g to %g", option->name,
                           text, option->min, option->max);
        return RS_OK;
    }
    return rs_fail(error, RS_INTERNAL, "--%s: option of unknown kind", option->name);
}

const rs_option *rs_command_option(const rs_command *command, size_t index)
{
    if (index < command->option_count)
        return &command->options[index];
    return index == command->option_count ? &help_option : NULL;
}

/* Both are zero-terminated by allocation. The letters start with '-' (positional arguments are
 * returned in order, whatever POSIXLY_CORRECT says) and ':' (a missing value is distinguished from
 * an unknown option). */
static rs_status describe_options(const rs_command *command, getopt_view *view, rs_error *error)
{
    const size_t count = command->option_count + 1; /* with --help */
    size_t length = 0;
    rs_status status;
    if ((status = rs_allocate((void **)&view->longs, count + 1, sizeof *view->longs, error)) !=
            RS_OK ||
        (status = rs_allocate((void **)&view->letters, 2 * count + 3, 1, error)) != RS_OK)
        return status;
    view->letters[length++] = '-';
    view->letters[length++] = ':';
    for (size_t i = 0; i < count; i++) {
        const rs_option *option = rs_command_option(command, i);
        bool takes_value = option->kind != RS_OPTION_FLAG;
        view->longs[i] = (struct option){.name = option->name,
                                         .has_arg = takes_value ? required_argument : no_argument,
                                         .val = FIRST_OPTION + (int)i};
        if (option->letter != '\0') {
            view->letters[length++] = option->letter;
            if (takes_value)
                view->letters[length++] = ':';
        }
    }
    return RS_OK;
}

static const rs_option *option_of_code(const rs_command *command, int code)
{
    if (code >= FIRST_OPTION)
        return rs_command_option(command, (size_t)(code - FIRST_OPTION));
    for (size_t i = 0; i <= command->option_count; i++)
        if (rs_command_option(command, i)->letter == code)
            return rs_command_option(command, i);
    return NULL;
}

/* Options of other programs, with a hint. It is given where a command has the option `needs`, or by
 * every command if that is NULL. */
static const struct {
    const char *name, *needs, *hint;
} habits[] = {
    {"dry-run", NULL, "`rnnsweep plan` shows what would be trained"},
    {"jobs", "threads", "--threads is the number of threads"},
    {"n-jobs", "threads", "--threads is the number of threads"},
    {"num-workers", "threads", "--threads is the number of threads"},
    {"workers", "threads", "--threads is the number of threads"},
    {"force", "fresh", "--fresh moves an existing file aside"},
    {"overwrite", "fresh", "--fresh moves an existing file aside"},
    {"resume", "fresh", "a second call resumes by itself"},
    {"seed", "fresh", "seeds are an override: seeds=10"},
    {"seeds", "fresh", "seeds are an override: seeds=10"},
    {"device", "threads", "rnnsweep trains on CPUs, whose number is --threads"},
    {"gpu", "threads", "rnnsweep trains on CPUs, whose number is --threads"},
};

static bool has_option(const rs_command *command, const char *name)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (strcmp(command->options[i].name, name) == 0)
            return true;
    return false;
}

/* A hint for "--jobs" (length bytes, with the dashes), or NULL. */
static const char *hint_of_habit(const rs_command *command, const char *given, size_t length)
{
    for (size_t i = 0; i < sizeof habits / sizeof habits[0]; i++)
        if (strlen(habits[i].name) + 2 == length &&
            memcmp(habits[i].name, given + 2, length - 2) == 0 &&
            (habits[i].needs == NULL || has_option(command, habits[i].needs)))
            return habits[i].hint;
    return NULL;
}

/* After "--learning-rate", where a setting is written otherwise. False: it is none, here. */
static bool refuse_setting(const rs_command *command, const char *given, size_t length,
                           rs_error *error)
{
    char name[64] = "";
    const bool overrides = strstr(command->synopsis, "key=value") != NULL;
    for (size_t i = 2; i < length && i < sizeof name + 1; i++)
        name[i - 2] = given[i] == '-' ? '_' : given[i];
    const char *hint = rs_foreign_name_hint(name, strlen(name));
    if (!overrides && !has_option(command, "where"))
        return false;
    if (rs_parameter_find(name, strlen(name)) != NULL)
        rs_fail(error, RS_USAGE, "unknown option %.*s: write %s%s=VALUE", (int)length, given,
                overrides ? "" : "--where ", name);
    else if (hint != NULL)
        rs_fail(error, RS_USAGE, "unknown option %.*s: %s", (int)length, given, hint);
    else
        return false;
    return true;
}

static rs_status refuse_option(const rs_command *command, const char *given, rs_error *error)
{
    const size_t length = strcspn(given, "="), count = command->option_count + 1;
    const rs_option *known = optopt != 0 ? option_of_code(command, optopt) : NULL;
    const char **names = NULL;
    rs_status status;
    if (known != NULL)
        return rs_fail(error, RS_USAGE, "--%s takes no value", known->name);
    const char *habit = optopt == 0 ? hint_of_habit(command, given, length) : NULL;
    if (habit != NULL)
        return rs_fail(error, RS_USAGE, "unknown option %.*s: %s", (int)length, given, habit);
    if (optopt == 0 && refuse_setting(command, given, length, error))
        return RS_USAGE;
    if ((status = rs_allocate((void **)&names, count, sizeof *names, error)) != RS_OK)
        return status;
    for (size_t i = 0; i < count; i++)
        names[i] = rs_command_option(command, i)->name;
    const char *near = length > 2 ? rs_suggest(given + 2, length - 2, names, count) : NULL;
    free(names);
    if (optopt != 0)
        return rs_fail(error, RS_USAGE, "unknown option -%c; see `rnnsweep %s --help`", optopt,
                       command->name);
    return rs_fail(error, RS_USAGE, "unknown option %.*s; %s%s%s`rnnsweep %s --help`", (int)length,
                   given, near != NULL ? "did you mean --" : "see ", near != NULL ? near : "",
                   near != NULL ? "? See " : "", command->name);
}

static rs_status check_positionals(const rs_command *command, const rs_arguments *arguments,
                                   rs_error *error)
{
    if (arguments->count < command->positional_min)
        return rs_fail(error, RS_USAGE, "%s; usage: rnnsweep %s [options] %s",
                       arguments->count == 0 ? "an argument is missing" : "too few arguments",
                       command->name, command->synopsis);
    if (arguments->count > command->positional_max)
        return rs_fail(error, RS_USAGE, "unexpected argument '%s'; usage: rnnsweep %s [options] %s",
                       arguments->positional[command->positional_max], command->name,
                       command->synopsis);
    return RS_OK;
}

static bool takes_texts(const rs_option *option)
{
    return option->kind == RS_OPTION_TEXTS || option->kind == RS_OPTION_LIST;
}

/* Reserves room for all arguments in each option that takes several texts. */
static void reserve_lists(const rs_command *command, const char **room, size_t each, void *values)
{
    for (size_t i = 0; i < command->option_count; i++)
        if (takes_texts(&command->options[i])) {
            *(rs_string_list *)((char *)values + command->options[i].offset) =
                (rs_string_list){.text = room};
            room += each;
        }
}

/* One pass of getopt_long over argv. */
static rs_status read_arguments(const rs_command *command, const getopt_view *view, int argc,
                                char **argv, void *values, rs_arguments *arguments, rs_error *error)
{
    rs_status status = RS_OK;
    const rs_option *last = NULL;
    int code;
    opterr = 0;
    optind = 0; /* glibc: restart the scan */
    while (status == RS_OK &&
           (code = getopt_long(argc, argv, view->letters, view->longs, NULL)) != -1) {
        const rs_option *option = option_of_code(command, code);
        if (code == 1 && (last == NULL || last->kind != RS_OPTION_LIST))
            arguments->positional[arguments->count++] = optarg;
        else if (code == 1)
            status = set_value(last, optarg, values, error);
        else if (code == ':')
            status = rs_fail(error, RS_USAGE, "%s needs a value: %s", argv[optind - 1],
                             option_of_code(command, optopt)->argument);
        else if (option == NULL)
            status = refuse_option(command, argv[optind - 1], error);
        else if (option == &help_option) {
            arguments->help = true;
            return RS_OK;
        } else {
            last = option;
            status = set_value(option, optarg, values, error);
        }
    }
    for (int i = optind; status == RS_OK && i < argc; i++)
        arguments->positional[arguments->count++] = argv[i];
    return status == RS_OK ? check_positionals(command, arguments, error) : status;
}

/* Cuts the command line at "--". */
static int cut(rs_invocation *call)
{
    for (int i = 1; call->command->passes_on && i < call->argc; i++)
        if (strcmp(call->argv[i], "--") == 0) {
            call->passed_count = call->argc - i - 1;
            call->passed_on = call->argv + i + 1;
            return i;
        }
    return call->argc;
}

static rs_status allocate_values(rs_invocation *call, rs_error *error)
{
    const rs_command *command = call->command;
    rs_status status = RS_OK;
    if (command->values_size > 0)
        status = rs_allocate(&call->values, 1, command->values_size, error);
    if (status == RS_OK && command->defaults != NULL)
        memcpy(call->values, command->defaults, command->values_size);
    return status;
}

static rs_status read_call(rs_invocation *call, const rs_command *command, int argc, char **argv,
                           rs_error *error)
{
    getopt_view view = {0};
    void *positional = NULL;
    size_t arrays = 1, each = (size_t)argc;
    rs_status status;
    *call = (rs_invocation){.command = command, .argc = argc, .argv = argv};
    for (size_t i = 0; i < command->option_count; i++)
        arrays += takes_texts(&command->options[i]);
    if ((status = allocate_values(call, error)) != RS_OK ||
        (status = rs_allocate(&positional, arrays * each, sizeof(char *), error)) != RS_OK ||
        (status = describe_options(command, &view, error)) != RS_OK)
        goto done;
    call->arguments.positional = positional;
    positional = NULL;
    reserve_lists(command, call->arguments.positional + each, each, call->values);
    status = read_arguments(command, &view, cut(call), argv, call->values, &call->arguments, error);
done:
    free(positional);
    free(view.letters);
    free(view.longs);
    return status;
}

/* "-j, --threads N", "    --fresh", "    --progress bar|plain". Returns the width. */
static int format_option(const rs_option *option, char *text, size_t size)
{
    char letter[] = "    ";
    char value[64] = "";
    if (option->letter != '\0')
        snprintf(letter, sizeof letter, "-%c, ", option->letter);
    if (option->kind != RS_OPTION_FLAG)
        snprintf(value, sizeof value, " %s", option->argument);
    return snprintf(text, size, "%s--%s%s", letter, option->name, value);
}

/* Fills lines from the column `indent` on, where the first one stands already. */
static void print_meaning(const rs_option *option, int indent, FILE *stream)
{
    char text[512];
    int column = indent;
    snprintf(text, sizeof text, option->fallback != NULL ? "%s (default: %s)" : "%s",
             option->meaning, option->fallback);
    for (const char *word = text; *word != '\0'; word += strspn(word, " ")) {
        const int length = (int)strcspn(word, " ");
        if (column > indent && column + 1 + length > HELP_WIDTH) {
            fprintf(stream, "\n%*s", indent, "");
            column = indent;
        }
        column += fprintf(stream, "%s%.*s", column > indent ? " " : "", length, word);
        word += length;
    }
    fputc('\n', stream);
}

static void print_help(const rs_command *command, FILE *stream)
{
    char text[128];
    int width = 0;
    for (size_t i = 0; i <= command->option_count; i++) {
        int length = format_option(rs_command_option(command, i), text, sizeof text);
        width = length > width ? length : width;
    }
    fprintf(stream, "Usage: rnnsweep %s [options]%s%s\n\n%s\nOptions:\n", command->name,
            command->synopsis[0] != '\0' ? " " : "", command->synopsis, command->description);
    for (size_t i = 0; i <= command->option_count; i++) {
        const rs_option *option = rs_command_option(command, i);
        format_option(option, text, sizeof text);
        fprintf(stream, "  %-*s  ", width, text);
        print_meaning(option, width + 4, stream);
    }
    fprintf(stream, "\nExamples:\n%s", command->examples);
}

rs_status rs_command_call(const rs_command *command, int argc, char **argv, rs_error *error)
{
    rs_invocation call;
    rs_status status = read_call(&call, command, argc, argv, error);
    if (status == RS_OK && call.arguments.help)
        print_help(command, stdout);
    else if (status == RS_OK)
        status = command->run(&call, error);
    free(call.arguments.positional);
    free(call.values);
    return status;
}
