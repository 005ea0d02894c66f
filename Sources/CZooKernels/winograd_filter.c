// The transform of Winograd's filters, once when weights are packed: in double precision, rounded once.

#include "CZooKernels.h"

#pragma STDC FP_CONTRACT OFF

/// G, whose row for a point p of the others q is 1, p, p^2… over the product of all p - q; the last row is the point at
/// infinity.
static const double four_points[4][3] = {{-1, 0, 0}, {0.5, 0.5, 0.5}, {0.5, -0.5, 0.5}, {0, 0, 1}};

#define SIX_POINTS(p, product) {1 / (product), (p) / (product), (p) * (p) / (product), \
  (p) * (p) * (p) / (product), (p) * (p) * (p) * (p) / (product)}
static const double six_points[5][5] = {
  SIX_POINTS(0.0, 81.0 / 64), SIX_POINTS(0.75, -243.0 / 128), SIX_POINTS(-0.75, -243.0 / 128),
  SIX_POINTS(1.5, 243.0 / 32), SIX_POINTS(-1.5, 243.0 / 32)};

void zoo_winograd_filter(
  enum zoo_winograd_form form, const float *weights, ptrdiff_t filter_stride, ptrdiff_t filters, float *output,
  ptrdiff_t frequency)
{
  const int taps = form == ZOO_WINOGRAD_2x5 ? 5 : 3, size = form == ZOO_WINOGRAD_2x3 ? 4 : 6;
  double g[6][5];
  for (int i = 0; i < size; i++)
    for (int t = 0; t < taps; t++)
      g[i][t] = size == 4 ? four_points[i][t] : i == 5 ? t == taps - 1 : six_points[i][t];
  for (int i = 0; i < size; i++) {
    // A row of G times the filters, then times G transposed, 16 filters side by side.
    double row[5][16] = {};
    for (int y = 0; y < taps; y++)
      for (int x = 0; x < taps; x++)
        for (ptrdiff_t lane = 0; lane < filters; lane++)
          row[x][lane] += g[i][y] * (double)weights[lane * filter_stride + y * taps + x];
    for (int j = 0; j < size; j++) {
      double sum[16] = {};
      for (int x = 0; x < taps; x++)
        for (int lane = 0; lane < 16; lane++) sum[lane] += row[x][lane] * g[j][x];
      for (int lane = 0; lane < 16; lane++) output[(i * size + j) * frequency + lane] = (float)sum[lane];
    }
  }
}
