/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Inputs as datasets. Their values come from the study alone. */
#include "store/inputs.h"

#include <stdlib.h>
#include <string.h>

#include "engine/each.h"

#define KL_INPUTS_POINTS_MAX 1024 /* blocks have fewer */

/* ---- constants ---- */

static int is_varying(const kl_inputs *inputs, const kl_input *input)
{
    for (int i = 0; i < inputs->n; i++)
        if (strcmp(inputs->input[i].name, input->name) == 0)
            return 1;
    return 0;
}

static int put_constant(hid_t group, const kl_inputs *inputs, const kl_input *input)
{
    double value = kl_study_input_value(inputs->study, input, 0, 0);
    kl_variable variable = kl_variable_of_input(input, "");
    if (H5Lexists(group, variable.name, H5P_DEFAULT) > 0)
        return 0;
    hid_t dataset = kl_variable_create(group, &variable, &inputs->shape, NULL);
    int result = dataset >= 0 && kl_h5_write(dataset, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, &value) >= 0;
    if (kl_h5_close(&dataset) < 0)
        result = 0;
    return result ? 0 : -1;
}

/* Every parameter, then every stage length, that is the same everywhere. */
static int put_constants(hid_t group, const kl_inputs *inputs)
{
    kl_input input = {.param = 0};
    for (int p = 0; p < KL_N_PARAMS; p++) {
        input.param = p;
        (void)snprintf(input.name, sizeof input.name, "%s", kl_param_info_of((kl_param_id)p)->name);
        if (!is_varying(inputs, &input) && put_constant(group, inputs, &input) < 0)
            return -1;
    }
    const kl_arm *arm = &inputs->study->arm[0];
    for (int s = 0; s < arm->n_stages; s++) {
        input.param = -1;
        (void)snprintf(input.name, sizeof input.name, "months.%s", arm->stage[s].name);
        if (!is_varying(inputs, &input) && put_constant(group, inputs, &input) < 0)
            return -1;
    }
    return 0;
}

static int create_constants(hid_t file, const kl_inputs *inputs)
{
    hid_t group = -1;
    hid_t create = H5Pcreate(H5P_GROUP_CREATE);
    if (create >= 0 && H5Pset_obj_track_times(create, false) >= 0 &&
        H5Pset_link_creation_order(create, H5P_CRT_ORDER_TRACKED | H5P_CRT_ORDER_INDEXED) >= 0)
        group = H5Gcreate2(file, "parameters", H5P_DEFAULT, create, H5P_DEFAULT);
    int result = group >= 0 ? put_constants(group, inputs) : -1;
    if (kl_h5_close(&group) < 0)
        result = -1;
    (void)kl_h5_close(&create);
    return result;
}

/* ---- what varies ---- */

/* Two inputs may get the same name ("months.a-b", "months.a_b"): the later one gets underscores behind. The attribute
 * `input` has the exact name. */
static void make_unique(hid_t file, kl_variable *variable)
{
    size_t length = strlen(variable->name);
    while (H5Lexists(file, variable->name, H5P_DEFAULT) > 0 && length + 1 < sizeof variable->name) {
        variable->name[length++] = '_';
        variable->name[length] = '\0';
    }
}

static int put_arm_values(const kl_inputs *inputs, int i)
{
    int n_arms = inputs->study->n_arms;
    double *value = malloc((size_t)n_arms * sizeof *value);
    if (!value)
        return -1;
    for (int a = 0; a < n_arms; a++)
        value[a] = kl_study_input_value(inputs->study, &inputs->input[i], a, 0);
    int result = H5Dwrite(inputs->dataset[i], H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, value);
    free(value);
    return result < 0 ? -1 : 0;
}

static kl_status allocate(kl_inputs *inputs)
{
    hsize_t chunk = inputs->shape.chunk[KL_AXIS_POINT];
    size_t n = (size_t)inputs->n + 1; /* never 0 */
    inputs->n_slices = (int)((inputs->shape.size[KL_AXIS_POINT] + chunk - 1) / chunk);
    inputs->written = calloc((size_t)inputs->n_slices, 1);
    inputs->input = calloc(n, sizeof *inputs->input);
    inputs->variable = calloc(n, sizeof *inputs->variable);
    inputs->dataset = malloc(n * sizeof *inputs->dataset);
    for (size_t i = 0; inputs->dataset && i < n; i++)
        inputs->dataset[i] = -1;
    return inputs->written && inputs->input && inputs->variable && inputs->dataset ? KL_OK : KL_ERR_MEMORY;
}

