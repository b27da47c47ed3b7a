/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The twin's mechanism: stages, pilot, gate, roll-out and training. See twin.h. */
#include "twin_parts.h"

#include <math.h>

static kl_stage_kind kind_now(const twin *t)
{
    return t->mechanism.stage[t->stage].kind;
}

static void train(twin *t, int i)
{
    twin_firm *f = &t->firm[i];
    if (f->trained)
        return;
    f->trained = 1;
    f->readiness += t->p.training_gain * (1 - f->readiness);
    t->trained_now++;
}

/* ---- the pilot's firms ---- */

/* Two computed keys that nearly agree may be seen in the other order by floats. */
static int is_larger(twin *t, double a, double b)
{
    double apart = fabs(a - b), size = fmax(1e-3, fmax(fabs(a), fabs(b)));
    t->near += apart <= 1e-5 * size && apart > 0;
    return a > b;
}

static double mean_of(const twin *t, double (*x)(const twin_firm *))
{
    double sum = 0;
    for (int i = 0; i < t->n; i++)
        sum += x(&t->firm[i]) / t->n;
    return sum;
}

static double sd_of(const twin *t, double (*x)(const twin_firm *))
{
    double mean = mean_of(t, x), squares = 0;
    for (int i = 0; i < t->n; i++)
        squares += (x(&t->firm[i]) - mean) * (x(&t->firm[i]) - mean) / t->n;
    return squares > 1e-12 ? sqrt(squares) : 1;
}

static double log_size(const twin_firm *f)
{
    return log(f->employees);
}

static double experience(const twin_firm *f)
{
    return f->experience;
}

/* Squared distance of two firms, in standard deviations; another sector counts as one. */
static double distance(const twin *t, const twin_firm *a, const twin_firm *b)
{
    double size = (log_size(a) - log_size(b)) / sd_of(t, log_size);
    double skill = (a->experience - b->experience) / sd_of(t, experience);
    return size * size + skill * skill + (a->sector != b->sector);
}

static double distance_to_mean(const twin *t, const twin_firm *f)
{
    double size = (log_size(f) - mean_of(t, log_size)) / sd_of(t, log_size);
    double skill = (f->experience - mean_of(t, experience)) / sd_of(t, experience);
    return size * size + skill * skill;
}

/* Gonzalez 1985: the most typical first, then whoever is farthest from all chosen. */
static int choose_diverse(twin *t, int wanted, int *chosen)
{
    int n = 0, exporters = 0;
    for (int i = 0; i < t->n; i++)
        exporters += t->firm[i].exporter;
    while (n < wanted) {
        int best = -1;
        double best_far = 0;
        for (int i = 0; i < t->n; i++) {
            int taken = exporters >= wanted && !t->firm[i].exporter;
            double far = n == 0 ? -distance_to_mean(t, &t->firm[i]) : INFINITY;
            for (int k = 0; k < n; k++) {
                taken |= chosen[k] == i;
                far = fmin(far, distance(t, &t->firm[i], &t->firm[chosen[k]]));
            }
            if (!taken && (best < 0 || is_larger(t, far, best_far))) {
                best = i;
                best_far = far;
            }
        }
        if (best < 0)
            break;
        chosen[n++] = best;
    }
    return n;
}

/* Firms by a key, largest first, equal ones by index: each time the best of what is left. */
static void rank(twin *t, double (*key)(const twin *, int))
{
    for (int place = 0; place < t->n; place++) {
        int best = -1;
        for (int i = 0; i < t->n; i++) {
            int taken = 0;
            for (int k = 0; k < place; k++)
                taken |= t->order[k] == i;
            if (!taken && (best < 0 || is_larger(t, key(t, i), key(t, best))))
                best = i;
        }
        t->order[place] = best;
    }
}

static double by_export(const twin *t, int i)
{
    return 2 * t->firm[i].exporter + t->firm[i].readiness;
}
static double by_lot(const twin *t, int i)
{
    return t->firm[i].lot;
}
static double by_ties(const twin *t, int i)
{
    return t->firm[i].n_ties;
}
static double by_size(const twin *t, int i)
{
    return t->firm[i].employees;
}
static double by_sector(const twin *t, int i)
{
    return -t->firm[i].sector;
}

