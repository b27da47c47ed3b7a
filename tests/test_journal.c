/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * The journal: what was appended comes back, whatever happens to the process, the disk or the bytes. */
#define _GNU_SOURCE /* unshare */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "store/journal_scan.h"

#define NAME "a.h5.journal"
#define SKIPPED 77

static const uint8_t ours[KL_JOURNAL_IDENTITY] = {1, 2, 3, 255};
static const uint8_t others[KL_JOURNAL_IDENTITY] = {1, 2, 4, 255};
static char scratch[64];

static int enter(void **state)
{
    (void)state;
    snprintf(scratch, sizeof scratch, "/dev/shm/klaster-journal-XXXXXX"); /* thousands of fdatasync: better in memory */
    if (!mkdtemp(scratch))
        snprintf(scratch, sizeof scratch, "/tmp/klaster-journal-XXXXXX");
    else
        return chdir(scratch);
    return mkdtemp(scratch) && chdir(scratch) == 0 ? 0 : -1;
}

static int leave(void **state)
{
    char command[128];
    (void)state;
    snprintf(command, sizeof command, "rm -rf '%s'", scratch);
    return chdir("/") == 0 && system(command) == 0 ? 0 : -1;
}

/* ---- frames to recognise: number n has (37 n) mod 101 bytes, so the first is empty ---- */

static size_t size_of_frame(int64_t n)
{
    return (size_t)(37 * n % 101);
}

static void make_frame(int64_t n, uint8_t *bytes)
{
    for (size_t i = 0; i < size_of_frame(n); i++)
        bytes[i] = (uint8_t)(n * 7 + (int64_t)i * 13);
}

static kl_status append_frame(kl_journal *journal, int64_t n, kl_reason *reason)
{
    uint8_t bytes[128];
    make_frame(n, bytes);
    return kl_journal_append(journal, bytes, size_of_frame(n), reason);
}

/* What a reader saw: frames first, first + 1, ... without those in `skip`. */
typedef struct seen {
    int64_t n, next, skip;
    int wrong;
} seen;

static kl_status see(void *data, const uint8_t *bytes, size_t size)
{
    uint8_t expected[128];
    seen *s = data;
    if (s->next == s->skip)
        s->next++;
    make_frame(s->next, expected);
    if (size != size_of_frame(s->next) || (size > 0 && memcmp(bytes, expected, size) != 0))
        s->wrong = 1;
    s->next++;
    s->n++;
    return KL_OK;
}

/* How many frames are there; they must be 0, 1, 2, ... without `skip`. */
static int64_t count_without(int64_t skip)
{
    kl_reason reason = {""};
    seen s = {.skip = skip};
    kl_status status = kl_journal_read(NAME, ours, see, &s, &reason);
    if (status != KL_OK)
        print_error("%s\n", reason.text);
    assert_int_equal(status, KL_OK);
    assert_false(s.wrong);
    return s.n;
}

static int64_t count_frames(void)
{
    return count_without(-1);
}

/* Append frames up to number n (not counted) to what is there. */
static void fill_to(int64_t n)
{
    kl_journal journal;
    kl_reason reason = {""};
    kl_status status = kl_journal_open(&journal, NAME, ours, &reason);
    if (status != KL_OK)
        print_error("%s\n", reason.text);
    assert_int_equal(status, KL_OK);
    for (int64_t i = journal.n_frames; i < n; i++)
        assert_int_equal(append_frame(&journal, i, &reason), KL_OK);
    assert_int_equal(journal.n_frames, n);
    kl_journal_close(&journal);
}

/* ---- other processes ---- */

/* Run `part` in a process of its own; the result is its exit code, 128 and the number where a signal ended it. */
static int in_child(int (*part)(void))
{
    fflush(NULL);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0)
        _exit(part());
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* ---- files as bytes ---- */

static uint8_t *load(const char *path, size_t *size)
{
    FILE *file = fopen(path, "rb");
    assert_non_null(file);
    uint8_t *bytes = malloc(1 << 20);
    assert_non_null(bytes);
    *size = fread(bytes, 1, 1 << 20, file);
    assert_true(*size < 1 << 20);
    fclose(file);
    return bytes;
}