kl_status kl_inputs_create(kl_inputs *inputs, hid_t file, const kl_study *study, const kl_shape *shape, kl_scale *scale,
                           kl_reason *reason)
{
    memset(inputs, 0, sizeof *inputs);
    inputs->study = study;
    inputs->shape = *shape;
    inputs->n = kl_study_inputs(study, NULL, 0);
    if (inputs->n < 0 || allocate(inputs) != KL_OK) {
        inputs->n = 0;
        return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
    }
    (void)kl_study_inputs(study, inputs->input, inputs->n);
    for (int i = 0; i < inputs->n; i++) {
        inputs->variable[i] = kl_variable_of_input(&inputs->input[i], "param_");
        make_unique(file, &inputs->variable[i]);
        inputs->dataset[i] = kl_variable_create(file, &inputs->variable[i], shape, scale);
        if (inputs->dataset[i] < 0 || (!inputs->input[i].by_point && put_arm_values(inputs, i) < 0))
            return kl_h5_reason(reason, KL_ERR_WRITE, "cannot write the inputs");
    }
    if (create_constants(file, inputs) < 0)
        return kl_h5_reason(reason, KL_ERR_WRITE, "cannot write the parameters");
    return KL_OK;
}

/* ---- values at the points ---- */

/* The chunk of an input at a slice; its values are not here yet. */
static kl_chunk chunk_of(const kl_inputs *inputs, int i, int arm, int slice)
{
    hsize_t chunk_size = inputs->shape.chunk[KL_AXIS_POINT];
    hsize_t first = (hsize_t)slice * chunk_size;
    hsize_t left = inputs->shape.size[KL_AXIS_POINT] - first;
    kl_chunk chunk = {NULL, 1, (size_t)(left < chunk_size ? left : chunk_size), 1, (size_t)chunk_size, {0}};
    int by_arm = inputs->input[i].by_arm;
    chunk.offset[0] = by_arm ? (hsize_t)arm : first;
    chunk.offset[1] = by_arm ? first : 0;
    return chunk;
}

/* Arms that an input has values of its own for, if it differs between points; else 0. */
static int arms_of(const kl_inputs *inputs, int i)
{
    return !inputs->input[i].by_point ? 0 : inputs->input[i].by_arm ? inputs->study->n_arms : 1;
}

/* The value at a point; `params` as drawn there, or NULL. */
static double value_at(const kl_inputs *inputs, int i, int arm, int point, const kl_params *params)
{
    const kl_input *input = &inputs->input[i];
    if (params && params->firms > 0 && input->param >= 0)
        return kl_params_get(params, (kl_param_id)input->param);
    return kl_study_input_value(inputs->study, input, arm, point);
}

/* A chunk behind its length; `params` of its points, or NULL. `value` has room for them. */
static kl_status pack_chunk(const kl_inputs *inputs, int i, int arm, int slice, const kl_params *params,
                            kl_chunk_writer *writer, double *value, kl_buffer *to)
{
    kl_chunk chunk = chunk_of(inputs, i, arm, slice);
    int first = (int)((hsize_t)slice * inputs->shape.chunk[KL_AXIS_POINT]);
    uint8_t length[8];
    for (size_t p = 0; p < chunk.n_columns; p++)
        value[p] = value_at(inputs, i, arm, first + (int)p, params ? params + p : NULL);
    chunk.value = value;
    size_t size = kl_chunk_pack(writer, &inputs->variable[i], &chunk);
    if (size == 0)
        return KL_ERR_WRITE;
    kl_bytes_put(length, 8, size);
    kl_status status = kl_buffer_add(to, length, sizeof length);
    return status == KL_OK ? kl_buffer_add(to, writer->packed, size) : status;
}

/* All chunks of a slice; `params` by arm and point, or NULL. */
static kl_status pack_slice(const kl_inputs *inputs, int slice, const kl_params *params, kl_chunk_writer *writer,
                            double *value, kl_buffer *to)
{
    kl_status status = KL_OK;
    for (int i = 0; i < inputs->n; i++)
        for (int a = 0; status == KL_OK && a < arms_of(inputs, i); a++) {
            size_t n = chunk_of(inputs, i, a, slice).n_columns;
            status = pack_chunk(inputs, i, a, slice, params ? params + (size_t)a * n : NULL, writer, value, to);
        }
    return status;
}

static kl_status write_slice(kl_inputs *inputs, int slice, const uint8_t **at)
{
    for (int i = 0; i < inputs->n; i++)
        for (int a = 0; a < arms_of(inputs, i); a++) {
            kl_chunk chunk = chunk_of(inputs, i, a, slice);
            size_t size = (size_t)kl_bytes_get(*at, 8);
            if (H5Dwrite_chunk(inputs->dataset[i], H5P_DEFAULT, 0, chunk.offset, size, *at + 8) < 0)
                return KL_ERR_WRITE;
            *at += 8 + size;
        }
    inputs->written[slice] = 1;
    return KL_OK;
}

