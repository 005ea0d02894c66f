#include "CPNGShim.h"

#include <png.h>
#include <stdlib.h>
#include <string.h>

static void fail(png_structp png, png_const_charp words) {
  char *message = png_get_error_ptr(png);
  size_t length = strlen(words);
  if (length >= ZOO_PNG_MESSAGE_SIZE) length = ZOO_PNG_MESSAGE_SIZE - 1;
  memcpy(message, words, length);
  message[length] = '\0';
  png_longjmp(png, 1);
}

static void ignore(png_structp png, png_const_charp words) {
  (void)png;
  (void)words;
}

typedef struct {
  const uint8_t *next;
  size_t remaining;
  int ran_out;
} source;

static void read_bytes(png_structp png, png_bytep target, size_t count) {
  source *from = png_get_io_ptr(png);
  if (count > from->remaining) {
    from->ran_out = 1;
    png_error(png, "end of file");
  }
  memcpy(target, from->next, count);
  from->next += count;
  from->remaining -= count;
}

static void read_picture(png_structp png, png_infop info, uint32_t width, uint32_t height, int channels,
                         uint8_t *pixels) {
  png_read_info(png, info);
  if (png_get_image_width(png, info) != width || png_get_image_height(png, info) != height) {
    png_error(png, "size differs from the header's");
  }
  png_set_expand(png);
  png_set_strip_16(png);
  png_set_gray_to_rgb(png);
  if (channels == 4) {
    png_set_add_alpha(png, 0xFF, PNG_FILLER_AFTER);
  } else {
    png_set_strip_alpha(png);
  }
  int passes = png_set_interlace_handling(png);
  png_read_update_info(png, info);
  size_t row_size = (size_t)width * (size_t)channels;
  if (png_get_rowbytes(png, info) != row_size) png_error(png, "unexpected row size");
  for (int pass = 0; pass < passes; pass++) {
    for (uint32_t row = 0; row < height; row++) png_read_row(png, pixels + row * row_size, NULL);
  }
  png_read_end(png, NULL);
}

// What setjmp returns to must not live in the function that calls it, hence the callers that own `from` and `to`.
static int guarded_decode(source *from, uint32_t width, uint32_t height, int channels, uint8_t *pixels, char *message) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore);
  if (!png) return ZOO_PNG_FAILED;
  png_infop info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_read_struct(&png, &info, NULL);
    return ZOO_PNG_FAILED;
  }
  png_set_read_fn(png, from, read_bytes);
  png_set_benign_errors(png, 1);
  png_set_option(png, PNG_MAXIMUM_INFLATE_WINDOW, PNG_OPTION_ON);
  // Text, profiles and gamma are skipped unread: they can expand a thousandfold and change no pixel here.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  read_picture(png, info, width, height, channels, pixels);
  png_destroy_read_struct(&png, &info, NULL);
  return ZOO_PNG_OK;
}

int zoo_png_decode(const uint8_t *file, size_t file_size, uint32_t width, uint32_t height, int channels,
                   uint8_t *pixels, char message[ZOO_PNG_MESSAGE_SIZE]) {
  strcpy(message, "out of memory");
  source from = {file, file_size, 0};
  int status = guarded_decode(&from, width, height, channels, pixels, message);
  return from.ran_out ? ZOO_PNG_TRUNCATED : status;
}

typedef struct {
  uint8_t *bytes;
  size_t size;
  size_t capacity;
} sink;

static void write_bytes(png_structp png, png_bytep bytes, size_t count) {
  sink *to = png_get_io_ptr(png);
  if (count > to->capacity - to->size) {
    size_t capacity = 2 * to->capacity + count;
    uint8_t *grown = capacity > to->capacity ? realloc(to->bytes, capacity) : NULL;
    if (!grown) png_error(png, "out of memory");
    to->bytes = grown;
    to->capacity = capacity;
  }
  memcpy(to->bytes + to->size, bytes, count);
  to->size += count;
}

static void flush(png_structp png) { (void)png; }

static int guarded_encode(sink *to, const uint8_t *pixels, uint32_t width, uint32_t height, int channels,
                          char *message) {
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, message, fail, ignore);
  if (!png) return ZOO_PNG_FAILED;
  png_infop info = png_create_info_struct(png);
  if (!info || setjmp(png_jmpbuf(png))) {
    png_destroy_write_struct(&png, &info);
    return ZOO_PNG_FAILED;
  }
  png_set_write_fn(png, to, write_bytes, flush);
  png_set_user_limits(png, 0x7FFFFFFF, 0x7FFFFFFF);
  png_set_IHDR(png, info, width, height, 8, channels == 1 ? PNG_COLOR_TYPE_GRAY : PNG_COLOR_TYPE_RGB,
               PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_write_info(png, info);
  for (uint32_t row = 0; row < height; row++) {
    png_write_row(png, pixels + (size_t)row * width * (size_t)channels);
  }
  png_write_end(png, info);
  png_destroy_write_struct(&png, &info);
  return ZOO_PNG_OK;
}

int zoo_png_encode(const uint8_t *pixels, uint32_t width, uint32_t height, int channels, uint8_t **file,
                   size_t *file_size, char message[ZOO_PNG_MESSAGE_SIZE]) {
  strcpy(message, "out of memory");
  sink to = {NULL, 0, 0};
  int status = guarded_encode(&to, pixels, width, height, channels, message);
  if (status != ZOO_PNG_OK) {
    free(to.bytes);
    return status;
  }
  *file = to.bytes;
  *file_size = to.size;
  return ZOO_PNG_OK;
}