static void save(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    assert_non_null(file);
    assert_int_equal(size ? fwrite(bytes, size, 1, file) : 1, 1);
    assert_int_equal(fclose(file), 0);
}

static void assert_file_is(const char *path, const uint8_t *bytes, size_t size)
{
    size_t n;
    uint8_t *found = load(path, &n);
    assert_int_equal(n, size);
    assert_memory_equal(found, bytes, size);
    free(found);
}

/* Where frame n begins, if all frames before are there. */
static size_t begin_of_frame(int64_t n)
{
    size_t at = KL_JOURNAL_HEADER_SIZE;
    for (int64_t i = 0; i < n; i++)
        at += KL_FRAME_HEADER_SIZE + size_of_frame(i) + KL_FRAME_TRAILER_SIZE;
    return at;
}

/* ---- one process ---- */

static void frames_come_back_in_order_over_many_openings(void **state)
{
    (void)state;
    assert_int_equal(unlink(NAME) == 0 || errno == ENOENT, 1);
    int64_t n = 0;
    for (int opening = 0; opening < 8; opening++) {
        fill_to(n);
        assert_int_equal(count_frames(), n);
        n += opening;
    }
    struct stat info;
    assert_int_equal(stat(NAME, &info), 0);
    assert_int_equal(info.st_size, begin_of_frame(n - 7));
    uint8_t identity[KL_JOURNAL_IDENTITY];
    assert_int_equal(kl_journal_identity(NAME, identity, NULL), KL_OK);
    assert_memory_equal(identity, ours, sizeof ours);
    seen s = {.skip = -1};
    assert_int_equal(kl_journal_read(NAME, NULL, see, &s, NULL), KL_OK); /* whatever it is */
    assert_int_equal(s.n, n - 7);
}

static kl_status stop_at_three(void *data, const uint8_t *bytes, size_t size)
{
    (void)bytes;
    (void)size;
    return ++*(int *)data == 3 ? KL_ERR_STOPPED : KL_OK;
}

static void an_error_of_the_reader_s_function_ends_the_reading(void **state)
{
    int n = 0;
    kl_reason reason = {"mine"};
    (void)state;
    unlink(NAME);
    fill_to(6);
    assert_int_equal(kl_journal_read(NAME, ours, stop_at_three, &n, &reason), KL_ERR_STOPPED);
    assert_int_equal(n, 3);
    assert_string_equal(reason.text, "mine");
}

static kl_status check_large(void *data, const uint8_t *bytes, size_t size)
{
    const size_t *expected = data;
    if (size != *expected)
        return KL_ERR_FORMAT;
    for (size_t i = 0; i < size; i++)
        if (bytes[i] != (uint8_t)(i * 2654435761U >> 7))
            return KL_ERR_FORMAT;
    return KL_OK;
}

static void a_frame_larger_than_every_buffer_comes_back(void **state)
{
    kl_journal journal;
    size_t size = 5000000;
    uint8_t *bytes = malloc(size);
    (void)state;
    assert_non_null(bytes);
    for (size_t i = 0; i < size; i++)
        bytes[i] = (uint8_t)(i * 2654435761U >> 7);
    unlink(NAME);
    for (int opening = 0; opening < 2; opening++) { /* the second reads the first's */
        assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_OK);
        assert_int_equal(journal.n_frames, opening);
        assert_int_equal(kl_journal_append(&journal, bytes, size, NULL), KL_OK);
        kl_journal_close(&journal);
    }
    assert_int_equal(kl_journal_read(NAME, ours, check_large, &size, NULL), KL_OK);
    assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_OK);
    assert_int_equal(kl_journal_append(&journal, bytes, KL_JOURNAL_FRAME_MAX + 1, NULL), KL_ERR_ARGUMENT);
    kl_journal_close(&journal);
    free(bytes);
}

/* ---- damage ---- */

