// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sections about why: what drives the result, where the claims hold, what carries the synergy, who has a stake.

export const insight = [];
