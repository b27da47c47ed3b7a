/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Composes a result file under another name (`.part`, target.h) from packed blocks in any order, and gives it its own name
 * when it is whole, verified and on disk. Decides nothing: which blocks and whether that is all, the store knows. */
#ifndef KL_STORE_COMPOSE_H
#define KL_STORE_COMPOSE_H

#include "store/driver.h"
#include "store/inputs.h"
#include "store/packed.h"
#include "store/target.h"

typedef struct kl_composer {
    const kl_study *study;
    kl_plan plan;
    kl_shape shape;
    kl_target *target;
    kl_driver driver;
    hid_t file, dataset[KL_PACKED_PIECES];
    kl_scale scale[KL_N_AXES];
    kl_inputs inputs;
    kl_packer packer; /* for what is not packed by threads */
} kl_composer;

/* What a finished file says about itself besides its numbers. */
typedef struct kl_ending {
    kl_fans *fans;
    int complete;
    int64_t runs_done;
    const char *command; /* may be NULL */
    double seconds;
    int n_notes;
    const char *const *note_name, *const *note_text;
} kl_ending;

/* Everything closed, so that kl_composer_free is legal. */
void kl_composer_init(kl_composer *composer);

/* Create the file in an opened target, and write the study. KL_ERR_WRITE, KL_ERR_MEMORY. */
KL_MUST_USE kl_status kl_composer_open(kl_composer *composer, const kl_study *study, const kl_plan *plan,
                                       kl_target *target, kl_reason *reason);

/* Write a block, once. */
KL_MUST_USE kl_status kl_composer_write(kl_composer *composer, const kl_packed *packed, kl_reason *reason);

/* Read an arm's outcome back: value[world]. KL_ERR_READ. */
KL_MUST_USE kl_status kl_composer_read(const kl_composer *composer, int arm, kl_outcome_id outcome, double *value);

/* Write what is left, close, read back, publish. On an error the target is untouched. */
KL_MUST_USE kl_status kl_composer_finish(kl_composer *composer, const kl_ending *ending, kl_reason *reason);

void kl_composer_free(kl_composer *composer);

#endif
