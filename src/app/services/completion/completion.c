#include "completion.h"

#include <assert.h>
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "completion_templates.h"
#include "rnnsweep/rnnsweep.h"
#include "spec.h"
#include "template.h"
#include "value.h"

const char *const rs_shell_names[RS_SHELL_TOTAL] = {"bash", "zsh", "fish"};

/* ---- What can stand where -------------------------------------------------------------------- */

/* The kind of an argument's completions. */
typedef enum argument_kind { NOTHING, SWEEP, SETTING, RESULTS, FOLDER, WORDS } argument_kind;

/* The longest list of words: the names of all parameters, a list of choices, or fewer. */
#define RS_COUNT(name, ...)    +sizeof #name
#define RS_REAL(name, ...)     +sizeof #name
#define RS_OPTIONAL(name, ...) +sizeof #name
#define RS_CHOICE(name, ...)   +sizeof #name
#define RS_FLAG(name, ...)     +sizeof #name
#define RS_SEED(name, ...)     +sizeof #name
#define RS_WHOLE(name, ...)    +sizeof #name
enum {
    PARAMETER_NAMES =
#include "rnnsweep/parameters.def"
};
enum { WORDS_TEXT = PARAMETER_NAMES + RS_CHOICES_TEXT + 512 };
#undef RS_COUNT
#undef RS_REAL
#undef RS_OPTIONAL
#undef RS_CHOICE
#undef RS_FLAG
#undef RS_SEED
#undef RS_WHOLE

typedef struct argument {
    argument_kind kind;
    char words[WORDS_TEXT]; /* for WORDS, separated by blanks */
} argument;

static void add_word(char *words, const char *word, size_t length)
{
    size_t used = strlen(words);
    assert(used + length + 2 <= WORDS_TEXT);
    snprintf(words + used, WORDS_TEXT - used, "%s%.*s", used > 0 ? " " : "", (int)length, word);
}

static void add_key_names(char *words)
{
    for (size_t i = 0; rs_sweep_keys[i] != NULL; i++)
        add_word(words, rs_sweep_keys[i], strlen(rs_sweep_keys[i]));
}

static void add_parameter_names(char *words)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        add_word(words, rs_parameters[i].name, strlen(rs_parameters[i].name));
}

/* The kind of an argument by its name in the help: "[key=value", "FILE...|DIR", "bash|zsh|fish",
 * "[PARAMETER...]", "[COMMAND]". */
static argument argument_named(const char *name, size_t length, const rs_command *const commands[])
{
    static const struct {
        const char *name;
        argument_kind kind;
    } kinds[] = {{"SWEEP.yaml", SWEEP}, {"key=value", SETTING}, {"NAME=VALUE", SETTING},
                 {"FILE", RESULTS},     {"OUT", RESULTS},       {"OTHER", RESULTS},
                 {"DIR", FOLDER}};
    argument found = {NOTHING, ""};
    if (*name == '[') {
        name++;
        length--;
    }
    size_t first = strcspn(name, "|] ");
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        size_t known = strlen(kinds[i].name);
        if (strncmp(name, kinds[i].name, known) == 0 &&
            (known == first || strncmp(name + known, "...", 3) == 0))
            found.kind = kinds[i].kind;
    }
    const bool parameters = strncmp(name, "PARAMETER", 9) == 0;
    if (parameters || strncmp(name, "COMMAND", 7) == 0) {
        found.kind = WORDS;
        if (parameters) {
            add_parameter_names(found.words);
            add_key_names(found.words);
        }
        for (size_t i = 0; !parameters && commands[i] != NULL; i++)
            add_word(found.words, commands[i]->name, strlen(commands[i]->name));
    } else if (found.kind == NOTHING && first < length && islower((unsigned char)*name)) {
        found.kind = WORDS;
        for (const char *end = name + length; name < end; name += strcspn(name, "| ") + 1)
            add_word(found.words, name, strcspn(name, "| "));
    }
    return found;
}

