// Moves between lanes and layouts: the compiler's own vectors will do.

#include "CZooKernels.h"

typedef float four __attribute__((vector_size(16)));
typedef float unaligned_four __attribute__((vector_size(16), aligned(4)));

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
  ptrdiff_t i = 0;
  if (channels == 16) {
    for (; i + 4 <= pixels; i += 4) {
      // Squares of 4 x 4, turned in registers.
      for (int lane = 0; lane < 16; lane += 4) {
        const float *from = input + lane * plane_stride + i;
        float *to = output + 16 * i + lane;
        const four a = *(const unaligned_four *)from, b = *(const unaligned_four *)(from + plane_stride);
        const four c = *(const unaligned_four *)(from + 2 * plane_stride);
        const four d = *(const unaligned_four *)(from + 3 * plane_stride);
        const four ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
        const four cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
        const four ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
        const four cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
        *(unaligned_four *)to = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
        *(unaligned_four *)(to + 16) = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
        *(unaligned_four *)(to + 32) = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
        *(unaligned_four *)(to + 48) = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
      }
    }
  }
  for (; i < pixels; i++) {
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
