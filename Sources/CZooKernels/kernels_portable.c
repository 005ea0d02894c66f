// Whatever the compiler targets by default. Without fused multiply-adds in hardware, `fmaf` computes the same, slowly.

#define SET portable
#define PART 4
#define TILE_PIXELS 2
#define TILE_CHANNELS 16
// Weights of 16 KiB, half of a first-level cache.
#define PASS_STEPS 256
#define TILES TILES_2x16
#include "kernels.inc"