static void a_journal_cut_at_any_byte_keeps_its_whole_frames_and_goes_on(void **state)
{
    enum { N = 6 };
    size_t size;
    (void)state;
    unlink(NAME);
    fill_to(N);
    uint8_t *bytes = load(NAME, &size);
    assert_int_equal(size, begin_of_frame(N));
    for (size_t length = 0; length <= size; length++) {
        int64_t whole = 0;
        while (whole < N && begin_of_frame(whole + 1) <= length)
            whole++;
        save(NAME, bytes, length);
        assert_int_equal(count_frames(), whole);
        assert_file_is(NAME, bytes, length); /* reading touches nothing */
        fill_to(whole);                      /* opening cuts the tail, and writes a header where there was none */
        assert_file_is(NAME, bytes, begin_of_frame(whole));
        fill_to(N);
        assert_file_is(NAME, bytes, size);
    }
    free(bytes);
}

/* After a power cut, the file may have its length while pages at its end were never written. */
static void zeros_at_the_end_are_a_torn_tail(void **state)
{
    enum { N = 5 };
    size_t size;
    (void)state;
    unlink(NAME);
    fill_to(N);
    uint8_t *bytes = load(NAME, &size);
    uint8_t *zeroed = malloc(size);
    assert_non_null(zeroed);
    for (size_t length = 0; length < size; length++) {
        int64_t whole = 0;
        while (whole < N && begin_of_frame(whole + 1) <= length)
            whole++;
        if (length < KL_JOURNAL_HEADER_SIZE && length > 0)
            continue; /* the header is on disk before the first frame is written */
        size_t file_size = length == 0 ? KL_JOURNAL_HEADER_SIZE : size;
        memcpy(zeroed, bytes, size);
        memset(zeroed + length, 0, size - length);
        /* bytes that were zero anyway may complete a frame */
        while (whole < N && memcmp(zeroed, bytes, begin_of_frame(whole + 1)) == 0)
            whole++;
        save(NAME, zeroed, file_size);
        assert_int_equal(count_frames(), whole);
        fill_to(N);
        assert_file_is(NAME, bytes, size);
    }
    free(zeroed);
    free(bytes);
}

static void a_flipped_bit_costs_its_own_frame_and_no_other(void **state)
{
    enum { N = 5 };
    size_t size;
    (void)state;
    unlink(NAME);
    fill_to(N);
    uint8_t *bytes = load(NAME, &size);
    for (size_t at = KL_JOURNAL_HEADER_SIZE; at < size; at++) {
        int64_t hit = 0;
        while (begin_of_frame(hit + 1) <= at)
            hit++;
        bytes[at] ^= (uint8_t)(1 << at % 8);
        save(NAME, bytes, size);
        assert_int_equal(count_without(hit), N - 1);
        kl_journal journal;
        assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_OK);
        assert_int_equal(journal.n_frames, N - 1);
        assert_int_equal(journal.n_damaged, hit < N - 1);
        assert_int_equal(journal.end, begin_of_frame(hit < N - 1 ? N : N - 1)); /* nothing whole is cut off */
        assert_int_equal(append_frame(&journal, hit < N - 1 ? N : N - 1, NULL), KL_OK);
        kl_journal_close(&journal);
        assert_int_equal(count_without(hit < N - 1 ? hit : -1), N);
        bytes[at] ^= (uint8_t)(1 << at % 8);
    }
    free(bytes);
}

static void a_flipped_bit_of_the_header_is_refused_and_nothing_touched(void **state)
{
    size_t size;
    (void)state;
    unlink(NAME);
    fill_to(3);
    uint8_t *bytes = load(NAME, &size);
    for (size_t bit = 0; bit < KL_JOURNAL_HEADER_SIZE * 8; bit++) {
        kl_journal journal;
        seen s = {.skip = -1};
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        save(NAME, bytes, size);
        assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_ERR_EXISTS);
        kl_journal_close(&journal); /* legal after an error */
        assert_int_equal(kl_journal_read(NAME, ours, see, &s, NULL), KL_ERR_FORMAT);
        assert_file_is(NAME, bytes, size);
        bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
    }
    free(bytes);
}

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define HAS_SANITIZER 1      /* which maps terabytes */
#elif defined(__has_feature) /* clang */
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define HAS_SANITIZER 1
#endif
#endif
#ifdef HAS_SANITIZER
#define LITTLE_MEMORY RLIM_INFINITY
#else
#define LITTLE_MEMORY ((rlim_t)1 << 29)
#endif

