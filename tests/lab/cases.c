/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The test set of the laboratory: plays cases natively and writes what was played and what came of it, for test_bits.mjs to
 * play the same by the WebAssembly module. All parameters, mechanisms, graphs and horizons at random over their legal ranges
 * (model_runs.h), clusters of 1 to 300 firms, and the priors of all parameters that have one.
 *
 *   cases SETUPS.json VALUES.bin
 *
 * VALUES: of each case the statuses (8 bits), outcomes (64) and series (32) in the layout of lab.h, this machine's byte order.
 * Which of its many NaNs a processor gives is not fixed by IEEE 754; all are written alike. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lab/lab.h"
#include "model_runs.h"

#define N_RANDOM 60
#define WORLDS 6

static const char *const dist_word[] = {
#define KL_ROW(name, word, n, arguments) word,
    KL_DIST_LIST(KL_ROW)
#undef KL_ROW
};

typedef struct output {
    FILE *setups, *values;
    int n_cases;
} output;

static void check(int fine, const char *what)
{
    if (fine)
        return;
    fprintf(stderr, "cases: %s\n", what);
    exit(1);
}

static void print_dist(FILE *to, const kl_dist *dist)
{
    fprintf(to, "{\"kind\":\"%s\",\"values\":[", dist_word[dist->kind]);
    for (int i = 0; i < dist->n; i++)
        fprintf(to, "%s%.17g", i ? "," : "", dist->value[i]);
    fprintf(to, "]}");
}

static void print_stages(FILE *to, const kl_mechanism *mechanism)
{
    for (int i = 0; i < mechanism->n_stages; i++) {
        const kl_stage *stage = &mechanism->stage[i];
        fprintf(to, "%s{\"name\":\"s%d\",\"kind\":\"%s\",\"months\":", i ? "," : "", i,
                kl_stage_kind_word(stage->kind));
        if (stage->kind == KL_STAGE_OPTIMISE)
            fprintf(to, "null}");
        else
            fprintf(to, "{\"kind\":\"constant\",\"values\":[%d]}}", stage->months);
    }
}

static void write_values(FILE *to, const kl_lab *lab, size_t n, size_t months)
{
    check(fwrite(kl_lab_statuses(lab), 1, n, to) == n, "cannot write");
    for (size_t i = 0; i < KL_N_OUTCOMES * n; i++) {
        double x = kl_lab_outcomes(lab)[i];
        uint64_t bits = UINT64_C(0x7ff8000000000000);
        if (x == x)
            memcpy(&bits, &x, sizeof bits);
        check(fwrite(&bits, sizeof bits, 1, to) == 1, "cannot write");
    }
    for (size_t i = 0; i < KL_N_SERIES * months * n; i++) {
        float x = kl_lab_series(lab)[i];
        uint32_t bits = UINT32_C(0x7fc00000);
        if (x == x)
            memcpy(&bits, &x, sizeof bits);
        check(fwrite(&bits, sizeof bits, 1, to) == 1, "cannot write");
    }
}

/* Play worlds first .. first + WORLDS - 1 of a case, and write both. */
static void write_case(output *out, const kl_dist dist[KL_N_PARAMS], const setup *made, double seed, int first)
{
    kl_lab *lab = kl_lab_new();
    check(lab && kl_lab_begin(lab, seed, made->horizon, WORLDS) == KL_OK, "cannot begin");
    fprintf(out->setups, "%s\n{\"first\":%d,\"n\":%d,\"setup\":{\"seed\":%.17g,\"months\":%d,\"inputs\":{",
            out->n_cases ? "," : "", first, WORLDS, seed, made->horizon);
    for (int id = 0; id < KL_N_PARAMS; id++) {
        const char *name = kl_param_info_of((kl_param_id)id)->name;
        fprintf(out->setups, "%s\"%s\":", id ? "," : "", name);
        print_dist(out->setups, &dist[id]);
        check(kl_lab_set(lab, name, dist_word[dist[id].kind], dist[id].value, dist[id].n) == KL_OK, name);
    }
    fprintf(out->setups, "},\"stages\":[");
    print_stages(out->setups, &made->mechanism);
    fprintf(out->setups, "]}}");
    for (int i = 0; i < made->mechanism.n_stages; i++) {
        const kl_stage *stage = &made->mechanism.stage[i];
        char name[16];
        snprintf(name, sizeof name, "s%d", i);
        double months = stage->months;
        check(kl_lab_add_stage(lab, name, kl_stage_kind_word(stage->kind), "constant", &months,
                               stage->kind != KL_STAGE_OPTIMISE) == KL_OK,
              name);
    }
    check(kl_lab_play(lab, first, WORLDS) == KL_OK, "cannot play");
    write_values(out->values, lab, WORLDS, (size_t)made->horizon);
    kl_lab_free(lab);
    out->n_cases++;
}

