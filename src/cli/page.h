/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Pages: HTML files that hold everything they need, made from a template that is built in (src/pages) and the data that it is to
 * show. What a page looks like, in which language and with which charts, is the template's affair; what it says comes from
 * the data. */
#ifndef KLASTER_CLI_PAGE_H
#define KLASTER_CLI_PAGE_H

#include "cli/output.h"

typedef enum kl_page_id { KL_PAGE_REPORT, KL_PAGE_REPLAY, KL_N_PAGES } kl_page_id;

/* As src/pages/build.mjs made it; text is NULL where klaster was built without Node.js. */
typedef struct kl_page {
    const unsigned char *text;
    size_t size;
} kl_page;

extern const kl_page kl_page_template[KL_N_PAGES];

/* Can this page be written, there: before anything is computed. KL_EXIT_OK, or says why not and returns the exit code. */
int kl_page_check(const kl_cli *cli, kl_page_id id, const char *path, bool force);

/* Write a page with its data; takes the reference. `data` NULL says that jansson ran out of memory. Returns an exit code. */
int kl_page_write(const kl_cli *cli, kl_page_id id, const char *path, bool force, json_t *data);

/* Digits of numbers in pages: more than the 32 bits of a stored share have. */
enum { KL_PAGE_DIGITS = 9 };

#endif
