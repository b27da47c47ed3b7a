/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Golden numbers: 64-bit hashes of everything that varied runs yield, the same from gcc and clang at -O0 to -O3, with and
 * without vector clones, on any processor. They say that something changed, not what is right. Where the model is changed on
 * purpose, this program prints the new table; the change belongs into CHANGELOG.md under Reproducibility. */
#include "model_runs.h"

#include <string.h>

#include "klaster/engine.h"

#include "golden.h"

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
#define FIELD(type, name, unit, meaning) hash = hash_number(hash, firm.name);
    KL_FIRM_FIELDS(FIELD)
#undef FIELD
    return hash;
}

/* Every firm: what it is and does at the end, what it gained, whom it knows. */
static uint64_t hash_firms(uint64_t hash, const kl_run *run)
{
    for (int i = 0; i < run->n_firms; i++) {
        hash = hash_firm(hash, kl_run_firm(run, i));
        kl_firm_gain gain = kl_run_firm_gain(run, i);
        hash = hash_number(hash_number(hash, gain.value), gain.synergy);
        const int32_t *ties;
        int n = kl_run_ties(run, i, &ties);
        for (int k = 0; ties && k < n; k++)
            hash = hash_number(hash, ties[k]);
    }
    return hash;
}

/* The outcomes of a run, those against the same world without public money among them. */
static void play_pair(kl_run *run, const setup *made, uint32_t replicate, double outcome[KL_N_OUTCOMES])
{
    setup without = *made;
    without.p.public_budget = 0;
    kl_baseline baseline = {0};
    play_all(run, &without, replicate, outcome);
    assert_int_equal(kl_baseline_keep(&baseline, run), KL_OK);
    play_all(run, made, replicate, outcome);
    kl_baseline_outcomes(&baseline, run, outcome);
    kl_baseline_free(&baseline);
}

static uint64_t hash_of(const setup *made, uint32_t replicate)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    double outcome[KL_N_OUTCOMES];
    kl_run run;
    kl_run_init(&run);
    play_pair(&run, made, replicate, outcome);
    hash = hash_number(hash, run.status);
    for (int k = 0; k < KL_N_OUTCOMES; k++)
        hash = hash_number(hash, outcome[k]);
    for (int k = 0; k < KL_N_SERIES; k++)
        for (int m = 0; m < made->horizon; m++)
            hash = hash_number(hash, kl_run_series(&run, (kl_series_id)k, m));
    hash = hash_firms(hash, &run);
    kl_run_free(&run);
    return hash;
}

/* Every instrument at once. */
static void pay_for_everything(kl_params *p)
{
    p->capex_grant = 5e4, p->opex_support = .3, p->fee_subsidy = .5, p->entry_subsidy = .2;
    p->onboarding_grant = .5, p->training_seats = 10, p->exchange_sharing = .2;
    p->training_voucher = .2, p->expert_fit = .3, p->campaign_optimism = .05, p->campaign_rate = .1;
}

/* Numbers of the sets of runs below; each has one golden number a run. */
enum { N_CHOICES = 6, VALUES = 5, N_PAID = 6, N_RANDOM = 44 };

/* Every value of every choice, instruments all at once in clusters of up to 1,800 firms, parameters at random, the defaults. */
static setup golden_setup(uint32_t k)
{
    static const kl_param_id choices[N_CHOICES] = {KL_PARAM_graph,      KL_PARAM_pilot_rule,
                                                   KL_PARAM_wave_order, KL_PARAM_adoption_rule,
                                                   KL_PARAM_allocation, KL_PARAM_subsidy_target};
    setup made = default_setup();
    if (k < N_CHOICES * VALUES) {
        int last = kl_param_info_of(choices[k / VALUES])->n_choices - 1;
        int value = (int)(k % VALUES) < last ? (int)(k % VALUES) : last;
        assert_int_equal(kl_params_set(&made.p, choices[k / VALUES], value), KL_OK);
        made.p.firms = 7 + 13 * (int)k;
        made.p.gate = 0;
        made.p.reserve = 1e6;
        if (choices[k / VALUES] == KL_PARAM_subsidy_target)
            pay_for_everything(&made.p);
    } else if (k < N_CHOICES * VALUES + N_PAID) {
        int step = (int)k - N_CHOICES * VALUES;
        made.p.firms = 300 * (step + 1);
        pay_for_everything(&made.p);
        made.p.policy_start = 3 * step;
    } else if (k < N_CHOICES * VALUES + N_PAID + N_RANDOM) {
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
