/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Joining and leaving (MODEL: Join, Leave). A spell outside or inside the ecosystem ends in the first month in which its
 * cumulated hazard passes a unit exponential drawn at its start; with monthly hazard -log(1-p) that is a Bernoulli(p) every
 * month in law. All hazards of a month are computed before anybody moves. */
#include "core/hazard.h"
#include "core/state.h"
#include "core/vector.h"

static void clock_restart(kl_state *s, int i)
{
    s->clock[i] = 0;
    s->clock_limit[i] = kl_membership_limit(s, i, s->spell[i]++);
}

void kl_membership_reset(kl_state *s)
{
    for (int i = 0; i < s->n; i++) {
        s->away[i] = KL_NEVER_MEMBER;
        s->trust[i] = s->trust_first[i];
        s->readiness[i] = s->readiness_first[i];
        s->belief[i] = (float)s->p.belief_initial;
        s->satisfaction[i] = (float)s->p.satisfaction_initial;
        clock_restart(s, i);
    }
    for (int i = s->n; i < s->n_padded; i++)
        s->clock_limit[i] = INFINITY;
}

/* Count a firm in or out everywhere. */
static void count_member(kl_state *s, int i, int change)
{
    s->n_members += change;
    s->sector_members[s->sector[i]] += change;
    s->member_miss_sum += change * (double)s->miss_first[i];
    if (s->n_members == 0)
        s->member_miss_sum = 0; /* no rounding stays behind */
    s->audience_stale = 1;
    if (s->ties)
        for (int e = 0; e < s->ties_n[i]; e++)
            s->peers[s->ties[s->ties_start[i] + e]] += (float)change;
}

void kl_membership_join(kl_state *s, int i)
{
    kl_twin_part(s);
    double gross = s->p.onboarding;
    double grant = s->eligible[i] > 0 ? kl_public_pay(s, gross * s->p.onboarding_grant) : 0;
    s->member[i] = 1;
    s->tenure[i] = 0;
    s->usage[i] = (float)s->p.usage_initial;
    s->satisfaction[i] = (float)s->p.satisfaction_initial;
    s->onboarding_paid[i] = (float)(gross - grant);
    s->public_now[i] += (float)grant;
    s->joins++;
    s->joined_now++;
    clock_restart(s, i);
    count_member(s, i, +1);
}

void kl_membership_leave(kl_state *s, int i)
{
    s->member[i] = 0;
    s->away[i] = 0;
    s->usage[i] = 0;
    s->leaves++;
    clock_restart(s, i);
    count_member(s, i, -1);
}

/* V of one firm, as the logit rule sees it. */
float kl_join_utility(const kl_state *s, int i)
{
    const kl_params *p = &s->p;
    float peers = s->ties ? s->peers[i] : (float)s->n_members - s->member[i];
    float grant = (float)p->onboarding_grant * s->eligible[i];
    return (float)(p->join_intercept + p->join_leadership * (2 * s->leadership - 1)) +
           (float)p->join_belief * (s->belief[i] - s->fee_net[i]) +
           (float)p->join_peers * (peers * s->inverse_ties[i]) +
           (float)p->join_readiness * kl_signedf(s->readiness[i]) + (float)p->join_trust * kl_signedf(s->trust[i]) -
           (float)p->join_cost * (s->onboarding_load[i] * (1.0f - grant));
}

/* What the hazard of a firm's spell is an exponential of: of leaving; by the logit rule of joining, too. */
KL_INLINE void spell_exponents(const kl_state *s, int begin, int end, float *restrict exponent)
{
    const kl_params *p = &s->p;
    const float on_usage = (float)-p->leave_usage, leave_trust = (float)-p->leave_trust;
    const float dissatisfied = (float)p->leave_dissatisfied;
    const float base = (float)(p->join_intercept + p->join_leadership * (2 * s->leadership - 1));
    const float on_belief = (float)p->join_belief, on_peers = (float)p->join_peers;
    const float on_readiness = (float)p->join_readiness, on_trust = (float)p->join_trust;
    const float on_cost = (float)p->join_cost, grant = (float)p->onboarding_grant;
    const float outside = p->adoption_rule == kl_adoption_rule_logit ? 0.0f : 1.0f; /* 1: who is outside has none */
    const float *restrict belief = s->belief, *restrict fee_net = s->fee_net, *restrict peers = s->peers;
    const float *restrict readiness = s->readiness, *restrict trust = s->trust, *restrict member = s->member;
    const float *restrict load = s->onboarding_load, *restrict eligible = s->eligible, *restrict usage = s->usage;
    const float *restrict inverse_ties = s->inverse_ties, *restrict satisfaction = s->satisfaction;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float log_factor = on_usage * kl_signedf(usage[i]) + leave_trust * kl_signedf(trust[i]) +
                           (satisfaction[i] < 0.5f ? dissatisfied : 0.0f);
        float utility = base + on_belief * (belief[i] - fee_net[i]) + on_peers * (peers[i] * inverse_ties[i]) +
                        on_readiness * kl_signedf(readiness[i]) + on_trust * kl_signedf(trust[i]) -
                        on_cost * (load[i] * (1.0f - grant * eligible[i]));
        exponent[i - begin] = member[i] + outside > 0.0f ? log_factor : kl_minf(utility, KL_UTILITY_MAX);
    }
}