static void begin_pilot(twin *t)
{
    int wanted = t->p.pilot_firms < t->n ? t->p.pilot_firms : t->n;
    if (t->p.pilot_rule == kl_pilot_rule_diverse)
        wanted = choose_diverse(t, wanted, t->order);
    else if (t->p.pilot_rule == kl_pilot_rule_exporters)
        rank(t, by_export);
    else if (t->p.pilot_rule == kl_pilot_rule_random)
        rank(t, by_lot);
    else if (t->p.pilot_rule == kl_pilot_rule_central)
        rank(t, by_ties);
    else
        rank(t, twin_utility);
    for (int k = 0; k < wanted; k++) {
        int i = t->order[k];
        t->firm[i].invited = 1;
        if (t->firm[i].member)
            continue;
        twin_join(t, i);
        t->firm[i].tenure = -1; /* the month's clocks are still to advance */
        train(t, i);
    }
}

/* ---- the roll-out ---- */

static void begin_rollout(twin *t)
{
    double (*const key[])(const twin *, int) = {
        [kl_wave_order_exporters] = by_export, [kl_wave_order_size] = by_size,  [kl_wave_order_centrality] = by_ties,
        [kl_wave_order_sectors] = by_sector,   [kl_wave_order_random] = by_lot,
    };
    rank(t, key[t->p.wave_order]);
    t->rollout_begun = 1;
    t->rollout_done = 0;
    t->waves_invited = 0;
}

static int in_first_waves(const twin *t, int waves)
{
    return (int)floor((double)t->n * waves / t->p.waves);
}

static void rollout_month(twin *t)
{
    const kl_params *p = &t->p;
    if (!t->rollout_begun)
        return;
    for (int wave = 0; wave < p->waves; wave++) { /* wave w begins in month floor(w months / waves) of the stage */
        int begins = (int)((double)wave * t->stage_months / p->waves + 1e-9);
        if (wave < t->waves_invited || (!t->rollout_done && begins > t->stage_elapsed))
            continue;
        for (int k = in_first_waves(t, wave); k < in_first_waves(t, wave + 1); k++) {
            t->firm[t->order[k]].invited = 1;
            t->firm[t->order[k]].wave = wave + 1;
        }
        t->waves_invited = wave + 1;
    }
    int seats = p->training_capacity + (twin_policy_on(t) ? p->training_seats : 0);
    double attendance = p->training_attendance + (twin_policy_on(t) ? p->training_voucher : 0);
    for (int k = 0; k < in_first_waves(t, t->waves_invited) && attendance > 0; k++) {
        twin_firm *f = &t->firm[t->order[k]];
        if (f->trained || seats-- <= 0)
            continue;
        kl_words draw = kl_draw(t->key, (uint32_t)t->order[k], KL_DRAW_TRAINING, (uint32_t)f->seats_offered++);
        if (kl_uniform(draw.w[0]) < attendance)
            train(t, t->order[k]);
    }
}

/* ---- stages ---- */

static int is_over(const twin *t)
{
    return t->closed || t->stage >= t->mechanism.n_stages;
}

static void begin_stage(twin *t)
{
    t->stage_elapsed = 0;
    if (is_over(t))
        return;
    double months = t->mechanism.stage[t->stage].months * (t->p.pace_slow - t->p.pace_leadership * t->leadership);
    t->stage_months = months < 1 ? 1 : (int)floor(months + .5);
    if (kind_now(t) == KL_STAGE_BUILD)
        t->operating = 1;
    if (kind_now(t) == KL_STAGE_PILOT)
        begin_pilot(t);
    if (kind_now(t) == KL_STAGE_ROLLOUT)
        begin_rollout(t);
}

static void assess(twin *t)
{
    double experts = 0;
    if (t->p.expert_fit > 0 && twin_policy_on(t)) {
        double paid = twin_public_pay(t, t->p.expert_cost);
        t->pv_cost += paid * t->discount;
        experts = paid >= t->p.expert_cost ? t->p.expert_fit : 0;
    }
    t->fit = 1 - (1 - t->fit) * exp(-(t->p.fit_rate + experts));
}

static void build(twin *t)
{
    double own = t->p.capex / t->stage_months, grant = twin_public_pay(t, t->p.capex_grant / t->stage_months);
    t->invested += own + grant;
    t->flow -= own;
    t->pv_platform -= own * t->discount;
    t->pv_cost += (own + grant) * t->discount;
    t->money_size += own + grant;
}

