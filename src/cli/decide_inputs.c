/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * `klaster decide`: which inputs could be researched, alone and together, and what knowing them would be worth. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "cli/decide.h"

void kl_decide_inputs_free(kl_decide_inputs *inputs)
{
    for (int k = 0; inputs->value && k < inputs->n; k++)
        free(inputs->value[k]);
    for (int s = 0; inputs->set && s < inputs->n_sets; s++)
        free(inputs->set[s].member);
    free(inputs->value);
    free(inputs->input);
    free(inputs->set);
    free(inputs->evppi);
    free(inputs->name);
}

/* ---- inputs ---- */

/* The input's values at the points, as the first option has it in which it varies; options that draw it from different
 * distributions draw it at the same coordinate, which then stands for it. 0 where it varies in no option. */
static int read_input(const kl_decide *d, const kl_input *input, double *value)
{
    for (int k = 0; k < d->n_arms; k++) {
        int varies = 0, by_coordinate = input->by_arm;
        for (int i = 0; i < d->by_benefit.n; i++) {
            value[i] = kl_study_input_value(d->study, input, d->arm[k], d->by_benefit.point[i]);
            by_coordinate |= isnan(value[i]); /* a stage that only some mechanisms have */
            varies |= value[i] != value[0] && isfinite(value[i]) && isfinite(value[0]);
        }
        if (!varies)
            continue;
        for (int i = 0; by_coordinate && i < d->by_benefit.n; i++)
            value[i] = kl_study_coordinate(d->study, input, d->by_benefit.point[i]);
        return 1;
    }
    return 0;
}

static int read_inputs(kl_decide *d)
{
    kl_decide_inputs *in = &d->inputs;
    int n_all;
    in->input = kl_inputs_of(d->study, &n_all);
    if (n_all <= 0)
        return n_all == 0 ? KL_EXIT_OK : kl_fail(d->cli, KL_EXIT_IO, "out of memory");
    in->value = calloc((size_t)n_all + 1, sizeof *in->value);
    for (int k = 0; in->value && k < n_all; k++) {
        if (!in->input[k].is_drawn)
            continue;
        double *value = malloc((size_t)d->by_benefit.n * sizeof *value);
        if (!value)
            return kl_fail(d->cli, KL_EXIT_IO, "out of memory");
        if (!read_input(d, &in->input[k], value)) {
            free(value);
            continue;
        }
        in->input[in->n] = in->input[k];
        in->value[in->n++] = value;
    }
    return in->value ? KL_EXIT_OK : kl_fail(d->cli, KL_EXIT_IO, "out of memory");
}

/* ---- sets ---- */

static kl_input_set *add_set(kl_decide *d, const char *name, size_t length)
{
    kl_decide_inputs *in = &d->inputs;
    kl_input_set *grown = realloc(in->set, (size_t)(in->n_sets + 1) * sizeof *grown);
    if (!grown)
        return NULL;
    in->set = grown;
    kl_input_set *set = &grown[in->n_sets];
    *set = (kl_input_set){.n = 0};
    set->member = calloc((size_t)in->n + 1, sizeof *set->member);
    if (!set->member)
        return NULL;
    snprintf(set->name, sizeof set->name, "%.*s", (int)length, name);
    in->n_sets++;
    return set;
}

static const char *group_of(const kl_input *input)
{
    return input->param >= 0                    ? kl_param_info_of((kl_param_id)input->param)->group
           : input->param == KL_INPUT_MECHANISM ? "mechanism"
                                                : "months";
}

/* Inputs of the same group of params.def together, and the lengths of stages, where there are two or more. */
static int add_groups(kl_decide *d)
{
    kl_decide_inputs *in = &d->inputs;
    for (int k = 0; k < in->n; k++) {
        const char *group = group_of(&in->input[k]);
        char name[80];
        int first = 1, n = 0;
        for (int j = 0; j < in->n; j++) {
            int same = strcmp(group_of(&in->input[j]), group) == 0;
            first &= !(same && j < k);
            n += same;
        }
        if (!first || n < 2 || n == in->n)
            continue;
        snprintf(name, sizeof name, "group %.60s", group);
        kl_input_set *set = add_set(d, name, strlen(name));
        if (!set)
            return kl_fail(d->cli, KL_EXIT_IO, "out of memory");
        for (int j = 0; j < in->n; j++)
            if (strcmp(group_of(&in->input[j]), group) == 0)
                set->member[set->n++] = j;
    }
    return KL_EXIT_OK;
}

static int find_input(const kl_decide *d, const char *name, size_t length)
{
    for (int k = 0; k < d->inputs.n; k++)
        if (strlen(d->inputs.input[k].name) == length && strncmp(d->inputs.input[k].name, name, length) == 0)
            return k;
    return -1;
}

