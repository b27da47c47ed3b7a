/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Sources: what is in them, block by block. Where a source has the same chunks as the file that is made, their bytes are taken
 * as they are, once their checksum was looked at. */
#include "store/source.h"

#include <libdeflate.h>
#include <math.h>

#include "klaster/version.h"
#include "store/checkpoint.h"
#include "store/marks.h"
#include "store/part.h"

/* ---- bits ---- */

static int64_t n_worlds(const kl_study *study)
{
    return (int64_t)study->n_points * study->n_replicates;
}

static size_t n_bytes(const kl_sources *sources)
{
    return (size_t)((n_worlds(sources->study) * sources->study->n_arms + 7) / 8);
}

static int64_t bit_of(const kl_sources *sources, int arm, int64_t world)
{
    return (int64_t)arm * n_worlds(sources->study) + world;
}

static int is_given(const kl_sources *sources, int64_t bit)
{
    return sources->given[bit / 8] >> (bit % 8) & 1;
}

/* ---- opening ---- */

static kl_status out_of_memory(kl_reason *reason)
{
    return kl_reason_set(reason, KL_ERR_MEMORY, "%s", kl_status_text(KL_ERR_MEMORY));
}

static kl_status map_arms(const kl_sources *sources, kl_source *source)
{
    const kl_study *to = sources->study, *from = &source->result.study;
    source->arm = malloc((size_t)to->n_arms * sizeof *source->arm);
    if (!source->arm)
        return KL_ERR_MEMORY;
    for (int a = 0; a < to->n_arms; a++) {
        source->arm[a] = -1;
        for (int b = 0; b < from->n_arms; b++)
            if (strcmp(to->arm[a].name, from->arm[b].name) == 0)
                source->arm[a] = b;
    }
    return KL_OK;
}

/* May its runs stand for runs of the study? */
static kl_status check_source(const kl_sources *sources, const kl_source *source, kl_reason *reason)
{
    char why[320];
    if (strcmp(source->result.engine_version, KL_VERSION) != 0)
        return kl_reason_set(reason, KL_ERR_EXISTS,
                             "%.160s: is of klaster %s, whose numbers this version (%s) may not go on from",
                             source->path, source->result.engine_version, KL_VERSION);
    if (!kl_study_contains(sources->study, &source->result.study, why, sizeof why))
        return kl_reason_set(reason, KL_ERR_EXISTS, "%.160s: is no part of this study: %s", source->path, why);
    return KL_OK;
}

static kl_status open_datasets(kl_source *source, kl_reason *reason)
{
    const kl_shape shape = kl_shape_of_study(&source->result.study);
    hid_t file = kl_result_file(&source->result);
    source->chunk = shape;
    for (int piece = 0; piece < KL_PACKED_PIECES; piece++) {
        kl_variable variable = kl_packed_variable(piece);
        source->dataset[piece] = kl_variable_open(file, &variable, &shape, reason);
        if (source->dataset[piece] < 0)
            return KL_ERR_FORMAT;
    }
    hsize_t chunk[3];
    hid_t create = H5Dget_create_plist(source->dataset[0]);
    int n = create < 0 || H5Pget_layout(create) != H5D_CHUNKED ? -1 : H5Pget_chunk(create, 3, chunk);
    (void)kl_h5_close(&create);
    if (n != 3)
        return kl_reason_set(reason, KL_ERR_FORMAT, "%.400s: the statuses are not stored as klaster does",
                             source->path);
    for (int axis = 0; axis < 3; axis++)
        source->chunk.chunk[axis] = chunk[axis];
    return KL_OK;
}

/* The path of an earlier source that holds the run; "another of the files" where that cannot be told. */
static const char *holder_of(const kl_sources *sources, const kl_source *until, int arm, int point, int replicate)
{
    for (const kl_source *s = sources->source; s < until; s++) {
        const kl_study *from = &s->result.study;
        kl_variable variable = kl_variable_of_status();
        kl_part part = {s->arm[arm], point, 1, replicate, 1};
        double status;
        if (part.arm >= 0 && point < from->n_points && replicate < from->n_replicates &&
            kl_part_read(&s->result, &variable, &part, &status, NULL) == KL_OK && !isnan(status))
            return s->path;
    }
    return "another of the files";
}

