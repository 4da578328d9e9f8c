/* Table-driven command lines: one list of options per command drives the parser, the checks, the
 * help and shell completion. */
#ifndef RS_OPTIONS_H
#define RS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include "rnnsweep/status.h"

typedef enum rs_option_kind {
    RS_OPTION_FLAG,   /* bool: present or not */
    RS_OPTION_TEXT,   /* const char *: as given */
    RS_OPTION_TEXTS,  /* rs_string_list: one for each time the option is given */
    RS_OPTION_LIST,   /* rs_string_list: each time all arguments up to the next option */
    RS_OPTION_CHOICE, /* unsigned: index into the words of `choices` */
    RS_OPTION_COUNT,  /* unsigned: min..max */
    RS_OPTION_REAL    /* double: min..max */
} rs_option_kind;

/* In the order given. The array belongs to the rs_arguments. */
typedef struct rs_string_list {
    size_t count;
    const char **text;
} rs_string_list;

typedef struct rs_option {
    const char *name; /* without the two dashes */
    char letter;      /* short form, or 0 */
    rs_option_kind kind;
    size_t offset;        /* of the field in the command's values */
    const char *argument; /* the value's name in the help; NULL for a flag */
    const char *choices;  /* for RS_OPTION_CHOICE: words separated by single blanks */
    double min, max;      /* for numbers, both included */
    const char *fallback; /* the default, for the help; NULL: not shown */
    const char *meaning;  /* one line, no full stop */
} rs_option;

struct rs_invocation;

typedef struct rs_command {
    const char *name;
    const char *synopsis;    /* positional arguments: "SWEEP.yaml [key=value ...]" */
    const char *meaning;     /* one line, no full stop */
    const char *description; /* paragraphs for --help, ending in a newline */
    const char *examples;    /* lines for --help, each ending in a newline */
    const rs_option *options;
    size_t option_count;
    size_t positional_min, positional_max;
    bool passes_on;       /* arguments after "--" belong to another program */
    size_t values_size;   /* of the struct that the options' offsets lead into; 0: no options */
    const void *defaults; /* its values before the options are read; NULL: all zero */
    rs_status (*run)(const struct rs_invocation *call, rs_error *error);
} rs_command;

/* The command line without its options: positional[0..count-1] in order. The texts belong to
 * argv. */
typedef struct rs_arguments {
    const char **positional;
    size_t count;
    bool help; /* --help was given; nothing was checked */
} rs_arguments;

/* One call of a command, read from its command line. */
typedef struct rs_invocation {
    const rs_command *command;
    void *values; /* the command's struct of values */
    rs_arguments arguments;
    char **passed_on; /* what followed "--", where command->passes_on */
    int passed_count;
    char **argv; /* the full command line; argv[0] is the command's name */
    int argc;
} rs_invocation;

/* Parses argv[1..], then prints the help if --help is among the options, or runs the command.
 * Options and positional arguments may be mixed; "--" ends the options. RS_USAGE with a suggestion
 * for what is unknown, out of range, missing or too many; RS_NO_MEMORY; else the command's own
 * status. One call at a time. */
rs_status rs_command_call(const rs_command *command, int argc, char **argv, rs_error *error);

/* Option `index` of a command, --help being the last one; NULL beyond it. */
const rs_option *rs_command_option(const rs_command *command, size_t index);

/* Parse all of `text` as a whole or real number from min to max; false for anything else. */
bool rs_parse_count(const char *text, unsigned long min, unsigned long max, unsigned long *value);
bool rs_parse_real(const char *text, double min, double max, double *value);

#endif
