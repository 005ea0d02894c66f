// The archive's kernels, between pages that cannot be touched.

#include "check.h"

static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
static const struct zoo_codec *codecs[4];

static uint32_t slow_crc32(uint32_t previous, const uint8_t *bytes, ptrdiff_t count) {
  uint32_t state = ~previous;
  for (ptrdiff_t i = 0; i < count; i++) {
    state ^= bytes[i];
    for (int bit = 0; bit < 8; bit++) state = state >> 1 ^ (state & 1 ? 0xEDB88320u : 0);
  }
  return ~state;
}

/// Bytes as weights have them: the exponents take few values; or any; or one value.
static uint8_t *some_bytes(ptrdiff_t count) {
  uint8_t *bytes = guarded(count);
  const ptrdiff_t kind = draw(4), most = kind == 0 ? 256 : kind == 1 ? 1 : 1 + draw(40);
  for (ptrdiff_t i = 0; i < count; i++) {
    ptrdiff_t value = draw(most);
    // So that codes differ in length, up to the longest.
    if (kind == 3)
      for (value = 0; value < 200 && chance(2);) value++;
    bytes[i] = (uint8_t)(value * 7);
  }
  return bytes;
}

static void planes(void) {
  static const int sizes[] = {2, 4, 8};
  const int size = sizes[draw(3)];
  const bool is_rotated = chance(2);
  const ptrdiff_t count = draw(200);
  uint8_t *elements = some_bytes(size * count);
  for (int i = 0; i < 4; i++) {
    if (codecs[i] == NULL) continue;
    uint8_t *split[8], *merged = guarded(size * count);
    for (int plane = 0; plane < size; plane++) split[plane] = guarded(count);
    codecs[i]->split(elements, size, is_rotated, split, count);
    codecs[i]->merge((const uint8_t *const *)split, size, is_rotated, merged, count);
    for (ptrdiff_t e = 0; e < count; e++) {
      uint64_t word = 0;
      for (int byte = size - 1; byte >= 0; byte--) word = word << 8 | elements[size * e + byte];
      const uint64_t mask = ~0ull >> (64 - 8 * size);
      if (is_rotated) word = (word << 1 | word >> (8 * size - 1)) & mask;
      for (int plane = 0; plane < size; plane++)
        if (split[plane][e] != (uint8_t)(word >> (8 * (size - 1 - plane))))
          return fail("planes of %d bytes of %s: element %td", size, names[i], e);
    }
    if (memcmp(merged, elements, (size_t)(size * count)) != 0) fail("merged planes of %d bytes of %s", size, names[i]);
  }
  digest(elements, size * count);
  release();
}

static void streams(void) {
  const ptrdiff_t count = 1 + draw(chance(4) ? 3000 : 300);
  uint8_t *bytes = some_bytes(count);
  uint8_t *first = NULL;
  ptrdiff_t length = 0;
  const uint32_t previous = (uint32_t)draw(1 << 30), crc = slow_crc32(previous, bytes, count);
  for (int i = 0; i < 4; i++) {
    if (codecs[i] == NULL) continue;
    const struct zoo_codec *codec = codecs[i];
    const ptrdiff_t size = codec->deflate(bytes, count, NULL, 1 << 20);
    uint8_t *packed = guarded(size), *unpacked = guarded(count);
    if (codec->deflate(bytes, count, packed, size) != size || codec->deflate(bytes, count, packed, size - 1) != 0)
      fail("deflate of %td bytes of %s: not the %td bytes it said", count, names[i], size);
    codec->deflate(bytes, count, packed, size);
    if (first == NULL) {
      first = packed;
      length = size;
    }
    if (size != length || memcmp(packed, first, (size_t)size) != 0)
      fail("deflate of %td bytes of %s is not that of the first set", count, names[i]);
    if (!codec->inflate(packed, size, unpacked, count) || memcmp(unpacked, bytes, (size_t)count) != 0)
      fail("inflate of %td bytes of %s is not what was deflated", count, names[i]);
    if (codec->inflate(packed, size - 1, unpacked, count) || codec->inflate(packed, size, unpacked, count - 1))
      fail("inflate of %td bytes of %s accepts what is cut short", count, names[i]);
    if (codec->crc32 && codec->crc32(previous, bytes, count) != crc) fail("CRC-32 of %td bytes of %s", count, names[i]);
  }
  digest(first, length);

  // Damaged streams: every set says the same of them, and touches nothing else.
  for (int damage = 0; damage < 8; damage++) {
    const ptrdiff_t place = draw(length);
    const uint8_t before = first[place];
    first[place] ^= (uint8_t)(1 << draw(8));
    int answer = -1;
    uint8_t *answered = NULL;
    for (int i = 0; i < 4; i++) {
      if (codecs[i] == NULL) continue;
      uint8_t *unpacked = guarded(count);
      memset(unpacked, 0, (size_t)count);
      const bool is_stream = codecs[i]->inflate(first, length, unpacked, count);
      if (answer >= 0 && (answer != is_stream || (is_stream && memcmp(unpacked, answered, (size_t)count) != 0)))
        fail("inflate of a damaged stream: %s differs", names[i]);
      answer = is_stream;
      answered = unpacked;
    }
    // Once, however many sets the machine has.
    if (answer == 1) digest(answered, count);
    first[place] = before;
  }
  release();
}

void check_codec(void) {
  const enum zoo_codec_set all[] = {ZOO_CODEC_AVX512, ZOO_CODEC_AVX2, ZOO_CODEC_NEON, ZOO_CODEC_PORTABLE};
  fprintf(stderr, "codec:");
  for (int i = 0; i < 4; i++) {
    codecs[i] = zoo_codec_for(all[i]);
    if (codecs[i]) fprintf(stderr, " %s", names[i]);
  }
  fputc('\n', stderr);
  for (int round = 0; round < 150; round++) planes();
  report("byte planes");
  for (int round = 0; round < 150; round++) streams();
  report("deflate");
}
