// Loaded before libc: a clock that can be set for one process alone, and a kernel that refuses what it is told to
// refuse. Both are asked for by files in the directory that UNRELIABLE names.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>

// The number in a file; the other where there is no file.
static long told(const char *name, long other) {
    char path[4096];
    long number = other;
    const char *directory = getenv("UNRELIABLE");
    if (!directory || snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return other;
    FILE *file = fopen(path, "re");
    if (!file)
        return other;
    if (fscanf(file, "%ld", &number) != 1)
        number = other;
    fclose(file);
    return number;
}

// Seconds by which the clock on the wall is off.
int clock_gettime(clockid_t clock, struct timespec *time) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real)
        real = dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, time);
    if (!result && clock == CLOCK_REALTIME)
        time->tv_sec += told("clock", 0);
    return result;
}

// The command of bpf(2) for which there is no memory.
long syscall(long number, ...) {
    static long (*real)(long, ...);
    if (!real)
        real = dlsym(RTLD_NEXT, "syscall");
    long arguments[6];
    va_list list;
    va_start(list, number);
    for (int index = 0; index < 6; index++)
        arguments[index] = va_arg(list, long);
    va_end(list);
    if (number == SYS_bpf && (int)arguments[0] == (int)told("bpf", -1)) {
        errno = ENOMEM;
        return -1;
    }
    return real(number, arguments[0], arguments[1], arguments[2], arguments[3], arguments[4], arguments[5]);
}
