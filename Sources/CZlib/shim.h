#ifndef CZLIB_SHIM_H
#define CZLIB_SHIM_H

#include <zlib.h>

// deflateInit2 and inflateInit2 are macros, which Swift does not see.

// Raw deflate (RFC 1951, no header or checksum) with the largest window and the most memory.
static inline int zoo_deflate_init_raw(z_streamp stream, int level, int strategy) {
  return deflateInit2(stream, level, Z_DEFLATED, -15, 9, strategy);
}

// Raw inflate with the largest window.
static inline int zoo_inflate_init_raw(z_streamp stream) {
  return inflateInit2(stream, -15);
}

// Inflate of a zlib stream (RFC 1950), its checksum verified.
static inline int zoo_inflate_init_zlib(z_streamp stream) {
  return inflateInit2(stream, 15);
}

// Inflate of a gzip member (RFC 1952), its checksum verified.
static inline int zoo_inflate_init_gzip(z_streamp stream) {
  return inflateInit2(stream, 15 + 16);
}

#endif
