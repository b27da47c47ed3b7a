/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Small helpers over HDF5, shared by the files of this layer: silence, reasons, attributes. Knows nothing of studies.
 * Functions that return int follow HDF5: negative is an error, and the reason stands on HDF5's error stack. */
#ifndef KL_STORE_H5_H
#define KL_STORE_H5_H

#include <hdf5.h>

#include "klaster/store.h"

/* HDF5 prints its errors unless told not to. Every public function of this layer is quiet while it runs and leaves the
 * caller's setting as it was. */
typedef struct kl_h5_quiet {
    H5E_auto2_t function;
    void *data;
} kl_h5_quiet;

void kl_h5_quiet_begin(kl_h5_quiet *quiet);
void kl_h5_quiet_end(const kl_h5_quiet *quiet);

/* Write a sentence; longer ones are cut. `reason` may be NULL. Returns `status`. */
kl_status kl_reason_set(kl_reason *reason, kl_status status, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* The sentence `what`, and after a colon the innermost message of HDF5's error stack. Returns `status`. */
kl_status kl_h5_reason(kl_reason *reason, kl_status status, const char *what);

/* Close what is open; a negative id is legal. Returns -1 where closing failed. *id becomes -1. */
int kl_h5_close(hid_t *id);

/* A variable-length UTF-8 string; the caller closes it. */
hid_t kl_h5_text_type(void);

typedef struct kl_h5_text {
    const char *name, *text;
} kl_h5_text;

/* Write an attribute. A text that is empty or NULL is left out: HDF5 reads it back as a NULL pointer, which some
 * clients do not survive. `n` of a number is 1 for a scalar. */
int kl_h5_put_text(hid_t object, const char *name, const char *text);
int kl_h5_put_texts(hid_t object, const kl_h5_text *text, size_t n); /* n attributes; quicker than one by one */
int kl_h5_put_numbers(hid_t object, const char *name, hid_t file_type, hid_t memory_type, size_t n, const void *value);
int kl_h5_put_list(hid_t object, const char *name, hid_t type, size_t n, const void *value); /* an array, of 1, too */
int kl_h5_put_int(hid_t object, const char *name, hid_t file_type, int64_t value);

/* Overwrite the value of an attribute that is there. */
int kl_h5_set_int(hid_t object, const char *name, int64_t value);

/* A group whose links and attributes keep their order; the caller closes it. */
hid_t kl_h5_create_group(hid_t parent, const char *name);

/* A scalar text dataset. */
int kl_h5_put_text_dataset(hid_t group, const char *name, const char *text);

/* Read an attribute; -1 where it is missing or of another kind. A text is malloc'ed, never NULL on success; -2 where
 * there is no memory for it. */
int kl_h5_get_int(hid_t object, const char *name, int64_t *value);
int kl_h5_get_double(hid_t object, const char *name, double *value);
int kl_h5_get_text(hid_t object, const char *name, char **text);
int kl_h5_get_text_dataset(hid_t group, const char *name, char **text);

/* H5Dwrite with a small buffer for numbers that change their type: HDF5 clears 1 MiB every time unless told. */
int kl_h5_write(hid_t dataset, hid_t memory_type, hid_t memory, hid_t file, const void *value);

/* Read the numbers of a box of a dataset, of its rank: count[0] x count[1] x ... from `start` on. */
int kl_h5_read_box(hid_t dataset, hid_t memory_type, int rank, const hsize_t *start, const hsize_t *count, void *value);

#endif
