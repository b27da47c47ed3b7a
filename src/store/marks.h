/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What a result file says about itself: root attributes, the groups /study and /provenance; and whether all that must stand
 * in a file does. */
#ifndef KL_STORE_MARKS_H
#define KL_STORE_MARKS_H

#include "store/layout.h"

/* The root attributes that a reader needs. */
typedef struct kl_marks {
    int complete;
    int64_t runs_done;
    int fans_exact;
    char engine_version[64];
    char study_sha256[65];
} kl_marks;

/* Root attributes and /study of a new file, marked incomplete. */
int kl_marks_create(hid_t file, const kl_study *study);

/* The marks that are known at the end. */
int kl_marks_finish(hid_t file, int complete, int64_t runs_done, int fans_exact);

/* /provenance: all that may differ between two computations of the same study, and nothing else. `command` may be NULL. */
int kl_provenance_create(hid_t file, const kl_study *study, const char *command, int n_threads, double seconds);

/* The file of an open result. */
hid_t kl_result_file(const kl_result *result);

/* KL_ERR_FORMAT with a reason where this is not a klaster result of a version that can be read. */
kl_status kl_marks_read(hid_t file, kl_marks *marks, kl_reason *reason);

/* Are the axes, the statuses, every outcome and every fan there, of the type and the size that the study says? A file
 * of another engine version may lack outcomes and fans that this version added. */
kl_status kl_layout_check(hid_t file, const kl_study *study, const kl_marks *marks, kl_reason *reason);

#endif
