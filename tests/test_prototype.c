/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The defaults against the figures of the prototype (another program with another random generator): what the paper's 30-40 %
 * does with size, elasticity and shareable part. Tolerances: rounding of the prototype's figure, plus 4.5 standard errors of
 * both samples (200 runs of the prototype, 60 for the variants): false alarm 7e-6 for each figure, 3e-4 for all. */
#include "model_runs.h"

#include <math.h>
#include <stdlib.h>

/* One world with lengths of stages and size of the pilot as in the paper: 2-3, 3-6, 2-4, 6-12 months, 3-5 firms. */
static setup world_of(uint32_t r, int n_firms)
{
    setup made = default_setup();
    const int lowest[] = {2, 3, 2, 6}, highest[] = {3, 6, 4, 12};
    kl_words draw = kl_draw(kl_key_of(11, r, KL_NO_REPLICATE), 0, KL_DRAW_INPUT, 0);
    kl_words more = kl_draw(kl_key_of(11, r, KL_NO_REPLICATE), 1, KL_DRAW_INPUT, 0);
    for (int k = 0; k < 4; k++)
        made.mechanism.stage[k].months = lowest[k] + (int)kl_below(draw.w[k], (uint32_t)(highest[k] - lowest[k] + 1));
    made.p.firms = n_firms;
    made.p.pilot_firms = 3 + (int)kl_below(more.w[0], 3);
    return made;
}

typedef struct sample {
    int runs, completed, gate_failed, insolvent, n; /* n: of the following, completed runs */
    double joint[1200], net[1200], usage[1200], members[5][1200];
} sample;

static const int months[] = {5, 17, 29, 41, 59};

static void take(sample *s, int runs, int n_firms, kl_param_id id, double value)
{
    kl_run run;
    kl_run_init(&run);
    *s = (sample){.runs = runs};
    for (uint32_t r = 0; r < (uint32_t)runs; r++) {
        double o[KL_N_OUTCOMES];
        setup made = world_of(r, n_firms);
        assert_int_equal(kl_params_set(&made.p, id, value), KL_OK);
        play_all(&run, &made, r, o);
        s->completed += run.status == KL_RUN_COMPLETED;
        s->gate_failed += run.status == KL_RUN_GATE_FAILED;
        s->insolvent += run.status == KL_RUN_INSOLVENT;
        if (run.status != KL_RUN_COMPLETED)
            continue;
        s->joint[s->n] = o[KL_OUT_saving_joint];
        s->net[s->n] = o[KL_OUT_saving_net];
        s->usage[s->n] = o[KL_OUT_usage];
        for (int k = 0; k < 5; k++)
            s->members[k][s->n] = kl_run_series(&run, KL_SER_members, months[k]);
        s->n++;
    }
    kl_run_free(&run);
}

static double quantile(const double *x, int n, double q)
{
    static double sorted[1200];
    for (int i = 0; i < n; i++)
        sorted[i] = x[i];
    qsort(sorted, (size_t)n, sizeof *sorted, by_value);
    return sorted[(int)(q * (n - 1) + .5)];
}

/* error: standard error of the difference. */
static void near(const char *what, double found, double prototype, double rounding, double error)
{
    if (!(fabs(found - prototype) <= rounding + 4.5 * error))
        fail_msg("%s: %.4f, prototype %.4f, %.1f standard errors apart", what, found, prototype,
                 fabs(found - prototype) / error);
}

static double share_error(double share, int a, int b)
{
    return sqrt(share * (1 - share) * (1. / a + 1. / b));
}

