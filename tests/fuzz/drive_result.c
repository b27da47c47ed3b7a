/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Drives the fuzz target for result files: damage from a numbered stream, many executions in a child process, a new child
 * whenever one dies. HDF5 itself crashes and hangs on some damaged files, which klaster contains (src/cli/guard.c): a death
 * with a function of HDF5 on top of the stack is counted as contained, any other one is a fault of ours and fails.
 *
 *     drive_result [--first N] [--runs N] [--seconds S] [--case N] DIRECTORY RESULT.h5...
 *
 * --case repeats one execution without a child and leaves DIRECTORY/fuzzed.h5. */
#define _GNU_SOURCE /* dladdr, clock_gettime, MAP_ANONYMOUS */
#include <dlfcn.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "fuzz.h"
#include "fuzz_result.h"

#define RUNS_OF_A_CHILD 1000
#define CPU_SECONDS_MAX 2 /* a sound file takes 0.005 */
#define MEMORY_MAX ((rlim_t)4 << 30)
#define PLACES_MAX 64

#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#endif

/* Of the child that runs, for the parent. */
typedef struct shared {
    volatile uint64_t number; /* of the execution */
    volatile uint64_t n_opened, n_refused;
    volatile int in_library;   /* the child died in HDF5 */
    volatile int hung;         /* it took too long */
    volatile uintptr_t offset; /* in that library */
    char module[256];
} shared;

static shared *common;

void fuzz_result_opened(int fine)
{
    if (fine)
        common->n_opened++;
    else
        common->n_refused++;
}

/* ---- where a child died ---- */

static int is_hdf5(const char *module)
{
    return strstr(module, "libhdf5") || strstr(module, "libz.so") || strstr(module, "libsz.so") ||
           strstr(module, "libaec.so");
}

static int is_of_the_system(const char *module)
{
    return strstr(module, "libc.so") || strstr(module, "libasan") || strstr(module, "libubsan") ||
           strstr(module, "linux-vdso") || strstr(module, "ld-linux");
}

/* The first frame from the top that is HDF5's or ours. With this program's own frames on top (the handler, a sanitizer that
 * is linked in) only those below the signal's trampoline count, which backtrace shows as one of libc. */
static void find_place(void)
{
    void *frame[64];
    int n = backtrace(frame, 64), below = 0;
    for (int i = 0; i < n; i++) {
        Dl_info info;
        if (!dladdr(frame[i], &info) || !info.dli_fname)
            continue;
        if (is_of_the_system(info.dli_fname)) {
            below = 1;
            continue;
        }
        if (!below)
            continue;
        common->in_library = is_hdf5(info.dli_fname) != 0;
        common->offset = (uintptr_t)frame[i] - (uintptr_t)info.dli_fbase;
        strncpy(common->module, info.dli_fname, sizeof common->module - 1);
        return;
    }
}

static void on_death(int number)
{
    static volatile sig_atomic_t again;
    if (!again++) {
        common->hung = number == SIGPROF;
        find_place();
    }
    _exit(99);
}

static void catch_deaths(void)
{
    static const int numbers[] = {SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGPROF};
    static char stack[1 << 16];
    stack_t other = {.ss_sp = stack, .ss_size = sizeof stack};
    struct sigaction action;
    memset(&action, 0, sizeof action);
    action.sa_handler = on_death;
    action.sa_flags = SA_ONSTACK | SA_NODEFER;
    void *warm[2];
    (void)backtrace(warm, 2); /* loads what it needs, while memory is sound */
    (void)sigaltstack(&other, NULL);
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        (void)sigaction(numbers[i], &action, NULL);
}

static void limit_time(void)
{
    struct itimerval limit = {.it_value = {.tv_sec = CPU_SECONDS_MAX}};
    (void)setitimer(ITIMER_PROF, &limit, NULL);
}

/* ---- one execution ---- */

static uint64_t next_random(uint64_t *state)
{
    uint64_t z = (*state += UINT64_C(0x9E3779B97F4A7C15)); /* SplitMix64 */
    z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
    return z ^ z >> 31;
}

static void execute(uint64_t number)
{
    uint8_t program[1 + 8 * 8];
    uint64_t state = number;
    size_t n = 1 + (next_random(&state) % 4) * (next_random(&state) % 3); /* mostly few: much damage is found at once */
    for (size_t i = 0; i < sizeof program; i += 8) {
        uint64_t word = next_random(&state);
        memcpy(program + i, &word, sizeof program - i < 8 ? sizeof program - i : 8);
    }
    (void)LLVMFuzzerTestOneInput(program, 1 + 8 * (n > 8 ? 8 : n));
}

#ifdef KL_FUZZ_LEAKS
int __lsan_do_recoverable_leak_check(void);
const char *__lsan_default_suppressions(void);
const char *__lsan_default_options(void);

/* As malloc does where no sanitizer is. */
const char *__lsan_default_options(void)
{
    return "allocator_may_return_null=1:print_suppressions=0";
}

