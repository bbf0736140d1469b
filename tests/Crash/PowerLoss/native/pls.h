// pls.h - the record format that plshim.c writes and plreplay.c reads.
#pragma once
#include <stdint.h>
#define PLS_MAGIC 0x31534c50u
typedef struct { uint32_t magic; uint16_t op, flags; uint64_t seq, ns; uint32_t fid, tid; int64_t off, len; uint64_t aux; uint32_t plen, dlen; } plsrec;
enum { P_CREATE = 1, P_OPENOLD, P_WRITE, P_TRUNC, P_FALLOC, P_SYNC, P_SYNCFAIL, P_DIRSYNC, P_DIRSYNCFAIL, P_RENAME, P_UNLINK,
       P_LINK, P_MKDIR, P_RMDIR, P_MARK, P_SFR, P_MMAPW, P_FAULT, P_SYNCALL, P_NOPS };
