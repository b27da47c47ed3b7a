/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * One stream (streams.h) under a battery of TestU01 (L'Ecuyer & Simard 2007, doi:10.1145/1268776.1268777), a library that
 * Debian 12 does not have: scripts/generator builds this where it is installed.
 *
 * usage: battery small|crush|big STREAM [reversed]       reversed: the bits of every word, last first
 * Prints how many statistics there were, the smallest and largest p-value, and those outside [1e-4, 1 - 1e-4] with the names of
 * their tests. Exit 1 where one is outside [1e-10, 1 - 1e-10], which no stream of chance does: 2e-10 a statistic. */
#include "streams.h"

#include <stdio.h>
#include <stdlib.h>

#include <TestU01.h>

#define SUSPECT 1e-4
#define FAILED 1e-10

static stream tested;

static unsigned int forward(void)
{
    return stream_word(&tested);
}

static unsigned int reversed(void)
{
    uint32_t x = stream_word(&tested);
    x = (x >> 1 & 0x55555555u) | (x & 0x55555555u) << 1;
    x = (x >> 2 & 0x33333333u) | (x & 0x33333333u) << 2;
    x = (x >> 4 & 0x0f0f0f0fu) | (x & 0x0f0f0f0fu) << 4;
    x = (x >> 8 & 0x00ff00ffu) | (x & 0x00ff00ffu) << 8;
    return x >> 16 | x << 16;
}

static int outside(double p, double limit)
{
    return !(p >= limit && p <= 1 - limit);
}

static int report(const char *battery, const char *direction)
{
    double lowest = 1, highest = 0;
    int failed = 0, suspect = 0, n = 0;
    for (int i = 0; i < bbattery_NTests; i++) {
        double p = bbattery_pVal[i];
        if (p < 0) /* not computed */
            continue;
        n++;
        lowest = p < lowest ? p : lowest;
        highest = p > highest ? p : highest;
        suspect += outside(p, SUSPECT);
        failed += outside(p, FAILED);
    }
    printf("%-6s %-16s %-8s %3d statistics, p %.3g .. 1 - %.3g, %d suspect, %d failed\n", battery, tested.kind->name,
           direction, n, lowest, 1 - highest, suspect, failed);
    for (int i = 0; i < bbattery_NTests; i++)
        if (bbattery_pVal[i] >= 0 && outside(bbattery_pVal[i], SUSPECT))
            printf("       %s: p = %.4g\n", bbattery_TestNames[i], bbattery_pVal[i]);
    return failed > 0 || n == 0;
}

int main(int argc, char **argv)
{
    static const char *const batteries[] = {"small", "crush", "big"};
    int which = -1;
    for (int b = 0; argc > 2 && b < 3; b++)
        which = strcmp(argv[1], batteries[b]) == 0 ? b : which;
    if (which < 0)
        return fprintf(stderr, "usage: battery small|crush|big STREAM [reversed]\n"), 2;
    tested = stream_of(argv[2]);
    if (!tested.kind)
        return fprintf(stderr, "battery: no stream is called '%s'\n", argv[2]), 2;
    int backwards = argc > 3 && strcmp(argv[3], "reversed") == 0;
    static char name[] = "klaster";
    unif01_Gen *generator = unif01_CreateExternGenBits(name, backwards ? reversed : forward);
    swrite_Basic = FALSE;
    FILE *out = stdout; /* TestU01 prints a summary of its own */
    if (which == 0)
        bbattery_SmallCrush(generator);
    else if (which == 1)
        bbattery_Crush(generator);
    else
        bbattery_BigCrush(generator);
    fflush(out);
    unif01_DeleteExternGenBits(generator);
    return report(argv[1], backwards ? "reversed" : "forward");
}
