/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What growing and pruning of trees share. Internal to src/analysis. */
#ifndef KL_TREE_H
#define KL_TREE_H

#include "klaster/discovery.h"

/* Set every node's alpha, by weakest-link pruning down to the root. */
KL_MUST_USE kl_status kl_tree_weigh(kl_tree *tree);

/* The child to which a case goes. */
int kl_tree_step(const kl_tree *tree, int number, const kl_cases *cases, int i);

#endif