static int count_with_little_memory(void)
{
    seen s = {.skip = -1};
    struct rlimit limit = {LITTLE_MEMORY, LITTLE_MEMORY};
    if (setrlimit(RLIMIT_AS, &limit) != 0 || kl_journal_read(NAME, ours, see, &s, NULL) != KL_OK)
        return -1;
    return (int)s.n;
}

/* Frames with right checksums and wrong claims: nothing is allocated or read beyond the file. */
static void a_length_that_lies_is_a_torn_tail(void **state)
{
    static const uint64_t length[] = {
        1,          1000000,    KL_JOURNAL_FRAME_MAX, KL_JOURNAL_FRAME_MAX + 1,
        UINT64_MAX, UINT32_MAX, (uint64_t)INT64_MAX,  UINT64_MAX - 35 /* ends where it begins */};
    size_t size;
    (void)state;
    unlink(NAME);
    fill_to(4);
    uint8_t *bytes = load(NAME, &size);
    for (size_t i = 0; i < sizeof length / sizeof *length; i++) {
        kl_frame_make_header(bytes + size, ours, length[i], 4);
        save(NAME, bytes, size + KL_FRAME_HEADER_SIZE);
        alarm(60); /* rather than for ever */
        assert_int_equal(count_frames(), 4);
        assert_int_equal(in_child(count_with_little_memory), 4);
        fill_to(4);
        alarm(0);
        assert_file_is(NAME, bytes, size);
    }
    kl_frame_make_header(bytes + size, ours, 0, 3); /* a sequence number that was there: no frame of this place */
    kl_frame_make_trailer(bytes + size + KL_FRAME_HEADER_SIZE, bytes + size, NULL, 0);
    save(NAME, bytes, size + KL_FRAME_HEADER_SIZE + KL_FRAME_TRAILER_SIZE);
    assert_int_equal(count_frames(), 4);
    kl_frame_make_header(bytes + size, others, 0, 4); /* of another journal */
    kl_frame_make_trailer(bytes + size + KL_FRAME_HEADER_SIZE, bytes + size, NULL, 0);
    save(NAME, bytes, size + KL_FRAME_HEADER_SIZE + KL_FRAME_TRAILER_SIZE);
    assert_int_equal(count_frames(), 4);
    free(bytes);
}

/* A damaged header in a journal of many windows of the search: what follows is found, wherever the window ends. */
static void frames_behind_a_long_damaged_place_are_found(void **state)
{
    enum { LARGE = 700001 };
    uint8_t *large = calloc(1, LARGE);
    (void)state;
    assert_non_null(large);
    for (size_t i = 0; i < LARGE; i++)
        large[i] = 0x89; /* the magic's first byte, everywhere */
    for (size_t shift = 0; shift < 40; shift++) {
        kl_journal journal;
        unlink(NAME);
        assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_OK);
        assert_int_equal(kl_journal_append(&journal, large, ((size_t)1 << 18) - 50 + shift, NULL), KL_OK);
        assert_int_equal(append_frame(&journal, 0, NULL), KL_OK);
        assert_int_equal(append_frame(&journal, 1, NULL), KL_OK);
        kl_journal_close(&journal);
        int fd = open(NAME, O_WRONLY);
        assert_true(fd >= 0);
        assert_int_equal(pwrite(fd, "x", 1, KL_JOURNAL_HEADER_SIZE + 3), 1);
        close(fd);
        assert_int_equal(count_frames(), 2);
    }
    free(large);
}

/* ---- what is in the way ---- */

static void another_study_s_journal_is_refused_and_not_touched(void **state)
{
    kl_journal journal;
    kl_reason reason = {""};
    size_t size;
    seen s = {.skip = -1};
    (void)state;
    unlink(NAME);
    fill_to(3);
    uint8_t *bytes = load(NAME, &size);
    assert_int_equal(kl_journal_open(&journal, NAME, others, &reason), KL_ERR_EXISTS);
    assert_string_equal(reason.text, NAME ": is the journal of another study or plan");
    assert_int_equal(kl_journal_read(NAME, others, see, &s, &reason), KL_ERR_EXISTS);
    assert_int_equal(s.n, 0);
    assert_file_is(NAME, bytes, size);
    free(bytes);
}

