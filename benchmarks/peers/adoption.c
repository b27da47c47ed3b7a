/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The neutral model (README.md) in plain C: one world after the other, one firm after the other, GSL's Mersenne twister.
 * Stands alone: nothing of klaster is in it. Four ways to play a month:
 *
 *   asking  every firm that may join asks its neighbours every month: the model as it is written down.
 *   pushed  who moves tells its neighbours; the chance of every firm that may join is computed every month, as a model needs
 *           it whose chances move with more than the neighbours. The yardstick.
 *   cached  the chances are looked up when a neighbour moves, from a table that only a model of equal firms has, and
 *           compared as whole numbers. What this one model allows, and others do not.
 *   events  every firm knows the month in which it will move unless a neighbour moves before: its hazard adds up to a unit
 *           exponential. A month has work only for those who move, and a random number is drawn only then. What can be had
 *           from a model of equal firms in which nothing but neighbours changes.
 *
 * usage: adoption asking|pushed|cached|events RUNS SEED [WAIT]
 * Prints a line a run: members after months 12, 24, 36, 48 and 60, and how often a firm joined. */
#include <errno.h>
#include <gsl/gsl_rng.h>
#include <math.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { FIRMS = 100, MONTHS = 60, HALF = 5, EVERY = 12, MOST_TIES = FIRMS - 1 };

static const double REWIRING = 0.1, INTERCEPT = -3.6, ON_PEERS = 3, LEAVING = 0.015;

typedef struct {
    int start[FIRMS + 1], ties[2 * HALF * FIRMS]; /* ties of firm i: ties[start[i] .. start[i + 1]) */
    int peers[FIRMS];                             /* tied firms that are members */
    int free_at[FIRMS];                           /* first month in which the firm may join */
    int member[FIRMS];
    double per_tie[FIRMS];  /* ON_PEERS over the number of ties */
    uint32_t chance[FIRMS]; /* cached: of moving this month, in units of 2^-32 */
    int n_back[MONTHS + 1]; /* cached, events: who may join again from this month on */
    int back[MONTHS + 1][FIRMS];
    double left[FIRMS]; /* events: of the exponential, after month since[i] */
    double rate[FIRMS]; /* events: hazard a month */
    int since[FIRMS];
    int due[FIRMS];        /* events: month of the move; 0: not within the horizon */
    int first[MONTHS + 1]; /* events: whose month this is, a list; -1 ends it */
    int next[FIRMS], before[FIRMS];
} world;

typedef enum { ASKING, PUSHED, CACHED, EVENTS, N_WAYS } way;

typedef struct {
    gsl_rng *rng;
    way way;
    int wait;                                    /* months after leaving in which a firm may not join */
    double stay;                                 /* chance of a month's stay */
    uint32_t leave;                              /* cached: chance of leaving, in units of 2^-32 */
    uint32_t join[MOST_TIES + 1][MOST_TIES + 1]; /* cached: by number of ties and members among them */
    double hazard[MOST_TIES + 1][MOST_TIES + 1]; /* events: the same */
} model;

/* Watts & Strogatz: a ring of 10 neighbours, each tie rewired with chance .1, none double. */
static void draw_graph(world *w, gsl_rng *rng)
{
    static const int N = FIRMS;
    uint8_t tied[FIRMS][FIRMS] = {{0}};
    int target[FIRMS][HALF], n_ties[FIRMS];
    for (int i = 0; i < N; i++)
        for (int k = 0; k < HALF; k++) {
            int j = (i + k + 1) % N;
            target[i][k] = j;
            tied[i][j] = tied[j][i] = 1;
        }
    for (int i = 0; i < N; i++)
        for (int k = 0; k < HALF; k++) {
            if (gsl_rng_uniform(rng) >= REWIRING)
                continue;
            int j;
            do
                j = (int)(gsl_rng_uniform(rng) * N);
            while (j == i || tied[i][j]);
            tied[i][target[i][k]] = tied[target[i][k]][i] = 0;
            tied[i][j] = tied[j][i] = 1;
            target[i][k] = j;
        }
    for (int i = 0; i < N; i++)
        n_ties[i] = HALF;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < HALF; k++)
            n_ties[target[i][k]]++;
    w->start[0] = 0;
    for (int i = 0; i < N; i++)
        w->start[i + 1] = w->start[i] + n_ties[i];
    int fill[FIRMS];
    memcpy(fill, w->start, sizeof fill);
    for (int i = 0; i < N; i++)
        for (int k = 0; k < HALF; k++) {
            int j = target[i][k];
            w->ties[fill[i]++] = j;
            w->ties[fill[j]++] = i;
        }
    for (int i = 0; i < N; i++)
        w->per_tie[i] = n_ties[i] > 0 ? ON_PEERS / n_ties[i] : 0;
}

