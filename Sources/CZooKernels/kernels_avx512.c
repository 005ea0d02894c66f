// AVX-512: a line is one of 32 registers.

#if defined(__x86_64__)
#define SET avx512
#define TARGET "avx512f,avx512vl,avx512dq,avx512bw,fma"
#define PART 16
// 28 sums, two lines of weights and an input fill all registers but one.
#define IN_ORDER
#define TILE_PIXELS 14
#define TILE_CHANNELS 32
// Weights of 16 KiB, half of a first-level cache.
#define PASS_STEPS 128
#define TILES TILES_14x32
#include "kernels.inc"
#endif