static argument argument_of_option(const rs_option *option, const rs_command *const commands[])
{
    argument found = {NOTHING, ""};
    if (option->kind == RS_OPTION_FLAG)
        return found;
    found = argument_named(option->argument, strlen(option->argument), commands);
    if (option->kind == RS_OPTION_CHOICE) {
        found.kind = WORDS;
        snprintf(found.words, sizeof found.words, "%s", option->choices);
    } else if (strcmp(option->name, "isa") == 0) {
        const rs_isa *isa;
        found.kind = WORDS;
        for (size_t i = 0; (isa = rs_isa_at(i)) != NULL; i++)
            add_word(found.words, rs_isa_name(isa), strlen(rs_isa_name(isa)));
    } else if (strcmp(option->argument, "NAME,...") == 0) {
        found.kind = WORDS;
        add_parameter_names(found.words);
    }
    return found;
}

/* The next word of a synopsis that names an argument, or NULL at its end or at "[--", after which
 * arguments belong to another program. "...]" names none. */
static const char *next_argument(const char **rest, size_t *length)
{
    const char *word = *rest + strspn(*rest, " ");
    while (*word == '.')
        word += strcspn(word, " ") + strspn(word + strcspn(word, " "), " ");
    *length = strcspn(word, " ");
    *rest = word + *length;
    return *length > 0 && strncmp(word, "[--", 3) != 0 ? word : NULL;
}

/* The words that a parameter may take, "" if it is a number. */
static argument values_of(const rs_parameter *parameter)
{
    argument found = {WORDS, ""};
    if (parameter->kind == RS_KIND_FLAG)
        snprintf(found.words, sizeof found.words, "true false");
    else if (parameter->kind == RS_KIND_CHOICE)
        snprintf(found.words, sizeof found.words, "%s", parameter->choices);
    return found;
}

static argument methods(void)
{
    argument found = {WORDS, ""};
    for (size_t i = 0; rs_method_names[i] != NULL; i++)
        add_word(found.words, rs_method_names[i], strlen(rs_method_names[i]));
    return found;
}

/* The keys other than parameters that make sense in an override. */
static bool is_setting(const char *key)
{
    return strcmp(key, "parameters") != 0 && strcmp(key, "base") != 0;
}

/* ---- Parts of all scripts -------------------------------------------------------------------- */

/* Part of a text in single quotes, for any of the shells; descriptions for zsh need some characters
 * escaped. */
static void put_part(FILE *stream, const char *text, const char *escaped)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'')
            fputs("'\\''", stream);
        else if (strchr(escaped, *text) != NULL)
            fprintf(stream, "\\%c", *text);
        else
            fputc(*text, stream);
    }
}

static void put_quoted(FILE *stream, const char *text)
{
    fputc('\'', stream);
    put_part(stream, text, "");
    fputc('\'', stream);
}

/* 'meaning (default: fallback)' */
static void put_description(FILE *stream, const rs_option *option, const char *escaped)
{
    put_part(stream, option->meaning, escaped);
    if (option->fallback == NULL)
        return;
    put_part(stream, " (default: ", escaped);
    put_part(stream, option->fallback, escaped);
    put_part(stream, ")", escaped);
}

/* 'name:meaning', a line */
static void put_named(FILE *stream, const char *name, const char *meaning)
{
    fputs("        '", stream);
    put_part(stream, name, "");
    fputc(':', stream);
    put_part(stream, meaning, "");
    fputs("'\n", stream);
}

static const char *kind_name(argument_kind kind)
{
    static const char *const names[] = {"none", "sweep", "setting", "results", "folder", "words"};
    return names[kind];
}

/* `case` branches for the keys whose values are words, with a line before and one after them. */
static void put_setting_cases(FILE *stream, const char *before, const char *behind)
{
    fprintf(stream, "    method)%s%s%s;;\n", before, methods().words, behind);
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        argument values = values_of(&rs_parameters[i]);
        if (values.words[0] != '\0')
            fprintf(stream, "    %s)%s%s%s;;\n", rs_parameters[i].name, before, values.words,
                    behind);
    }
}

/* ---- bash ------------------------------------------------------------------------------------ */