static void world_start(world *w, gsl_rng *rng)
{
    memset(w->peers, 0, sizeof w->peers);
    memset(w->free_at, 0, sizeof w->free_at);
    memset(w->member, 0, sizeof w->member);
    draw_graph(w, rng);
}

/* ---- asking and pushed ---- */

static int members_around(const world *w, int i)
{
    int n = 0;
    for (int e = w->start[i]; e < w->start[i + 1]; e++)
        n += w->member[w->ties[e]];
    return n;
}

/* Does an outsider join whose utility is this? u < 1 / (1 + exp(-utility)), without the division. */
static int joins_by(double utility, gsl_rng *rng)
{
    return gsl_rng_uniform(rng) * (1 + exp(-utility)) < 1;
}

/* Whoever moves this month, by the state of the last one. Returns how many. */
static int decide(const world *w, const model *m, int month, int *moving)
{
    int n_moving = 0;
    for (int i = 0; i < FIRMS; i++) {
        if (w->member[i]) {
            if (gsl_rng_uniform(m->rng) >= m->stay)
                moving[n_moving++] = i;
        } else if (month >= w->free_at[i]) {
            int peers = m->way == ASKING ? members_around(w, i) : w->peers[i];
            if (joins_by(INTERCEPT + w->per_tie[i] * peers, m->rng))
                moving[n_moving++] = i;
        }
    }
    return n_moving;
}

/* Returns the number of joins. */
static int month_polled(world *w, const model *m, int month, int *n_members)
{
    int moving[FIRMS], joins = 0, n_moving = decide(w, m, month, moving);
    for (int k = 0; k < n_moving; k++) {
        int i = moving[k], change = w->member[i] ? -1 : 1;
        w->member[i] = change > 0;
        if (change < 0)
            w->free_at[i] = month + m->wait + 1;
        joins += change > 0;
        if (m->way == PUSHED)
            for (int e = w->start[i]; e < w->start[i + 1]; e++)
                w->peers[w->ties[e]] += change;
    }
    *n_members += 2 * joins - n_moving;
    return joins;
}

/* ---- cached ---- */

static uint32_t units(double chance)
{
    return (uint32_t)(chance * 4294967296.0);
}

static void model_tabulate(model *m)
{
    m->leave = units(1 - m->stay);
    for (int n = 0; n <= MOST_TIES; n++)
        for (int k = 0; k <= n; k++) {
            double utility = INTERCEPT + (n > 0 ? ON_PEERS * k / n : 0);
            m->join[n][k] = units(1 / (1 + exp(-utility)));
            m->hazard[n][k] = log1p(exp(utility));
        }
}

static uint32_t join_chance(const world *w, const model *m, int i)
{
    return m->join[w->start[i + 1] - w->start[i]][w->peers[i]];
}

static void cached_start(world *w, const model *m)
{
    memset(w->n_back, 0, sizeof w->n_back);
    for (int i = 0; i < FIRMS; i++)
        w->chance[i] = join_chance(w, m, i);
}

static void move_cached(world *w, const model *m, int i, int month)
{
    int change = w->member[i] ? -1 : 1, back = month + m->wait + 1;
    w->member[i] = change > 0;
    w->chance[i] = change > 0 ? m->leave : 0;
    if (change < 0) {
        w->free_at[i] = back;
        if (back <= MONTHS)
            w->back[back][w->n_back[back]++] = i;
    }
    for (int e = w->start[i]; e < w->start[i + 1]; e++) {
        int j = w->ties[e];
        w->peers[j] += change;
        if (!w->member[j] && month >= w->free_at[j])
            w->chance[j] = join_chance(w, m, j);
    }
}

static int month_cached(world *w, const model *m, int month, int *n_members)
{
    int moving[FIRMS], n_moving = 0, joins = 0;
    for (int k = 0; k < w->n_back[month]; k++)
        w->chance[w->back[month][k]] = join_chance(w, m, w->back[month][k]);
    for (int i = 0; i < FIRMS; i++)
        if (gsl_rng_get(m->rng) < w->chance[i])
            moving[n_moving++] = i;
    for (int k = 0; k < n_moving; k++) {
        move_cached(w, m, moving[k], month);
        joins += w->member[moving[k]];
    }
    *n_members += 2 * joins - n_moving;
    return joins;
}

/* ---- events ---- */

static double exponential(gsl_rng *rng)
{
    return -log1p(-gsl_rng_uniform(rng));
}

static void unlist(world *w, int i)
{
    if (w->due[i] == 0)
        return;
    if (w->before[i] >= 0)
        w->next[w->before[i]] = w->next[i];
    else
        w->first[w->due[i]] = w->next[i];
    if (w->next[i] >= 0)
        w->before[w->next[i]] = w->before[i];
    w->due[i] = 0;
}

