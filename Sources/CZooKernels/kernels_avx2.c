// AVX2 and FMA: a line is two of 16 registers.

#if defined(__x86_64__)
#define SET avx2
#define TARGET "avx2,fma"
#define PART 8
#define TILE_PIXELS 6
#define TILE_CHANNELS 16
#define IN_ORDER_HALVES
#define TILES TILES_6x16
#include "kernels.inc"
#endif