static void a_foreign_file_is_refused_and_not_touched(void **state)
{
    static const char text[] =
        "Dear diary, this is no journal of klaster, although it may look like one from far away.";
    kl_journal journal;
    kl_reason reason = {""};
    uint8_t identity[KL_JOURNAL_IDENTITY];
    seen s = {.skip = -1};
    (void)state;
    for (size_t size = 1; size < sizeof text; size++) {
        save(NAME, text, size);
        assert_int_equal(kl_journal_open(&journal, NAME, ours, &reason), KL_ERR_EXISTS);
        assert_non_null(strstr(reason.text, "is no journal of klaster"));
        assert_int_equal(kl_journal_read(NAME, ours, see, &s, &reason), KL_ERR_FORMAT);
        assert_int_equal(kl_journal_identity(NAME, identity, &reason), KL_ERR_FORMAT);
        assert_file_is(NAME, (const uint8_t *)text, size);
    }
}

static void a_newer_journal_is_refused_and_not_touched(void **state)
{
    kl_journal journal;
    size_t size;
    seen s = {.skip = -1};
    (void)state;
    unlink(NAME);
    fill_to(2);
    uint8_t *bytes = load(NAME, &size);
    /* the header of version 2; its checksum was reckoned by Python's zlib.crc32 over the first 60 bytes */
    static const uint8_t crc[] = {0x73, 0xac, 0xb1, 0x82};
    bytes[8] = 2;
    memcpy(bytes + 60, crc, 4);
    save(NAME, bytes, size);
    kl_reason reason = {""};
    assert_int_equal(kl_journal_open(&journal, NAME, ours, &reason), KL_ERR_EXISTS);
    assert_non_null(strstr(reason.text, "newer klaster"));
    assert_int_equal(kl_journal_read(NAME, ours, see, &s, &reason), KL_ERR_FORMAT);
    assert_non_null(strstr(reason.text, "newer klaster"));
    assert_file_is(NAME, bytes, size);
    free(bytes);
}

static void what_is_no_regular_file_is_refused_without_waiting(void **state)
{
    kl_journal journal;
    seen s = {.skip = -1};
    (void)state;
    unlink(NAME);
    assert_int_equal(mkfifo(NAME, 0600), 0);
    alarm(20);
    assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_ERR_WRITE);
    assert_int_equal(kl_journal_read(NAME, ours, see, &s, NULL), KL_ERR_FORMAT);
    alarm(0);
    unlink(NAME);
    assert_int_equal(mkdir(NAME, 0700), 0);
    assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_ERR_WRITE);
    assert_int_equal(kl_journal_read(NAME, ours, see, &s, NULL), KL_ERR_FORMAT);
    assert_int_equal(rmdir(NAME), 0);
    save("elsewhere", "", 0);
    assert_int_equal(symlink("elsewhere", NAME), 0);
    assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_ERR_WRITE);
    unlink(NAME);
    unlink("elsewhere");
}

static void what_is_not_there_is_not_found(void **state)
{
    kl_journal journal;
    kl_reason reason = {""};
    uint8_t identity[KL_JOURNAL_IDENTITY];
    seen s = {.skip = -1};
    (void)state;
    unlink(NAME);
    assert_int_equal(kl_journal_read(NAME, ours, see, &s, &reason), KL_ERR_NOT_FOUND);
    assert_non_null(strstr(reason.text, NAME));
    assert_int_equal(kl_journal_identity(NAME, identity, &reason), KL_ERR_NOT_FOUND);
    assert_int_equal(kl_journal_open(&journal, "no/such/directory/" NAME, ours, &reason), KL_ERR_WRITE);
    assert_non_null(strstr(reason.text, "No such file or directory"));
    save(NAME, "", 0);
    assert_int_equal(kl_journal_identity(NAME, identity, &reason), KL_ERR_NOT_FOUND);
    assert_int_equal(count_frames(), 0);
}

static void a_removed_journal_is_gone_and_removing_nothing_is_fine(void **state)
{
    (void)state;
    fill_to(2);
    assert_int_equal(kl_journal_remove(NAME, NULL), KL_OK);
    assert_int_equal(access(NAME, F_OK), -1);
    assert_int_equal(kl_journal_remove(NAME, NULL), KL_OK);
    assert_int_equal(mkdir(NAME, 0700), 0);
    assert_int_equal(kl_journal_remove(NAME, NULL), KL_ERR_WRITE);
    assert_int_equal(rmdir(NAME), 0);
}

