/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Between the fuzz target for result files and what drives it. */
#ifndef KLASTER_TESTS_FUZZ_RESULT_H
#define KLASTER_TESTS_FUZZ_RESULT_H

/* Read the n result files that are to be damaged; the damaged one is written into the directory. 0 where that failed. */
int fuzz_result_start(const char *directory, int n, char *const *path);

/* Begin a damaged file anew, in a process that was forked off. */
int fuzz_result_restart(const char *directory);

/* The driver's: told whether the damaged file could be opened. */
void fuzz_result_opened(int fine);

#endif
