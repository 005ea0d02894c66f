// Winograd's algorithm: what the transforms make of a map, filters and gradients must be what the direct sums are.

#include "check.h"

struct form {
  enum zoo_winograd_form form;
  int outputs, taps;
};
static const struct form forms[] = {{ZOO_WINOGRAD_2x3, 2, 3}, {ZOO_WINOGRAD_4x3, 4, 3}, {ZOO_WINOGRAD_2x5, 2, 5}};

/// Errors are some tens of those of a direct sum.
static const double loss = 60;

static double at(struct input *map, ptrdiff_t height, ptrdiff_t width, ptrdiff_t y, ptrdiff_t x, ptrdiff_t lane) {
  return y < 0 || y >= height || x < 0 || x >= width ? 0 : use(map, 16 * (y * width + x) + lane);
}

static void winograd(struct form form) {
  const ptrdiff_t m = form.outputs, r = form.taps, size = m + r - 1, padding = draw(r);
  const ptrdiff_t height = r + draw(9), width = r + draw(14);
  const ptrdiff_t rows = height + 2 * padding - r + 1, columns = width + 2 * padding - r + 1;
  const ptrdiff_t tile_rows = (rows + m - 1) / m, tile_columns = (columns + m - 1) / m;
  const ptrdiff_t tiles = tile_rows * tile_columns;
  const ptrdiff_t frequencies = size * size, frequency = 16 * tiles;
  struct input *x = input(16 * height * width), *w = input(16 * 16 * r * r), *bias = input(16);
  struct input *dy = input(16 * rows * columns);
  const struct zoo_activation f = activation(true);
  const bool never_falls = f.function != ZOO_HARDSWISH && !(f.function == ZOO_LEAKY_RELU && f.a < 0);
  const bool pools = never_falls && chance(3), adds = !pools && chance(2);
  const ptrdiff_t output_columns = pools ? columns / 2 : columns, output_rows = pools ? rows / 2 : rows;
  const ptrdiff_t output_row = 16 * (output_columns + draw(3)), addend_row = 16 * (columns + draw(3));
  struct input *addend = input(rows * addend_row);
  struct result *y = result(output_rows * output_row + 16);

  double *direct = malloc(8 * 16 * (size_t)(rows * columns)), *magnitudes = malloc(8 * 16 * (size_t)(rows * columns));
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < columns; j++)
      for (ptrdiff_t o = 0; o < 16; o++) {
        double sum = use(bias, o), magnitude = fabs(sum);
        for (ptrdiff_t c = 0; c < 16; c++)
          for (ptrdiff_t u = 0; u < r; u++)
            for (ptrdiff_t v = 0; v < r; v++) {
              const double term = at(x, height, width, i + u - padding, j + v - padding, c)
                * use(w, 16 * (c * r * r + u * r + v) + o);
              sum += term;
              magnitude += fabs(term);
            }
        if (adds) sum += use(addend, i * addend_row + 16 * j + o);
        direct[16 * (i * columns + j) + o] = activated(f, sum);
        magnitudes[16 * (i * columns + j) + o] = magnitude + 1;
      }
  for (ptrdiff_t i = 0; i < output_rows; i++)
    for (ptrdiff_t j = 0; j < output_columns; j++)
      for (ptrdiff_t o = 0; o < 16; o++) {
        const ptrdiff_t from = pools ? 16 * (2 * i * columns + 2 * j) + o : 16 * (i * columns + j) + o;
        double value = direct[from], magnitude = magnitudes[from];
        if (pools)
          for (ptrdiff_t k = 1; k < 4; k++) {
            const ptrdiff_t other = from + 16 * (k % 2 + k / 2 * columns);
            value = fmax(value, direct[other]);
            magnitude = fmax(magnitude, magnitudes[other]);
          }
        expect(y, i * output_row + 16 * j + o, value, magnitude);
      }
  free(direct);
  free(magnitudes);
  seal(addend);

  struct result *fx = result(frequencies * frequency), *fw = result(frequencies * 256);
  struct result *fy = result(frequencies * frequency), *fdy = result(frequencies * frequency);
  struct result *products = result(frequencies * 16), *dw = result(16 * r * r);
  for (ptrdiff_t i = 0; i < fx->count; i++) {
    expect_any(fx, i);
    expect_any(fdy, i);
  }
  for (ptrdiff_t i = 0; i < fw->count; i++) expect_any(fw, i);
  for (ptrdiff_t o = 0; o < 16; o++)
    for (ptrdiff_t u = 0; u < r; u++)
      for (ptrdiff_t v = 0; v < r; v++) {
        double sum = 0, magnitude = 0;
        for (ptrdiff_t i = 0; i < rows; i++)
          for (ptrdiff_t j = 0; j < columns; j++) {
            const double term =
              at(x, height, width, i + u - padding, j + v - padding, 3) * use(dy, 16 * (i * columns + j) + o);
            sum += term;
            magnitude += fabs(term);
          }
        expect(dw, 16 * (u * r + v) + o, sum, magnitude + 1);
      }

  const struct zoo_winograd shape = {
    .input_rows = height, .input_columns = width, .input_row = 16 * width, .frequency = frequency,
    .output_row = output_row, .addend_row = addend_row, .activation = f, .pools = pools};
  struct zoo_winograd of_gradient = shape;
  of_gradient.input_rows = rows;
  of_gradient.input_columns = columns;
  of_gradient.input_row = 16 * columns;
  EACH_SET(set) {
    const struct zoo_kernels *k = set->kernels;
    begin(fx);
    begin(fw);
    begin(fdy);
    for (ptrdiff_t row = 0; row < tile_rows; row++) {
      const ptrdiff_t first = 16 * row * tile_columns;
      k->winograd_inputs[form.form](&shape, x->at, row * m - padding, -padding, tile_columns, fx->at + first);
      k->winograd_gradients[form.form](&of_gradient, dy->at, row * m, 0, tile_columns, fdy->at + first);
    }
    for (ptrdiff_t c = 0; c < 16; c++) k->winograd_filter(form.form, w->at + 16 * c * r * r, fw->at + 16 * c, 256);
    end(fx, set, 1, "frequencies of a map, form %d", form.form);
    end(fdy, set, 1, "frequencies of a gradient, form %d", form.form);
    end(fw, set, 1, "frequencies of filters, form %d", form.form);

    for (ptrdiff_t i = 0; i < frequencies; i++)
      for (ptrdiff_t o = 0; o < 16; o++) {
        double with_gradient = 0;
        for (ptrdiff_t tile = 0; tile < tiles; tile++) {
          const float *from = fx->at + i * frequency + 16 * tile;
          double sum = 0;
          for (ptrdiff_t c = 0; c < 16; c++) sum += (double)from[c] * (double)fw->at[256 * i + 16 * c + o];
          fy->at[i * frequency + 16 * tile + o] = (float)sum;
          with_gradient += (double)from[3] * (double)fdy->at[i * frequency + 16 * tile + o];
        }
        products->at[16 * i + o] = (float)with_gradient;
      }
    begin(y);
    for (ptrdiff_t row = 0; row < tile_rows; row++)
      k->winograd_outputs[form.form](
        &shape, fy->at + 16 * row * tile_columns, bias->at, adds ? addend->at + row * m * addend_row : NULL,
        y->at + (pools ? row * m / 2 : row * m) * output_row, rows - row * m, columns, tile_columns);
    end(
      y, set, loss * (double)(16 * r * r), "Winograd's convolution of %tdx%td, padding %td, form %d%s%s", height, width,
      padding, form.form, pools ? ", pooled" : "", adds ? ", added" : "");
    begin(dw);
    k->winograd_filter_gradient(form.form, products->at, 16, dw->at);
    end(dw, set, loss * (double)(rows * columns), "Winograd's gradient of %tdx%td, form %d", height, width, form.form);
  }
  release();
}

void check_winograd(void) {
  for (int round = 0; round < 90; round++) winograd(forms[round % 3]);
  report("winograd");
}