/* Mark the runs that one arm of a source has. */
static kl_status mark_arm(kl_sources *sources, const kl_source *source, int arm, int8_t *status, kl_reason *reason)
{
    const kl_study *from = &source->result.study;
    kl_status read = kl_result_status(&source->result, source->arm[arm], status);
    if (read != KL_OK)
        return kl_reason_set(reason, read, "%.400s: the statuses cannot be read", source->path);
    for (int p = 0; p < from->n_points; p++)
        for (int r = 0; r < from->n_replicates; r++) {
            if (status[(int64_t)p * from->n_replicates + r] == KL_RUN_MISSING)
                continue;
            int64_t bit = bit_of(sources, arm, (int64_t)p * sources->study->n_replicates + r);
            if (is_given(sources, bit))
                return kl_reason_set(reason, KL_ERR_EXISTS,
                                     "%.160s: holds runs that %.160s holds too (arm '%.64s', point %d, replicate %d)",
                                     source->path, holder_of(sources, source, arm, p, r), sources->study->arm[arm].name,
                                     p, r);
            sources->given[bit / 8] |= (uint8_t)(1 << (bit % 8));
            sources->n_given++;
        }
    return KL_OK;
}

static kl_status mark_runs(kl_sources *sources, const kl_source *source, kl_reason *reason)
{
    int8_t *status = malloc((size_t)n_worlds(&source->result.study));
    kl_status done = status ? KL_OK : out_of_memory(reason);
    for (int arm = 0; done == KL_OK && arm < sources->study->n_arms; arm++)
        if (source->arm[arm] >= 0)
            done = mark_arm(sources, source, arm, status, reason);
    free(status);
    return done;
}

static kl_status open_source(kl_sources *sources, const char *path, kl_reason *reason)
{
    kl_source *source = &sources->source[sources->n++];
    memset(source, 0, sizeof *source);
    for (int piece = 0; piece < KL_PACKED_PIECES; piece++)
        source->dataset[piece] = -1;
    source->path = malloc(strlen(path) + 1);
    if (!source->path) {
        sources->n--;
        return out_of_memory(reason);
    }
    strcpy(source->path, path);
    kl_status status = kl_result_open(&source->result, path, reason);
    if (status == KL_OK)
        status = check_source(sources, source, reason);
    if (status == KL_OK && map_arms(sources, source) != KL_OK)
        status = out_of_memory(reason);
    if (status == KL_OK)
        status = open_datasets(source, reason);
    return status == KL_OK ? mark_runs(sources, source, reason) : status;
}

kl_status kl_sources_open(kl_sources *sources, const kl_study *study, const kl_plan *plan, int n,
                          const char *const *path, kl_reason *reason)
{
    memset(sources, 0, sizeof *sources);
    sources->study = study;
    sources->plan = *plan;
    if (n == 0)
        return KL_OK;
    size_t n_runs = (size_t)plan->block_points * (size_t)plan->block_replicates;
    sources->source = calloc((size_t)n, sizeof *sources->source);
    sources->given = calloc(n_bytes(sources), 1);
    sources->value = malloc(n_runs * sizeof *sources->value);
    sources->status = malloc(n_runs);
    kl_status status = KL_OK;
    if (!sources->source || !sources->given || !sources->value || !sources->status)
        status = out_of_memory(reason);
    for (int i = 0; status == KL_OK && i < n; i++)
        status = open_source(sources, path[i], reason);
    return status;
}

void kl_sources_close(kl_sources *sources)
{
    for (int i = 0; i < sources->n; i++) {
        kl_source *source = &sources->source[i];
        for (int piece = 0; piece < KL_PACKED_PIECES; piece++)
            (void)kl_h5_close(&source->dataset[piece]);
        kl_result_close(&source->result);
        free(source->arm);
        free(source->path);
    }
    free(sources->source);
    free(sources->given);
    free(sources->value);
    free(sources->status);
    memset(sources, 0, sizeof *sources);
}

void kl_sources_digest(const kl_sources *sources, uint8_t digest[16])
{
    size_t size = sources->given ? n_bytes(sources) : 0;
    memset(digest, 0, 16);
    if (sources->n_given == 0)
        return;
    kl_bytes_put(digest, 8, (uint64_t)sources->n_given);
    kl_bytes_put(digest + 8, 4, libdeflate_crc32(0, sources->given, size));
    kl_bytes_put(digest + 12, 4, libdeflate_adler32(1, sources->given, size));
}

/* ---- blocks ---- */

int64_t kl_sources_count(const kl_sources *sources, const kl_block *block)
{
    int64_t n = 0;
    for (int arm = 0; sources->n > 0 && arm < block->n_arms; arm++)
        for (int r = 0; r < block->n_runs; r++) {
            int point = block->point0 + r / block->n_replicates,
                replicate = block->replicate0 + r % block->n_replicates;
            n += is_given(sources, bit_of(sources, arm, (int64_t)point * sources->study->n_replicates + replicate));
        }
    return n;
}

/* The part of a block that a source has, from its first run on. */
typedef struct overlap {
    hsize_t n_points, n_replicates;
} overlap;

