#if defined(__linux__)
#define _GNU_SOURCE
#include <sched.h>
#endif

#include "CZooKernels.h"

int zoo_affinity(void) {
#if defined(__linux__)
  cpu_set_t mask;
  return sched_getaffinity(0, sizeof mask, &mask) == 0 ? CPU_COUNT(&mask) : 0;
#else
  return 0;
#endif
}
