// AVX-512 F, VL, DQ and BW, and what comes with AVX2.

#if defined(__x86_64__)
#define SET avx512
#define TARGET "avx512f,avx512vl,avx512dq,avx512bw,bmi2,pclmul"
#include "codec.inc"
#endif
