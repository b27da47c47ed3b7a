/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The numbers behind pictures: classes of values, histograms, and in which combinations of two inputs a condition holds. Arrays in,
 * counts out; no files. docs/report.md says where they are shown. */
#ifndef KLASTER_CHARTS_H
#define KLASTER_CHARTS_H

#include <stdint.h>

#include "klaster/status.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- classes ---- */

#define KL_CLASSES_MOST 50

/* Class k holds edge[k] <= x < edge[k + 1], the last one also its upper edge; or, of single values, x == edge[k]. */
typedef struct kl_classes {
    int n;         /* 1..KL_CLASSES_MOST */
    int is_values; /* 1: of single values, of which there are n */
    double edge[KL_CLASSES_MOST + 1];
} kl_classes;

/* About 30 classes with round edges (multiples of 1, 2, 2.5 or 5 times a power of ten) that cover finite lo <= hi: what people
 * bound by round numbers lies between classes. Of whole numbers the edges lie halfway between them. */
kl_classes kl_classes_round(double lo, double hi, int is_whole);

/* Classes of n >= 1 finite values: each value its own, where there are at most `wanted` (1..KL_CLASSES_MOST) of them; else at most
 * `wanted` classes of about equal numbers, none of which is empty. O(n log n). KL_ERR_ARGUMENT, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_classes_equal(kl_classes *classes, const double *x, int n, int wanted);

/* The class of a value that is not NaN: -1 below all, n above all; of single values the last that is not above x. */
int kl_classes_find(const kl_classes *classes, double x);

/* ---- histograms ---- */

/* Every world is counted once. */
typedef struct kl_histogram {
    int64_t count[KL_CLASSES_MOST];
    int64_t below, above;
    int64_t undefined; /* run, but the value is not finite */
    int64_t missing;   /* not run: status negative */
} kl_histogram;

kl_histogram kl_histogram_make(const kl_classes *classes, const double *value, const int8_t *status, int64_t n);

/* ---- maps of two inputs ---- */

#define KL_MAP_CLASSES_MOST 8

/* Worlds, and those in which a condition holds, by the classes of two inputs. */
typedef struct kl_map {
    int64_t worlds[KL_MAP_CLASSES_MOST][KL_MAP_CLASSES_MOST]; /* [class of y][class of x] */
    int64_t hits[KL_MAP_CLASSES_MOST][KL_MAP_CLASSES_MOST];
} kl_map;

/* hit[point * n_replicates + replicate]: 1 holds, 0 does not, negative: the world does not count. x, y [point]: classes, below
 * KL_MAP_CLASSES_MOST. */
void kl_map_make(kl_map *map, const int8_t *hit, const uint8_t *x, const uint8_t *y, int n_points, int n_replicates);

#ifdef __cplusplus
}
#endif
#endif
