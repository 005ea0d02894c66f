// The part of MPI that training needs. MPI's own names are macros of which Swift sees nothing, and differ from one
// implementation to the next.
#ifndef ZOO_MPI_H
#define ZOO_MPI_H

#include <stddef.h>

#define ZOO_MPI_MESSAGE_SIZE 512

enum {
  ZOO_MPI_OK = 0,
  ZOO_MPI_FAILED = 1,  // `message` holds MPI's words
  ZOO_MPI_GONE = 2,    // the process of the rank in `peer` is no more
  ZOO_MPI_SILENT = 3,  // nothing came from, or went to, the rank in `peer` for so long
};

struct zoo_mpi_failure {
  int peer;  // -1 if it is not known
  char message[ZOO_MPI_MESSAGE_SIZE];
};

// Joins the processes that a launcher started; alone without one. Called once, before all others, by the thread that calls
// these too.
int zoo_mpi_begin(struct zoo_mpi_failure *failure);
int zoo_mpi_rank(void);
int zoo_mpi_count(void);

// Begin; the bytes stay where they are until `zoo_mpi_finish`.
int zoo_mpi_send(const void *bytes, size_t count, int rank, int tag, struct zoo_mpi_failure *failure);
int zoo_mpi_receive(void *bytes, size_t count, int rank, int tag, struct zoo_mpi_failure *failure);

// Has what has begun go on.
int zoo_mpi_advance(struct zoo_mpi_failure *failure);

// Waits until all that has begun is over, `seconds` at most.
int zoo_mpi_finish(double seconds, struct zoo_mpi_failure *failure);

// Leaves, when all others do.
void zoo_mpi_end(void);

// Ends all processes with this status.
_Noreturn void zoo_mpi_abort(int status);

#endif
