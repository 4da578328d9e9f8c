#include "manual.h"

#include <ctype.h>
#include <string.h>

#include "rnnsweep/rnnsweep.h"

/* Text as it stands: a line must not begin with a control character, a backslash or a hyphen is no
 * escape. */
static void put_bytes(FILE *stream, const char *text, size_t length, bool line_start)
{
    for (size_t i = 0; i < length; line_start = text[i++] == '\n') {
        if (line_start && (text[i] == '.' || text[i] == '\''))
            fputs("\\&", stream);
        if (text[i] == '\\')
            fputs("\\e", stream);
        else if (text[i] == '-')
            fputs("\\-", stream);
        else
            fputc(text[i], stream);
    }
}

static void put_text(FILE *stream, const char *text, bool line_start)
{
    put_bytes(stream, text, strlen(text), line_start);
}

/* Upper-case title, date left to the reader's system, version. */
static void put_head(FILE *stream, const char *title, const char *name, const char *meaning)
{
    fputs(".TH \"", stream);
    for (; *title != '\0'; title++)
        fputc(toupper((unsigned char)*title), stream);
    fprintf(stream, "\" \"1\" \"\" \"rnnsweep %s\" \"User Commands\"\n.SH NAME\n", rs_version());
    put_text(stream, name, true);
    fputs(" \\- ", stream);
    put_text(stream, meaning, false);
    fputs("\n.SH SYNOPSIS\n", stream);
}

/* Paragraphs, separated by empty lines; lines that begin with a blank stay as they are. */
static void put_paragraphs(FILE *stream, const char *text)
{
    bool literal = false;
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        if (length > 0 && (text[0] == ' ') != literal) {
            fputs(literal ? ".EE\n.RE\n" : ".PP\n.RS 2\n.EX\n", stream);
            literal = !literal;
        }
        if (length == 0 && text[1] != ' ')
            fputs(literal ? "" : ".PP\n", stream);
        else if (length > 0) {
            const size_t indent = literal ? strspn(text, " ") : 0;
            put_bytes(stream, text + (indent > 2 ? 2 : indent), length - (indent > 2 ? 2 : indent),
                      true);
            fputc('\n', stream);
        }
        text += length + (text[length] == '\n');
    }
    if (literal)
        fputs(".EE\n.RE\n", stream);
}

/* "-j, --threads N" as a tagged paragraph. */
static void put_option(FILE *stream, const rs_option *option)
{
    fputs(".TP\n", stream);
    if (option->letter != '\0')
        fprintf(stream, "\\fB\\-%c\\fR, ", option->letter);
    fputs("\\fB\\-\\-", stream);
    put_text(stream, option->name, false);
    fputs("\\fR", stream);
    if (option->kind != RS_OPTION_FLAG) {
        fputs(" \\fI", stream);
        put_text(stream, option->argument, false);
        fputs("\\fR", stream);
    }
    fputc('\n', stream);
    put_text(stream, option->meaning, true);
    if (option->fallback != NULL) {
        fputs(" (default: ", stream);
        put_text(stream, option->fallback, false);
        fputc(')', stream);
    }
    fputc('\n', stream);
}

static void put_exit_codes(FILE *stream)
{
    fputs(".SH EXIT STATUS\n", stream);
    for (int status = 0; status < RS_STATUS_TOTAL; status++) {
        if (status == RS_NO_MEMORY) /* shares its code with RS_INTERNAL */
            continue;
        fprintf(stream, ".TP\n%d\n", rs_status_exit_code((rs_status)status));
        put_text(stream, rs_status_meaning((rs_status)status), true);
        fputc('\n', stream);
    }
}

void rs_manual_print_command(const rs_command *command, FILE *stream)
{
    char name[64];
    const rs_option *option;
    snprintf(name, sizeof name, "rnnsweep-%s", command->name);
    put_head(stream, name, name, command->meaning);
    fprintf(stream, "\\fBrnnsweep %s\\fR [\\fIoptions\\fR] ", command->name);
    put_text(stream, command->synopsis, false);
    fputs("\n.SH DESCRIPTION\n", stream);
    put_paragraphs(stream, command->description);
    fputs(".SH OPTIONS\n", stream);
    for (size_t i = 0; (option = rs_command_option(command, i)) != NULL; i++)
        put_option(stream, option);
    fputs(".SH EXAMPLES\n", stream);
    put_paragraphs(stream, command->examples);
    put_exit_codes(stream);
    fputs(".SH SEE ALSO\n.BR rnnsweep (1)\n", stream);
}

void rs_manual_print_program(const rs_command *const commands[], FILE *stream)
{
    put_head(stream, "rnnsweep", "rnnsweep",
             "train very many small recurrent networks in parallel");
    fputs("\\fBrnnsweep\\fR \\fICOMMAND\\fR [\\fIoptions\\fR] ...\n.SH DESCRIPTION\n"
          "Trains every network of a sweep, which a YAML file defines, and keeps losses, weights\n"
          "and test results in one HDF5 file. A finished run is never trained again: a second\n"
          "call resumes what was interrupted, and grows the file where the sweep has grown.\n"
          ".SH COMMANDS\n",
          stream);
    for (size_t i = 0; commands[i] != NULL; i++) {
        fprintf(stream, ".TP\n.BR rnnsweep\\-%s (1)\n", commands[i]->name);
        put_text(stream, commands[i]->meaning, true);
        fputc('\n', stream);
    }
    put_exit_codes(stream);
    fputs(".SH ENVIRONMENT\n"
          ".TP\n\\fBOMP_NUM_THREADS\\fR\nthreads to train with, unless \\-\\-threads says so\n"
          ".TP\n\\fBSLURM_JOB_END_TIME\\fR\nno run is started that would not end before (set by "
          "Slurm)\n"
          ".TP\n\\fBNO_COLOR\\fR\nif set, no colours on a terminal\n"
          ".TP\n\\fBTMPDIR\\fR\nwhere \\fBrnnsweep watch\\fR joins several files\n"
          ".SH FILES\n.TP\n\\fISWEEP.yaml\\fR\n"
          "a sweep: values of parameters (\\fBrnnsweep parameters\\fR lists them), seeds, and keys "
          "beside them\n"
          ".TP\n\\fIresults/NAME.h5\\fR\n"
          "where \\fBrnnsweep run\\fR writes, unless told otherwise: HDF5, readable by xarray,\n"
          "h5py, pandas and R\n"
          ".TP\n\\fI/usr/share/doc/rnnsweep\\fR\n"
          "the documents, where a Debian package installed them; else \\fIdocs\\fR of the source\n"
          ".SH SEE ALSO\n",
          stream);
    for (size_t i = 0; commands[i] != NULL; i++)
        fprintf(stream, ".BR rnnsweep\\-%s (1)%s\n", commands[i]->name,
                commands[i + 1] != NULL ? "," : "");
}
