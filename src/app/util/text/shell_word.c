#include "shell_word.h"

#include <stdbool.h>
#include <string.h>

static bool is_plain(const char *word)
{
    static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
                                "0123456789_./=,:+@%-";
    return word[0] != '\0' && strspn(word, plain) == strlen(word);
}

void rs_shell_word_write(FILE *stream, const char *word)
{
    if (is_plain(word)) {
        fputs(word, stream);
        return;
    }
    fputc('\'', stream);
    for (; *word != '\0'; word++)
        if (*word == '\'')
            fputs("'\\''", stream);
        else
            fputc(*word, stream);
    fputc('\'', stream);
}

void rs_sbatch_word_write(FILE *stream, const char *word)
{
    if (is_plain(word)) {
        fputs(word, stream);
        return;
    }
    fputc('"', stream);
    for (; *word != '\0'; word++) {
        if (*word == '"' || *word == '\\')
            fputc('\\', stream);
        fputc(*word, stream);
    }
    fputc('"', stream);
}
