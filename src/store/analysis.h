/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Tables of analyses in a result file: /analysis/<table>/<column>. What the files that write and read them share. */
#ifndef KL_STORE_ANALYSIS_H
#define KL_STORE_ANALYSIS_H

#include "store/h5.h"

#define KL_ANALYSIS_GROUP "analysis"
#define KL_ANALYSIS_ROW "row" /* the dimension of a table; no column is called so */

/* Words of the attributes `klaster_type` and `style`, by number. */
extern const char *const kl_column_type_words[3];
extern const char *const kl_column_style_words[3];

/* Is it a name that a table or column may have, [a-z0-9_]+? */
int kl_analysis_is_name(const char *name);

/* Create /analysis/<name> with the table. Negative on an error. */
int kl_analysis_put(hid_t file, const kl_table *table, const char *command);

/* Read one table or all of them. An error leaves nothing to free. */
kl_status kl_analysis_read_one(hid_t group, const char *name, kl_saved_table *saved, kl_reason *reason);
kl_status kl_analysis_read(hid_t file, int *n, kl_saved_table **table, kl_reason *reason);

#endif
