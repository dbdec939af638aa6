// A libnccl.so.2 for processors: the functions of nccl.h that libs/Collectives calls, with their signatures. It sums
// and sends truly, between the processes of one machine, and writes down every call with its arguments, so that a test
// can say what a real NCCL would have been asked for.
//
//   FAKE_NCCL_CALLS   a folder; each process writes calls-PID there
//   FAKE_NCCL_FAIL    FUNCTION:N: the N-th call of a function, from 1, answers ncclSystemError
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>

enum { SUCCESS = 0, SYSTEM_ERROR = 2, INVALID_ARGUMENT = 4, INVALID_USAGE = 5 };
enum { FLOAT32 = 7, FLOAT64 = 8, SUM = 0 };
enum { RANKS = 8, PIECE = 1 << 18, CALLS = 4096 };

typedef struct { char internal[128]; } ncclUniqueId;
typedef struct { char what; size_t count; int type; int argument; } Call;

// What the processes share; a new file is all zeros.
typedef struct {
  atomic_int state; // 0 new, 1 being made, 2 ready
  pthread_barrier_t barrier;
  Call calls[RANKS];
  char data[RANKS][PIECE];
} Shared;

typedef struct { int rank, world; Shared *shared; char name[128]; } Communicator;
typedef struct { Call call; const void *from; void *to; Communicator *communicator; } Pending;

static Pending pending[CALLS];
static int pending_count, group_depth;
static FILE *calls;

static void note(const char *format, ...) {
  const char *folder = getenv("FAKE_NCCL_CALLS");
  if (!folder)
    return;
  if (!calls) {
    char path[4096];
    snprintf(path, sizeof path, "%s/calls-%d", folder, (int)getpid());
    calls = fopen(path, "a");
  }
  va_list arguments;
  va_start(arguments, format);
  vfprintf(calls, format, arguments);
  va_end(arguments);
  fputc('\n', calls);
  fflush(calls);
}

static int fails(const char *function) {
  static int made;
  const char *wish = getenv("FAKE_NCCL_FAIL");
  size_t length = strlen(function);
  return wish && !strncmp(wish, function, length) && wish[length] == ':' && ++made == atoi(wish + length + 1);
}

static size_t size_of(int type) { return type == FLOAT64 ? 8 : 4; }

int ncclGetVersion(int *version) {
  note("ncclGetVersion");
  *version = 22105;
  return SUCCESS;
}

const char *ncclGetErrorString(int code) {
  return code == SYSTEM_ERROR ? "unhandled system error (of the fake)" : "invalid (says the fake)";
}

int ncclGetUniqueId(ncclUniqueId *id) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  memset(id, 0, sizeof *id);
  snprintf(id->internal, sizeof id->internal, "/fake-nccl-%d-%ld%09ld", (int)getpid(), (long)now.tv_sec, now.tv_nsec);
  note("ncclGetUniqueId %s", id->internal);
  return SUCCESS;
}

