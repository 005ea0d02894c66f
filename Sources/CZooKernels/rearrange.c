// Moves between lanes and layouts: the compiler's own vectors will do.

#include "CZooKernels.h"

void zoo_copy_lanes(
  const float *input, ptrdiff_t input_pixel, ptrdiff_t from, float *output, ptrdiff_t output_pixel, ptrdiff_t to,
  ptrdiff_t count, ptrdiff_t lines)
{
  for (ptrdiff_t i = 0; i < lines; i++)
    for (ptrdiff_t lane = 0; lane < count; lane++)
      output[i * output_pixel + to + lane] = input[i * input_pixel + from + lane];
}

void zoo_clear_lanes(float *output, ptrdiff_t from, ptrdiff_t to, ptrdiff_t lines) {
  for (ptrdiff_t i = 0; i < lines; i++)
    for (ptrdiff_t lane = from; lane < to; lane++) output[16 * i + lane] = 0;
}

void zoo_interleave(
  const float *input, ptrdiff_t plane_stride, ptrdiff_t channels, float *output, ptrdiff_t pixels)
{
  for (ptrdiff_t i = 0; i < pixels; i++) {
    for (ptrdiff_t lane = 0; lane < channels; lane++) output[16 * i + lane] = input[lane * plane_stride + i];
    for (ptrdiff_t lane = channels; lane < 16; lane++) output[16 * i + lane] = 0;
  }
}

void zoo_deinterleave(
  const float *input, float *output, ptrdiff_t plane_stride, ptrdiff_t channels, ptrdiff_t pixels)
{
  for (ptrdiff_t lane = 0; lane < channels; lane++)
    for (ptrdiff_t i = 0; i < pixels; i++) output[lane * plane_stride + i] = input[16 * i + lane];
}
