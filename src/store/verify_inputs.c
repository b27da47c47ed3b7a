/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The inputs in a result file, drawn again from the study in it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "store/verify.h"

/* The name an input has in the file: those before it may have taken its own (inputs.c). */
static kl_variable variable_of(const kl_input *input, int i)
{
    kl_variable variable = kl_variable_of_input(&input[i], "param_");
    size_t length = strlen(variable.name);
    for (int k = 0; k < i && length + 1 < sizeof variable.name; k++)
        if (strcmp(kl_variable_of_input(&input[k], "param_").name, kl_variable_of_input(&input[i], "param_").name) ==
            0) {
            variable.name[length++] = '_';
            variable.name[length] = '\0';
        }
    return variable;
}

static int is_same(double a, double b)
{
    return a == b || (isnan(a) && isnan(b));
}

static void compare_points(kl_verifier *verifier, const kl_input *input, const kl_variable *variable, int arm,
                           const double *value)
{
    const kl_study *study = &verifier->result->study;
    int64_t last = study->n_points - 1, n = study->n_points < KL_VERIFY_POINTS ? study->n_points : KL_VERIFY_POINTS;
    for (int64_t k = 0; k < n; k++) {
        int point = (int)(n > 1 ? k * last / (n - 1) : 0); /* the first and the last among them */
        double expected = kl_study_input_value(study, input, arm, point);
        if (!verifier->has_point[point] || is_same(value[point], expected))
            continue;
        kl_verify_problem(verifier, "'%s' is %.17g at point %d of arm '%s', but the study draws %.17g", variable->name,
                          value[point], point, study->arm[arm].name, expected);
        return;
    }
}

static void verify_input(kl_verifier *verifier, const kl_input *input, int i, double *value)
{
    const kl_study *study = &verifier->result->study;
    kl_variable variable = variable_of(input, i);
    kl_reason reason = {""};
    kl_verify_attributes(verifier, &variable);
    for (int arm = 0; arm < (input[i].by_arm ? study->n_arms : 1); arm++) {
        if (kl_part_read_arm(verifier->result, &variable, input[i].by_arm ? arm : -1, value, &reason) != KL_OK) {
            kl_verify_problem(verifier, "%s", reason.text);
            return;
        }
        if (input[i].by_point)
            compare_points(verifier, &input[i], &variable, arm, value);
        else if (!is_same(value[0], kl_study_input_value(study, &input[i], arm, 0)))
            kl_verify_problem(verifier, "'%s' is %.17g in arm '%s', but the study says otherwise", variable.name,
                              value[0], study->arm[arm].name);
    }
}

/* ---- what is the same everywhere ---- */

static int is_among(const kl_input *input, int n, const char *name)
{
    for (int i = 0; i < n; i++)
        if (strcmp(input[i].name, name) == 0)
            return 1;
    return 0;
}

/* Scalars, which have no checksums. */
static void verify_constant(kl_verifier *verifier, const kl_input *constant)
{
    kl_variable variable = kl_variable_of_input(constant, "parameters/");
    double value = NAN, expected = kl_study_input_value(&verifier->result->study, constant, 0, 0);
    memcpy(variable.name, "parameters/", strlen("parameters/")); /* a slash is no letter, and became an underscore */
    hid_t dataset = H5Dopen2(verifier->file, variable.name, H5P_DEFAULT);
    hid_t space = dataset < 0 ? -1 : H5Dget_space(dataset);
    int is_read = space >= 0 && H5Sget_simple_extent_npoints(space) == 1 &&
                  H5Dread(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, &value) >= 0;
    (void)kl_h5_close(&space);
    (void)kl_h5_close(&dataset);
    if (!is_read)
        kl_verify_problem(verifier, "'%s' is missing or cannot be read", variable.name);
    else if (!is_same(value, expected))
        kl_verify_problem(verifier, "'%s' is %.17g, but the study says %.17g", variable.name, value, expected);
    else
        kl_verify_attributes(verifier, &variable);
}

static void verify_constants(kl_verifier *verifier, const kl_input *varying, int n)
{
    const kl_arm *arm = &verifier->result->study.arm[0];
    kl_input input = {.param = 0};
    for (int p = 0; p < KL_N_PARAMS; p++) {
        const kl_param_info *info = kl_param_info_of((kl_param_id)p);
        input = (kl_input){.param = p};
        (void)snprintf(input.name, sizeof input.name, "%s", info->name);
        if (!is_among(varying, n, input.name))
            verify_constant(verifier, &input);
    }
    for (int s = 0; s < arm->n_stages; s++) {
        input = (kl_input){.param = KL_INPUT_MONTHS};
        (void)snprintf(input.name, sizeof input.name, "months.%.80s", arm->stage[s].name);
        if (!is_among(varying, n, input.name))
            verify_constant(verifier, &input);
    }
}

void kl_verify_inputs(kl_verifier *verifier)
{
    const kl_study *study = &verifier->result->study;
    int n = kl_study_inputs(study, NULL, 0);
    kl_input *input = calloc((size_t)n + 1, sizeof *input);
    double *value = malloc(((size_t)study->n_points + 1) * sizeof *value);
    if (input && value) {
        (void)kl_study_inputs(study, input, n);
        for (int i = 0; i < n; i++)
            verify_input(verifier, input, i, value);
        verify_constants(verifier, input, n);
    } else
        verifier->status = KL_ERR_MEMORY;
    free(input);
    free(value);
}
