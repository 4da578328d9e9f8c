/* Words as a shell, or sbatch, reads them back. */
#ifndef RS_SHELL_WORD_H
#define RS_SHELL_WORD_H

#include <stdio.h>

/* Writes `word`, in single quotes when it holds more than letters, digits and harmless marks. */
void rs_shell_word_write(FILE *stream, const char *word);

/* The same for a word of an #SBATCH line, which sbatch reads: in double quotes. */
void rs_sbatch_word_write(FILE *stream, const char *word);

#endif
