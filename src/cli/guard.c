/* SPDX-License-Identifier: GPL-3.0-or-later
 *
 * Commands in child processes; see guard.h. */
#define _DEFAULT_SOURCE 1 /* MAP_ANONYMOUS, strsignal */
#include "cli/guard.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>
#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { OPEN_SECONDS = 30 };
static const rlim_t open_bytes = (rlim_t)2 << 30;

/* Seen by both processes. */
struct kl_guard {
    char path[1024];      /* of the file that was opened last; "" before */
    volatile int opening; /* HDF5 is at it right now */
};

/* ---- limits while a file is opened ---- */

typedef struct limits {
    struct rlimit time, memory;
} limits;

static void lower(int resource, const struct rlimit *from, rlim_t to)
{
    struct rlimit limit = *from;
    if (limit.rlim_cur == RLIM_INFINITY || to < limit.rlim_cur)
        limit.rlim_cur = limit.rlim_max == RLIM_INFINITY || to < limit.rlim_max ? to : limit.rlim_max;
    (void)setrlimit(resource, &limit);
}

/* Bytes that the process holds by now; 0 where the system does not say. */
static rlim_t bytes_held(void)
{
    unsigned long long pages = 0;
    FILE *file = fopen("/proc/self/statm", "r");
    if (!file)
        return 0;
    if (fscanf(file, "%*u %*u %*u %*u %*u %llu", &pages) != 1)
        pages = 0;
    fclose(file);
    return (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE);
}

static void begin_opening(kl_guard *guard, const char *path, limits *before)
{
    struct rusage used;
    snprintf(guard->path, sizeof guard->path, "%s", path);
    if (getrlimit(RLIMIT_CPU, &before->time) != 0 || getrlimit(RLIMIT_DATA, &before->memory) != 0)
        return;
    rlim_t held = bytes_held();
    if (getrusage(RUSAGE_SELF, &used) == 0)
        lower(RLIMIT_CPU, &before->time, (rlim_t)(used.ru_utime.tv_sec + used.ru_stime.tv_sec + OPEN_SECONDS));
    if (held > 0)
        lower(RLIMIT_DATA, &before->memory, held + open_bytes);
    guard->opening = 1;
}

static void end_opening(kl_guard *guard, const limits *before)
{
    if (!guard->opening)
        return;
    guard->opening = 0;
    (void)setrlimit(RLIMIT_CPU, &before->time);
    (void)setrlimit(RLIMIT_DATA, &before->memory);
}

kl_status kl_guard_open(const kl_cli *cli, kl_result *result, const char *path, kl_reason *reason)
{
    limits before;
    if (cli->guard)
        begin_opening(cli->guard, path, &before);
    kl_status status = kl_result_open(result, path, reason);
    if (cli->guard)
        end_opening(cli->guard, &before);
    return status;
}

/* ---- how a child ended ---- */

static bool is_crash(int number)
{
    return number == SIGSEGV || number == SIGBUS || number == SIGABRT || number == SIGFPE || number == SIGILL ||
           number == SIGSYS;
}

/* HDF5 1.10 ends the process by exit(-1) where it cannot note an error; no code of klaster's. */
enum { EXIT_OF_HDF5 = 255 };

static int explain(const kl_cli *cli, const kl_guard *guard, int number)
{
    if (guard->opening && number == SIGXCPU)
        return kl_fail(cli, KL_EXIT_IO, "%s: opening it takes too long; the file is damaged, or not what it says",
                       guard->path);
    if (guard->opening)
        return kl_fail(cli, KL_EXIT_IO,
                       "%s: the HDF5 library crashed while opening it (%s); the file is damaged, or not what it says",
                       guard->path, strsignal(number));
    if (guard->path[0])
        return kl_fail(cli, KL_EXIT_IO,
                       "%s: crashed while reading it (%s); the file is damaged, or klaster has a fault", guard->path,
                       strsignal(number));
    return kl_fail(cli, 128 + number, "crashed (%s); this is a fault of klaster's", strsignal(number));
}