/* Hazard of joining by the rule in force; `power` is the exponential of the exponents. */
KL_INLINE void join_hazards(const kl_state *s, int begin, int end, const float *power, float *restrict hazard)
{
    const kl_params *p = &s->p;
    const float *restrict peers = s->peers, *restrict inverse_ties = s->inverse_ties;
    if (p->adoption_rule == kl_adoption_rule_bass) {
        const float innovation = (float)(p->bass_p / 12), imitation = (float)(p->bass_q / 12);
        KL_INDEPENDENT
        for (int i = begin; i < end; i++)
            hazard[i - begin] = kl_hazard_bass(innovation, imitation, peers[i] * inverse_ties[i]);
    } else if (p->adoption_rule == kl_adoption_rule_threshold) {
        const float *restrict threshold = s->threshold;
        KL_INDEPENDENT
        for (int i = begin; i < end; i++)
            hazard[i - begin] = kl_hazard_threshold(threshold[i], peers[i] * inverse_ties[i]);
    } else {
        kl_logs1p(power, end - begin, hazard);
    }
}

/* Advance every clock by the hazard of its spell. */
KL_INLINE void advance_clocks(kl_state *s, int begin, int end)
{
    const kl_params *p = &s->p;
    float exponent[KL_SPAN], power[KL_SPAN], join[KL_SPAN];
    spell_exponents(s, begin, end, exponent);
    kl_exps(exponent, end - begin, power);
    join_hazards(s, begin, end, power, join);
    const float newness = (float)p->leave_new_factor;
    const float new_months = (float)p->leave_new_months, wait = (float)p->rejoin_wait;
    const float *restrict invited = s->invited, *restrict member = s->member, *restrict base = s->leave_base;
    float *restrict tenure = s->tenure, *restrict away = s->away, *restrict clock = s->clock;
    KL_INDEPENDENT
    for (int i = begin; i < end; i++) {
        float leave = base[i] * power[i - begin] * (tenure[i] < new_months ? newness : 1.0f);
        float may_join = away[i] >= wait ? invited[i] : 0.0f;
        clock[i] += member[i] > 0.0f ? leave : may_join * join[i - begin];
        tenure[i] += member[i];
        away[i] += 1.0f - member[i];
    }
}

/* A month of every clock; the firms whose clock strikes into `due`, their number into *struck. Nobody moves yet. */
KL_VECTOR static void run_clocks(kl_state *s, const void *with, int begin, int end, double *struck)
{
    KL_WHOLE_ROWS(begin, end);
    (void)with;
    float *restrict peers = s->peers;
    const float *restrict member = s->member;
    const float members = (float)s->n_members;
    for (int i = begin; !s->ties && i < end; i++)
        peers[i] = members - member[i];
    advance_clocks(s, begin, end);
    *struck = kl_due(s->clock, s->clock_limit, begin, end, s->due + begin);
}

void kl_membership_step(kl_state *s)
{
    double struck;
    if (s->n_invited_waves > 0) /* not in the middle of it, by a join: the twin needs the sums of spans, too */
        kl_twin_part(s);
    kl_spans(s, run_clocks, NULL, 1, &struck);
    for (int begin = 0; begin < s->n_padded; begin += KL_SPAN) {
        int n = (int)kl_spans_part(s, begin, 0, struck);
        for (int k = 0; k < n; k++) {
            int i = s->due[begin + k];
            if (s->member[i] > 0)
                kl_membership_leave(s, i);
            else
                kl_membership_join(s, i);
        }
    }
    s->member_months += s->n_members;
}