static void put_bash_kind(FILE *stream, const argument *value)
{
    if (value->kind == WORDS)
        fprintf(stream, "'words %s'", value->words);
    else
        fputs(kind_name(value->kind), stream);
}

static void put_bash_option_cases(FILE *stream, const rs_command *command,
                                  const rs_command *const commands[])
{
    for (size_t i = 0; i < command->option_count; i++) {
        const rs_option *option = &command->options[i];
        argument value = argument_of_option(option, commands);
        if (option->kind == RS_OPTION_FLAG)
            continue;
        fprintf(stream, "    '%s --%s'", command->name, option->name);
        if (option->letter != '\0')
            fprintf(stream, " | '%s -%c'", command->name, option->letter);
        fputs(") kind=", stream);
        put_bash_kind(stream, &value);
        fputs(option->kind == RS_OPTION_LIST ? " many=yes ;;\n" : " ;;\n", stream);
    }
}

static void put_bash_command_case(FILE *stream, const rs_command *command,
                                  const rs_command *const commands[])
{
    const rs_option *option;
    const char *rest = command->synopsis, *word;
    size_t length;
    fprintf(stream, "    %s)\n        options='", command->name);
    for (size_t i = 0; (option = rs_command_option(command, i)) != NULL; i++) {
        fprintf(stream, "%s--%s", i > 0 ? " " : "", option->name);
        if (option->letter != '\0')
            fprintf(stream, " -%c", option->letter);
    }
    fputs("'\n        arguments=(", stream);
    for (size_t i = 0; (word = next_argument(&rest, &length)) != NULL; i++) {
        argument value = argument_named(word, length, commands);
        fputs(i > 0 ? " " : "", stream);
        put_bash_kind(stream, &value);
    }
    fputs(command->positional_max < SIZE_MAX ? " none)\n        ;;\n" : ")\n        ;;\n", stream);
}

static void put_bash(FILE *stream, const char *place, const rs_command *const commands[])
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(place, "option_cases") == 0)
            put_bash_option_cases(stream, commands[i], commands);
        if (strcmp(place, "command_cases") == 0)
            put_bash_command_case(stream, commands[i], commands);
        if (strcmp(place, "command_names") == 0)
            fprintf(stream, "%s%s", i > 0 ? " " : "", commands[i]->name);
    }
    if (strcmp(place, "setting_cases") == 0)
        put_setting_cases(stream, " values='", "' ");
    if (strcmp(place, "setting_names") == 0) {
        for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
            fprintf(stream, "%s ", rs_parameters[i].name);
        for (size_t i = 0; rs_sweep_keys[i] != NULL; i++)
            if (is_setting(rs_sweep_keys[i]))
                fprintf(stream, "%s ", rs_sweep_keys[i]);
    }
}

/* ---- zsh ------------------------------------------------------------------------------------- */

/* ":name:action" of an argument. */
static void put_zsh_action(FILE *stream, const char *name, const argument *value)
{
    name += *name == '[';
    fprintf(stream, ":%.*s:", (int)strcspn(name, ",|] "), name);
    switch (value->kind) {
    case SWEEP:
        fputs("_files -g \"*.(yaml|yml)\"", stream);
        break;
    case SETTING:
        fputs("_rnnsweep_setting", stream);
        break;
    case RESULTS:
        fputs("_files -g \"*.h5\"", stream);
        break;
    case FOLDER:
        fputs("_files -/", stream);
        break;
    case WORDS:
        fprintf(stream, "(%s)", value->words);
        break;
    case NOTHING:
        fputc(' ', stream);
        break;
    }
}

static void put_zsh_option(FILE *stream, const rs_option *option,
                           const rs_command *const commands[])
{
    argument value = argument_of_option(option, commands);
    bool flag = option->kind == RS_OPTION_FLAG;
    bool many = option->kind == RS_OPTION_TEXTS || option->kind == RS_OPTION_LIST;
    fputs(" \\\n            ", stream);
    if (option->letter != '\0')
        fprintf(stream, "'(-%c --%s)'{-%c%s,--%s%s}", option->letter, option->name, option->letter,
                flag ? "" : "+", option->name, flag ? "" : "=");
    else
        fprintf(stream, "'%s--%s%s'", many ? "*" : "", option->name, flag ? "" : "=");
    fputs("'[", stream);
    put_description(stream, option, "[]:\\");
    fputs("]", stream);
    if (!flag) {
        fputs(option->kind == RS_OPTION_LIST ? ":*-*" : "", stream);
        put_zsh_action(stream, option->argument, &value);
    }
    fputc('\'', stream);
}

