/* Stands between the program and the system (LD_PRELOAD), counts what the program does to files
 * under FAULT_UNDER, and at the act numbered FAULT_AT does what FAULT_KIND says:
 *   kill    the process dies before the act
 *   torn    the process dies after the act; of a write, after half of it
 *   fail    the act fails
 *   full    the disk is full from this act on: half of a write, and then nothing more
 *   gone    from this act on every act, and every opening, fails with the error FAULT_ERRNO
 * Without FAULT_AT it writes the number of acts to FAULT_COUNT when the process ends. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum kind { NONE, KILL, TORN, FAIL, FULL, GONE };
enum verdict { PASS, DIE_AFTER, REFUSE, HALF };

static atomic_int acts, gone;

static enum kind kind(void) {
    const char *name = getenv("FAULT_KIND");
    if (!name) return NONE;
    switch (name[0]) {
        case 'k': return KILL;
        case 't': return TORN;
        case 'g': return GONE;
        default: return name[1] == 'a' ? FAIL : FULL;
    }
}

static int is_under(const char *path) {
    const char *under = getenv("FAULT_UNDER");
    return under && strncmp(path, under, strlen(under)) == 0;
}

static int fd_is_under(int fd) {
    char link[64], path[4096];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t length = readlink(link, path, sizeof path - 1);
    if (length < 0) return 0;
    path[length] = 0;
    return is_under(path);
}

static void die(void) {
    raise(SIGKILL);
    for (;;) pause();
}

static enum verdict refuse_gone(void) {
    const char *number = getenv("FAULT_ERRNO");
    errno = number ? atoi(number) : EIO;
    return REFUSE;
}

/* Whether an act takes room on the disk decides what a full disk does to it. */
static enum verdict judge(int takes_room) {
    int act = atomic_fetch_add(&acts, 1) + 1;
    const char *at = getenv("FAULT_AT");
    if (!at) return PASS;
    int wanted = atoi(at);
    enum kind how = kind();
    if (how == GONE && act >= wanted) {
        gone = 1;
        return refuse_gone();
    }
    if (how == FULL && act >= wanted && takes_room) {
        errno = ENOSPC;
        return act == wanted ? HALF : REFUSE;
    }
    if (act != wanted) return PASS;
    if (how == KILL) die();
    if (how == TORN) return DIE_AFTER;
    if (how == FAIL) {
        errno = takes_room ? ENOSPC : EIO;
        return REFUSE;
    }
    return PASS;
}

__attribute__((destructor)) static void tell(void) {
    const char *path = getenv("FAULT_COUNT");
    FILE *file = path ? fopen(path, "w") : NULL;
    if (!file) return;
    fprintf(file, "%d\n", atomic_load(&acts));
    fclose(file);
}

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))
#define ACT(under, takes_room, call)                        \
    do {                                                    \
        enum verdict verdict = (under) ? judge(takes_room) : PASS; \
        if (verdict == REFUSE || verdict == HALF) return -1; \
        int result = (call);                                \
        if (verdict == DIE_AFTER) die();                    \
        return result;                                      \
    } while (0)

ssize_t write(int fd, const void *bytes, size_t length) {
    enum verdict verdict = fd_is_under(fd) ? judge(1) : PASS;
    if (verdict == REFUSE) return -1;
    if (verdict != PASS) length = (length + 1) / 2;
    ssize_t written = NEXT(write)(fd, bytes, length);
    if (verdict == DIE_AFTER) die();
    return written;
}

static int creates(int flags) {
    return (flags & O_CREAT) || (flags & O_TMPFILE) == O_TMPFILE;
}

/* Opening what is there is no act, but a disk that is gone opens nothing. */
static int opens_nothing(const char *path) {
    return gone && is_under(path) && refuse_gone() == REFUSE;
}

static mode_t mode_of(int flags, va_list more) {
    return creates(flags) ? va_arg(more, mode_t) : 0;
}

int open64(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    if (!creates(flags) && opens_nothing(path)) return -1;
    ACT(creates(flags) && is_under(path), 1, NEXT(open64)(path, flags, mode));
}

int open(const char *path, int flags, ...) {
    va_list more;
    va_start(more, flags);
    mode_t mode = mode_of(flags, more);
    va_end(more);
    if (!creates(flags) && opens_nothing(path)) return -1;
    ACT(creates(flags) && is_under(path), 1, NEXT(open)(path, flags, mode));
}

int mkdir(const char *path, mode_t mode) {
    ACT(is_under(path), 1, NEXT(mkdir)(path, mode));
}

int fsync(int fd) {
    ACT(fd_is_under(fd), 0, NEXT(fsync)(fd));
}

int ftruncate64(int fd, off64_t length) {
    ACT(fd_is_under(fd), 0, NEXT(ftruncate64)(fd, length));
}

int rename(const char *from, const char *to) {
    ACT(is_under(to), 0, NEXT(rename)(from, to));
}

int unlink(const char *path) {
    ACT(is_under(path), 0, NEXT(unlink)(path));
}
