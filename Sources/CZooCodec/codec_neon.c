// NEON and the CRC-32 instructions, which nearly every AArch64 processor has.

#if defined(__aarch64__)
#define SET neon
#define TARGET "crc"
#include "codec.inc"
#endif
