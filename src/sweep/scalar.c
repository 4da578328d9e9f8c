#include "scalar.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool is_one_of(const char *text, const char *const words[])
{
    for (; *words != NULL; words++)
        if (strcmp(text, *words) == 0)
            return true;
    return false;
}

static size_t digits(const char *text)
{
    return strspn(text, "0123456789");
}

/* 0o[0-7]+ and 0x[0-9a-fA-F]+ */
static bool parse_prefixed(const char *text, double *number)
{
    bool hexadecimal = text[0] == '0' && text[1] == 'x';
    const char *alphabet = hexadecimal ? "0123456789abcdefABCDEF" : "01234567";
    if (text[0] != '0' || (text[1] != 'x' && text[1] != 'o') || text[2] == '\0' ||
        text[2 + strspn(text + 2, alphabet)] != '\0')
        return false;
    *number = 0;
    for (const char *digit = text + 2; *digit != '\0'; digit++) {
        int value = *digit <= '9' ? *digit - '0' : (*digit | 0x20) - 'a' + 10;
        *number = *number * (hexadecimal ? 16 : 8) + value;
    }
    return true;
}

/* [-+]? ( \.[0-9]+ | [0-9]+ (\.[0-9]*)? ) ([eE][-+]?[0-9]+)? */
static bool parse_decimal(const char *text, double *number, bool *integer)
{
    const char *rest = text + (*text == '-' || *text == '+');
    size_t whole = digits(rest), fraction = 0;
    rest += whole;
    *integer = *rest == '\0';
    if (*rest == '.') {
        fraction = digits(rest + 1);
        rest += 1 + fraction;
    }
    if (whole + fraction == 0)
        return false;
    if (*rest == 'e' || *rest == 'E') {
        rest += 1 + (rest[1] == '-' || rest[1] == '+');
        size_t exponent = digits(rest);
        if (exponent == 0)
            return false;
        rest += exponent;
    }
    *number = strtod(text, NULL) + 0.0;
    return *rest == '\0';
}

static bool parse_special(const char *text, double *number)
{
    static const char *const infinities[] = {".inf", ".Inf", ".INF", NULL};
    static const char *const nans[] = {".nan", ".NaN", ".NAN", NULL};
    const char *unsigned_text = text + (*text == '-' || *text == '+');
    if (is_one_of(unsigned_text, infinities))
        *number = *text == '-' ? -INFINITY : INFINITY;
    else if (is_one_of(text, nans))
        *number = NAN;
    else
        return false;
    return true;
}

rs_scalar rs_scalar_resolve(const char *text, bool quoted)
{
    static const char *const nulls[] = {"", "~", "null", "Null", "NULL", NULL};
    static const char *const truths[] = {"true", "True", "TRUE", NULL};
    static const char *const falsehoods[] = {"false", "False", "FALSE", NULL};
    rs_scalar scalar = {.type = RS_SCALAR_TEXT};
    if (quoted)
        return scalar;
    if (is_one_of(text, nulls))
        scalar.type = RS_SCALAR_NULL;
    else if (is_one_of(text, truths) || is_one_of(text, falsehoods))
        scalar = (rs_scalar){.type = RS_SCALAR_FLAG, .flag = is_one_of(text, truths)};
    else if (parse_prefixed(text, &scalar.number))
        scalar = (rs_scalar){RS_SCALAR_NUMBER, .number = scalar.number, .integer = true};
    else if (parse_decimal(text, &scalar.number, &scalar.integer) ||
             parse_special(text, &scalar.number))
        scalar.type = RS_SCALAR_NUMBER;
    return scalar;
}