static void put_zsh_command_case(FILE *stream, const rs_command *command,
                                 const rs_command *const commands[])
{
    const rs_option *option;
    const char *rest = command->synopsis, *word, *next;
    size_t length, next_length;
    fprintf(stream, "    %s)\n        _arguments -s", command->name);
    for (size_t i = 0; (option = rs_command_option(command, i)) != NULL; i++)
        put_zsh_option(stream, option, commands);
    word = next_argument(&rest, &length);
    for (size_t i = 1; word != NULL; i++, word = next, length = next_length) {
        argument value = argument_named(word, length, commands);
        next = next_argument(&rest, &next_length);
        fputs(" \\\n            '", stream);
        if (next == NULL && command->positional_max == SIZE_MAX)
            fputc('*', stream);
        else
            fprintf(stream, "%zu", i);
        put_zsh_action(stream, word, &value);
        fputc('\'', stream);
    }
    fputs("\n        ;;\n", stream);
}

static void put_zsh_settings(FILE *stream)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++)
        put_named(stream, rs_parameters[i].name, rs_parameters[i].meaning);
    for (size_t i = 0; rs_sweep_keys[i] != NULL; i++)
        if (is_setting(rs_sweep_keys[i]))
            put_named(stream, rs_sweep_keys[i], rs_sweep_key_meanings[i]);
}

static void put_zsh(FILE *stream, const char *place, const rs_command *const commands[])
{
    for (size_t i = 0; commands[i] != NULL; i++) {
        if (strcmp(place, "command_cases") == 0)
            put_zsh_command_case(stream, commands[i], commands);
        if (strcmp(place, "commands") == 0)
            put_named(stream, commands[i]->name, commands[i]->meaning);
    }
    if (strcmp(place, "setting_cases") == 0)
        put_setting_cases(stream, " compadd -- ", " ");
    if (strcmp(place, "settings") == 0)
        put_zsh_settings(stream);
}

/* ---- fish ------------------------------------------------------------------------------------ */

static void put_fish_head(FILE *stream, const rs_command *command)
{
    fprintf(stream, "complete -c rnnsweep -n '__fish_seen_subcommand_from %s'", command->name);
}

static void put_fish_action(FILE *stream, const argument *value)
{
    switch (value->kind) {
    case SWEEP:
        fputs(" -xa '(__fish_complete_suffix .yaml .yml)'", stream);
        break;
    case RESULTS:
        fputs(" -xa '(__fish_complete_suffix .h5)'", stream);
        break;
    case FOLDER:
        fputs(" -xa '(__fish_complete_directories)'", stream);
        break;
    case SETTING:
        fputs(" -xa '(__rnnsweep_settings)'", stream);
        break;
    case WORDS:
        fprintf(stream, " -xa '%s'", value->words);
        break;
    case NOTHING:
        fputs(" -x", stream);
        break;
    }
}

static void put_fish_command(FILE *stream, const rs_command *command,
                             const rs_command *const commands[])
{
    const rs_option *option;
    const char *rest = command->synopsis, *word;
    size_t length;
    fprintf(stream, "\ncomplete -c rnnsweep -n __fish_use_subcommand -a %s -d ", command->name);
    put_quoted(stream, command->meaning);
    fputc('\n', stream);
    for (size_t i = 0; (option = rs_command_option(command, i)) != NULL; i++) {
        argument value = argument_of_option(option, commands);
        put_fish_head(stream, command);
        if (option->letter != '\0')
            fprintf(stream, " -s %c", option->letter);
        fprintf(stream, " -l %s", option->name);
        if (option->kind != RS_OPTION_FLAG)
            put_fish_action(stream, &value);
        fputs(" -d '", stream);
        put_description(stream, option, "");
        fputs("'\n", stream);
    }
    while ((word = next_argument(&rest, &length)) != NULL) {
        argument value = argument_named(word, length, commands);
        if (value.kind == NOTHING)
            continue;
        put_fish_head(stream, command);
        put_fish_action(stream, &value);
        fputc('\n', stream);
    }
}

