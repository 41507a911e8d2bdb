/* Stands between the program and the system (LD_PRELOAD), and has disks be as network disks are:
 *   NO_SYNC   the error with which a folder can't be synced
 *   NO_LOCK   the error with which a file can't be locked */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#define NEXT(name) ((typeof(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd) {
    const char *error = getenv("NO_SYNC");
    struct stat found;
    if (error && fstat(fd, &found) == 0 && S_ISDIR(found.st_mode)) {
        errno = atoi(error);
        return -1;
    }
    return NEXT(fsync)(fd);
}

int flock(int fd, int how) {
    const char *error = getenv("NO_LOCK");
    if (error) {
        errno = atoi(error);
        return -1;
    }
    return NEXT(flock)(fd, how);
}
