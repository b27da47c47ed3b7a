// SPDX-License-Identifier: GPL-3.0-or-later
//
// Sections about options: the four big numbers, which open a report with several arms, and how the options compare.

export const fourNumbers = [];
export const compared = [];
