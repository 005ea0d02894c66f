// NEON, which every AArch64 processor has: a line is four of 32 registers.

#if defined(__aarch64__)
#define SET neon
#define PART 4
#define TILE_PIXELS 6
#define TILE_CHANNELS 16
// Weights of 16 KiB, half of a first-level cache.
#define PASS_STEPS 256
#define TILES TILES_6x16
#include "kernels.inc"
#endif