static void the_defaults_give_the_prototypes_figures(void **state)
{
    (void)state;
    static sample s;
    const double take_up[] = {.02, .22, .52, .70, .81};
    take(&s, 1200, 54, KL_PARAM_firms, 54);
    near("completed", (double)s.completed / s.runs, .80, .005, share_error(.8, s.runs, 200));
    near("gate failed or insolvent", (double)(s.gate_failed + s.insolvent) / s.runs, .21, .01,
         share_error(.2, s.runs, 200));
    double both = sqrt(1. / s.n + 1. / 160);
    /* the median of a normal sample has 1.25 times the error of its mean, the 5 % quantile 2.1 times */
    near("joint saving, median", quantile(s.joint, s.n, .5), .317, .0005, 1.25 * deviation(s.joint, s.n) * both);
    near("joint saving, 5 %", quantile(s.joint, s.n, .05), .275, .0005, 2.1 * deviation(s.joint, s.n) * both);
    near("joint saving, 95 %", quantile(s.joint, s.n, .95), .342, .0005, 2.1 * deviation(s.joint, s.n) * both);
    near("net saving", quantile(s.net, s.n, .5), .27, .005, 1.25 * deviation(s.net, s.n) * both);
    near("usage", mean(s.usage, s.n), .84, .005, deviation(s.usage, s.n) * both);
    for (int k = 0; k < 5; k++)
        near("members", mean(s.members[k], s.n), take_up[k], .005, deviation(s.members[k], s.n) * both);
    near("members, sd", deviation(s.members[4], s.n), .06, .005, .06 * both / sqrt(2));
    print_message("completed %.3f, gate failed %.3f, insolvent %.3f; joint %.3f [%.3f, %.3f], net %.3f, usage %.3f\n",
                  (double)s.completed / s.runs, (double)s.gate_failed / s.runs, (double)s.insolvent / s.runs,
                  quantile(s.joint, s.n, .5), quantile(s.joint, s.n, .05), quantile(s.joint, s.n, .95),
                  quantile(s.net, s.n, .5), mean(s.usage, s.n));
}

typedef struct row {
    double value, joint, rounding;
} row;

static void hold(const char *what, int runs, kl_param_id id, const row *rows, int n_rows, int n_firms)
{
    static sample s;
    double last = 0;
    for (int k = 0; k < n_rows; k++) {
        take(&s, runs, n_firms > 0 ? n_firms : (int)rows[k].value, id, rows[k].value);
        double prototypes = 60. * s.completed / s.runs; /* of its 60 runs, about as many will have completed */
        double error = 1.25 * deviation(s.joint, s.n) * sqrt(1. / s.n + 1 / prototypes),
               found = quantile(s.joint, s.n, .5);
        print_message("%s %g: joint saving %.3f, prototype %.3f; completed %.2f\n", what, rows[k].value, found,
                      rows[k].joint, (double)s.completed / s.runs);
        near(what, found, rows[k].joint, rows[k].rounding, error);
        assert_true(k == 0 || (found > last) == (rows[k].joint > rows[k - 1].joint));
        last = found;
    }
}

static void the_saving_grows_with_size_as_in_the_prototype(void **state)
{
    (void)state;
    const row rows[] = {{20, .25, .005}, {36, .29, .005}, {119, .35, .005}, {395, .385, .0005}};
    hold("firms", 300, KL_PARAM_firms, rows, 4, 0);
}

static void the_saving_falls_with_the_elasticity_as_in_the_prototype(void **state)
{
    (void)state;
    const row rows[] = {{.5, .36, .005}, {.6, .33, .005}, {.7, .29, .005}, {.8, .23, .005}, {.9, .14, .005}};
    hold("elasticity", 300, KL_PARAM_scale_elasticity, rows, 5, 54);
}

static void the_saving_grows_with_the_shareable_part_as_in_the_prototype(void **state)
{
    (void)state;
    const row rows[] = {{.35, .185, .0005}, {.45, .25, .005}, {.65, .38, .005}};
    hold("shareable", 300, KL_PARAM_shareable, rows, 3, 54);
}

static void larger_clusters_carry_the_platform_more_often(void **state)
{
    (void)state;
    const int sizes[] = {8, 20, 36, 119};
    const double prototype[] = {.02, .07, .38, .93};
    static sample s;
    for (int k = 0; k < 4; k++) {
        take(&s, 600, sizes[k], KL_PARAM_firms, sizes[k]);
        double found = (double)s.completed / s.runs;
        print_message("%d firms: completed %.3f, prototype %.2f; gate failed %.3f, insolvent %.3f\n", sizes[k], found,
                      prototype[k], (double)s.gate_failed / s.runs, (double)s.insolvent / s.runs);
        near("completed", found, prototype[k], .005, share_error(fmax(found, prototype[k]), s.runs, 60));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_defaults_give_the_prototypes_figures),
        cmocka_unit_test(the_saving_grows_with_size_as_in_the_prototype),
        cmocka_unit_test(the_saving_falls_with_the_elasticity_as_in_the_prototype),
        cmocka_unit_test(the_saving_grows_with_the_shareable_part_as_in_the_prototype),
        cmocka_unit_test(larger_clusters_carry_the_platform_more_often),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