int ncclCommInitRank(void **result, int world, ncclUniqueId id, int rank) {
  note("ncclCommInitRank %s rank %d of %d", id.internal, rank, world);
  if (fails("ncclCommInitRank"))
    return SYSTEM_ERROR;
  if (world > RANKS || rank < 0 || rank >= world || !result)
    return INVALID_ARGUMENT;
  int file = shm_open(id.internal, O_CREAT | O_RDWR, 0600);
  if (file < 0 || ftruncate(file, sizeof(Shared)))
    return SYSTEM_ERROR;
  Shared *shared = mmap(NULL, sizeof(Shared), PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
  close(file);
  int new = 0;
  if (atomic_compare_exchange_strong(&shared->state, &new, 1)) {
    pthread_barrierattr_t attributes;
    pthread_barrierattr_init(&attributes);
    pthread_barrierattr_setpshared(&attributes, PTHREAD_PROCESS_SHARED);
    pthread_barrier_init(&shared->barrier, &attributes, world);
    atomic_store(&shared->state, 2);
  }
  while (atomic_load(&shared->state) != 2)
    sched_yield();
  Communicator *communicator = calloc(1, sizeof *communicator);
  *communicator = (Communicator){rank, world, shared, ""};
  memcpy(communicator->name, id.internal, sizeof communicator->name);
  // All have it open once all are here: the name may go, and nothing is left of it however they end.
  if (pthread_barrier_wait(&shared->barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
    shm_unlink(id.internal);
  *result = communicator;
  note("communicator %p", (void *)communicator);
  return SUCCESS;
}

static void add(char *sum, const char *other, size_t count, int type) {
  for (size_t i = 0; i < count; i++) {
    if (type == FLOAT64)
      ((double *)sum)[i] += ((const double *)other)[i];
    else
      ((float *)sum)[i] += ((const float *)other)[i];
  }
}

static int run(const Pending *p) {
  Communicator *c = p->communicator;
  Shared *shared = c->shared;
  shared->calls[c->rank] = p->call;
  pthread_barrier_wait(&shared->barrier);
  int same = 1;
  for (int rank = 0; rank < c->world; rank++) {
    const Call *other = &shared->calls[rank];
    same &= other->what == p->call.what && other->count == p->call.count && other->type == p->call.type
      && other->argument == p->call.argument;
  }
  pthread_barrier_wait(&shared->barrier);
  if (!same)
    return INVALID_USAGE; // A real one would hang, or mix up what belongs apart.
  size_t bytes = p->call.count * size_of(p->call.type);
  for (size_t start = 0; start < bytes; start += PIECE) {
    size_t length = bytes - start < PIECE ? bytes - start : PIECE;
    memcpy(shared->data[c->rank], (const char *)p->from + start, length);
    pthread_barrier_wait(&shared->barrier);
    char *to = (char *)p->to + start;
    if (p->call.what == 'b') {
      memcpy(to, shared->data[p->call.argument], length);
    } else {
      memcpy(to, shared->data[0], length);
      for (int rank = 1; rank < c->world; rank++)
        add(to, shared->data[rank], length / size_of(p->call.type), p->call.type);
    }
    pthread_barrier_wait(&shared->barrier);
  }
  return SUCCESS;
}

static int ask(Pending p) {
  if (!p.communicator || (p.call.type != FLOAT32 && p.call.type != FLOAT64) || pending_count == CALLS)
    return INVALID_ARGUMENT;
  if (group_depth == 0)
    return run(&p);
  pending[pending_count++] = p;
  return SUCCESS;
}

int ncclAllReduce(const void *from, void *to, size_t count, int type, int operation, void *communicator, void *stream) {
  note("ncclAllReduce %p %p %zu %d %d %p %p", from, to, count, type, operation, communicator, stream);
  if (fails("ncclAllReduce"))
    return SYSTEM_ERROR;
  return operation == SUM ? ask((Pending){{'r', count, type, operation}, from, to, communicator}) : INVALID_ARGUMENT;
}

int ncclBroadcast(const void *from, void *to, size_t count, int type, int root, void *communicator, void *stream) {
  note("ncclBroadcast %p %p %zu %d %d %p %p", from, to, count, type, root, communicator, stream);
  if (fails("ncclBroadcast"))
    return SYSTEM_ERROR;
  return ask((Pending){{'b', count, type, root}, from, to, communicator});
}

int ncclGroupStart(void) {
  note("ncclGroupStart");
  group_depth++;
  return SUCCESS;
}

int ncclGroupEnd(void) {
  note("ncclGroupEnd");
  if (group_depth == 0)
    return INVALID_USAGE;
  if (--group_depth > 0)
    return SUCCESS;
  int result = SUCCESS;
  for (int i = 0; i < pending_count && result == SUCCESS; i++)
    result = run(&pending[i]);
  pending_count = 0;
  return result;
}

int ncclCommDestroy(void *communicator) {
  note("ncclCommDestroy %p", communicator);
  return SUCCESS;
}

int ncclCommAbort(void *communicator) {
  note("ncclCommAbort %p", communicator);
  return SUCCESS;
}
