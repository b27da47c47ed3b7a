/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The group /checkpoint of a result file: what its monthly fans were made from, so that runs can be added later without
 * playing the old ones again. docs/file-format.md is the specification. Knows nothing of blocks and journals.
 *
 * What the store calls: at the end, when the fans hold every run that the file has, kl_checkpoint_write; before the first
 * block, for every source, kl_checkpoint_read. Runs of a source then come with `given` set in their blocks, which kl_fans_add
 * leaves out. Neither silences HDF5: kl_h5_quiet_begin. */
#ifndef KL_STORE_CHECKPOINT_H
#define KL_STORE_CHECKPOINT_H

#include "store/h5.h"

/* Create /checkpoint in a file that has its axes (kl_scales_create). Negative on an error. */
int kl_checkpoint_write(hid_t file, const kl_fans *fans, int n_threads);

/* Add the fans of a result to those of a study that has all its runs. arm[a] is the result's arm that is the study's arm a,
 * -1 where it has none. The result may be exact or a sketch; exact fans take exact ones only.
 * KL_ERR_ARGUMENT  the study has another horizon, or fewer worlds than the result has runs;
 * KL_ERR_FORMAT    there is no /checkpoint (a file of an older klaster), or it contradicts itself or the study in the file;
 * KL_ERR_READ      a checksum is wrong; KL_ERR_MEMORY. The fans may then hold a part: kl_fans_clear. */
KL_MUST_USE kl_status kl_checkpoint_read(const kl_result *result, const int *arm, kl_fans *fans, kl_reason *reason);

#endif
