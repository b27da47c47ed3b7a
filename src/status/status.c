/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Texts of the status list. Lowest layer: depends on nothing. */
#include "klaster/status.h"

const char *kl_status_text(kl_status status)
{
    switch (status) {
#define KL_STATUS_CASE(name, text) \
    case name:                     \
        return text;
        KL_STATUS_LIST(KL_STATUS_CASE)
#undef KL_STATUS_CASE
    case KL_N_STATUS:
        break;
    }
    return "unknown status";
}

const char *kl_status_name(kl_status status)
{
    switch (status) {
#define KL_STATUS_CASE(name, text) \
    case name:                     \
        return #name;
        KL_STATUS_LIST(KL_STATUS_CASE)
#undef KL_STATUS_CASE
    case KL_N_STATUS:
        break;
    }
    return "KL_UNKNOWN";
}
