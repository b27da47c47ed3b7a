/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a dataset says of itself, for other programs: its texts, and its dimension scales. HDF5 keeps both in heaps without
 * checksums. */
#include <hdf5_hl.h>
#include <stdlib.h>
#include <string.h>

#include "klaster/version.h"
#include "store/verify.h"

static const char *const axis_names[KL_N_AXES] = {[KL_AXIS_ARM] = "arm",
                                                  [KL_AXIS_POINT] = "point",
                                                  [KL_AXIS_REPLICATE] = "replicate",
                                                  [KL_AXIS_MONTH] = "month",
                                                  [KL_AXIS_QUANTILE] = "quantile"};

static int is_text(hid_t dataset, const char *name, const char *expected)
{
    char *text = NULL;
    if (!expected || !expected[0])
        return 1;
    int result = kl_h5_get_text(dataset, name, &text) == 0 && strcmp(text, expected) == 0;
    free(text);
    return result;
}

/* Another version may put it in other words. */
static const char *wrong_text(const kl_variable *variable, hid_t dataset)
{
    const struct {
        const char *name, *text;
    } texts[] = {
        {"long_name", variable->long_name}, {"units", variable->units}, {"klaster_type", variable->kind},
        {"input", variable->input},         {"group", variable->group}, {"source", variable->source},
        {"mark", variable->mark},
    };
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (!is_text(dataset, texts[i].name, texts[i].text))
            return texts[i].name;
    return NULL;
}

static const char *wrong_axis(const kl_verifier *verifier, const kl_variable *variable, hid_t dataset)
{
    for (int i = 0; i < variable->n_axes; i++) {
        const char *name = axis_names[variable->axis[i]];
        hid_t scale = H5Dopen2(verifier->file, name, H5P_DEFAULT);
        int is_attached = scale >= 0 && H5DSis_attached(dataset, scale, (unsigned)i) > 0;
        (void)kl_h5_close(&scale);
        if (!is_attached)
            return name;
    }
    return NULL;
}

void kl_verify_attributes(kl_verifier *verifier, const kl_variable *variable)
{
    if (H5Lexists(verifier->file, variable->name, H5P_DEFAULT) <= 0)
        return;
    hid_t dataset = H5Dopen2(verifier->file, variable->name, H5P_DEFAULT);
    if (dataset < 0)
        return; /* said where it is read */
    const char *axis = wrong_axis(verifier, variable, dataset);
    const char *text = strcmp(verifier->result->engine_version, KL_VERSION) == 0 ? wrong_text(variable, dataset) : NULL;
    if (axis)
        kl_verify_problem(verifier, "the dataset '%s' has lost its dimension '%s'", variable->name, axis);
    if (text)
        kl_verify_problem(verifier, "the attribute '%s' of '%s' is missing or not as klaster writes it", text,
                          variable->name);
    (void)kl_h5_close(&dataset);
}
