#define _GNU_SOURCE
#include "CZooMPI.h"

#include <errno.h>
#include <fcntl.h>
#include <mpi.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

// MPI counts bytes in an int.
#define PIECE ((size_t)1 << 30)
#define SPIN_SECONDS 1e-3
#define LOOK_SECONDS 0.2

// A process can be looked for where this is the same.
struct place {
  long long pid;
  char machine[56];
};

static int own_rank, rank_count = 1;
static struct place *places;
static MPI_Request *requests;
static int *peers;
static int request_count, request_room;

static int fail(int code, struct zoo_mpi_failure *failure, int peer) {
  int length = 0;
  char text[MPI_MAX_ERROR_STRING + 1] = "";
  if (MPI_Error_string(code, text, &length) != MPI_SUCCESS) snprintf(text, sizeof text, "MPI error %d", code);
  failure->peer = peer;
  snprintf(failure->message, sizeof failure->message, "%s", text);
  return ZOO_MPI_FAILED;
}

// The machine's boot, and the namespace in which process numbers mean anything; empty where the system does not say.
static void describe(struct place *place) {
  memset(place, 0, sizeof *place);
  place->pid = getpid();
  char name[64] = "";
  ssize_t length = readlink("/proc/self/ns/pid", name, sizeof name - 1);
  int file = open("/proc/sys/kernel/random/boot_id", O_RDONLY | O_CLOEXEC);
  if (length <= 0 || file < 0) {
    if (file >= 0) close(file);
    return;
  }
  char boot[40] = "";
  ssize_t count = read(file, boot, 36);
  close(file);
  if (count == 36) snprintf(place->machine, sizeof place->machine, "%s %.18s", boot, name);
}

int zoo_mpi_begin(struct zoo_mpi_failure *failure) {
  int provided = 0;
  failure->peer = -1;
  int code = MPI_Init_thread(NULL, NULL, MPI_THREAD_FUNNELED, &provided);
  if (code != MPI_SUCCESS) return fail(code, failure, -1);
  MPI_Comm_set_errhandler(MPI_COMM_WORLD, MPI_ERRORS_RETURN);
  if (provided < MPI_THREAD_FUNNELED) {
    snprintf(failure->message, sizeof failure->message, "this MPI is for programs of one thread alone");
    return ZOO_MPI_FAILED;
  }
  MPI_Comm_rank(MPI_COMM_WORLD, &own_rank);
  MPI_Comm_size(MPI_COMM_WORLD, &rank_count);
  places = calloc((size_t)rank_count, sizeof *places);
  if (!places) abort();
  struct place own;
  describe(&own);
  code = MPI_Allgather(&own, sizeof own, MPI_BYTE, places, sizeof own, MPI_BYTE, MPI_COMM_WORLD);
  return code == MPI_SUCCESS ? ZOO_MPI_OK : fail(code, failure, -1);
}

int zoo_mpi_rank(void) { return own_rank; }

int zoo_mpi_count(void) { return rank_count; }

static MPI_Request *next_request(int peer) {
  if (request_count == request_room) {
    request_room = request_room ? 2 * request_room : 64;
    requests = realloc(requests, (size_t)request_room * sizeof *requests);
    peers = realloc(peers, (size_t)request_room * sizeof *peers);
    if (!requests || !peers) abort();
  }
  peers[request_count] = peer;
  return &requests[request_count++];
}

int zoo_mpi_send(const void *bytes, size_t count, int rank, int tag, struct zoo_mpi_failure *failure) {
  for (size_t start = 0; start < count; start += PIECE) {
    size_t piece = count - start < PIECE ? count - start : PIECE;
    int code = MPI_Isend((const char *)bytes + start, (int)piece, MPI_BYTE, rank, tag, MPI_COMM_WORLD, next_request(rank));
    if (code != MPI_SUCCESS) return request_count--, fail(code, failure, rank);
  }
  return ZOO_MPI_OK;
}

int zoo_mpi_receive(void *bytes, size_t count, int rank, int tag, struct zoo_mpi_failure *failure) {
  for (size_t start = 0; start < count; start += PIECE) {
    size_t piece = count - start < PIECE ? count - start : PIECE;
    int code = MPI_Irecv((char *)bytes + start, (int)piece, MPI_BYTE, rank, tag, MPI_COMM_WORLD, next_request(rank));
    if (code != MPI_SUCCESS) return request_count--, fail(code, failure, rank);
  }
  return ZOO_MPI_OK;
}

// Forgets what is over. The others stay in order.
static int test(struct zoo_mpi_failure *failure) {
  int kept = 0;
  for (int index = 0; index < request_count; index++) {
    int is_over = 0;
    int code = MPI_Test(&requests[index], &is_over, MPI_STATUS_IGNORE);
    if (code != MPI_SUCCESS) return fail(code, failure, peers[index]);
    if (is_over) continue;
    requests[kept] = requests[index];
    peers[kept++] = peers[index];
  }
  request_count = kept;
  return ZOO_MPI_OK;
}

int zoo_mpi_advance(struct zoo_mpi_failure *failure) { return test(failure); }

static double now(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec + 1e-9 * (double)time.tv_nsec;
}

// Any process that can be seen from here, since each needs all others.
static int missing_rank(void) {
  if (!places[own_rank].machine[0]) return -1;
  for (int rank = 0; rank < rank_count; rank++) {
    if (memcmp(places[rank].machine, places[own_rank].machine, sizeof places[rank].machine)) continue;
    if (kill((pid_t)places[rank].pid, 0) != 0 && errno == ESRCH) return rank;
  }
  return -1;
}

int zoo_mpi_finish(double seconds, struct zoo_mpi_failure *failure) {
  double start = now(), looked = start;
  int waiting = -1;
  while (1) {
    int before = request_count;
    int code = test(failure);
    if (code != ZOO_MPI_OK) return code;
    if (request_count == 0) return ZOO_MPI_OK;
    double time = now();
    if (request_count < before || waiting < 0) start = time;
    waiting = request_count;
    if (time - start < SPIN_SECONDS) {
      sched_yield();
      continue;
    }
    if (time - looked > LOOK_SECONDS) {
      looked = time;
      int gone = missing_rank();
      if (gone >= 0) return failure->peer = gone, ZOO_MPI_GONE;
    }
    if (time - start > seconds) return failure->peer = peers[0], ZOO_MPI_SILENT;
    struct timespec pause = {0, 50000};
    nanosleep(&pause, NULL);
  }
}

void zoo_mpi_end(void) { MPI_Finalize(); }

void zoo_mpi_abort(int status) {
  MPI_Abort(MPI_COMM_WORLD, status);
  _exit(status);
}