static void constants(const kl_params *p, kl_dist dist[KL_N_PARAMS])
{
    for (int id = 0; id < KL_N_PARAMS; id++)
        dist[id] = (kl_dist){.kind = KL_DIST_CONSTANT, .n = 1, .value = {kl_params_get(p, (kl_param_id)id)}};
}

/* Every parameter at random, in three: a world of few firms, of many, of short and long horizons. */
static void write_random(output *out)
{
    static const int firms[] = {1, 2, 15, 16, 17, 54, 100, 300}, months[] = {0, 0, 0, 1, 12, 120};
    for (int k = 0; k < N_RANDOM; k++) {
        setup made = random_setup((uint32_t)k, k % 3 == 0 ? 0.9 : 0.5, 300);
        kl_params tried = made.p;
        tried.firms = firms[k % 8];
        if (k % 2 == 0 && kl_params_check(&tried, NULL, NULL) == KL_OK)
            made.p = tried;
        made.p.graph = k % 5;
        if (months[k % 6] > 0)
            made.horizon = months[k % 6];
        kl_dist dist[KL_N_PARAMS];
        constants(&made.p, dist);
        write_case(out, dist, &made, k % 4 == 0 ? (double)KL_SEED_MAX : 1 + 1e9 * k, k % 7 == 0 ? 1000000 : 0);
    }
}

/* A distribution over the whole legal range of every parameter, of a kind that goes round. */
static void write_drawn(output *out)
{
    for (int k = 0; k < 10; k++) {
        setup made = default_setup();
        kl_dist dist[KL_N_PARAMS];
        constants(&made.p, dist);
        for (int id = 0; id < KL_N_PARAMS; id++) {
            const kl_param_info *row = kl_param_info_of((kl_param_id)id);
            double d = row->dflt;
            if (row->kind != KL_KIND_REAL || !(d > 0) || !(d * 0.8 >= row->lo && d * 1.2 <= row->hi) ||
                strncmp(row->name, "gate_", 5) == 0)
                continue;
            static const kl_dist_kind kinds[] = {KL_DIST_UNIFORM,   KL_DIST_LOGUNIFORM, KL_DIST_NORMAL,
                                                 KL_DIST_LOGNORMAL, KL_DIST_TRIANGULAR, KL_DIST_PERT};
            kl_dist *one = &dist[id];
            *one = (kl_dist){.kind = kinds[(id + k) % 6], .n = 2, .value = {d * 0.8, d * 1.2}};
            if (one->kind == KL_DIST_NORMAL)
                one->value[0] = d, one->value[1] = 0.1 * d;
            if (one->kind == KL_DIST_LOGNORMAL)
                one->value[0] = d, one->value[1] = 0.1;
            if (one->kind == KL_DIST_TRIANGULAR || one->kind == KL_DIST_PERT)
                one->n = 3, one->value[1] = d, one->value[2] = d * 1.2;
        }
        dist[KL_PARAM_firms] = (kl_dist){.kind = KL_DIST_INTEGER, .n = 2, .value = {5, 80}};
        dist[KL_PARAM_graph] = (kl_dist){.kind = KL_DIST_CHOICE, .n = 5, .value = {0, 1, 2, 3, 4}};
        dist[KL_PARAM_openness_a] = (kl_dist){.kind = KL_DIST_CHOICE, .n = 2, .value = {0.5, 4}};
        dist[KL_PARAM_exporters] = (kl_dist){.kind = KL_DIST_BETA, .n = 2, .value = {0.5 + k, 2}};
        write_case(out, dist, &made, 2025 + k, 100 * k);
    }
}

static void print_names(FILE *to)
{
    fprintf(to, "{\"outcomes\":[");
    for (int k = 0; k < KL_N_OUTCOMES; k++)
        fprintf(to, "%s\"%s\"", k ? "," : "", kl_outcome_info_of((kl_outcome_id)k)->name);
    fprintf(to, "],\n\"series\":[");
    for (int k = 0; k < KL_N_SERIES; k++)
        fprintf(to, "%s\"%s\"", k ? "," : "", kl_series_info_of((kl_series_id)k)->name);
    fprintf(to, "],\n\"cases\":[");
}

int main(int argc, char **argv)
{
    check(argc == 3, "usage: cases SETUPS.json VALUES.bin");
    output out = {.setups = fopen(argv[1], "w"), .values = fopen(argv[2], "wb")};
    check(out.setups && out.values, "cannot open what is to be written");
    print_names(out.setups);
    write_random(&out);
    write_drawn(&out);
    fprintf(out.setups, "]}\n");
    check(fclose(out.setups) == 0 && fclose(out.values) == 0, "cannot write");
    return 0;
}
