/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Golden numbers: 64-bit hashes of everything that varied runs yield, the same from gcc and clang at -O0 to -O3, with and
 * without vector clones, on any processor. They say that something changed, not what is right. Where the model is changed on
 * purpose, this program prints the new table; the change belongs into CHANGELOG.md under Reproducibility. */
#include "model_runs.h"

#include <math.h>
#include <string.h>

#include "golden.h"

/* The outcomes, and further below the fields of a firm, that the table covers. New ones change no golden bit until they are added here. */
static const kl_outcome_id covered[] = {
    KL_OUT_month_built,
    KL_OUT_month_gate,
    KL_OUT_month_rollout,
    KL_OUT_month_closed,
    KL_OUT_pilot_score,
    KL_OUT_pilot_recycles,
    KL_OUT_members_final,
    KL_OUT_member_share,
    KL_OUT_usage,
    KL_OUT_churn,
    KL_OUT_joins,
    KL_OUT_saving_joint,
    KL_OUT_saving_net,
    KL_OUT_saving_gross,
    KL_OUT_saving_joint_all,
    KL_OUT_saving_net_all,
    KL_OUT_reach_firm,
    KL_OUT_reach_cluster,
    KL_OUT_reach_cluster_alone,
    KL_OUT_markets_opened,
    KL_OUT_markets_opened_alone,
    KL_OUT_brand,
    KL_OUT_information,
    KL_OUT_innovations,
    KL_OUT_innovations_alone,
    KL_OUT_goal_attainment,
    KL_OUT_goal_attainment_alone,
    KL_OUT_goal_lift,
    KL_OUT_value_firms,
    KL_OUT_value_alone,
    KL_OUT_value_platform,
    KL_OUT_public_spending,
    KL_OUT_synergy,
    KL_OUT_synergy_ratio,
    KL_OUT_npv_social,
    KL_OUT_bcr,
    KL_OUT_breakeven,
    KL_OUT_cash_lowest,
    KL_OUT_gini,
    KL_OUT_gain_share_small,
    KL_OUT_share_worse_off,
};

/* FNV-1a over the bytes of a number, lowest first; every NaN is the same, for compilers make it with either sign. */
static uint64_t hash_number(uint64_t hash, double x)
{
    uint64_t bits = UINT64_C(0x7ff8000000000000);
    if (x == x)
        memcpy(&bits, &x, sizeof bits);
    for (int i = 0; i < 8; i++)
        hash = (hash ^ (bits >> (8 * i) & 255)) * UINT64_C(1099511628211);
    return hash;
}

static uint64_t hash_firm(uint64_t hash, kl_firm firm)
{
    const double fields[] = {
        firm.sector,       firm.exporter, firm.employees,        firm.revenue,      firm.budget,     firm.ties,
        firm.invited,      firm.trained,  firm.member,           firm.wave,         firm.usage,      firm.readiness,
        firm.trust,        firm.belief,   firm.satisfaction,     firm.saving_joint, firm.saving_net, firm.reach,
        firm.market_reach, firm.markets,  firm.innovation_stock, firm.net_benefit,
    };
    for (size_t k = 0; k < sizeof fields / sizeof fields[0]; k++)
        hash = hash_number(hash, fields[k]);
    return hash;
}

static uint64_t hash_of(const setup *made, uint32_t replicate)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    double outcome[KL_N_OUTCOMES];
    kl_run run;
    kl_run_init(&run);
    play_all(&run, made, replicate, outcome);
    for (size_t k = 0; k < sizeof covered / sizeof covered[0]; k++)
        hash = hash_number(hash, outcome[covered[k]]);
    for (int k = 0; k <= KL_SER_net_benefit; k++) /* the series after it were added later */
        for (int m = 0; m < made->horizon; m++)
            hash = hash_number(hash, kl_run_series(&run, (kl_series_id)k, m));
    for (int i = 0; i < run.n_firms; i++) {
        hash = hash_firm(hash, kl_run_firm(&run, i));
    }
    kl_run_free(&run);
    return hash;
}

/* The defaults, every value of every choice, instruments all at once, odd sizes, and parameters at random. */
static setup golden_setup(uint32_t k)
{
    static const kl_param_id choices[] = {KL_PARAM_graph, KL_PARAM_pilot_rule, KL_PARAM_wave_order,
                                          KL_PARAM_adoption_rule, KL_PARAM_allocation};
    setup made = default_setup();
    if (k < 25) {
        int last = kl_param_info_of(choices[k / 5])->n_choices - 1;
        int value = (int)(k % 5) < last ? (int)(k % 5) : last;
        assert_int_equal(kl_params_set(&made.p, choices[k / 5], value), KL_OK);
        made.p.firms = 7 + 13 * (int)k;
        made.p.gate = 0;
        made.p.reserve = 1e6;
    } else if (k < 30) {
        made.p.firms = 300 * (int)(k - 24);
        made.p.capex_grant = 5e4, made.p.opex_support = .3, made.p.fee_subsidy = .5, made.p.entry_subsidy = .2;
        made.p.onboarding_grant = .5, made.p.training_seats = 10, made.p.exchange_sharing = .2;
        made.p.policy_start = 3 * (int)(k - 25);
    } else if (k < 56) {
        made = random_setup(k, .8, 200);
    }
    return made;
}

static void runs_give_the_golden_bits(void **state)
{
    (void)state;
    enum { N = sizeof golden / sizeof golden[0] };
    int different = 0;
    uint64_t found[N];
    for (uint32_t k = 0; k < N; k++) {
        setup made = golden_setup(k);
        found[k] = hash_of(&made, k);
        different += found[k] != golden[k];
        for (uint32_t j = 0; j < k; j++)
            assert_true(found[j] != found[k]);
    }
    for (uint32_t k = 0; different > 0 && k < N; k++)
        print_message("    UINT64_C(0x%016llx),%s\n", (unsigned long long)found[k],
                      found[k] != golden[k] ? " /* different */" : "");
    assert_int_equal(different, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(runs_give_the_golden_bits)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