/* The exit code that a child's end comes to; does not return where this process should end by the same signal. */
static int conclude(const kl_cli *cli, const kl_guard *guard, int state)
{
    if (WIFEXITED(state) && WEXITSTATUS(state) == EXIT_OF_HDF5)
        return kl_fail(cli, KL_EXIT_IO, "%s%sthe HDF5 library gave up; perhaps it ran out of memory", guard->path,
                       guard->path[0] ? ": " : "");
    if (WIFEXITED(state))
        return WEXITSTATUS(state);
    int number = WTERMSIG(state);
    if (is_crash(number) || (number == SIGXCPU && guard->opening))
        return explain(cli, guard, number);
    if (number == SIGKILL)
        return kl_fail(cli, 128 + number, "killed; perhaps the machine ran out of memory");
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    signal(number, SIG_DFL);
    raise(number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    return 128 + number;
}

/* ---- the two processes ---- */

static const int passed_on[] = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGUSR1, SIGUSR2};

static kl_guard *make_guard(void)
{
    void *memory = mmap(NULL, sizeof(kl_guard), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    return memory == MAP_FAILED ? NULL : memory;
}

/* Block what is to be passed on, and news of the child. */
static void block_signals(sigset_t *blocked, sigset_t *before)
{
    sigemptyset(blocked);
    sigaddset(blocked, SIGCHLD);
    for (size_t i = 0; i < sizeof passed_on / sizeof passed_on[0]; i++)
        sigaddset(blocked, passed_on[i]);
    signal(SIGCHLD, SIG_DFL); /* where it was ignored, a child's end would be lost */
    sigprocmask(SIG_BLOCK, blocked, before);
}

/* What a terminal sends goes to the child, too; only what was sent to this process alone is passed on. */
static int wait_for(pid_t child, const sigset_t *blocked)
{
    int state = 0;
    pid_t ended;
    while ((ended = waitpid(child, &state, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        siginfo_t info;
        int number = sigwaitinfo(blocked, &info);
        if (number > 0 && number != SIGCHLD && info.si_code <= 0)
            (void)kill(child, number);
    }
    return ended == child ? state : KL_EXIT_IO << 8;
}

/* fork, with the signals of both processes set; the child does not outlive its parent. */
static pid_t split(sigset_t *blocked)
{
    sigset_t before;
    pid_t parent = getpid();
    block_signals(blocked, &before);
    pid_t child = fork();
    if (child <= 0)
        sigprocmask(SIG_SETMASK, &before, NULL);
#ifdef __linux__
    if (child == 0 && (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent))
        _exit(KL_EXIT_IO);
#else
    (void)parent;
#endif
    return child;
}

int kl_guard_run(const kl_cli *cli, const kl_command *command, int argc, char **argv)
{
    sigset_t blocked;
    kl_cli guarded = *cli;
    guarded.guard = make_guard();
    pid_t child = guarded.guard ? split(&blocked) : -1;
    if (child < 0) {
        guarded.guard = NULL;
        return command->run(&guarded, command, argc, argv);
    }
    if (child == 0)
        exit(kl_finish_output(&guarded, command->run(&guarded, command, argc, argv)));
    return conclude(cli, guarded.guard, wait_for(child, &blocked));
}

/* Never returns; what is wrong with the file is said by the process that goes on to open it. */
static void probe(const kl_cli *cli, const char *path)
{
    kl_result result;
    if (kl_guard_open(cli, &result, path, NULL) != KL_OK)
        _exit(KL_EXIT_OK);
    int8_t *status = malloc((size_t)result.study.n_points * (size_t)result.study.n_replicates);
    for (int arm = 0; status && arm < result.study.n_arms; arm++)
        if (kl_result_status(&result, arm, status) != KL_OK)
            break;
    _exit(KL_EXIT_OK);
}

int kl_guard_probe(const kl_cli *cli, const char *path)
{
    sigset_t blocked, before;
    kl_cli guarded = *cli;
    guarded.guard = make_guard();
    if (!guarded.guard || sigprocmask(SIG_SETMASK, NULL, &before) != 0)
        return KL_EXIT_OK;
    pid_t child = split(&blocked);
    if (child == 0)
        probe(&guarded, path);
    int code = child < 0 ? KL_EXIT_OK : conclude(cli, guarded.guard, wait_for(child, &blocked));
    sigprocmask(SIG_SETMASK, &before, NULL);
    (void)munmap(guarded.guard, sizeof *guarded.guard);
    return code;
}
