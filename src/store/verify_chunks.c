/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The chunks of a dataset, one by one. HDF5's index of chunks has no checksums of its own: a chunk that it has lost reads as
 * fill values, and one whose filter mask was touched as other numbers, both without an error. (Checksums are HDF5's to check,
 * when it reads.) */
#include <stdlib.h>
#include <string.h>

#include "store/verify.h"

static void close_chunks(kl_chunks *chunks)
{
    free(chunks->buffer);
    (void)kl_h5_close(&chunks->dataset);
}

static int open_chunks(kl_chunks *chunks, hid_t file, const char *name)
{
    *chunks = (kl_chunks){.name = name, .dataset = H5Dopen2(file, name, H5P_DEFAULT)};
    hid_t space = chunks->dataset < 0 ? -1 : H5Dget_space(chunks->dataset);
    hid_t create = chunks->dataset < 0 ? -1 : H5Dget_create_plist(chunks->dataset);
    int rank = space < 0 ? -1 : H5Sget_simple_extent_ndims(space);
    int result = create >= 0 && rank > 0 && rank <= KL_CHUNK_RANK_MAX && H5Pget_layout(create) == H5D_CHUNKED &&
                 H5Sget_simple_extent_dims(space, chunks->size, NULL) == rank &&
                 H5Pget_chunk(create, rank, chunks->chunk) == rank;
    chunks->rank = rank;
    (void)kl_h5_close(&create);
    (void)kl_h5_close(&space);
    return result ? 0 : -1;
}

/* Is there a chunk that begins at `offset`? Its bytes come into the buffer where they are wanted; negative where it cannot be
 * read, -2 without memory. */
static int read_chunk(kl_chunks *chunks, const hsize_t *offset, hsize_t *size, int wanted)
{
    uint32_t mask = 0;
    if (H5Dget_chunk_storage_size(chunks->dataset, offset, size) < 0 || *size == 0)
        return 0;
    if (!wanted)
        return 1;
    if (*size > KL_CHUNK_BYTES_MAX)
        return -1;
    if (*size > chunks->room) {
        uint8_t *larger = realloc(chunks->buffer, (size_t)*size);
        if (!larger)
            return -2;
        chunks->buffer = larger;
        chunks->room = *size;
    }
    return H5Dread_chunk(chunks->dataset, H5P_DEFAULT, offset, &mask, chunks->buffer) >= 0 && mask == 0 ? 1 : -1;
}

/* The next chunk in the order of the dataset; 0 behind the last. */
static int next_chunk(const kl_chunks *chunks, hsize_t *offset)
{
    for (int axis = chunks->rank - 1; axis >= 0; axis--) {
        offset[axis] += chunks->chunk[axis];
        if (offset[axis] < chunks->size[axis])
            return 1;
        offset[axis] = 0;
    }
    return 0;
}

/* What is amiss with a chunk that is expected, or not: NULL for nothing. */
static const char *fault_of(kl_verifier *verifier, kl_chunks *chunks, const hsize_t *offset, int is_expected)
{
    hsize_t size = 0;
    int found = read_chunk(chunks, offset, &size, 1);
    if (found == -2) {
        verifier->status = KL_ERR_MEMORY;
        return NULL;
    }
    if (found < 0)
        return "has a chunk that cannot be read as it was written";
    if (found != is_expected)
        return is_expected ? "lacks a chunk" : "has a chunk of runs that are missing";
    return NULL;
}

static void tell(kl_verifier *verifier, const kl_chunks *chunks, const hsize_t *offset, const char *fault)
{
    char place[96] = "";
    size_t n = 0;
    for (int i = 0; i < chunks->rank && n < sizeof place; i++)
        n += (size_t)snprintf(place + n, sizeof place - n, "%s%llu", i > 0 ? ", " : "", (unsigned long long)offset[i]);
    kl_verify_problem(verifier, "the dataset '%s' %s, at (%s)", chunks->name, fault, place);
}

static void verify_all(kl_verifier *verifier, kl_chunks *chunks, kl_chunks *like)
{
    hsize_t offset[KL_CHUNK_RANK_MAX] = {0}, size;
    do {
        const char *fault = fault_of(verifier, chunks, offset, !like || read_chunk(like, offset, &size, 0) == 1);
        if (!fault)
            continue;
        tell(verifier, chunks, offset, fault);
        return; /* the first will do */
    } while (next_chunk(chunks, offset));
}

void kl_verify_chunks(kl_verifier *verifier, const char *name, const char *like)
{
    kl_chunks chunks, model = {.dataset = -1};
    if (open_chunks(&chunks, verifier->file, name) == 0) {
        if (!like || open_chunks(&model, verifier->file, like) < 0)
            verify_all(verifier, &chunks, NULL);
        else if (model.rank != chunks.rank ||
                 memcmp(model.chunk, chunks.chunk, (size_t)chunks.rank * sizeof chunks.chunk[0]) != 0)
            kl_verify_problem(verifier, "the dataset '%s' has chunks of another shape than '%s'", name, like);
        else
            verify_all(verifier, &chunks, &model);
    }
    close_chunks(&model);
    close_chunks(&chunks);
}