static void the_journals_of_a_target_are_found_by_rank_and_nothing_else(void **state)
{
    static const char *const there[] = {"d/r.h5.journal.10",
                                        "d/r.h5.journal",
                                        "d/r.h5.journal.2",
                                        "d/r.h5.journal.0",
                                        "d/r.h5.journal.",
                                        "d/r.h5.journal.02",
                                        "d/r.h5.journal.x",
                                        "d/r.h5.journal.1x",
                                        "d/r.h5.journal~",
                                        "d/r.h5.journals",
                                        "d/xr.h5.journal",
                                        "d/r.h5.journal.-1",
                                        "d/r.h5.part",
                                        "d/r.h5",
                                        "d/r.h5.journal.99999999999999999999"};
    static const char *const expected[] = {"d/r.h5.journal", "d/r.h5.journal.0", "d/r.h5.journal.2",
                                           "d/r.h5.journal.10"};
    int n = -1;
    char **path = NULL;
    (void)state;
    assert_int_equal(mkdir("d", 0700), 0);
    assert_int_equal(kl_journal_find("d/r.h5", &n, &path, NULL), KL_OK);
    assert_int_equal(n, 0);
    kl_journal_found_free(n, path);
    for (size_t i = 0; i < sizeof there / sizeof *there; i++)
        save(there[i], "", 0);
    assert_int_equal(kl_journal_find("d/r.h5", &n, &path, NULL), KL_OK);
    assert_int_equal(n, 4);
    for (int i = 0; i < n; i++)
        assert_string_equal(path[i], expected[i]);
    kl_journal_found_free(n, path);
    assert_int_equal(chdir("d"), 0);
    assert_int_equal(kl_journal_find("r.h5", &n, &path, NULL), KL_OK);
    assert_int_equal(n, 4);
    assert_string_equal(path[3], "r.h5.journal.10");
    kl_journal_found_free(n, path);
    assert_int_equal(chdir(".."), 0);
    assert_int_equal(kl_journal_find("nowhere/r.h5", &n, &path, NULL), KL_ERR_READ);
    assert_int_equal(n, 0);
}

/* ---- two processes ---- */

static int open_as_second(void)
{
    kl_journal journal;
    kl_reason reason = {""};
    kl_status status = kl_journal_open(&journal, NAME, ours, &reason);
    return status == KL_ERR_EXISTS && strcmp(reason.text, NAME ": another process is writing this file") == 0 ? 0 : 1;
}

static void a_second_process_is_refused_while_the_first_writes_and_may_read(void **state)
{
    kl_journal journal;
    (void)state;
    unlink(NAME);
    fill_to(3);
    assert_int_equal(kl_journal_open(&journal, NAME, ours, NULL), KL_OK);
    assert_int_equal(in_child(open_as_second), 0);
    assert_int_equal(count_frames(), 3);
    assert_int_equal(append_frame(&journal, 3, NULL), KL_OK);
    assert_int_equal(count_frames(), 4);
    kl_journal_close(&journal);
    assert_int_equal(in_child(open_as_second), 1); /* it opens */
    assert_int_equal(count_frames(), 4);
}

/* Appends until it is killed; says after each frame that it is committed. */
static void append_for_ever(int to)
{
    kl_journal journal;
    if (kl_journal_open(&journal, NAME, ours, NULL) != KL_OK)
        _exit(1);
    for (;;) {
        if (append_frame(&journal, journal.n_frames, NULL) != KL_OK)
            _exit(2);
        int64_t committed = journal.n_frames;
        if (write(to, &committed, sizeof committed) != sizeof committed)
            _exit(3);
    }
}