/* HDF5 leaks on many damaged files; what klaster itself forgets counts. */
const char *__lsan_default_suppressions(void)
{
    return "leak:libhdf5\n";
}

static int leaks(void)
{
    return __lsan_do_recoverable_leak_check();
}
#else
static int leaks(void)
{
    return 0;
}
#endif

static void child(const char *directory, uint64_t first, uint64_t n)
{
#ifndef WITH_ASAN
    struct rlimit memory = {MEMORY_MAX, MEMORY_MAX};
    (void)setrlimit(RLIMIT_DATA, &memory);
#endif
    catch_deaths();
    if (!fuzz_result_restart(directory))
        _exit(98);
    for (uint64_t i = 0; i < n; i++) {
        common->number = first + i;
        limit_time();
        execute(first + i);
    }
    _exit(leaks() ? 97 : 0);
}

/* ---- all of them ---- */

typedef struct tally {
    uint64_t n, contained, hung, crashed, hung_ours, leaked;
    uintptr_t place[PLACES_MAX];
    int n_places;
} tally;

static void note_place(tally *all)
{
    for (int i = 0; i < all->n_places; i++)
        if (all->place[i] == common->offset)
            return;
    if (all->n_places < PLACES_MAX)
        all->place[all->n_places++] = common->offset;
    printf("%s at %s+0x%lx: case %llu\n", common->hung ? "hung" : "died", common->module[0] ? common->module : "?",
           (unsigned long)common->offset, (unsigned long long)common->number);
}

/* Executions from `first` on until a child ends; how many there were. */
static uint64_t run_child(tally *all, const char *directory, uint64_t first, uint64_t n)
{
    int state = 0;
    common->in_library = common->hung = 0;
    common->offset = 0;
    common->module[0] = '\0';
    fflush(NULL);
    pid_t pid = fork();
    if (pid == 0)
        child(directory, first, n);
    if (pid < 0 || waitpid(pid, &state, 0) != pid) {
        perror("drive_result");
        exit(2);
    }
    if (WIFEXITED(state) && WEXITSTATUS(state) == 0)
        return n;
    if (WIFEXITED(state) && WEXITSTATUS(state) == 98) {
        fputs("drive_result: cannot write the damaged file\n", stderr);
        exit(2);
    }
    if (WIFEXITED(state) && WEXITSTATUS(state) == 97) {
        all->leaked++;
        printf("leaked: cases %llu to %llu\n", (unsigned long long)first, (unsigned long long)(first + n - 1));
        return n;
    }
    note_place(all);
    if (common->in_library)
        *(common->hung ? &all->hung : &all->contained) += 1;
    else
        *(common->hung ? &all->hung_ours : &all->crashed) += 1;
    return common->number - first + 1;
}

static double seconds_now(void)
{
    struct timespec t;
    (void)clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + 1e-9 * (double)t.tv_nsec;
}

static int report(const tally *all)
{
    printf("%llu executions: %llu opened, %llu refused, %llu crashes and %llu hangs inside HDF5 (contained, at %d "
           "places), "
           "%llu crashes, %llu hangs, %llu leaks\n",
           (unsigned long long)all->n, (unsigned long long)common->n_opened, (unsigned long long)common->n_refused,
           (unsigned long long)all->contained, (unsigned long long)all->hung, all->n_places,
           (unsigned long long)all->crashed, (unsigned long long)all->hung_ours, (unsigned long long)all->leaked);
    return all->crashed + all->hung_ours + all->leaked > 0;
}

int main(int argc, char **argv)
{
    uint64_t first = 1, runs = UINT64_MAX, one = 0;
    double seconds = 1e9;
    int i = 1;
    for (; i + 1 < argc && argv[i][0] == '-'; i += 2) {
        if (strcmp(argv[i], "--first") == 0)
            first = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--runs") == 0)
            runs = strtoull(argv[i + 1], NULL, 10);
        else if (strcmp(argv[i], "--seconds") == 0)
            seconds = strtod(argv[i + 1], NULL);
        else if (strcmp(argv[i], "--case") == 0)
            one = strtoull(argv[i + 1], NULL, 10);
        else
            break;
    }
    if (argc - i < 2) {
        fputs("usage: drive_result [--first N] [--runs N] [--seconds S] [--case N] DIRECTORY RESULT.h5...\n", stderr);
        return 2;
    }
    common = mmap(NULL, sizeof *common, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (common == MAP_FAILED || !fuzz_result_start(argv[i], argc - i - 1, argv + i + 1)) {
        fputs("drive_result: cannot read the result files\n", stderr);
        return 2;
    }
    tally all = {0};
    if (one) {
        execute(one);
        printf("%s\n", common->n_opened ? "opened" : "refused");
        return 0;
    }
    double end = seconds_now() + seconds;
    while (all.n < runs && seconds_now() < end) {
        uint64_t n = runs - all.n < RUNS_OF_A_CHILD ? runs - all.n : RUNS_OF_A_CHILD;
        all.n += run_child(&all, argv[i], first + all.n, n);
    }
    return report(&all);
}