static overlap overlap_of(const kl_source *source, const kl_block *block)
{
    const kl_study *from = &source->result.study;
    int points = from->n_points - block->point0, replicates = from->n_replicates - block->replicate0;
    points = points < block->n_points ? points : block->n_points;
    replicates = replicates < block->n_replicates ? replicates : block->n_replicates;
    return points > 0 && replicates > 0 ? (overlap){(hsize_t)points, (hsize_t)replicates} : (overlap){0, 0};
}

static int read_part(hid_t dataset, hid_t type, int arm, const kl_block *block, overlap part, void *value)
{
    hsize_t start[3] = {(hsize_t)arm, (hsize_t)block->point0, (hsize_t)block->replicate0};
    hsize_t count[3] = {1, part.n_points, part.n_replicates};
    return kl_h5_read_box(dataset, type, 3, start, count, value);
}

/* Place of the i-th run of a part in its block. */
static size_t place_of(overlap part, const kl_block *block, size_t i)
{
    return i / (size_t)part.n_replicates * (size_t)block->n_replicates + i % (size_t)part.n_replicates;
}

static void take_outcome(const kl_sources *sources, overlap part, const kl_block *block, const kl_variable *variable,
                         double *to)
{
    for (size_t i = 0; i < part.n_points * part.n_replicates; i++) {
        double value = sources->value[i];
        if (sources->status[i] != KL_RUN_MISSING)
            to[place_of(part, block, i)] = value == variable->fill ? (double)NAN : value;
    }
}

/* One arm of a block, from one source. */
static int recall_arm(const kl_sources *sources, const kl_source *source, const kl_block *block, int arm,
                      uint8_t *given, int8_t *status, double *outcome)
{
    overlap part = overlap_of(source, block);
    size_t n = part.n_points * part.n_replicates, n_found = 0;
    int from = source->arm[arm];
    if (from < 0 || n == 0)
        return 0;
    if (read_part(source->dataset[0], H5T_NATIVE_INT8, from, block, part, sources->status) < 0)
        return -1;
    for (size_t i = 0; i < n; i++) {
        if (sources->status[i] == KL_RUN_MISSING)
            continue;
        given[place_of(part, block, i)] = 1;
        status[place_of(part, block, i)] = sources->status[i];
        n_found++;
    }
    for (int o = 0; n_found > 0 && o < KL_N_OUTCOMES; o++) {
        kl_variable variable = kl_packed_variable(1 + o);
        if (read_part(source->dataset[1 + o], H5T_NATIVE_DOUBLE, from, block, part, sources->value) < 0)
            return -1;
        take_outcome(sources, part, block, &variable, outcome + (size_t)o * (size_t)block->n_runs);
    }
    return 0;
}

kl_status kl_sources_recall(const kl_sources *sources, const kl_block *block, uint8_t *given, int8_t *status,
                            double *outcome, kl_reason *reason)
{
    size_t n = (size_t)block->n_runs;
    for (int s = 0; s < sources->n; s++)
        for (size_t arm = 0; arm < (size_t)block->n_arms; arm++)
            if (recall_arm(sources, &sources->source[s], block, (int)arm, given + arm * n, status + arm * n,
                           outcome + arm * KL_N_OUTCOMES * n) < 0)
                return kl_h5_reason(reason, KL_ERR_READ, sources->source[s].path);
    return KL_OK;
}

/* ---- bytes as they are ---- */

/* The source of a whole arm of a block that has the same chunk there; NULL where there is none. */
static const kl_source *twin_of(const kl_sources *sources, const kl_block *block, const kl_shape *shape, int arm)
{
    for (int s = 0; s < sources->n; s++) {
        const kl_source *source = &sources->source[s];
        overlap part = overlap_of(source, block);
        hsize_t offset[3] = {(hsize_t)source->arm[arm], (hsize_t)block->point0, (hsize_t)block->replicate0}, size = 0;
        if (source->arm[arm] < 0 || part.n_points != (hsize_t)block->n_points ||
            part.n_replicates != (hsize_t)block->n_replicates ||
            source->chunk.chunk[KL_AXIS_POINT] != shape->chunk[KL_AXIS_POINT] ||
            source->chunk.chunk[KL_AXIS_REPLICATE] != shape->chunk[KL_AXIS_REPLICATE])
            continue;
        if (H5Dget_chunk_storage_size(source->dataset[0], offset, &size) >= 0 && size > 0 &&
            read_part(source->dataset[0], H5T_NATIVE_INT8, source->arm[arm], block, part, sources->status) >= 0 &&
            !memchr(sources->status, KL_RUN_MISSING, (size_t)block->n_runs))
            return source;
    }
    return NULL;
}

