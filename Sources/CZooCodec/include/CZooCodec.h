// Kernels of the archive in C: no allocation, no state, no policy. A secret of ZooWeights.
//
// They exist once per instruction set and give the same bytes in all of them. None reads or writes outside the buffers it
// is given, whatever is in them.
#ifndef CZOOCODEC_H
#define CZOOCODEC_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#pragma clang assume_nonnull begin

enum zoo_codec_set { ZOO_CODEC_AVX512, ZOO_CODEC_AVX2, ZOO_CODEC_NEON, ZOO_CODEC_PORTABLE };

/// The kernels of one instruction set.
struct zoo_codec {
  /// Decodes a raw deflate stream (RFC 1951) that consists of compressed blocks with nothing but literals.
  ///
  /// Returns whether it is such a stream, fills the target exactly and ends with its last byte; otherwise the target holds
  /// anything, and nothing is said about the stream.
  bool (*inflate)(const uint8_t *source, ptrdiff_t length, uint8_t *target, ptrdiff_t count);

  /// Encodes bytes as one such block. Returns its length; 0 when it is longer than `room`. Without a target it only
  /// tells the length.
  ptrdiff_t (*deflate)(const uint8_t *source, ptrdiff_t count, uint8_t *_Nullable target, ptrdiff_t room);

  /// Puts elements of 2, 4 or 8 bytes together from their byte planes, the most significant first, and rotates them right
  /// by one bit if they were `rotated` left.
  void (*merge)(const uint8_t *_Nonnull const *_Nonnull planes, int size, bool rotated, uint8_t *target, ptrdiff_t count);

  /// The reverse.
  void (*split)(const uint8_t *source, int size, bool rotated, uint8_t *_Nonnull const *_Nonnull planes, ptrdiff_t count);

  /// CRC-32 as in zip, carried on from the checksum of what came before; null where there are no instructions for it.
  uint32_t (*_Nullable crc32)(uint32_t previous, const uint8_t *bytes, ptrdiff_t count);
};

/// The kernels for an instruction set; null when this machine does not have it.
const struct zoo_codec *_Nullable zoo_codec_for(enum zoo_codec_set set);

#pragma clang assume_nonnull end

#endif