static void no_committed_frame_is_lost_to_sigkill(void **state)
{
    uint32_t random = 12345;
    int64_t committed = 0;
    (void)state;
    unlink(NAME);
    for (int kill_number = 0; kill_number < 60; kill_number++) {
        int pipes[2], status;
        assert_int_equal(pipe(pipes), 0);
        pid_t child = fork();
        assert_true(child >= 0);
        if (child == 0) {
            close(pipes[0]);
            append_for_ever(pipes[1]);
        }
        close(pipes[1]);
        random = random * 1664525U + 1013904223U;
        struct timespec moment = {0, (long)(random >> 16) % 8192 * 1000};
        nanosleep(&moment, NULL);
        assert_int_equal(kill(child, SIGKILL), 0);
        assert_int_equal(waitpid(child, &status, 0), child);
        assert_true(WIFSIGNALED(status));
        for (int64_t n; read(pipes[0], &n, sizeof n) == sizeof n;)
            committed = n;
        close(pipes[0]);
        if (access(NAME, F_OK) == 0)
            assert_true(count_frames() >= committed);
        else
            assert_int_equal(committed, 0);
    }
    assert_true(committed > 0); /* else the test shows nothing */
    print_message("%lld frames in 60 lives\n", (long long)committed);
}

/* ---- full disks ---- */

/* Append frames until one is refused, make room, and go on: what was said to be committed is there, nothing else is. */
static int fill_up(const char *words, void (*make_space)(void))
{
    kl_journal journal;
    kl_reason reason = {""};
    if (kl_journal_open(&journal, NAME, ours, &reason) != KL_OK)
        return 1;
    while (append_frame(&journal, journal.n_frames, &reason) == KL_OK)
        if (journal.n_frames > 100000)
            return 2;
    int64_t n = journal.n_frames;
    if (n < 10 || !strstr(reason.text, words))
        return 3;
    struct stat info;
    if (stat(NAME, &info) != 0 || (size_t)info.st_size != begin_of_frame(n) || count_frames() != n)
        return 4;
    if (append_frame(&journal, n, &reason) != KL_ERR_WRITE || count_frames() != n) /* once more */
        return 5;
    make_space();
    for (int i = 0; i < 20; i++)
        if (append_frame(&journal, n + i, &reason) != KL_OK)
            return 6;
    kl_journal_close(&journal);
    return count_frames() == n + 20 ? 0 : 7;
}

static void raise_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_FSIZE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        (void)setrlimit(RLIMIT_FSIZE, &limit);
    }
}

static int fill_up_to_a_limit(void)
{
    struct rlimit limit;
    signal(SIGXFSZ, SIG_IGN);
    if (getrlimit(RLIMIT_FSIZE, &limit) != 0)
        return SKIPPED;
    limit.rlim_cur = 10007; /* in the middle of a frame */
    if (setrlimit(RLIMIT_FSIZE, &limit) != 0)
        return SKIPPED;
    return fill_up("File too large", raise_limit);
}

static void a_limit_on_file_sizes_takes_the_torn_frame_back(void **state)
{
    (void)state;
    unlink(NAME);
    int code = in_child(fill_up_to_a_limit);
    if (code == SKIPPED) {
        print_message("skipped: no limit on file sizes may be set here\n");
        skip();
    }
    assert_int_equal(code, 0);
}

static void remove_ballast(void)
{
    (void)unlink("ballast");
}

/* A tmpfs of 64 KiB that goes away with the process: in namespaces of its own, which need no privilege where the system
 * allows them at all. */
static int enter_small_disk(void)
{
    if (unshare(CLONE_NEWNS) != 0 && unshare(CLONE_NEWUSER | CLONE_NEWNS) != 0)
        return -1;
    (void)mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL);
    if (mkdir("small", 0700) != 0 || mount("none", "small", "tmpfs", 0, "size=64k,mode=0777") != 0)
        return -1;
    return chdir("small");
}

static int fill_up_a_disk(void)
{
    if (enter_small_disk() != 0)
        return SKIPPED;
    save("ballast", scratch, sizeof scratch);
    return fill_up("No space left on device", remove_ballast);
}

static int begin_on_a_full_disk(void)
{
    uint8_t block[4096] = {1};
    kl_journal journal;
    kl_reason reason = {""};
    if (enter_small_disk() != 0)
        return SKIPPED;
    int fd = open("ballast", O_WRONLY | O_CREAT, 0600);
    while (write(fd, block, sizeof block) > 0)
        ;
    close(fd);
    if (kl_journal_open(&journal, NAME, ours, &reason) != KL_ERR_WRITE || access(NAME, F_OK) == 0)
        return 1;
    if (!strstr(reason.text, "No space left on device"))
        return 2;
    remove_ballast();
    return kl_journal_open(&journal, NAME, ours, &reason) == KL_OK ? 0 : 3;
}

