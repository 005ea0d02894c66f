// Pooling, its gradients, and resampling.

#include "check.h"

static void pool(void) {
  const ptrdiff_t kernel = 1 + draw(4), stride = 1 + draw(3), padding = draw(kernel), rows = 1 + draw(4);
  const ptrdiff_t width = kernel + draw(20), right = draw(kernel);
  const ptrdiff_t count = (width + padding + right - kernel) / stride + 1;
  const ptrdiff_t row = 16 * (width + draw(3)), output_row = 16 * (width + draw(3));
  // Windows that begin beyond the map are none.
  const ptrdiff_t last = (width - 1 + padding) / stride + 1, windows = count < last ? count : last;
  const struct zoo_pool shape = {
    .rows = rows, .row_stride = row, .kernel = kernel, .stride = stride, .padding = padding, .width = width,
    .counted_rows = rows + draw(2), .counted_width = width + right, .counts_padding = chance(2)};
  struct input *x = input(rows * row), *dy = input(16 * windows);
  struct result *largest = result(16 * windows), *mean = result(16 * windows);
  struct result *dx = sums(rows * output_row), *mean_dx = sums(rows * row);
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < 16 * width; j++) {
      // Equal numbers, of which the first is to win.
      if (chance(3)) x->at[i * row + j] = 0.25f;
      expect(dx, i * output_row + j, (double)dx->initial[i * output_row + j], 1);
      expect(mean_dx, i * row + j, (double)mean_dx->initial[i * row + j], 1);
    }
  for (ptrdiff_t i = 0; i < windows; i++) {
    const ptrdiff_t left = i * stride - padding, end = left + kernel < width ? left + kernel : width;
    const ptrdiff_t begin = left < 0 ? 0 : left;
    const ptrdiff_t counted = left + kernel < shape.counted_width ? left + kernel : shape.counted_width;
    const ptrdiff_t divisor = shape.counted_rows * (shape.counts_padding ? counted - left : end - begin);
    for (ptrdiff_t o = 0; o < 16; o++) {
      double most = -INFINITY, sum = 0, magnitude = 0;
      ptrdiff_t winner = 0;
      const double gradient = use(dy, 16 * i + o);
      for (ptrdiff_t u = 0; u < rows; u++)
        for (ptrdiff_t v = begin; v < end; v++) {
          const double value = use(x, u * row + 16 * v + o);
          if (value > most) {
            most = value;
            winner = u * output_row + 16 * v + o;
          }
          sum += value;
          magnitude += fabs(value);
          mean_dx->value[u * row + 16 * v + o] += gradient / (double)divisor;
          mean_dx->magnitude[u * row + 16 * v + o] += 1;
        }
      dx->value[winner] += gradient;
      dx->magnitude[winner] += 1;
      expect(largest, 16 * i + o, most, 0);
      expect(mean, 16 * i + o, sum / (double)divisor, magnitude / (double)divisor);
    }
  }
  seal(x);
  EACH_SET(set) {
    begin(largest);
    begin(mean);
    begin(dx);
    begin(mean_dx);
    set->kernels->max_pool(&shape, x->at, largest->at, windows);
    set->kernels->average_pool(&shape, x->at, mean->at, windows);
    set->kernels->max_pool_gradient(&shape, x->at, dy->at, dx->at, output_row, windows);
    set->kernels->average_pool_gradient(&shape, dy->at, mean_dx->at, windows);
    end(largest, set, 0, "maxima of %tdx%td, stride %td, padding %td", rows, kernel, stride, padding);
    end(
      mean, set, (double)(rows * kernel + 2), "means of %tdx%td, stride %td, padding %td", rows, kernel, stride,
      padding);
    end(dx, set, 20, "gradient of maxima of %tdx%td, stride %td, padding %td", rows, kernel, stride, padding);
    end(mean_dx, set, 20, "gradient of means of %tdx%td, stride %td, padding %td", rows, kernel, stride, padding);
  }
  release();
}

static void resample(void) {
  const ptrdiff_t height = 1 + draw(6), width = 1 + draw(9), count = draw(12), row_count = 1 + draw(3);
  ptrdiff_t rows[3], starts[13] = {0}, columns[48];
  struct input *x = input(16 * height * width), *row_weights = input(row_count), *weights = input(48);
  struct result *y = result(16 * count);
  for (ptrdiff_t i = 0; i < row_count; i++) rows[i] = draw(height);
  for (ptrdiff_t i = 0; i < count; i++) {
    starts[i + 1] = starts[i] + draw(4);
    for (ptrdiff_t c = starts[i]; c < starts[i + 1]; c++) columns[c] = draw(width);
    for (ptrdiff_t o = 0; o < 16; o++) {
      double sum = 0, magnitude = 0;
      for (ptrdiff_t u = 0; u < row_count; u++)
        for (ptrdiff_t c = starts[i]; c < starts[i + 1]; c++) {
          const double term =
            use(row_weights, u) * use(weights, c) * use(x, 16 * (rows[u] * width + columns[c]) + o);
          sum += term;
          magnitude += fabs(term);
        }
      expect(y, 16 * i + o, sum, magnitude);
    }
  }
  seal(x);
  const struct zoo_resampling shape = {
    .row_count = row_count, .row_stride = 16 * width, .rows = rows, .row_weights = row_weights->at, .starts = starts,
    .columns = columns, .column_weights = weights->at};
  EACH_SET(set) {
    begin(y);
    set->kernels->resample(&shape, x->at, y->at, count);
    end(y, set, 14, "resampling of %td rows", row_count);
  }
  release();
}

void check_pooling(void) {
  for (int round = 0; round < 240; round++) pool();
  report("pooling");
  for (int round = 0; round < 60; round++) resample();
  report("resampling");
}
