/* Quoting of words for a shell and for sbatch. */
#ifndef RS_SHELL_WORD_H
#define RS_SHELL_WORD_H

#include <stdio.h>

/* Writes `word`, in single quotes if it holds more than letters, digits and safe marks. */
void rs_shell_word_write(FILE *stream, const char *word);

/* The same for an #SBATCH line, in double quotes. */
void rs_sbatch_word_write(FILE *stream, const char *word);

#endif
