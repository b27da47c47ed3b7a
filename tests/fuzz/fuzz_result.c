/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Fuzz target: a result file that was damaged. Everything that klaster can read of it is read. It must be refused with a
 * sentence or give numbers within their domains, and write no further than it may. The input is not the file but the damage
 * (patch.h): its first byte chooses one of the result files named by fuzz_result_start. */
#define _DEFAULT_SOURCE /* pwrite, ftruncate */
#include "fuzz_result.h"

#include <fcntl.h>
#include <math.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz.h"
#include "klaster/store.h"
#include "klaster/verify.h"
#include "patch.h"

#define PAGE 4096
#define CANARY 0x5A
#define BASES_MAX 16

static struct {
    char path[4096];
    int fd;
    int n_bases;
    fuzz_file base[BASES_MAX];
    uint8_t *on_disk; /* what the file holds now, so that only pages that differ are written */
    size_t size_on_disk, room;
} now = {.fd = -1};

/* ---- the file on disk ---- */

int fuzz_result_start(const char *directory, int n, char *const *path)
{
    for (int i = 0; i < n && i < BASES_MAX; i++) {
        if (!fuzz_file_read(&now.base[now.n_bases], path[i]))
            return 0;
        size_t room = now.base[now.n_bases++].room;
        now.room = room > now.room ? room : now.room;
    }
    now.on_disk = calloc(1, now.room + 1);
    return now.n_bases > 0 && now.on_disk && fuzz_result_restart(directory);
}

int fuzz_result_restart(const char *directory)
{
    if (now.fd >= 0)
        close(now.fd);
    (void)snprintf(now.path, sizeof now.path, "%s/fuzzed.h5", directory);
    (void)unlink(now.path);
    now.fd = open(now.path, O_RDWR | O_CREAT | O_TRUNC, 0600);
    now.size_on_disk = 0;
    return now.fd >= 0;
}

/* Bring the copy to disk; 1 where that was possible. */
static int write_copy(const fuzz_file *file)
{
    for (size_t at = 0; at < file->copy_size; at += PAGE) {
        size_t n = file->copy_size - at < PAGE ? file->copy_size - at : PAGE;
        if (at + n <= now.size_on_disk && memcmp(now.on_disk + at, file->copy + at, n) == 0)
            continue;
        if (pwrite(now.fd, file->copy + at, n, (off_t)at) != (ssize_t)n)
            return 0;
        memcpy(now.on_disk + at, file->copy + at, n);
    }
    if (file->copy_size < now.size_on_disk && ftruncate(now.fd, (off_t)file->copy_size) != 0)
        return 0;
    now.size_on_disk = file->copy_size;
    return 1;
}

/* ---- room with a canary behind it ---- */

static void *guarded(size_t size)
{
    uint8_t *memory = malloc(size + 16);
    if (memory) {
        memset(memory, 0, size);
        memset(memory + size, CANARY, 16);
    }
    return memory;
}

static void release(void *memory, size_t size)
{
    const uint8_t *canary = (const uint8_t *)memory + size;
    for (int i = 0; memory && i < 16; i++)
        FUZZ_EXPECT(canary[i] == CANARY);
    free(memory);
}

static void expect_read(kl_status status)
{
    FUZZ_EXPECT(status == KL_OK || status == KL_ERR_READ || status == KL_ERR_FORMAT || status == KL_ERR_NOT_FOUND ||
                status == KL_ERR_MEMORY);
}

/* ---- what can be read ---- */

static void read_runs(const kl_result *result, int arm, size_t n)
{
    double *value = guarded(n * sizeof *value);
    int8_t *status = guarded(n);
    if (value && status) {
        kl_status read = kl_result_status(result, arm, status);
        expect_read(read);
        for (size_t i = 0; read == KL_OK && i < n; i++)
            FUZZ_EXPECT(status[i] >= KL_RUN_MISSING && status[i] < KL_N_RUN_STATUS);
        for (int o = 0; o < KL_N_OUTCOMES; o++)
            expect_read(kl_result_outcome(result, arm, (kl_outcome_id)o, value));
    }
    release(value, n * sizeof *value);
    release(status, n);
}

static void read_fans(const kl_result *result, int arm)
{
    size_t n_mean = (size_t)result->study.horizon, n = n_mean * (size_t)result->study.n_quantiles;
    double *value = guarded(n * sizeof *value), *mean = guarded(n_mean * sizeof *mean);
    for (int s = 0; value && mean && s < KL_N_SERIES; s++)
        expect_read(kl_result_fan(result, arm, (kl_series_id)s, value, mean));
    release(value, n * sizeof *value);
    release(mean, n_mean * sizeof *mean);
}

static void read_tables(const kl_result *result)
{
    int n = 0;
    kl_saved_table *table = NULL;
    kl_reason reason = {""};
    kl_status status = kl_result_tables(result, &n, &table, &reason);
    FUZZ_EXPECT(status == KL_OK ? n >= 0 : n == 0 && reason.text[0] != '\0');
    expect_read(status);
    size_t letters = 0;
    for (int t = 0; t < n; t++) {
        const kl_table *one = &table[t].table;
        letters += strlen(one->name) + strlen(one->title) + strlen(one->method) + strlen(table[t].command) +
                   strlen(table[t].engine_version);
        for (int c = 0; c < one->n_columns; c++)
            letters += strlen(one->column[c].name);
    }
    FUZZ_EXPECT(n == 0 || letters > 0);
    kl_saved_tables_free(n, table);
}

static void look_at_problem(void *data, const char *sentence)
{
    ++*(int *)data;
    FUZZ_EXPECT(sentence[0] != '\0');
}

static void verify(const kl_result *result)
{
    kl_verified verified;
    int n = 0;
    kl_status status = kl_result_verify(result, &verified, look_at_problem, &n);
    FUZZ_EXPECT(status == KL_OK || status == KL_ERR_MEMORY);
    FUZZ_EXPECT(status != KL_OK || n == verified.n_problems);
}

/* Opening has looked at every dataset already. To save time, a case reads the runs, or the fans, or verifies all. */
static void read_all(const kl_result *result, uint8_t choice)
{
    const kl_study *study = &result->study;
    size_t n = (size_t)study->n_points * (size_t)study->n_replicates;
    FUZZ_EXPECT(study->n_arms > 0 && n > 0 && study->horizon > 0 && study->n_quantiles > 0);
    int arm = choice / 16 % study->n_arms;
    if (n > 100000)
        return;
    if (choice % 16 < 7)
        read_runs(result, arm, n);
    else if (choice % 16 < 14)
        read_fans(result, arm);
    else
        verify(result);
    read_tables(result);
}

static void read_file(uint8_t choice)
{
    kl_result result;
    kl_reason reason;
    memset(&reason, CANARY, sizeof reason);
    kl_status status = kl_result_open(&result, now.path, &reason);
    fuzz_result_opened(status == KL_OK);
    if (status == KL_OK) {
        read_all(&result, choice);
        kl_result_close(&result);
        return;
    }
    expect_read(status);
    FUZZ_EXPECT(memchr(reason.text, '\0', sizeof reason.text) && reason.text[0] != '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size < 1 || now.n_bases == 0)
        return 0;
    fuzz_file *file = &now.base[data[0] % now.n_bases];
    fuzz_file_damage(file, data + 1, size - 1);
    if (write_copy(file))
        read_file(data[size - 1]);
    return 0;
}