void twin_stage_begins_month(twin *t)
{
    if (is_over(t))
        return;
    if (t->stage == 0 && t->stage_elapsed == 0)
        begin_stage(t);
    if (kind_now(t) == KL_STAGE_ASSESS)
        assess(t);
    if (kind_now(t) == KL_STAGE_BUILD)
        build(t);
    for (int i = 0; kind_now(t) == KL_STAGE_TRUST && i < t->n; i++)
        t->firm[i].trust += t->p.trust_building * (1 - t->firm[i].trust);
    if (kind_now(t) == KL_STAGE_ROLLOUT || kind_now(t) == KL_STAGE_OPTIMISE)
        rollout_month(t);
}

static void close_ecosystem(twin *t, int why)
{
    int leaves = t->leaves;
    for (int i = 0; i < t->n; i++) {
        if (t->firm[i].member)
            twin_leave(t, i);
        t->firm[i].invited = 0;
    }
    t->leaves = leaves; /* being sent home is no churn */
    t->open = t->operating = 0;
    t->closed = 1;
    t->status = why;
    t->month_closed = t->month + 1;
}

static double pilot_score(const twin *t)
{
    const kl_params *p = &t->p;
    double n = t->n_members, satisfaction = 0, shareable = 0, budget = 0, saved = 0;
    for (int i = 0; i < t->n; i++) {
        const twin_firm *f = &t->firm[i];
        satisfaction += f->member * f->satisfaction / n;
        shareable += f->member * f->shareable / n;
        budget += f->member * f->budget;
        saved += f->member * f->saved;
    }
    if (n < 1)
        return 0;
    double hoped = shareable * (1 - pow(n, p->scale_elasticity - 1));
    double performance = fmin(1, t->quality * t->mean_usage / p->gate_performance_ref);
    double marketing = hoped > 0 ? fmax(0, fmin(1, saved / budget / hoped)) : 0;
    return p->gate_satisfaction * satisfaction + p->gate_performance * performance + p->gate_marketing * marketing;
}

/* Is the pilot over? */
static int passes_gate(twin *t)
{
    const kl_params *p = &t->p;
    t->pilot_score = pilot_score(t);
    int good_enough = twin_at_least(t, t->pilot_score, p->gate_threshold, 1);
    if (good_enough || !p->gate) {
        t->month_gate = t->month + 1;
        return 1;
    }
    if (t->recycles == p->recycles_max) {
        close_ecosystem(t, KL_RUN_GATE_FAILED);
        return 1;
    }
    t->recycles++;
    t->stage_months += p->recycle_months;
    t->quality += p->recycle_gain * (p->quality_max - t->quality);
    return 0;
}

static void finish_stage(twin *t)
{
    const kl_params *p = &t->p;
    if (kind_now(t) == KL_STAGE_BUILD) {
        t->quality = p->quality_max * (1 - exp(-t->invested / p->capex_ref)) * (.5 + .5 * t->fit);
        t->month_built = t->month + 1;
        t->open = 1;
    }
    if (kind_now(t) == KL_STAGE_PILOT && !passes_gate(t))
        return;
    if (t->closed)
        return;
    if (kind_now(t) == KL_STAGE_ROLLOUT) {
        t->rollout_done = 1;
        t->month_rollout = t->month + 1;
    }
    t->stage++;
    int only_optimising_left = t->stage >= t->mechanism.n_stages || kind_now(t) == KL_STAGE_OPTIMISE;
    if (only_optimising_left && t->status == KL_RUN_UNFINISHED)
        t->status = KL_RUN_COMPLETED;
    begin_stage(t);
}

void twin_stage_ends_month(twin *t)
{
    if (t->insolvent && !t->closed) {
        close_ecosystem(t, KL_RUN_INSOLVENT);
        return;
    }
    if (is_over(t))
        return;
    t->stage_elapsed++;
    double gap = t->p.quality_max - t->quality;
    if (kind_now(t) == KL_STAGE_OPTIMISE) {
        t->quality += t->p.optimise_rate * gap;
        return;
    }
    if (kind_now(t) == KL_STAGE_PILOT)
        t->quality += t->p.pilot_learning * t->mean_usage * gap;
    if (t->stage_elapsed >= t->stage_months)
        finish_stage(t);
}
