// libpng reports errors with longjmp, which must not cross a Swift frame. These functions keep it inside C.
#ifndef ZOO_PNG_SHIM_H
#define ZOO_PNG_SHIM_H

#include <stddef.h>
#include <stdint.h>

#define ZOO_PNG_MESSAGE_SIZE 160

enum {
  ZOO_PNG_OK = 0,
  ZOO_PNG_FAILED = 1,     // `message` holds libpng's words
  ZOO_PNG_TRUNCATED = 2,  // the bytes end inside the picture
};

// Decodes a PNG file to 8-bit samples, row-major: `channels` is 3 (RGB) or 4 (RGB and straight alpha).
// 16-bit samples keep their high byte; gamma and colour profiles are ignored.
// `pixels` has room for width * height * channels bytes; a picture of another size is an error.
int zoo_png_decode(const uint8_t *file, size_t file_size, uint32_t width, uint32_t height, int channels,
                   uint8_t *pixels, char message[ZOO_PNG_MESSAGE_SIZE]);

// Encodes 8-bit samples, row-major: `channels` is 1 (grey) or 3 (RGB).
// On success `*file` is to be released with free().
int zoo_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **file,
                   size_t *file_size, char message[ZOO_PNG_MESSAGE_SIZE]);

#endif