/* From the month after `month` on the hazard is this; find the month of the move. */
static void go_on(world *w, int i, int month, double rate)
{
    unlist(w, i);
    w->left[i] -= w->rate[i] * (month - w->since[i]);
    w->since[i] = month;
    w->rate[i] = rate;
    double months = w->left[i] / rate;
    if (months > MONTHS - month || month == MONTHS)
        return;
    int due = month + (months > 1 ? (int)ceil(months) : 1);
    w->due[i] = due;
    w->before[i] = -1;
    w->next[i] = w->first[due];
    if (w->first[due] >= 0)
        w->before[w->first[due]] = i;
    w->first[due] = i;
}

/* A spell that may end from the month after `month` on. */
static void spell_start(world *w, const model *m, int i, int month, double rate)
{
    w->left[i] = exponential(m->rng);
    w->rate[i] = 0;
    go_on(w, i, month, rate);
}

static double join_hazard(const world *w, const model *m, int i)
{
    return m->hazard[w->start[i + 1] - w->start[i]][w->peers[i]];
}

static void events_start(world *w, const model *m)
{
    memset(w->n_back, 0, sizeof w->n_back);
    memset(w->due, 0, sizeof w->due);
    for (int month = 0; month <= MONTHS; month++)
        w->first[month] = -1;
    for (int i = 0; i < FIRMS; i++)
        spell_start(w, m, i, 0, join_hazard(w, m, i));
}

static void move_by_event(world *w, const model *m, int i, int month)
{
    int change = w->member[i] ? -1 : 1, back = month + m->wait + 1;
    w->member[i] = change > 0;
    if (change > 0) {
        spell_start(w, m, i, month, LEAVING);
    } else {
        w->free_at[i] = back;
        if (back <= MONTHS)
            w->back[back][w->n_back[back]++] = i;
    }
    for (int e = w->start[i]; e < w->start[i + 1]; e++) {
        int j = w->ties[e];
        w->peers[j] += change;
        if (!w->member[j] && month >= w->free_at[j])
            go_on(w, j, month, join_hazard(w, m, j));
    }
}

static int month_by_events(world *w, const model *m, int month, int *n_members)
{
    int moving[FIRMS], n_moving = 0, joins = 0;
    for (int k = 0; k < w->n_back[month]; k++)
        spell_start(w, m, w->back[month][k], month - 1, join_hazard(w, m, w->back[month][k]));
    for (int i = w->first[month]; i >= 0; i = w->next[i]) {
        moving[n_moving++] = i;
        w->due[i] = 0; /* the list of a month that is over is not read again */
    }
    for (int k = 0; k < n_moving; k++) {
        move_by_event(w, m, moving[k], month);
        joins += w->member[moving[k]];
    }
    *n_members += 2 * joins - n_moving;
    return joins;
}

/* ---- */

static long number(const char *text)
{
    char *end;
    errno = 0;
    long n = strtol(text, &end, 10);
    return errno || end == text || *end || n < 0 ? -1 : n;
}

static int month_play(world *w, const model *m, int month, int *n_members)
{
    switch (m->way) {
    case CACHED:
        return month_cached(w, m, month, n_members);
    case EVENTS:
        return month_by_events(w, m, month, n_members);
    default:
        return month_polled(w, m, month, n_members);
    }
}

static int play(const model *m, long runs)
{
    static world w;
    for (long run = 0; run < runs; run++) {
        int n_members = 0, joins = 0;
        world_start(&w, m->rng);
        if (m->way == CACHED)
            cached_start(&w, m);
        if (m->way == EVENTS)
            events_start(&w, m);
        for (int month = 1; month <= MONTHS; month++) {
            joins += month_play(&w, m, month, &n_members);
            if (month % EVERY == 0)
                printf("%d,", n_members);
        }
        printf("%d\n", joins);
    }
    return fflush(stdout) ? 1 : 0;
}

int main(int argc, char **argv)
{
    static model m;
    static const char *const names[N_WAYS] = {"asking", "pushed", "cached", "events"};
    long runs = argc > 3 ? number(argv[2]) : -1, seed = argc > 3 ? number(argv[3]) : -1;
    long wait = argc > 4 ? number(argv[4]) : 12;
    while (argc > 1 && m.way < N_WAYS && strcmp(argv[1], names[m.way]) != 0)
        m.way++;
    if (runs < 0 || seed < 0 || wait < 0 || wait > MONTHS || m.way == N_WAYS) {
        fputs("usage: adoption asking|pushed|cached|events RUNS SEED [WAIT]\n", stderr);
        return 2;
    }
    m.rng = gsl_rng_alloc(gsl_rng_mt19937);
    if (!m.rng)
        return 3;
    gsl_rng_set(m.rng, (unsigned long)seed);
    m.wait = (int)wait;
    m.stay = exp(-LEAVING);
    model_tabulate(&m);
    int failed = play(&m, runs);
    gsl_rng_free(m.rng);
    return failed;
}
