// Which instruction sets this machine has.

#include "CZooCodec.h"

extern const struct zoo_codec zoo_codec_portable;
#if defined(__x86_64__)
extern const struct zoo_codec zoo_codec_avx512, zoo_codec_avx2;
#elif defined(__aarch64__)
extern const struct zoo_codec zoo_codec_neon;
#if defined(__linux__)
#include <sys/auxv.h>
#endif

static bool has_crc32(void) {
#if defined(__linux__)
  const unsigned long crc32 = 1 << 7;  // HWCAP_CRC32
  return getauxval(AT_HWCAP) & crc32;
#else
  return true;
#endif
}
#endif

const struct zoo_codec *zoo_codec_for(enum zoo_codec_set set) {
  switch (set) {
#if defined(__x86_64__)
    case ZOO_CODEC_AVX512:
      __builtin_cpu_init();
      return zoo_codec_for(ZOO_CODEC_AVX2) && __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl")
          && __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512bw")
        ? &zoo_codec_avx512
        : NULL;
    case ZOO_CODEC_AVX2:
      __builtin_cpu_init();
      return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("pclmul")
        ? &zoo_codec_avx2
        : NULL;
#elif defined(__aarch64__)
    case ZOO_CODEC_NEON: return has_crc32() ? &zoo_codec_neon : NULL;
#endif
    case ZOO_CODEC_PORTABLE: return &zoo_codec_portable;
    default: return NULL;
  }
}
