// Which instruction sets this machine has.

#include "CZooKernels.h"

extern const struct zoo_kernels zoo_kernels_portable;
#if defined(__x86_64__)
extern const struct zoo_kernels zoo_kernels_avx512, zoo_kernels_avx2;
#elif defined(__aarch64__)
extern const struct zoo_kernels zoo_kernels_neon;
#endif

const struct zoo_kernels *zoo_kernels_for(enum zoo_instruction_set set) {
  switch (set) {
#if defined(__x86_64__)
    case ZOO_AVX512:
      __builtin_cpu_init();
      return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
          && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
          && __builtin_cpu_supports("fma")
        ? &zoo_kernels_avx512
        : NULL;
    case ZOO_AVX2:
      __builtin_cpu_init();
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") ? &zoo_kernels_avx2 : NULL;
#elif defined(__aarch64__)
    case ZOO_NEON: return &zoo_kernels_neon;
#endif
    case ZOO_PORTABLE: return &zoo_kernels_portable;
    default: return NULL;
  }
}
