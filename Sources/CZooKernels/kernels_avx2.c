// AVX2 and FMA: a line is two of 16 registers.

#if defined(__x86_64__)
#define SET avx2
#define TARGET "avx2,fma"
#define PART 8
#define TILE_PIXELS 6
#define TILE_CHANNELS 16
// Weights of 64 KiB. To put down twelve sums and to take them up again costs as much as six steps, while a step of six
// cycles takes its 64 bytes of weights from the second-level cache in two. On a Zen 3, passes of 1024 steps are 5 to 13 %
// faster than those of 256, whose weights stay in the first level; longer ones are not.
#define PASS_STEPS 1024
#define IN_ORDER_HALVES
#define TILES TILES_6x16
#include "kernels.inc"
#endif