/* NAME=INPUT,INPUT... */
static int add_asked(kl_decide *d, const char *text)
{
    const char *equals = strchr(text, '=');
    char *taken = equals && equals > text && equals - text < 90 ? calloc((size_t)d->inputs.n + 1, 1) : NULL;
    if (!taken)
        return kl_fail(d->cli, KL_EXIT_USAGE, "--group: '%s' is not NAME=INPUT,INPUT...", text);
    int code = KL_EXIT_OK;
    for (const char *p = equals + 1; code == KL_EXIT_OK;) {
        size_t length = strcspn(p, ",");
        int k = find_input(d, p, length);
        if (k < 0)
            code = kl_fail(d->cli, KL_EXIT_USAGE, "--group: '%.*s' is no input that is uncertain in these options",
                           (int)length, p);
        else
            taken[k] = 1;
        if (!p[length])
            break;
        p += length + 1;
    }
    kl_input_set *set = code == KL_EXIT_OK ? add_set(d, text, (size_t)(equals - text)) : NULL;
    if (code == KL_EXIT_OK && !set)
        code = kl_fail(d->cli, KL_EXIT_IO, "out of memory");
    for (int k = 0; set && k < d->inputs.n; k++)
        if (taken[k])
            set->member[set->n++] = k;
    free(taken);
    return code;
}

static int make_sets(kl_decide *d)
{
    kl_decide_inputs *in = &d->inputs;
    int code = KL_EXIT_OK;
    if (in->n > 1) {
        kl_input_set *all = add_set(d, "all inputs", strlen("all inputs"));
        for (int k = 0; all && k < in->n; k++)
            all->member[all->n++] = k;
        code = all ? add_groups(d) : kl_fail(d->cli, KL_EXIT_IO, "out of memory");
    }
    for (int g = 0; g < d->args->group.n && code == KL_EXIT_OK; g++)
        code = add_asked(d, d->args->group.item[g]);
    for (int k = 0; k < in->n && code == KL_EXIT_OK; k++) {
        kl_input_set *one = add_set(d, in->input[k].name, strlen(in->input[k].name));
        if (one)
            one->member[one->n++] = k;
        else
            code = kl_fail(d->cli, KL_EXIT_IO, "out of memory");
    }
    return code;
}

/* ---- values ---- */

static kl_status value_set(kl_decide *d, const kl_input_set *set, kl_evppi *evppi)
{
    const double **value = malloc((size_t)set->n * sizeof *value);
    if (!value)
        return KL_ERR_MEMORY;
    for (int k = 0; k < set->n; k++)
        value[k] = d->inputs.value[set->member[k]];
    kl_status status = kl_evppi_make(evppi, kl_states_of(&d->by_benefit, 0), d->n_arms, d->by_benefit.n, value, set->n,
                                     d->study->seed, set->name);
    free(value);
    return status;
}

static int rank_of(const kl_decide_inputs *in, int s)
{
    return in->set[s].n == in->n && in->n > 1 ? 0 : in->set[s].n > 1 ? 1 : 2;
}

/* All, groups, single inputs; in each by falling value, what is unknown last. */
static int comes_before(const kl_decide_inputs *in, int s, int t)
{
    if (rank_of(in, s) != rank_of(in, t))
        return rank_of(in, s) < rank_of(in, t);
    double a = in->evppi[s].value, b = in->evppi[t].value;
    return a > b || (isnan(b) && !isnan(a));
}

static void sort_sets(kl_decide_inputs *in)
{
    for (int s = 1; s < in->n_sets; s++) /* few, and stable */
        for (int t = s; t > 0 && comes_before(in, t, t - 1); t--) {
            kl_input_set set = in->set[t];
            kl_evppi evppi = in->evppi[t];
            in->set[t] = in->set[t - 1];
            in->evppi[t] = in->evppi[t - 1];
            in->set[t - 1] = set;
            in->evppi[t - 1] = evppi;
        }
}

int kl_decide_information(kl_decide *d)
{
    kl_decide_inputs *in = &d->inputs;
    int code = read_inputs(d);
    if (code == KL_EXIT_OK)
        code = make_sets(d);
    if (code != KL_EXIT_OK)
        return code;
    in->evppi = calloc((size_t)in->n_sets + 1, sizeof *in->evppi);
    in->name = calloc((size_t)in->n + 1, sizeof *in->name);
    kl_status status = in->evppi && in->name ? KL_OK : KL_ERR_MEMORY;
    for (int s = 0; s < in->n_sets && status == KL_OK; s++)
        status = value_set(d, &in->set[s], &in->evppi[s]);
    if (status == KL_OK) {
        kl_evppi_settle(in->evppi, in->set, in->n_sets, d->decision.evpi);
        sort_sets(in);
    }
    for (int k = 0; k < in->n && in->name; k++)
        in->name[k] = in->input[k].name;
    return status == KL_OK ? KL_EXIT_OK : kl_fail(d->cli, kl_exit_of(status), "%s", kl_status_text(status));
}
