/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Shapley values and pair interaction indices of a game given by the worth of every set of players. Plain sums over all
 * sets: exact, and cheap for a handful of players. */
#include <math.h>
#include <stddef.h>

#include "klaster/synergy.h"

static int count_players(unsigned set)
{
    int n = 0;
    for (; set; set &= set - 1)
        n++;
    return n;
}

/* weight[s] = s! (n - s - 1)! / n!, the chance that exactly a given set of s players comes before a given other one. */
static void order_weights(int n, double *weight)
{
    double choose = 1; /* n - 1 over s */
    for (int s = 0; s < n; s++) {
        weight[s] = 1 / (n * choose);
        choose = choose * (n - 1 - s) / (s + 1);
    }
}

/* What is left of the total goes to the largest value, which feels it least and is no dummy. */
static void close_the_sum(int n, double total, double *player)
{
    int largest = 0;
    for (int i = 1; i < n; i++)
        if (fabs(player[i]) > fabs(player[largest]))
            largest = i;
    for (int round = 0; round < 2; round++) { /* the second takes what the first rounded off */
        double sum = 0;
        for (int i = 0; i < n; i++)
            sum += player[i];
        if (isfinite(total - sum) && player[largest] != 0)
            player[largest] += total - sum;
    }
}

kl_status kl_shapley_values(int n, const double *worth, double *player)
{
    double weight[KL_PLAYERS_MAX];
    if (n < 1 || n > KL_PLAYERS_MAX)
        return KL_ERR_ARGUMENT;
    order_weights(n, weight);
    unsigned n_sets = 1u << n;
    for (int i = 0; i < n; i++) {
        unsigned own = 1u << i;
        player[i] = 0;
        for (unsigned set = 0; set < n_sets; set++)
            if (!(set & own))
                player[i] += weight[count_players(set)] * (worth[set | own] - worth[set]);
    }
    close_the_sum(n, worth[n_sets - 1] - worth[0], player);
    return KL_OK;
}

/* The pair as one player among n - 1: s! (n - s - 2)! / (n - 1)!. */
static double pair_index(int n, const double *worth, const double *weight, unsigned a, unsigned b)
{
    double sum = 0;
    for (unsigned set = 0; set < 1u << n; set++)
        if (!(set & (a | b)))
            sum += weight[count_players(set)] * ((worth[set | a | b] - worth[set | a]) - (worth[set | b] - worth[set]));
    return sum;
}

kl_status kl_shapley_pairs(int n, const double *worth, double *pair)
{
    double weight[KL_PLAYERS_MAX];
    if (n < 1 || n > KL_PLAYERS_MAX)
        return KL_ERR_ARGUMENT;
    order_weights(n - 1, weight);
    for (int i = 0; i < n; i++) {
        pair[i * n + i] = (double)NAN;
        for (int j = 0; j < i; j++)
            pair[i * n + j] = pair[j * n + i] = pair_index(n, worth, weight, 1u << i, 1u << j);
    }
    return KL_OK;
}
