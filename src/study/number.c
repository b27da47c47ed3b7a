/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers as a study file writes them. The grammar is checked here; the C library only converts what passed. The load
 * runs under the C locale (study.c), so that the decimal point is a point whatever the caller's locale. */
#include <math.h>
#include <stdlib.h>

#include "study/reader.h"

static const char *skip_digits(const char *p, int *n)
{
    for (*n = 0; *p >= '0' && *p <= '9'; p++)
        ++*n;
    return p;
}

static int is_number(const char *p)
{
    int whole, part = 0, power;
    if (*p == '+' || *p == '-')
        p++;
    p = skip_digits(p, &whole);
    if (*p == '.')
        p = skip_digits(p + 1, &part);
    if (whole + part == 0)
        return 0;
    if (*p == 'e' || *p == 'E') {
        p++;
        if (*p == '+' || *p == '-')
            p++;
        p = skip_digits(p, &power);
        if (power == 0)
            return 0;
    }
    return *p == '\0';
}

kl_number_fault kl_number_parse(const char *text, double *value)
{
    if (!is_number(text))
        return KL_NUMBER_NONE;
    double v = strtod(text, NULL);
    if (!(fabs(v) <= 1e300))
        return KL_NUMBER_LARGE;
    *value = v == 0 ? 0 : v; /* no minus zero: one study, one resolved text */
    return KL_NUMBER_FINE;
}
