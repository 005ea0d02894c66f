// Covers rows of outputs with convolution tiles.

#include "CZooKernels.h"

/// A row cut into as few parts as a tile's pixels allow: `longer` parts of one pixel more than `shorter`, then the others.
struct parts { ptrdiff_t count, shorter, longer; };
static struct parts parts_of(ptrdiff_t columns, ptrdiff_t most) {
  const ptrdiff_t count = (columns + most - 1) / most;
  return count == 0 ? (struct parts){} : (struct parts){count, columns / count, columns % count};
}

/// What to fetch with each of some lines, which take so many products: whole cache lines, no more than are left.
static ptrdiff_t ahead_floats(const struct zoo_upcoming *upcoming, ptrdiff_t lines, ptrdiff_t products) {
  const ptrdiff_t left = upcoming->end - upcoming->from, line = 16, most = products / ZOO_PRODUCTS_PER_UPCOMING_LINE;
  const ptrdiff_t even = lines > 0 ? left / (lines * line) : 0;
  return line * (even < most ? even : most);
}

void zoo_convolution_rows(
  const struct zoo_kernels *kernels, bool planar, int channels, const struct zoo_tiling *tiling,
  const struct zoo_convolution *strides, ptrdiff_t weight_floats, const float *input, const float *weights,
  const float *next_weights, const float *bias, const float *addend, float *output,
  struct zoo_upcoming *upcoming)
{
  struct zoo_convolution shape = *strides;
  const ptrdiff_t most = kernels->tile_pixels, most_of_pair = most > 1 ? most / 2 : 1;
  const ptrdiff_t pairs = tiling->pairs ? tiling->rows / 2 : 0;
  const struct parts of_row = parts_of(tiling->columns, most), of_pair = parts_of(tiling->columns, most_of_pair);
  const ptrdiff_t tiles = pairs * of_pair.count + (tiling->rows - 2 * pairs) * of_row.count;
  if (tiles == 0) return;
  shape.fetch_stride = (16 + tiles - 1) / tiles;
  shape.fetch_second = channels > 16 && tiles > 1 ? shape.weight_block : 0;
  const ptrdiff_t fetched = weight_floats / tiles;
  shape.fetch_offset = next_weights - weights;
  shape.tile_fetch = fetched;
  const ptrdiff_t lines = shape.planes * shape.rows * shape.columns;
  shape.ahead = upcoming->from;
  shape.ahead_floats = planar ? 0 : ahead_floats(upcoming, tiles * lines, most * channels * 16);
  upcoming->from += tiles * lines * shape.ahead_floats;
  zoo_convolution_tile *const _Nullable *tiles_of_pixels =
    (planar ? kernels->planar_tiles : shape.ahead_floats > 0 ? kernels->fetching_tiles : kernels->blocked_tiles)
    [channels > 16];

  for (ptrdiff_t row = 0; row < tiling->rows;) {
    const bool is_pair = tiling->pairs && row + 1 < tiling->rows;
    const ptrdiff_t parts = is_pair ? of_pair.count : of_row.count;
    const ptrdiff_t shorter = is_pair ? of_pair.shorter : of_row.shorter;
    const ptrdiff_t longer = is_pair ? of_pair.longer : of_row.longer;
    const float *from = input + row * tiling->input_row;
    const float *added = addend ? addend + row * tiling->addend_row : NULL;
    float *to = output + row * tiling->output_row;
    for (ptrdiff_t part = 0; part < parts; part += shape.tiles) {
      const ptrdiff_t pixels = shorter + (part < longer);
      const ptrdiff_t first = (pixels + 1) / 2;
      shape.input_second = is_pair ? tiling->input_row : first * shape.input_pixel;
      shape.output_second = is_pair ? tiling->output_row : first * shape.output_pixel;
      shape.addend_second = is_pair ? tiling->addend_row : first * shape.addend_pixel;
      shape.tiles = !kernels->computes_runs ? 1 : part < longer ? longer : parts - longer;
      shape.tile_pixels = pixels;
      tiles_of_pixels[(is_pair ? 2 * pixels : pixels) - 1](&shape, from, weights, bias, added, to);
      shape.fetch_offset += shape.tiles * fetched;
      shape.ahead += shape.tiles * lines * shape.ahead_floats;
      from += shape.tiles * pixels * shape.input_pixel;
      to += shape.tiles * pixels * shape.output_pixel;
      if (added) added += shape.tiles * pixels * shape.addend_pixel;
    }
    row += is_pair ? 2 : 1;
  }
}
