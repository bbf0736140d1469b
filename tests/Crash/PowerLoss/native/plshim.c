// plshim.c - LD_PRELOAD I/O recorder and fault injector for durability tests (Linux, glibc, x86-64/arm64).
// Works for any dynamically linked process; written for `dotnet` + librocksdb.so. See docs/reliability.md.
//   gcc -O2 -Wall -fPIC -shared -o libplshim.so plshim.c -ldl -lpthread
// Environment:
//   PLS_ROOT=/abs/dir   only files under this directory are recorded / faulted (required, else passive)
//   PLS_LOG=/file       binary journal of every op, outside PLS_ROOT (read by plreplay)
//   PLS_FAULT=rules     op:action[:path=GLOB][:from=N][:count=M][:prob=P_PER_MILLION][;...]
//        op     = write fsync fdatasync sync(=both+msync) dirsync sfr rename unlink trunc falloc open link mkdir read
//        action = EIO ENOSPC EDQUOT EROFS EINTR ... | SHORT | DROP (lie: say ok, do nothing) | KILL | KILLAFTER | FLIP (read) | DELAY<ms>
//   PLS_NOSYNC=1        do not really sync (fast; the journal is what proves durability)
//   PLS_STATS=/file     text counters written at exit or at an injected KILL
//   PLS_MATCH=substr    only active in processes whose command line has this text
//   PLS_SEED=n          seed of prob=
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <limits.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
#include "pls.h"

#define EXPORT __attribute__((visibility("default")))
#define MAXFD 65536
typedef struct { uint8_t kind, osync; uint32_t fid; char *path; } fdent;      // kind 1 file, 2 directory
typedef struct { uint64_t dev, ino; uint32_t fid; } inoent;
typedef struct { char *a; size_t len; uint32_t fid; off_t off; } mapent;
typedef struct { int op, act, err, ms; char path[128]; long from, count, prob, seen; } rule;

enum { C_WRITE, C_FSYNC, C_FDSYNC, C_DIRSYNC, C_SFR, C_RENAME, C_UNLINK, C_TRUNC, C_FALLOC, C_OPEN, C_LINK, C_MKDIR, C_READ, C_MSYNC, C_N, C_SYNC };
static const char *CN[] = { "write","fsync","fdatasync","dirsync","sfr","rename","unlink","trunc","falloc","open","link","mkdir","read","msync",0,"sync" };
enum { A_ERR = 1, A_SHORT, A_DROP, A_KILL, A_KILLAFTER, A_FLIP, A_DELAY };

static pthread_mutex_t mu = PTHREAD_MUTEX_INITIALIZER;
static fdent fdt[MAXFD];
static inoent *ino_t_; static int ino_n, ino_cap;
static mapent maps[256]; static int nmaps;
static rule rules[64]; static int nrules;
static uint64_t seq_, cnt[C_N], bytes_, injected_;
static uint32_t next_fid = 1;
static int active, logfd = -1, nosync; static char root[PATH_MAX]; static size_t rootl;
static uint64_t rng = 88172645463325252ull;

#define REAL(ret, name, ...) static ret (*r_##name)(__VA_ARGS__)
REAL(int, open, const char*, int, ...); REAL(int, openat, int, const char*, int, ...); REAL(int, creat, const char*, mode_t);
REAL(int, close, int); REAL(ssize_t, write, int, const void*, size_t); REAL(ssize_t, pwrite, int, const void*, size_t, off_t);
REAL(ssize_t, writev, int, const struct iovec*, int); REAL(ssize_t, pwritev, int, const struct iovec*, int, off_t);
REAL(ssize_t, read, int, void*, size_t); REAL(ssize_t, pread, int, void*, size_t, off_t);
REAL(ssize_t, preadv, int, const struct iovec*, int, off_t);
REAL(int, fsync, int); REAL(int, fdatasync, int); REAL(int, sync_file_range, int, off_t, off_t, unsigned); REAL(int, syncfs, int);
REAL(int, rename, const char*, const char*); REAL(int, unlink, const char*); REAL(int, link, const char*, const char*);
REAL(int, mkdir, const char*, mode_t); REAL(int, rmdir, const char*); REAL(int, ftruncate, int, off_t); REAL(int, truncate, const char*, off_t);
REAL(int, fallocate, int, int, off_t, off_t); REAL(int, posix_fallocate, int, off_t, off_t);
REAL(void*, mmap, void*, size_t, int, int, int, off_t); REAL(int, munmap, void*, size_t); REAL(long, syscall, long, ...); REAL(int, msync, void*, size_t, int);

static void *(*r_dlsym)(void*, const char*);
static void load(void) {
    if (r_open) return;
    if (!r_dlsym && !(r_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.34")) && !(r_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.2.5")))
        r_dlsym = dlvsym(RTLD_NEXT, "dlsym", "GLIBC_2.17");