/* A line of a completion and its description, separated by a tab. */
static void put_fish_setting(FILE *stream, const char *name, const char *meaning)
{
    fprintf(stream, "    printf '%%s\\t%%s\\n' %s= ", name);
    put_quoted(stream, meaning);
    fputc('\n', stream);
}

static void put_fish_settings(FILE *stream)
{
    for (size_t i = 0; i < RS_PARAMETER_TOTAL; i++) {
        const rs_parameter *parameter = &rs_parameters[i];
        argument values = values_of(parameter);
        put_fish_setting(stream, parameter->name, parameter->meaning);
        for (const char *word = values.words; *word != '\0'; word += strspn(word, " ")) {
            size_t length = strcspn(word, " ");
            fprintf(stream, "    printf '%%s\\n' %s=%.*s\n", parameter->name, (int)length, word);
            word += length;
        }
    }
    for (size_t i = 0; rs_sweep_keys[i] != NULL; i++)
        if (is_setting(rs_sweep_keys[i]))
            put_fish_setting(stream, rs_sweep_keys[i], rs_sweep_key_meanings[i]);
    for (size_t i = 0; rs_method_names[i] != NULL; i++)
        fprintf(stream, "    printf '%%s\\n' method=%s\n", rs_method_names[i]);
}

static void put_fish(FILE *stream, const char *place, const rs_command *const commands[])
{
    if (strcmp(place, "settings") == 0)
        put_fish_settings(stream);
    for (size_t i = 0; strcmp(place, "commands") == 0 && commands[i] != NULL; i++)
        put_fish_command(stream, commands[i], commands);
}

/* ---- The whole script ------------------------------------------------------------------------ */

enum { PLACES = 5 };

/* A shell's script: its template, and the writer for each placeholder. */
static const struct maker {
    const char *template;
    void (*put)(FILE *stream, const char *place, const rs_command *const commands[]);
    const char *places[PLACES + 1];
} makers[] = {
    [RS_SHELL_BASH] = {rs_completion_bash,
                       put_bash,
                       {"option_cases", "setting_names", "setting_cases", "command_names",
                        "command_cases"}},
    [RS_SHELL_ZSH] = {rs_completion_zsh,
                      put_zsh,
                      {"settings", "setting_cases", "commands", "command_cases"}},
    [RS_SHELL_FISH] = {rs_completion_fish, put_fish, {"settings", "commands"}},
};

static rs_status fill_place(char **text, const struct maker *maker, const char *place,
                            const rs_command *const commands[], rs_error *error)
{
    char *made = NULL;
    size_t size;
    FILE *stream = open_memstream(&made, &size);
    if (stream != NULL) {
        maker->put(stream, place, commands);
        if (fclose(stream) == 0) {
            *text = made;
            return RS_OK;
        }
    }
    free(made);
    return rs_fail(error, RS_NO_MEMORY, "out of memory for a completion script");
}

rs_status rs_completion_write(FILE *stream, rs_shell shell, const rs_command *const commands[],
                              rs_error *error)
{
    const struct maker *maker = &makers[shell];
    rs_template_value values[PLACES];
    char *texts[PLACES] = {NULL};
    size_t count = 0;
    rs_status status = RS_OK;
    for (; maker->places[count] != NULL && status == RS_OK; count++) {
        status = fill_place(&texts[count], maker, maker->places[count], commands, error);
        values[count] = (rs_template_value){maker->places[count], texts[count]};
    }
    if (status == RS_OK)
        status = rs_template_write(stream, maker->template, count, values, error);
    for (size_t i = 0; i < PLACES; i++)
        free(texts[i]);
    return status;
}