/* ---- while it is played ---- */

kl_status kl_inputs_pack(const kl_inputs *inputs, const kl_block *block, kl_chunk_writer *writer, kl_buffer *to)
{
    hsize_t chunk = inputs->shape.chunk[KL_AXIS_POINT];
    uint8_t number[8];
    double value[KL_INPUTS_POINTS_MAX];
    if (!block->params || block->replicate0 > 0 || chunk > KL_INPUTS_POINTS_MAX || (hsize_t)block->point0 % chunk != 0)
        return KL_OK;
    kl_bytes_put(number, 8, (uint64_t)((hsize_t)block->point0 / chunk));
    kl_status status = kl_buffer_add(to, number, sizeof number);
    return status == KL_OK ? pack_slice(inputs, (int)((hsize_t)block->point0 / chunk), block->params, writer, value, to)
                           : status;
}

kl_status kl_inputs_put(kl_inputs *inputs, const uint8_t *bytes, size_t size)
{
    kl_status status = KL_OK;
    for (const uint8_t *at = bytes; status == KL_OK && at < bytes + size;) {
        int slice = (int)kl_bytes_get(at, 8);
        at += 8;
        status = write_slice(inputs, slice, &at);
    }
    return status;
}

/* ---- afterwards ---- */

/* What one thread makes at a time: the packed chunks of all inputs at the points of one slice. */
typedef struct slice_work {
    const kl_inputs *inputs;
    int slice;
    double *value; /* of one chunk */
    kl_chunk_writer writer;
    kl_buffer packed;
    kl_status status;
} slice_work;

static void work_on_slice(void *data, int number)
{
    slice_work *work = (slice_work *)data + number;
    work->packed.size = 0;
    work->status = pack_slice(work->inputs, work->slice, NULL, &work->writer, work->value, &work->packed);
}

/* All slices that are open, as many at a time as there are works. */
static kl_status write_slices(kl_inputs *inputs, int n_threads, int n_works, slice_work *work)
{
    kl_status status = KL_OK;
    for (int slice = 0; status == KL_OK && slice < inputs->n_slices;) {
        int n = 0;
        for (; n < n_works && slice < inputs->n_slices; slice++)
            if (!inputs->written[slice])
                work[n++].slice = slice;
        kl_engine_each(n_threads, n, work_on_slice, work);
        for (int i = 0; status == KL_OK && i < n; i++) {
            const uint8_t *at = work[i].packed.data;
            status = work[i].status;
            if (status == KL_OK)
                status = write_slice(inputs, work[i].slice, &at);
        }
    }
    return status;
}

kl_status kl_inputs_write(kl_inputs *inputs, int n_threads, kl_reason *reason)
{
    size_t chunk = (size_t)inputs->shape.chunk[KL_AXIS_POINT];
    int n_works = n_threads < inputs->n_slices / 2 ? 2 * n_threads : inputs->n_slices;
    slice_work *work = calloc((size_t)n_works, sizeof *work);
    kl_status status = work ? KL_OK : KL_ERR_MEMORY;
    for (int i = 0; status == KL_OK && i < n_works; i++) {
        work[i].inputs = inputs;
        work[i].value = malloc(chunk * sizeof *work[i].value);
        status = work[i].value ? kl_chunk_writer_init(&work[i].writer, chunk) : KL_ERR_MEMORY;
    }
    if (status == KL_OK)
        status = write_slices(inputs, n_threads, n_works, work);
    for (int i = 0; work && i < n_works; i++) {
        free(work[i].value);
        kl_chunk_writer_free(&work[i].writer);
        kl_buffer_free(&work[i].packed);
    }
    free(work);
    if (status == KL_ERR_MEMORY)
        return kl_reason_set(reason, status, "%s", kl_status_text(status));
    return status == KL_OK ? KL_OK : kl_h5_reason(reason, KL_ERR_WRITE, "cannot write the inputs");
}

int kl_inputs_close(kl_inputs *inputs)
{
    int result = 0;
    for (int i = 0; inputs->dataset && i < inputs->n; i++)
        if (kl_h5_close(&inputs->dataset[i]) < 0)
            result = -1;
    return result;
}

void kl_inputs_free(kl_inputs *inputs)
{
    (void)kl_inputs_close(inputs);
    free(inputs->written);
    free(inputs->input);
    free(inputs->variable);
    free(inputs->dataset);
    memset(inputs, 0, sizeof *inputs);
}