#define L(n) r_##n = r_dlsym(RTLD_NEXT, #n)
    L(openat); L(creat); L(close); L(write); L(pwrite); L(writev); L(pwritev); L(read); L(pread); L(preadv); L(fsync); L(fdatasync);
    L(sync_file_range); L(syncfs); L(rename); L(unlink); L(link); L(mkdir); L(rmdir); L(ftruncate); L(truncate); L(fallocate);
    L(posix_fallocate); L(mmap); L(munmap); L(msync); L(syscall); L(open);
}
static uint64_t rnd(void) { rng ^= rng << 13; rng ^= rng >> 7; rng ^= rng << 17; return rng; }
static uint64_t now(void) { struct timespec t; clock_gettime(CLOCK_MONOTONIC, &t); return t.tv_sec * 1000000000ull + t.tv_nsec; }

static int err_of(const char *s) {
    static const struct { const char *n; int e; } T[] = { {"EIO",EIO},{"ENOSPC",ENOSPC},{"EDQUOT",EDQUOT},{"EROFS",EROFS},{"EINTR",EINTR},{"EACCES",EACCES},
        {"EMFILE",EMFILE},{"EFBIG",EFBIG},{"EINVAL",EINVAL},{"EAGAIN",EAGAIN},{"ENOMEM",ENOMEM},{"ENOENT",ENOENT},{"ENOTSUP",ENOTSUP} };
    for (unsigned i = 0; i < sizeof T / sizeof *T; i++) if (!strcmp(T[i].n, s)) return T[i].e;
    return 0;
}
EXPORT int pls_set_fault(const char *spec) {                       // also callable from C# while running; "" clears
    char buf[4096]; snprintf(buf, sizeof buf, "%s", spec ? spec : "");
    pthread_mutex_lock(&mu); nrules = 0;
    for (char *s1, *t = strtok_r(buf, ";", &s1); t && nrules < 64; t = strtok_r(0, ";", &s1)) {
        rule r = { .op = -1, .from = 1, .count = LONG_MAX, .path = "*" }; int i = 0;
        for (char *s2, *f = strtok_r(t, ":", &s2); f; f = strtok_r(0, ":", &s2), i++) {
            if (i == 0) { for (int k = 0; k <= C_SYNC; k++) if (CN[k] && !strcmp(CN[k], f)) r.op = k; }
            else if (i == 1) {
                if ((r.err = err_of(f))) r.act = A_ERR;
                else if (!strcmp(f, "SHORT")) r.act = A_SHORT; else if (!strcmp(f, "DROP")) r.act = A_DROP;
                else if (!strcmp(f, "KILL")) r.act = A_KILL; else if (!strcmp(f, "KILLAFTER")) r.act = A_KILLAFTER;
                else if (!strcmp(f, "FLIP")) r.act = A_FLIP; else if (!strncmp(f, "DELAY", 5)) { r.act = A_DELAY; r.ms = atoi(f + 5); }
            } else if (!strncmp(f, "path=", 5)) snprintf(r.path, sizeof r.path, "%s", f + 5);
            else if (!strncmp(f, "from=", 5)) r.from = atol(f + 5);
            else if (!strncmp(f, "count=", 6)) r.count = atol(f + 6);
            else if (!strncmp(f, "prob=", 5)) r.prob = atol(f + 5);
        }
        if (r.op >= 0 && r.act) rules[nrules++] = r;
        else fprintf(stderr, "plshim: bad rule '%s'\n", t);
    }
    pthread_mutex_unlock(&mu); return nrules;
}
EXPORT uint64_t pls_count(const char *name) {
    if (!strcmp(name, "bytes")) return bytes_; if (!strcmp(name, "injected")) return injected_;
    for (int i = 0; i < C_N; i++) if (!strcmp(CN[i], name)) return cnt[i];
    return 0;
}
static void stats(void) {
    const char *f = getenv("PLS_STATS"); if (!active || !f) return;
    char b[1024]; int n = 0;
    for (int i = 0; i < C_N; i++) n += snprintf(b + n, sizeof b - n, "%s %lu\n", CN[i], cnt[i]);
    n += snprintf(b + n, sizeof b - n, "bytes %lu\ninjected %lu\nops %lu\n", bytes_, injected_, seq_);
    int fd = syscall(SYS_openat, AT_FDCWD, f, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    if (fd >= 0) { if (syscall(SYS_write, fd, b, n) < 0) {} syscall(SYS_close, fd); }
}
// caller holds mu
static uint64_t logrec(int op, uint32_t fid, int64_t off, int64_t len, uint64_t aux, const char *path, size_t pl, const void *data, size_t dl) {
    plsrec r = { PLS_MAGIC, (uint16_t)op, 0, ++seq_, now(), fid, (uint32_t)syscall(SYS_gettid), off, len, aux, (uint32_t)pl, (uint32_t)dl };
    if (logfd >= 0) {
        struct iovec v[3] = { { &r, sizeof r }, { (void*)path, pl }, { (void*)data, dl } };
        if (syscall(SYS_writev, logfd, v, 3) < 0) { static const char m[] = "plshim: journal write failed\n"; if (syscall(SYS_write, 2, m, sizeof m - 1) < 0) {} abort(); }
    }
    return r.seq;
}
static void die(void) { stats(); kill(getpid(), SIGKILL); for (;;) pause(); }
// what to do for this call: 0 = nothing, else the rule; caller holds mu
static rule *hit(int c, const char *path) {
    cnt[c]++;
    for (int i = 0; i < nrules; i++) {
        rule *r = &rules[i];
        if (!(r->op == c || (r->op == C_SYNC && (c == C_FSYNC || c == C_FDSYNC || c == C_MSYNC)))) continue;
        if (fnmatch(r->path, path ? path : "", 0)) continue;
        r->seen++;
        if (r->seen < r->from || r->seen - r->from >= r->count) continue;
        if (r->prob && (long)(rnd() % 1000000) >= r->prob) continue;
        injected_++; logrec(P_FAULT, 0, c, r->act, r->err, path, path ? strlen(path) : 0, 0, 0);
        return r;
    }
    return 0;
}
#define BEFORE(R) do { if (R) { if ((R)->act == A_KILL) die(); if ((R)->act == A_DELAY) { int ms_ = (R)->ms; pthread_mutex_unlock(&mu); usleep(ms_ * 1000); pthread_mutex_lock(&mu); } } } while (0)

// absolute, normalised path relative to root, or 0 when it lies outside
static const char *rel(int dfd, const char *p, char *out) {
    char in[PATH_MAX * 2];
    if (p[0] == '/') snprintf(in, sizeof in, "%s", p);
    else if (dfd == AT_FDCWD) { char cw[PATH_MAX]; if (!getcwd(cw, sizeof cw)) return 0; snprintf(in, sizeof in, "%s/%s", cw, p); }
    else if (dfd >= 0 && dfd < MAXFD && fdt[dfd].kind == 2) snprintf(in, sizeof in, "%s/%s/%s", root, fdt[dfd].path, p);
    else return 0;
    char *st[512]; int n = 0; char *sv;
    for (char *t = strtok_r(in, "/", &sv); t; t = strtok_r(0, "/", &sv)) {
        if (!strcmp(t, ".")) continue;
        if (!strcmp(t, "..")) { if (n) n--; continue; }
        if (n < 512) st[n++] = t;
    }
    size_t o = 0; out[0] = 0;
    for (int i = 0; i < n; i++) o += snprintf(out + o, PATH_MAX - o, "/%s", st[i]);
    if (strncmp(out, root, rootl) || (out[rootl] && out[rootl] != '/')) return 0;
    return out + rootl + (out[rootl] == '/');
}
static inoent *ino_find(uint64_t d, uint64_t i) { for (int k = ino_n - 1; k >= 0; k--) if (ino_t_[k].ino == i && ino_t_[k].dev == d) return &ino_t_[k]; return 0; }
static uint32_t ino_add(uint64_t d, uint64_t i) {
    if (ino_n == ino_cap) ino_t_ = realloc(ino_t_, (ino_cap = ino_cap ? ino_cap * 2 : 256) * sizeof *ino_t_);
    ino_t_[ino_n++] = (inoent){ d, i, next_fid }; return next_fid++;
}
static void ino_del(uint64_t d, uint64_t i) { inoent *e = ino_find(d, i); if (e) *e = ino_t_[--ino_n]; }
static fdent *ent(int fd) { return active && fd >= 0 && fd < MAXFD && fdt[fd].kind ? &fdt[fd] : 0; }

static int do_open(int dfd, const char *p, int fl, mode_t m) {
    load();
    char b[PATH_MAX]; const char *rp = active ? rel(dfd, p, b) : 0;
    if (!rp) return r_openat(dfd, p, fl, m);
    pthread_mutex_lock(&mu);
    struct stat st; int existed = fstatat(dfd, p, &st, 0) == 0;
    int wr = (fl & O_ACCMODE) != O_RDONLY || (fl & (O_CREAT | O_TRUNC));
    rule *r = wr ? hit(C_OPEN, rp) : 0; BEFORE(r);
    if (r && r->act == A_ERR) { pthread_mutex_unlock(&mu); errno = r->err; return -1; }
    int fd = r_openat(dfd, p, fl, m);
    if (fd >= 0 && fd < MAXFD && fstat(fd, &st) == 0) {
        fdent *e = &fdt[fd]; free(e->path); e->path = strdup(rp); e->osync = 0;
        if (S_ISDIR(st.st_mode)) e->kind = 2;
        else if (S_ISREG(st.st_mode)) {
            e->kind = 1; e->osync = (fl & O_DSYNC) != 0;
            inoent *i = ino_find(st.st_dev, st.st_ino);
            if (!existed) { if (i) ino_del(st.st_dev, st.st_ino); e->fid = ino_add(st.st_dev, st.st_ino); logrec(P_CREATE, e->fid, 0, 0, fl, rp, strlen(rp), 0, 0); }
            else {
                if (i) e->fid = i->fid;
                else { e->fid = ino_add(st.st_dev, st.st_ino); logrec(P_OPENOLD, e->fid, 0, st.st_size, fl, rp, strlen(rp), 0, 0); }
                if (fl & O_TRUNC) logrec(P_TRUNC, e->fid, 0, 0, 0, 0, 0, 0, 0);
            }
        } else e->kind = 0;
    }
    pthread_mutex_unlock(&mu); return fd;
}
#define MODE_ARG(fl) mode_t m = 0; if ((fl) & (O_CREAT | O_TMPFILE)) { va_list a; va_start(a, fl); m = va_arg(a, int); va_end(a); }
EXPORT int open(const char *p, int fl, ...) { MODE_ARG(fl) return do_open(AT_FDCWD, p, fl, m); }
EXPORT int open64(const char *p, int fl, ...) { MODE_ARG(fl) return do_open(AT_FDCWD, p, fl, m); }
EXPORT int openat(int d, const char *p, int fl, ...) { MODE_ARG(fl) return do_open(d, p, fl, m); }
EXPORT int openat64(int d, const char *p, int fl, ...) { MODE_ARG(fl) return do_open(d, p, fl, m); }
EXPORT int creat(const char *p, mode_t m) { return do_open(AT_FDCWD, p, O_CREAT | O_WRONLY | O_TRUNC, m); }
EXPORT int creat64(const char *p, mode_t m) { return do_open(AT_FDCWD, p, O_CREAT | O_WRONLY | O_TRUNC, m); }
EXPORT int close(int fd) { load(); fdent *e = ent(fd); if (e) { pthread_mutex_lock(&mu); e->kind = 0; pthread_mutex_unlock(&mu); } return r_close(fd); }

// every write form ends here; off < 0 = use the file position
static ssize_t do_write(int fd, const struct iovec *v, int n, off_t off) {
    fdent *e = ent(fd);
    if (!e || e->kind != 1) return off < 0 ? r_writev(fd, v, n) : r_pwritev(fd, v, n, off);
    size_t tot = 0; for (int i = 0; i < n; i++) tot += v[i].iov_len;
    pthread_mutex_lock(&mu);
    rule *r = hit(C_WRITE, e->path); BEFORE(r);
    if (r && r->act == A_ERR) { pthread_mutex_unlock(&mu); errno = r->err; return -1; }
    char *buf = malloc(tot ? tot : 1); size_t o = 0;
    for (int i = 0; i < n; i++) { memcpy(buf + o, v[i].iov_base, v[i].iov_len); o += v[i].iov_len; }
    size_t want = tot; if (r && r->act == A_SHORT && tot > 1) want = tot / 2;
    ssize_t k;
    if (r && r->act == A_DROP) { k = tot; if (off < 0) lseek(fd, tot, SEEK_CUR); }
    else {
        k = off < 0 ? r_write(fd, buf, want) : r_pwrite(fd, buf, want, off);
        if (k > 0) {
            int sv = errno;
            int fl = fcntl(fd, F_GETFL); off_t at = off;
            if (off < 0) { off_t end = lseek(fd, 0, SEEK_CUR); at = end < 0 ? -1 : end - k; }
            else if (fl & O_APPEND) { struct stat st; fstat(fd, &st); at = st.st_size - k; }
            if (at < 0) e->kind = 0;   // it has no position: the number is that of a pipe by now, and the file was closed in a way that is not seen here
            else {
                uint64_t s = logrec(P_WRITE, e->fid, at, k, 0, 0, 0, buf, k); bytes_ += k;
                if (e->osync) logrec(P_SYNC, e->fid, 0, 0, s, 0, 0, 0, 0);
            }
            errno = sv;
        }
    }
    if (r && r->act == A_KILLAFTER) die();
    pthread_mutex_unlock(&mu); int sv = errno; free(buf); errno = sv; return k;
}
EXPORT ssize_t write(int fd, const void *b, size_t n) { load(); if (!ent(fd)) return r_write(fd, b, n); struct iovec v = { (void*)b, n }; return do_write(fd, &v, 1, -1); }
EXPORT ssize_t pwrite(int fd, const void *b, size_t n, off_t o) { load(); if (!ent(fd)) return r_pwrite(fd, b, n, o); struct iovec v = { (void*)b, n }; return do_write(fd, &v, 1, o); }
EXPORT ssize_t pwrite64(int fd, const void *b, size_t n, off_t o) { return pwrite(fd, b, n, o); }
EXPORT ssize_t writev(int fd, const struct iovec *v, int n) { load(); return do_write(fd, v, n, -1); }
EXPORT ssize_t pwritev(int fd, const struct iovec *v, int n, off_t o) { load(); return do_write(fd, v, n, o); }
EXPORT ssize_t pwritev64(int fd, const struct iovec *v, int n, off_t o) { load(); return do_write(fd, v, n, o); }
// kernel-side copies are done as read + recorded write, so that the journal has the data (.NET File.Copy calls syscall(2) directly)
EXPORT ssize_t copy_file_range(int i, off_t *io, int o, off_t *oo, size_t n, unsigned f) {
    if (!ent(o)) return r_syscall(SYS_copy_file_range, i, io, o, oo, n, f);
    char *b = malloc(1 << 20); if (n > 1 << 20) n = 1 << 20;
    ssize_t k = io ? r_pread(i, b, n, *io) : r_read(i, b, n);
    if (k > 0) { struct iovec v = { b, (size_t)k }; ssize_t w = do_write(o, &v, 1, oo ? *oo : -1); if (w < 0) k = w; else { k = w; if (io) *io += w; if (oo) *oo += w; } }
    int sv = errno; free(b); errno = sv; return k;
}
EXPORT long syscall(long n, ...) {
    va_list a; va_start(a, n); long x[6]; for (int i = 0; i < 6; i++) x[i] = va_arg(a, long); va_end(a);
    load();
    if (n == SYS_copy_file_range && ent((int)x[2])) return copy_file_range((int)x[0], (off_t*)x[1], (int)x[2], (off_t*)x[3], (size_t)x[4], (unsigned)x[5]);
    return r_syscall(n, x[0], x[1], x[2], x[3], x[4], x[5]);
}
EXPORT int ioctl(int fd, unsigned long req, ...) { va_list a; va_start(a, req); void *p = va_arg(a, void*); va_end(a);
    if ((req == 0x40049409ul || req == 0x4020940dul) && ent(fd)) { errno = EOPNOTSUPP; return -1; }            // FICLONE, FICLONERANGE
    long rc = syscall(SYS_ioctl, fd, req, p); return (int)rc; }
EXPORT ssize_t sendfile(int o, int i, off_t *of, size_t n) { if (ent(o)) { errno = EINVAL; return -1; } return syscall(SYS_sendfile, o, i, of, n); }
EXPORT ssize_t sendfile64(int o, int i, off_t *of, size_t n) { return sendfile(o, i, of, n); }

static int rd_fault(int fd, int *flip) {
    fdent *e = ent(fd); if (!e || e->kind != 1) return 0;
    pthread_mutex_lock(&mu); rule *r = hit(C_READ, e->path); BEFORE(r); int rc = 0;
    if (r && r->act == A_ERR) { errno = r->err; rc = -1; } else if (r && r->act == A_FLIP) *flip = 1;
    pthread_mutex_unlock(&mu); return rc;
}
static void flipbit(void *b, ssize_t k) { if (k > 0) ((uint8_t*)b)[rnd() % k] ^= 1u << (rnd() % 8); }
EXPORT ssize_t read(int fd, void *b, size_t n) { load(); int f = 0; if (rd_fault(fd, &f)) return -1; ssize_t k = r_read(fd, b, n); if (f) flipbit(b, k); return k; }
EXPORT ssize_t pread(int fd, void *b, size_t n, off_t o) { load(); int f = 0; if (rd_fault(fd, &f)) return -1; ssize_t k = r_pread(fd, b, n, o); if (f) flipbit(b, k); return k; }
EXPORT ssize_t pread64(int fd, void *b, size_t n, off_t o) { return pread(fd, b, n, o); }
EXPORT ssize_t preadv(int fd, const struct iovec *v, int n, off_t o) { load(); int f = 0; if (rd_fault(fd, &f)) return -1; ssize_t k = r_preadv(fd, v, n, o); if (f && n) flipbit(v[0].iov_base, k < (ssize_t)v[0].iov_len ? k : (ssize_t)v[0].iov_len); return k; }
EXPORT ssize_t preadv64(int fd, const struct iovec *v, int n, off_t o) { return preadv(fd, v, n, o); }

static int do_sync(int fd, int c, int (*real)(int)) {
    load(); fdent *e = ent(fd); if (!e) return real(fd);
    int dir = e->kind == 2;
    pthread_mutex_lock(&mu);
    uint64_t upto = seq_; uint32_t fid = e->fid; char p[PATH_MAX]; snprintf(p, sizeof p, "%s", e->path);
    rule *r = hit(dir ? C_DIRSYNC : c, p); BEFORE(r); int act = r ? r->act : 0, err = r ? r->err : 0;
    pthread_mutex_unlock(&mu);
    int rc = 0, sv = 0;
    if (act == A_ERR) { rc = -1; sv = err; }
    else if (act == A_DROP) return 0;                                  // a lying disk: says ok, nothing recorded as durable
    else if (!nosync) { rc = real(fd); sv = errno; }
    pthread_mutex_lock(&mu);
    if (dir) logrec(rc ? P_DIRSYNCFAIL : P_DIRSYNC, 0, 0, 0, upto, p, strlen(p), 0, 0);
    else logrec(rc ? P_SYNCFAIL : P_SYNC, fid, 0, 0, upto, p, strlen(p), 0, 0);
    if (act == A_KILLAFTER) die();
    pthread_mutex_unlock(&mu); errno = sv; return rc;
}
EXPORT int fsync(int fd) { load(); return do_sync(fd, C_FSYNC, r_fsync); }
EXPORT int fdatasync(int fd) { load(); return do_sync(fd, C_FDSYNC, r_fdatasync); }
EXPORT int sync_file_range(int fd, off_t o, off_t n, unsigned fl) {                // NOT durable: no metadata, no device flush
    load(); fdent *e = ent(fd); if (!e) return r_sync_file_range(fd, o, n, fl);
    pthread_mutex_lock(&mu); rule *r = hit(C_SFR, e->path); BEFORE(r);
    int bad = r && r->act == A_ERR, er = bad ? r->err : 0; logrec(P_SFR, e->fid, o, n, bad, 0, 0, 0, 0); pthread_mutex_unlock(&mu);
    if (bad) { errno = er; return -1; } return nosync ? 0 : r_sync_file_range(fd, o, n, fl);
}
EXPORT int syncfs(int fd) { load(); fdent *e = ent(fd); if (!e) return r_syncfs(fd);
    pthread_mutex_lock(&mu); uint64_t u = seq_; pthread_mutex_unlock(&mu); int rc = nosync ? 0 : r_syncfs(fd);
    if (!rc) { pthread_mutex_lock(&mu); logrec(P_SYNCALL, 0, 0, 0, u, 0, 0, 0, 0); pthread_mutex_unlock(&mu); } return rc; }

// name operations: log after success, under the lock
#define NAMEOP(cls, rec, p1, p2, CALL) \
    load(); char b1[PATH_MAX], b2[PATH_MAX]; const char *q1 = active ? rel(AT_FDCWD, p1, b1) : 0, *q2 = (active && p2) ? rel(AT_FDCWD, p2, b2) : 0; (void)b2; \
    if (!q1 && !q2) return CALL; \
    pthread_mutex_lock(&mu); rule *r = hit(cls, q1 ? q1 : q2); BEFORE(r); \
    if (r && r->act == A_ERR) { pthread_mutex_unlock(&mu); errno = r->err; return -1; } \
    struct stat st; int hs = (rec == P_UNLINK && lstat(p1, &st) == 0) || (rec == P_RENAME && lstat(p2 ? p2 : p1, &st) == 0); \
    int rc = (r && r->act == A_DROP) ? 0 : CALL; int sv = errno; \
    if (!rc && !(r && r->act == A_DROP)) { \
        char pp[PATH_MAX * 2]; int n = snprintf(pp, sizeof pp, "%s%c%s", q1 ? q1 : "", 0, q2 ? q2 : ""); \
        logrec(rec, 0, 0, 0, 0, pp, n, 0, 0); if (hs && st.st_nlink <= 1 && S_ISREG(st.st_mode)) ino_del(st.st_dev, st.st_ino); } \
    if (r && r->act == A_KILLAFTER) die(); \
    pthread_mutex_unlock(&mu); errno = sv; return rc;
static const char *NIL;
EXPORT int rename(const char *a, const char *b) { NAMEOP(C_RENAME, P_RENAME, a, b, r_rename(a, b)) }
EXPORT int renameat(int d1, const char *a, int d2, const char *b) { load(); if (d1 != AT_FDCWD || d2 != AT_FDCWD) return syscall(SYS_renameat, d1, a, d2, b); return rename(a, b); }
EXPORT int renameat2(int d1, const char *a, int d2, const char *b, unsigned f) { load(); if (f || d1 != AT_FDCWD || d2 != AT_FDCWD) return syscall(SYS_renameat2, d1, a, d2, b, f); return rename(a, b); }
EXPORT int link(const char *a, const char *b) { NAMEOP(C_LINK, P_LINK, a, b, r_link(a, b)) }
EXPORT int unlink(const char *a) { NAMEOP(C_UNLINK, P_UNLINK, a, NIL, r_unlink(a)) }
EXPORT int mkdir(const char *a, mode_t m) { NAMEOP(C_MKDIR, P_MKDIR, a, NIL, r_mkdir(a, m)) }
EXPORT int rmdir(const char *a) { NAMEOP(C_UNLINK, P_RMDIR, a, NIL, r_rmdir(a)) }
EXPORT int remove(const char *a) { struct stat st; if (lstat(a, &st) == 0 && S_ISDIR(st.st_mode)) return rmdir(a); return unlink(a); }
EXPORT int unlinkat(int d, const char *a, int f) { load(); if (d != AT_FDCWD) return syscall(SYS_unlinkat, d, a, f); return f & AT_REMOVEDIR ? rmdir(a) : unlink(a); }

static int do_trunc(int fd, off_t n) {
    load(); fdent *e = ent(fd); if (!e) return r_ftruncate(fd, n);
    pthread_mutex_lock(&mu); rule *r = hit(C_TRUNC, e->path); BEFORE(r);
    if (r && r->act == A_ERR) { pthread_mutex_unlock(&mu); errno = r->err; return -1; }
    int rc = r_ftruncate(fd, n), sv = errno; if (!rc) logrec(P_TRUNC, e->fid, 0, n, 0, 0, 0, 0, 0);
    if (r && r->act == A_KILLAFTER) die();
    pthread_mutex_unlock(&mu); errno = sv; return rc;
}
EXPORT int ftruncate(int fd, off_t n) { return do_trunc(fd, n); }
EXPORT int ftruncate64(int fd, off_t n) { return do_trunc(fd, n); }
EXPORT int truncate(const char *p, off_t n) { load(); int fd = do_open(AT_FDCWD, p, O_WRONLY | O_CLOEXEC, 0); if (fd < 0) return -1; int rc = do_trunc(fd, n), sv = errno; close(fd); errno = sv; return rc; }
EXPORT int truncate64(const char *p, off_t n) { return truncate(p, n); }
static int do_falloc(int fd, int mode, off_t o, off_t n, int posix) {
    load(); fdent *e = ent(fd); if (!e) return posix ? r_posix_fallocate(fd, o, n) : r_fallocate(fd, mode, o, n);
    pthread_mutex_lock(&mu); rule *r = hit(C_FALLOC, e->path); BEFORE(r);
    if (r && r->act == A_ERR) { pthread_mutex_unlock(&mu); errno = r->err; return posix ? r->err : -1; }
    int rc = posix ? r_posix_fallocate(fd, o, n) : r_fallocate(fd, mode, o, n), sv = errno;
    if (!rc) logrec(P_FALLOC, e->fid, o, n, mode, 0, 0, 0, 0);
    pthread_mutex_unlock(&mu); errno = sv; return rc;
}
EXPORT int fallocate(int fd, int m, off_t o, off_t n) { return do_falloc(fd, m, o, n, 0); }
EXPORT int fallocate64(int fd, int m, off_t o, off_t n) { return do_falloc(fd, m, o, n, 0); }
EXPORT int posix_fallocate(int fd, off_t o, off_t n) { return do_falloc(fd, 0, o, n, 1); }
EXPORT int posix_fallocate64(int fd, off_t o, off_t n) { return do_falloc(fd, 0, o, n, 1); }

// shared writable maps: content becomes a recorded write at msync / munmap (between them it counts as not durable)
EXPORT void *mmap(void *a, size_t n, int pr, int fl, int fd, off_t o) {
    if (!r_mmap) { load(); if (!r_mmap) return (void*)syscall(SYS_mmap, a, n, pr, fl, fd, o); }
    void *p = r_mmap(a, n, pr, fl, fd, o); fdent *e;
    if (p != MAP_FAILED && (fl & MAP_SHARED) && (pr & PROT_WRITE) && (e = ent(fd)) && e->kind == 1) {
        pthread_mutex_lock(&mu); if (nmaps < 256) maps[nmaps++] = (mapent){ p, n, e->fid, o };
        logrec(P_MMAPW, e->fid, o, n, 0, e->path, strlen(e->path), 0, 0); pthread_mutex_unlock(&mu);
    }
    return p;
}
EXPORT void *mmap64(void *a, size_t n, int pr, int fl, int fd, off_t o) { return mmap(a, n, pr, fl, fd, o); }
static void map_flush(char *a, size_t n, int sync) {
    for (int i = 0; i < nmaps; i++) {
        mapent *m = &maps[i]; char *s = a > m->a ? a : m->a, *t = a + n < m->a + m->len ? a + n : m->a + m->len;
        if (s >= t) continue;
        uint64_t q = logrec(P_WRITE, m->fid, m->off + (s - m->a), t - s, 1, 0, 0, s, t - s);
        if (sync) logrec(P_SYNC, m->fid, 0, 0, q, 0, 0, 0, 0);
    }
}
EXPORT int msync(void *a, size_t n, int fl) {
    load(); if (!active || !nmaps) return r_msync(a, n, fl);
    pthread_mutex_lock(&mu); rule *r = hit(C_MSYNC, "*"); BEFORE(r);
    if (r && r->act == A_ERR) { pthread_mutex_unlock(&mu); errno = r->err; return -1; }
    map_flush(a, n, fl & MS_SYNC); pthread_mutex_unlock(&mu); return nosync ? 0 : r_msync(a, n, fl);
}
EXPORT int munmap(void *a, size_t n) {
    if (!r_munmap) { load(); if (!r_munmap) return syscall(SYS_munmap, a, n); }
    if (active && nmaps) { int any = 0; for (int i = 0; i < nmaps; i++) any |= maps[i].a == a;
        if (any) { pthread_mutex_lock(&mu); map_flush(a, n, 0); for (int i = 0; i < nmaps; i++) if (maps[i].a == a) { maps[i] = maps[--nmaps]; break; } pthread_mutex_unlock(&mu); } }
    return r_munmap(a, n);
}
// the test calls this right after the engine acknowledged something: order against I/O is exact
EXPORT uint64_t pls_mark(const char *tag, uint64_t value) {
    if (!active) return 0;
    pthread_mutex_lock(&mu); uint64_t s = logrec(P_MARK, 0, 0, 0, value, tag, strlen(tag), 0, 0); pthread_mutex_unlock(&mu); return s;
}
// SIGKILL between two recorded operations, so that journal and directory agree to the byte
EXPORT void pls_kill(void) { if (active) { pthread_mutex_lock(&mu); die(); } }
// [DllImport("libc")] asks dlopen/dlsym for libc's own symbol and would walk past LD_PRELOAD: hand out ours instead
EXPORT void *dlsym(void *h, const char *n) {
    load();
    if (h != RTLD_NEXT) {
        static const struct { const char *n; void *f; } T[] = { {"fsync",fsync},{"fdatasync",fdatasync},{"syncfs",syncfs},{"sync_file_range",sync_file_range},
            {"write",write},{"pwrite",pwrite},{"pwrite64",pwrite64},{"writev",writev},{"pwritev",pwritev},{"pwritev64",pwritev64},{"read",read},{"pread",pread},{"pread64",pread64},
            {"open",open},{"open64",open64},{"openat",openat},{"close",close},{"rename",rename},{"unlink",unlink},{"link",link},{"mkdir",mkdir},{"rmdir",rmdir},
            {"ftruncate",ftruncate},{"ftruncate64",ftruncate64},{"fallocate",fallocate},{"fallocate64",fallocate64},{"posix_fallocate",posix_fallocate},
            {"mmap",mmap},{"mmap64",mmap64},{"munmap",munmap},{"msync",msync} };
        void *p = r_dlsym(h, n);
        if (active && p) for (unsigned i = 0; i < sizeof T / sizeof *T; i++) if (!strcmp(T[i].n, n)) {
            Dl_info di; if (dladdr(p, &di) && di.dli_fname && strstr(di.dli_fname, "/libc")) return T[i].f; }
        return p;
    }
    return r_dlsym(h, n);   // note: RTLD_NEXT is then relative to this library, right for the libc calls we serve
}
__attribute__((constructor)) static void init(void) {
    load(); const char *e = getenv("PLS_ROOT"), *l = getenv("PLS_LOG"), *m = getenv("PLS_MATCH"), *pid = getenv("PLS_PID");
    char me[32]; snprintf(me, sizeof me, "%d", getpid());
    if (!e || !realpath(e, root) || (pid && strcmp(pid, me))) return;     // a child process of an armed one stays passive
    if (m) { char b[4096]; int fd = syscall(SYS_openat, AT_FDCWD, "/proc/self/cmdline", O_RDONLY); ssize_t k = fd < 0 ? 0 : syscall(SYS_read, fd, b, sizeof b - 1);
        if (fd >= 0) syscall(SYS_close, fd); if (k < 0) k = 0; for (ssize_t i = 0; i < k; i++) if (!b[i]) b[i] = ' '; b[k] = 0; if (!strstr(b, m)) return; }
    setenv("PLS_PID", me, 1); rootl = strlen(root); nosync = getenv("PLS_NOSYNC") != 0;
    if (getenv("PLS_SEED")) rng ^= strtoull(getenv("PLS_SEED"), 0, 10) * 0x9E3779B97F4A7C15ull;
    if (l) { int fd = syscall(SYS_openat, AT_FDCWD, l, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644); logfd = fcntl(fd, F_DUPFD_CLOEXEC, 900); syscall(SYS_close, fd); }
    if (getenv("PLS_FAULT")) pls_set_fault(getenv("PLS_FAULT"));
    active = 1;
}
__attribute__((destructor)) static void fini(void) { stats(); }