static void a_full_disk_takes_the_torn_frame_back(void **state)
{
    (void)state;
    int code = in_child(fill_up_a_disk);
    if (code == SKIPPED) {
        print_message("skipped: no file system may be mounted here\n");
        skip();
    }
    assert_int_equal(code, 0);
}

static void a_journal_that_cannot_be_begun_leaves_nothing_behind(void **state)
{
    (void)state;
    rmdir("small");
    int code = in_child(begin_on_a_full_disk);
    if (code == SKIPPED) {
        print_message("skipped: no file system may be mounted here\n");
        skip();
    }
    assert_int_equal(code, 0);
}

/* /dev/full would do, were it a regular file; a descriptor that cannot be written to stands for a disk that fails for good. */
static void an_append_that_cannot_be_taken_back_is_cut_off_later(void **state)
{
    kl_journal journal;
    kl_reason reason = {""};
    (void)state;
    unlink(NAME);
    fill_to(3);
    assert_int_equal(kl_journal_open(&journal, NAME, ours, &reason), KL_OK);
    int good = journal.fd;
    journal.fd = open(NAME, O_RDONLY);
    assert_true(journal.fd >= 0);
    assert_int_equal(append_frame(&journal, 3, &reason), KL_ERR_WRITE);
    assert_true(journal.is_torn);
    assert_int_equal(append_frame(&journal, 3, &reason), KL_ERR_WRITE);
    assert_int_equal(journal.n_frames, 3);
    close(journal.fd);
    journal.fd = good;
    assert_int_equal(pwrite(good, scratch, 12, (off_t)journal.end + 500), 12);
    assert_int_equal(append_frame(&journal, 3, &reason), KL_OK);
    assert_int_equal(lseek(good, 0, SEEK_END), begin_of_frame(4));
    kl_journal_close(&journal);
    assert_int_equal(count_frames(), 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_come_back_in_order_over_many_openings),
        cmocka_unit_test(an_error_of_the_reader_s_function_ends_the_reading),
        cmocka_unit_test(a_frame_larger_than_every_buffer_comes_back),
        cmocka_unit_test(a_journal_cut_at_any_byte_keeps_its_whole_frames_and_goes_on),
        cmocka_unit_test(zeros_at_the_end_are_a_torn_tail),
        cmocka_unit_test(a_flipped_bit_costs_its_own_frame_and_no_other),
        cmocka_unit_test(a_flipped_bit_of_the_header_is_refused_and_nothing_touched),
        cmocka_unit_test(a_length_that_lies_is_a_torn_tail),
        cmocka_unit_test(frames_behind_a_long_damaged_place_are_found),
        cmocka_unit_test(another_study_s_journal_is_refused_and_not_touched),
        cmocka_unit_test(a_foreign_file_is_refused_and_not_touched),
        cmocka_unit_test(a_newer_journal_is_refused_and_not_touched),
        cmocka_unit_test(what_is_no_regular_file_is_refused_without_waiting),
        cmocka_unit_test(what_is_not_there_is_not_found),
        cmocka_unit_test(a_removed_journal_is_gone_and_removing_nothing_is_fine),
        cmocka_unit_test(the_journals_of_a_target_are_found_by_rank_and_nothing_else),
        cmocka_unit_test(a_second_process_is_refused_while_the_first_writes_and_may_read),
        cmocka_unit_test(no_committed_frame_is_lost_to_sigkill),
        cmocka_unit_test(a_limit_on_file_sizes_takes_the_torn_frame_back),
        cmocka_unit_test(a_full_disk_takes_the_torn_frame_back),
        cmocka_unit_test(a_journal_that_cannot_be_begun_leaves_nothing_behind),
        cmocka_unit_test(an_append_that_cannot_be_taken_back_is_cut_off_later),
    };
    return cmocka_run_group_tests(tests, enter, leave);
}