static kl_status copy_arm(const kl_source *source, const kl_block *block, int arm, kl_packer *packer, kl_buffer *to,
                          kl_reason *reason)
{
    hsize_t offset[3] = {(hsize_t)source->arm[arm], (hsize_t)block->point0, (hsize_t)block->replicate0};
    for (int piece = 0; piece < KL_PACKED_PIECES; piece++) {
        hsize_t size = 0;
        uint32_t filters = 0;
        uint8_t *bytes = packer->writer.packed;
        if (H5Dget_chunk_storage_size(source->dataset[piece], offset, &size) < 0 || size == 0 ||
            size > packer->writer.packed_size ||
            H5Dread_chunk(source->dataset[piece], H5P_DEFAULT, offset, &filters, bytes) < 0 || filters != 0 ||
            !kl_chunk_is_sound(bytes, (size_t)size))
            return kl_reason_set(reason, KL_ERR_READ, "%.300s: the values of %s are damaged at point %d, replicate %d",
                                 source->path, kl_packed_variable(piece).name, block->point0, block->replicate0);
        kl_status status = kl_packed_add_piece(to, bytes, (size_t)size);
        if (status != KL_OK)
            return kl_reason_set(reason, status, "%s", kl_status_text(status));
    }
    return KL_OK;
}

/* By way of the numbers: where chunks were cut otherwise, or come from several sources. */
static kl_status pack_numbers(const kl_sources *sources, kl_block *block, kl_packer *packer, kl_buffer *to,
                              kl_reason *reason)
{
    size_t n = (size_t)block->n_runs * (size_t)block->n_arms;
    uint8_t *given = calloc(n, 1);
    int8_t *status = malloc(n);
    double *outcome = malloc(n * KL_N_OUTCOMES * sizeof *outcome);
    kl_status done = given && status && outcome ? KL_OK : out_of_memory(reason);
    for (size_t i = 0; done == KL_OK && i < n * KL_N_OUTCOMES; i++)
        outcome[i] = (double)NAN;
    if (done == KL_OK) {
        memset(status, KL_RUN_MISSING, n);
        done = kl_sources_recall(sources, block, given, status, outcome, reason);
    }
    if (done == KL_OK) {
        block->status = status;
        block->outcome = outcome;
        done = kl_packed_add_block(to, packer, block);
        if (done != KL_OK)
            (void)kl_reason_set(reason, done, "%s", kl_status_text(done));
    }
    free(outcome);
    free(status);
    free(given);
    return done;
}

static kl_status pack_bytes(const kl_source *const *twin, kl_block *block, kl_packer *packer, kl_buffer *to,
                            kl_reason *reason)
{
    size_t n = (size_t)block->n_runs, start = to->size;
    int8_t *status = malloc(n * (size_t)block->n_arms);
    kl_status done = status ? KL_OK : out_of_memory(reason);
    for (int arm = 0; done == KL_OK && arm < block->n_arms; arm++)
        if (read_part(twin[arm]->dataset[0], H5T_NATIVE_INT8, twin[arm]->arm[arm], block, overlap_of(twin[arm], block),
                      status + (size_t)arm * n) < 0)
            done = kl_h5_reason(reason, KL_ERR_READ, twin[arm]->path);
    block->status = status;
    if (done == KL_OK && kl_packed_begin(to, block) != KL_OK)
        done = out_of_memory(reason);
    for (int arm = 0; done == KL_OK && arm < block->n_arms; arm++)
        done = copy_arm(twin[arm], block, arm, packer, to, reason);
    if (done == KL_OK)
        kl_packed_end(to, start);
    else
        to->size = start;
    free(status);
    return done;
}

kl_status kl_sources_pack(const kl_sources *sources, const kl_block *block, kl_packer *packer, kl_buffer *to,
                          kl_reason *reason)
{
    kl_block copy = *block;
    const kl_source **twin = malloc((size_t)block->n_arms * sizeof *twin);
    if (!twin)
        return out_of_memory(reason);
    int n_twins = 0;
    if (kl_sources_count(sources, block) == (int64_t)block->n_runs * block->n_arms)
        for (int arm = 0; arm < block->n_arms; arm++)
            n_twins += (twin[arm] = twin_of(sources, block, &packer->shape, arm)) != NULL;
    kl_status status = n_twins == block->n_arms ? pack_bytes(twin, &copy, packer, to, reason)
                                                : pack_numbers(sources, &copy, packer, to, reason);
    free(twin);
    return status;
}

/* ---- fans ---- */

kl_status kl_sources_add_fans(const kl_sources *sources, kl_fans *fans, kl_reason *reason)
{
    kl_status status = KL_OK;
    for (int s = 0; status == KL_OK && s < sources->n; s++) {
        const kl_source *source = &sources->source[s];
        status = kl_checkpoint_read(&source->result, source->arm, fans, reason);
    }
    return status;
}
