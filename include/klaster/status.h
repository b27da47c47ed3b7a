/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * What every klaster function that can fail returns. One list makes the enumerators, their
 * names and their texts, so the three cannot drift apart. */
#ifndef KLASTER_STATUS_H
#define KLASTER_STATUS_H

#ifdef __cplusplus
extern "C" {
#endif

/* X(enumerator, text) */
#define KL_STATUS_LIST(X)                                               \
    X(KL_OK, "no error")                                                \
    X(KL_ERR_ARGUMENT, "an argument is outside its domain")             \
    X(KL_ERR_MEMORY, "out of memory")                                   \
    X(KL_ERR_BOUNDS, "a parameter is outside its bounds")               \
    X(KL_ERR_COMBINATION, "parameters contradict each other")           \
    X(KL_ERR_MECHANISM, "the mechanism is not a usable list of stages") \
    X(KL_ERR_INVARIANT, "the simulated state broke an invariant")       \
    X(KL_ERR_STUDY, "the study file has errors")                        \
    X(KL_ERR_NOT_FOUND, "no such file, name or run")                    \
    X(KL_ERR_EXISTS, "the file exists already")                         \
    X(KL_ERR_READ, "cannot read")                                       \
    X(KL_ERR_WRITE, "cannot write")                                     \
    X(KL_ERR_FORMAT, "not a klaster result file, or a damaged one")     \
    X(KL_ERR_RESOURCES, "the plan does not fit this machine")           \
    X(KL_ERR_STOPPED, "stopped on request")                             \
    X(KL_ERR_RANKS, "the processes of a parallel run cannot reach each other")

typedef enum kl_status {
#define KL_STATUS_ENUMERATOR(name, text) name,
    KL_STATUS_LIST(KL_STATUS_ENUMERATOR)
#undef KL_STATUS_ENUMERATOR
        KL_N_STATUS
} kl_status;

/* Put before every function whose status must not be ignored. */
#define KL_MUST_USE __attribute__((warn_unused_result))

/* The text of a status, never NULL; a value outside the list gets "unknown status". */
const char *kl_status_text(kl_status status);

/* The enumerator's own name, such as "KL_ERR_BOUNDS"; never NULL. */
const char *kl_status_name(kl_status status);

#ifdef __cplusplus
}
#endif
#endif
