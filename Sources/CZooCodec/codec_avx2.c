// AVX2, BMI2 and carry-less multiplication.

#if defined(__x86_64__)
#define SET avx2
#define TARGET "avx2,bmi2,pclmul"
#include "codec.inc"
#endif
