/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Numbers for people, and numbers that read back as themselves. No locale is ever set, so the point is a point. */
#include "cli/text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

char *kl_text_count(char *buffer, size_t size, double n)
{
    if (!isfinite(n) || fabs(n) >= 1e15) {
        snprintf(buffer, size, "%g", n);
        return buffer;
    }
    char digits[32];
    snprintf(digits, sizeof digits, "%.0f", fabs(n));
    size_t length = strlen(digits), at = 0;
    if (n < 0 && strcmp(digits, "0") != 0 && at + 1 < size)
        buffer[at++] = '-';
    for (size_t i = 0; i < length && at + 2 < size; i++) {
        if (i > 0 && (length - i) % 3 == 0)
            buffer[at++] = ',';
        buffer[at++] = digits[i];
    }
    buffer[at] = '\0';
    return buffer;
}

/* Three digits that count: 1.23, 12.3, 123. */
static int decimals(double value)
{
    double a = fabs(value);
    return a < 9.995 ? 2 : a < 99.95 ? 1 : 0;
}

static char *scaled(char *buffer, size_t size, double value, const char *const *units, int n_units)
{
    int unit = 0;
    while (unit + 1 < n_units && fabs(value) >= 999.5) {
        value /= 1000;
        unit++;
    }
    int places = unit == 0 ? 0 : decimals(value);
    if (fabs(value) >= 999.5) {
        kl_text_count(buffer, size, value);
        size_t at = strlen(buffer);
        snprintf(buffer + at, size - at, "%s", units[unit]);
    } else {
        if (fabs(value) < 0.5 && places == 0)
            value = 0; /* no "-0" */
        snprintf(buffer, size, "%.*f%s", places, value, units[unit]);
    }
    return buffer;
}

char *kl_text_bytes(char *buffer, size_t size, double bytes)
{
    static const char *const units[] = {" B", " kB", " MB", " GB", " TB", " PB"};
    return scaled(buffer, size, bytes, units, 6);
}

char *kl_text_money(char *buffer, size_t size, double amount)
{
    static const char *const units[] = {"", " k", " M", " bn"};
    if (isnan(amount)) {
        snprintf(buffer, size, "-");
        return buffer;
    }
    return scaled(buffer, size, amount, units, 4);
}

char *kl_text_seconds(char *buffer, size_t size, double seconds)
{
    if (!(seconds >= 0))
        seconds = 0;
    if (seconds < 0.0995)
        snprintf(buffer, size, "%.0f ms", 1000 * seconds);
    else if (seconds < 9.95)
        snprintf(buffer, size, "%.1f s", seconds);
    else if (seconds < 99.5)
        snprintf(buffer, size, "%.0f s", seconds);
    else if (seconds < 3600)
        snprintf(buffer, size, "%.0f min %.0f s", floor(seconds / 60), floor(fmod(seconds, 60)));
    else if (seconds < 48 * 3600.0)
        snprintf(buffer, size, "%.0f h %.0f min", floor(seconds / 3600), floor(fmod(seconds, 3600) / 60));
    else
        snprintf(buffer, size, "%.1f days", seconds / 86400);
    return buffer;
}

char *kl_text_percent(char *buffer, size_t size, double share, int digits)
{
    if (isnan(share)) {
        snprintf(buffer, size, "-");
        return buffer;
    }
    double percent = 100 * share;
    if (fabs(percent) < 0.5 * pow(10, -digits))
        percent = 0; /* no "-0.0" */
    snprintf(buffer, size, "%.*f %%", digits, percent);
    return buffer;
}

char *kl_text_exact(char *buffer, size_t size, double value)
{
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (digits == 17 || strtod(buffer, NULL) == value)
            break;
    }
    return buffer;
}

char *kl_text_exact32(char *buffer, size_t size, double value)
{
    for (int digits = 7; digits <= 9; digits++) {
        snprintf(buffer, size, "%.*g", digits, value);
        if (digits == 9 || strtof(buffer, NULL) == (float)value)
            break;
    }
    return buffer;
}

bool kl_text_parse_count(const char *text, int64_t lo, int64_t hi, int64_t *value)
{
    size_t length = strlen(text);
    if (length == 0 || length > 18 || strspn(text, "0123456789") != length)
        return false;
    int64_t number = 0;
    for (const char *p = text; *p; p++)
        number = number * 10 + (*p - '0');
    if (number < lo || number > hi)
        return false;
    *value = number;
    return true;
}
