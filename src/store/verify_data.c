/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Every dataset of a result file: has it checksums, and can it be read to its end? Numbers are read in boxes of some
 * megabytes. What is of a kind that klaster never writes is left alone, as readers must ignore what they do not know. */
#include <stdlib.h>
#include <string.h>

#include "store/verify.h"

#define BOX_MAX ((hsize_t)8 << 20) /* bytes */
#define TEXTS_MAX ((hsize_t)1 << 20)
#define RANK_MAX 8
/* Deflate packs at most 1,032 to 1; what is larger for its bytes is holes. */
#define SPARSE_MAX 2000

typedef struct dataset {
    const char *name;
    hid_t id, space, type, native, create;
    int rank;
    hsize_t size[RANK_MAX];
    hsize_t n;      /* elements */
    size_t n_bytes; /* of one */
} dataset;

static void close_dataset(dataset *d)
{
    (void)kl_h5_close(&d->create);
    (void)kl_h5_close(&d->native);
    (void)kl_h5_close(&d->type);
    (void)kl_h5_close(&d->space);
    (void)kl_h5_close(&d->id);
}

static int open_dataset(dataset *d, hid_t file, const char *name)
{
    *d = (dataset){.name = name, .id = -1, .space = -1, .type = -1, .native = -1, .create = -1, .n = 1};
    d->id = H5Dopen2(file, name, H5P_DEFAULT);
    if (d->id < 0)
        return -1;
    d->space = H5Dget_space(d->id);
    d->type = H5Dget_type(d->id);
    d->create = H5Dget_create_plist(d->id);
    d->rank = d->space < 0 ? -1 : H5Sget_simple_extent_ndims(d->space);
    if (d->type < 0 || d->create < 0 || d->rank < 0 || d->rank > RANK_MAX ||
        (d->rank > 0 && H5Sget_simple_extent_dims(d->space, d->size, NULL) < 0))
        return -1;
    for (int i = 0; i < d->rank; i++) {
        if (d->size[i] > 0 && d->n > ((hsize_t)1 << 60) / d->size[i])
            return -1;
        d->n *= d->size[i];
    }
    return 0;
}

/* ---- texts ---- */

static int read_texts(dataset *d)
{
    hid_t memory = kl_h5_text_type();
    char **text = d->n <= TEXTS_MAX ? calloc((size_t)d->n + 1, sizeof *text) : NULL;
    int result = memory >= 0 && text && H5Dread(d->id, memory, H5S_ALL, H5S_ALL, H5P_DEFAULT, text) >= 0;
    if (result)
        (void)H5Dvlen_reclaim(memory, d->space, H5P_DEFAULT, text);
    free(text);
    (void)kl_h5_close(&memory);
    return result ? 0 : -1;
}

/* ---- numbers ---- */

/* The next box of the dataset, in its order; 0 behind the last. Axes behind `split` are whole, those before it one wide. */
static int next_box(const dataset *d, int split, hsize_t step, hsize_t *start, hsize_t *count)
{
    int axis = split;
    start[split] += step;
    while (axis > 0 && start[axis] >= d->size[axis]) {
        start[axis--] = 0;
        start[axis]++;
    }
    if (start[axis] >= d->size[axis])
        return 0;
    count[split] = d->size[split] - start[split] < step ? d->size[split] - start[split] : step;
    return 1;
}

static int read_boxes(const dataset *d, void *buffer, int split, hsize_t step)
{
    hsize_t start[RANK_MAX] = {0}, count[RANK_MAX];
    for (int i = 0; i < d->rank; i++)
        count[i] = i < split ? 1 : i == split ? step : d->size[i];
    do {
        hid_t memory = H5Screate_simple(d->rank, count, NULL);
        int done = memory >= 0 && H5Sselect_hyperslab(d->space, H5S_SELECT_SET, start, NULL, count, NULL) >= 0 &&
                   H5Dread(d->id, d->native, memory, d->space, H5P_DEFAULT, buffer) >= 0;
        (void)kl_h5_close(&memory);
        if (!done)
            return -1;
    } while (next_box(d, split, step, start, count));
    return 0;
}

