/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * From worlds to the points that a decision is about: complete worlds only, the mean over each point's replicates. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/appraisal.h"

void kl_states_free(kl_states *states)
{
    free(states->point);
    free(states->value);
    memset(states, 0, sizeof *states);
}

const double *kl_states_of(const kl_states *states, int quantity)
{
    return states->value + (size_t)quantity * (size_t)states->n_arms * (size_t)states->n;
}

static int is_complete(const double *const *value, int n_columns, int64_t world)
{
    for (int c = 0; c < n_columns; c++)
        if (!isfinite(value[c][world]))
            return 0;
    return 1;
}

/* Count complete worlds by point; remember the points that have one. */
static void find_points(kl_states *s, int *n_complete, const double *const *value, int n_replicates)
{
    for (int p = 0; p < s->n_points; p++) {
        n_complete[p] = 0;
        for (int r = 0; r < n_replicates; r++)
            n_complete[p] += is_complete(value, s->n_quantities * s->n_arms, (int64_t)p * n_replicates + r);
        s->n_left_out += n_replicates - n_complete[p];
        if (n_complete[p] > 0)
            s->point[s->n++] = p;
    }
}

kl_status kl_states_make(kl_states *states, int n_quantities, int n_arms, const double *const *value, int n_points,
                         int n_replicates)
{
    kl_states s = {.n_quantities = n_quantities, .n_arms = n_arms, .n_points = n_points};
    memset(states, 0, sizeof *states);
    if (n_quantities < 1 || n_arms < 1 || n_points < 1 || n_replicates < 1)
        return KL_ERR_ARGUMENT;
    s.n_worlds = (int64_t)n_points * n_replicates;
    size_t n_columns = (size_t)n_quantities * (size_t)n_arms;
    kl_status status = KL_ERR_MEMORY;
    int *n_complete = malloc((size_t)n_points * sizeof *n_complete);
    s.point = malloc((size_t)n_points * sizeof *s.point);
    if (!n_complete || !s.point)
        goto out;
    find_points(&s, n_complete, value, n_replicates);
    s.value = calloc(n_columns * (size_t)s.n + 1, sizeof *s.value);
    if (!s.value)
        goto out;
    for (size_t c = 0; c < n_columns; c++) {
        for (int i = 0; i < s.n; i++) {
            double sum = 0;
            for (int r = 0; r < n_replicates; r++) {
                int64_t world = (int64_t)s.point[i] * n_replicates + r;
                if (is_complete(value, (int)n_columns, world))
                    sum += value[c][world];
            }
            s.value[c * (size_t)s.n + (size_t)i] = sum / n_complete[s.point[i]];
        }
    }
    *states = s;
    status = KL_OK;
out:
    free(n_complete);
    if (status != KL_OK)
        kl_states_free(&s);
    return status;
}
