/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * How HDF5 writes to the locked .part: through the descriptor that target.c holds, with the first failure kept; and how it
 * reads result files: with the heaps of texts looked at before it takes them apart.
 *
 * HDF5 does not survive a disk that is full: a file that cannot be flushed cannot be closed either, its memory stays, and the
 * library crashes when the program ends (seen with 1.10.8). So after the first failure this driver drops what
 * it is given and reports success. HDF5 then closes in peace, and the writer, who asks `error`, throws the file away. */
#ifndef KL_STORE_DRIVER_H
#define KL_STORE_DRIVER_H

#include "store/h5.h"

typedef struct kl_driver {
    int fd;         /* owned by the caller, open for reading, or for reading and writing */
    int reads_only; /* nothing in the file is believed */
    int error;      /* errno of the first failure; 0: none */
    hid_t id;       /* -1: not registered */
} kl_driver;

/* Let `access` open files with the driver, whatever their name. `driver` must stay where it is until the file is closed. */
int kl_driver_use(kl_driver *driver, int fd, hid_t access);

/* After the file was closed. */
void kl_driver_free(kl_driver *driver);

#endif