/* -2 where memory is short. */
static int read_numbers(dataset *d)
{
    hsize_t inner = d->n_bytes; /* bytes of what stands behind the split */
    int split = d->rank - 1;
    while (split > 0 && inner * d->size[split] <= BOX_MAX)
        inner *= d->size[split--];
    hsize_t step = BOX_MAX / inner;
    if (d->rank > 0 && step > d->size[split])
        step = d->size[split];
    void *buffer = malloc(d->rank > 0 ? (size_t)(inner * step) : d->n_bytes);
    if (!buffer)
        return -2;
    int result = d->rank > 0 ? read_boxes(d, buffer, split, step)
                             : H5Dread(d->id, d->native, H5S_ALL, H5S_ALL, H5P_DEFAULT, buffer);
    free(buffer);
    return result < 0 ? -1 : 0;
}

static int has_checksums(const dataset *d)
{
    unsigned flags = 0, filter = 0;
    size_t n = 0;
    return H5Pget_layout(d->create) == H5D_CHUNKED &&
           H5Pget_filter_by_id2(d->create, H5Z_FILTER_FLETCHER32, &flags, &n, NULL, 0, NULL, &filter) >= 0;
}

/* ---- one dataset ---- */

static int is_number(H5T_class_t class)
{
    return class == H5T_INTEGER || class == H5T_FLOAT;
}

static int is_outcome(const char *name)
{
    return strcmp(name, "status") == 0 || kl_outcome_find(name) != KL_N_OUTCOMES;
}

/* Read to the end: -1 where that fails, -2 without memory. */
static int read_all(kl_verifier *verifier, dataset *d, H5T_class_t class)
{
    if (class == H5T_STRING)
        return H5Tis_variable_str(d->type) > 0 ? read_texts(d) : 0;
    d->native = H5Tget_native_type(d->type, H5T_DIR_ASCEND);
    d->n_bytes = d->native < 0 ? 0 : H5Tget_size(d->native);
    if (d->n_bytes == 0 || d->n_bytes > 64)
        return -1;
    if (d->rank > 0 && d->n > 0 && !has_checksums(d)) /* an empty table is not cut into chunks */
        kl_verify_problem(verifier, "the dataset '%s' has no checksums", d->name);
    hsize_t stored = H5Dget_storage_size(d->id);
    if (is_outcome(d->name) || d->n == 0 || stored == 0) /* outcomes are read with the statuses */
        return 0;
    if (d->n > ((hsize_t)1 << 20) && d->n / SPARSE_MAX > stored)
        return 0; /* holes of an interrupted run */
    int result = read_numbers(d);
    /* an interrupted run has not drawn all inputs; what is only zero need not be there in /checkpoint */
    int may_lack =
        (!verifier->result->complete && strncmp(d->name, "param_", 6) == 0) || strncmp(d->name, "checkpoint/", 11) == 0;
    if (result == 0 && d->rank > 0 && !may_lack)
        kl_verify_chunks(verifier, d->name, NULL);
    return result;
}

static void verify_dataset(kl_verifier *verifier, const char *name)
{
    dataset d;
    int result = open_dataset(&d, verifier->file, name);
    H5T_class_t class = result < 0 ? H5T_NO_CLASS : H5Tget_class(d.type);
    if (result == 0 && !is_number(class) && class != H5T_STRING) {
        close_dataset(&d);
        return;
    }
    if (result == 0)
        result = read_all(verifier, &d, class);
    if (result == -2)
        verifier->status = KL_ERR_MEMORY;
    else if (result < 0) {
        kl_reason reason;
        char what[160];
        (void)snprintf(what, sizeof what, "the dataset '%.100s' cannot be read", name);
        (void)kl_h5_reason(&reason, KL_ERR_READ, what);
        kl_verify_problem(verifier, "%s", reason.text);
    }
    verifier->verified->n_datasets++;
    verifier->verified->n_bytes += (int64_t)(d.n * d.n_bytes);
    close_dataset(&d);
}

/* ---- all ---- */

static herr_t visit(hid_t file, const char *name, const H5O_info_t *info, void *data)
{
    (void)file;
    if (info->type == H5O_TYPE_DATASET)
        verify_dataset(data, name);
    return 0;
}

void kl_verify_datasets(kl_verifier *verifier)
{
    if (H5Ovisit2(verifier->file, H5_INDEX_NAME, H5_ITER_INC, visit, verifier, H5O_INFO_BASIC) < 0)
        kl_verify_problem(verifier, "the groups of the file cannot be walked through");
}
