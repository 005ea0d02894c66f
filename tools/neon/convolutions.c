// Convolutions: tiles of every size, filters of single channels, groups.

#include "check.h"

static const int kernels[][2] = {{1, 1}, {1, 1}, {3, 3}, {3, 3}, {1, 7}, {5, 5}, {2, 3}, {3, 1}, {7, 7}};

static void convolution(int round) {
  const bool is_planar = chance(3);
  const ptrdiff_t planes = 1 + draw(3), lanes = is_planar ? 1 : 16, last = is_planar || chance(2) ? 16 : 1 + draw(16);
  const int *kernel = kernels[draw(COUNT(kernels))];
  const ptrdiff_t stride = 1 + draw(3), dilation = chance(4) ? 2 : 1;
  // As many columns as there are tiles, and more.
  const ptrdiff_t rows = 1 + draw(5), columns = 1 + round % 33, blocks = 1 + draw(3);
  const ptrdiff_t width = (columns - 1) * stride + (kernel[1] - 1) * dilation + 1 + draw(3);
  const ptrdiff_t height = (rows - 1) * stride + (kernel[0] - 1) * dilation + 1;
  const ptrdiff_t row = width * lanes, plane = height * row + 16 * draw(2);
  const ptrdiff_t weight_floats = planes * kernel[0] * kernel[1] * lanes * 16, weight_block = weight_floats;
  const ptrdiff_t output_row = 16 * (columns + draw(3)), output_block = rows * output_row + 16 * draw(2);
  const bool continues = chance(4);
  enum { NONE, OTHER, SAME } added = (int)draw(3);
  if (continues && added == SAME) added = OTHER;
  const ptrdiff_t addend_row = added == SAME ? output_row : 16 * (columns + draw(3));
  const ptrdiff_t addend_block = added == SAME ? output_block : rows * addend_row + 16 * draw(2);
  struct input *x = input(planes * plane), *w = input(blocks * weight_block), *bias = input(blocks * 16);
  struct input *addend = input(blocks * addend_block);
  struct result *y = continues || added == SAME ? sums(blocks * output_block) : result(blocks * output_block);
  const struct zoo_activation f = activation(true);

  for (ptrdiff_t b = 0; b < blocks; b++)
    for (ptrdiff_t i = 0; i < rows; i++)
      for (ptrdiff_t j = 0; j < columns; j++)
        for (ptrdiff_t o = 0; o < 16; o++) {
          const ptrdiff_t place = b * output_block + i * output_row + 16 * j + o;
          const double first = use(bias, 16 * b + o);
          double sum = continues ? (double)y->initial[place] : first, magnitude = fabs(sum);
          for (ptrdiff_t p = 0; p < planes; p++)
            for (ptrdiff_t u = 0; u < kernel[0]; u++)
              for (ptrdiff_t v = 0; v < kernel[1]; v++)
                for (ptrdiff_t c = 0; c < (is_planar ? 1 : p + 1 == planes ? last : 16); c++) {
                  const ptrdiff_t step = ((p * kernel[0] + u) * kernel[1] + v) * lanes + c;
                  const double term =
                    use(x, p * plane + (i * stride + u * dilation) * row + (j * stride + v * dilation) * lanes + c)
                    * use(w, b * weight_block + 16 * step + o);
                  sum += term;
                  magnitude += fabs(term);
                }
          const double more = added == SAME ? (double)y->initial[place]
            : added == OTHER ? use(addend, b * addend_block + i * addend_row + 16 * j + o) : 0;
          expect(y, place, activated(f, sum + more), magnitude + fabs(more));
        }
  seal(x);
  seal(w);
  seal(addend);

  const struct zoo_convolution shape = {
    .planes = planes, .plane_stride = plane, .last_lanes = last, .rows = kernel[0], .row_stride = dilation * row,
    .columns = kernel[1], .column_stride = dilation * lanes, .weight_block = weight_block,
    .fetches_next_tile = chance(2), .input_pixel = stride * lanes, .output_pixel = 16, .output_block = output_block,
    .addend_pixel = 16, .addend_block = addend_block, .activation = f, .continues = continues};
  const struct zoo_tiling tiling = {
    .rows = rows, .columns = columns, .input_row = stride * row, .output_row = output_row, .addend_row = addend_row,
    .pairs = chance(2)};
  const ptrdiff_t upcoming_floats = draw(2) * weight_floats;
  EACH_SET(set) {
    begin(y);
    struct zoo_upcoming upcoming = {w->at, w->at + upcoming_floats};
    const ptrdiff_t most = set->kernels->tile_channels / 16;
    for (ptrdiff_t b = 0; b < blocks; b += most) {
      const ptrdiff_t count = blocks - b < most ? blocks - b : most;
      zoo_convolution_rows(
        set->kernels, is_planar, 16 * (int)count, &tiling, &shape, weight_floats, x->at, w->at + b * weight_block,
        w->at + (b + count) * weight_block, bias->at + 16 * b,
        added == NONE ? NULL : (added == SAME ? y->at : addend->at) + b * addend_block,
        y->at + b * output_block, &upcoming);
    }
    if (upcoming.from > upcoming.end) {
      fprintf(stderr, "%s fetches %td floats too many\n", set->name, upcoming.from - upcoming.end);
      abort();
    }
    end(
      y, set, (double)(planes * kernel[0] * kernel[1] * lanes + 8),
      "%s convolution %dx%d of stride %td, %tdx%td outputs", is_planar ? "planar" : "blocked", kernel[0], kernel[1],
      stride, rows, columns);
  }
  release();
}

static void depthwise(int round) {
  static const int taps[][2] = {{3, 3}, {5, 5}, {7, 7}, {1, 1}, {2, 4}, {9, 1}, {1, 5}, {3, 7}};
  const int *kernel = taps[round % COUNT(taps)];
  const ptrdiff_t stride = 1 + draw(3), dilation = chance(4) ? 2 : 1, rows = 1 + draw(4), columns = 1 + draw(40);
  const ptrdiff_t width = (columns - 1) * stride + (kernel[1] - 1) * dilation + 1;
  const ptrdiff_t height = (rows - 1) * stride + (kernel[0] - 1) * dilation + 1;
  const ptrdiff_t output_row = 16 * (columns + draw(3)), addend_row = 16 * (columns + draw(3));
  struct input *x = input(16 * width * height), *w = input(16 * kernel[0] * kernel[1]), *bias = input(16);
  struct input *addend = input(rows * addend_row);
  struct result *y = result(rows * output_row);
  const bool adds = chance(2), is_bounded = chance(2);
  const float lower = is_bounded ? -0.25f : -INFINITY, upper = is_bounded ? 0.5f : INFINITY;
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < columns; j++)
      for (ptrdiff_t o = 0; o < 16; o++) {
        double sum = use(bias, o), magnitude = fabs(sum);
        for (ptrdiff_t u = 0; u < kernel[0]; u++)
          for (ptrdiff_t v = 0; v < kernel[1]; v++) {
            const double term = use(x, 16 * ((i * stride + u * dilation) * width + j * stride + v * dilation) + o)
              * use(w, 16 * (u * kernel[1] + v) + o);
            sum += term;
            magnitude += fabs(term);
          }
        if (adds) sum += use(addend, i * addend_row + 16 * j + o);
        expect(y, i * output_row + 16 * j + o, fmin(fmax(sum, (double)lower), (double)upper), magnitude + 1);
      }
  seal(x);
  seal(addend);
  const struct zoo_depthwise shape = {
    .rows = kernel[0], .row_stride = 16 * dilation * width, .columns = kernel[1], .column_stride = 16 * dilation,
    .input_row = 16 * stride * width, .input_pixel = 16 * stride, .output_row = output_row, .output_pixel = 16,
    .addend_row = addend_row, .addend_pixel = 16, .lower = lower, .upper = upper};
  EACH_SET(set) {
    begin(y);
    set->kernels->depthwise(&shape, x->at, w->at, bias->at, adds ? addend->at : NULL, y->at, rows, columns);
    end(
      y, set, (double)(kernel[0] * kernel[1] + 3),
      "depthwise convolution %dx%d of stride %td, dilation %td, %td columns", kernel[0], kernel[1], stride, dilation,
      columns);
  }
  release();
}

/// The first channel that each lane reads: lanes of a group side by side, as many as the groups have outputs.
static void draw_sources(int sources[16], ptrdiff_t inputs) {
  static const int outputs[] = {1, 2, 3, 4, 6, 8, 12, 16, 24};
  const int count = outputs[draw(COUNT(outputs))], first = (int)draw(count);
  for (int lane = 0; lane < 16; lane++) sources[lane] = (int)((first + lane) / count * inputs);
}

static ptrdiff_t place_of(ptrdiff_t channel, ptrdiff_t plane) { return channel / 16 * plane + channel % 16; }

static void grouped(int round) {
  static const int counts[] = {1, 2, 3, 4, 5, 8, 12, 16, 20};
  const ptrdiff_t inputs = counts[draw(COUNT(counts))];
  const ptrdiff_t per_part = chance(2) ? inputs : 1 + draw(inputs);
  const int *kernel = kernels[draw(COUNT(kernels))];
  const ptrdiff_t stride = 1 + draw(3), dilation = chance(4) ? 2 : 1, rows = 1 + draw(3), columns = 1 + round % 31;
  const ptrdiff_t width = (columns - 1) * stride + (kernel[1] - 1) * dilation + 1;
  const ptrdiff_t height = (rows - 1) * stride + (kernel[0] - 1) * dilation + 1;
  struct zoo_grouped shape = {
    .inputs = inputs, .inputs_per_part = per_part, .plane_stride = 16 * width * height, .kernel_rows = kernel[0],
    .kernel_row = 16 * dilation * width, .kernel_columns = kernel[1], .kernel_column = 16 * dilation, .rows = rows,
    .input_row = 16 * stride * width, .output_row = 16 * (columns + draw(3)), .addend_row = 16 * (columns + draw(3)),
    .columns = columns, .input_pixel = 16 * stride, .output_pixel = 16, .addend_pixel = 16,
    .activation = activation(true), .continues = chance(4)};
  draw_sources(shape.sources, inputs);
  const ptrdiff_t planes = (shape.sources[15] + inputs + 15) / 16;
  struct input *x = input(planes * shape.plane_stride), *w = input(16 * inputs * kernel[0] * kernel[1]);
  struct input *bias = input(16), *addend = input(rows * shape.addend_row);
  struct result *y = shape.continues ? sums(rows * shape.output_row) : result(rows * shape.output_row);
  const bool adds = chance(2);
  for (ptrdiff_t i = 0; i < rows; i++)
    for (ptrdiff_t j = 0; j < columns; j++)
      for (ptrdiff_t o = 0; o < 16; o++) {
        const ptrdiff_t place = i * shape.output_row + 16 * j + o;
        double sum = use(bias, o);
        if (shape.continues) sum = (double)y->initial[place];
        double magnitude = fabs(sum);
        ptrdiff_t step = 0;
        for (ptrdiff_t from = 0; from < inputs; from += per_part) {
          const ptrdiff_t to = from + per_part < inputs ? from + per_part : inputs;
          for (ptrdiff_t u = 0; u < kernel[0]; u++)
            for (ptrdiff_t c = from; c < to; c++)
              for (ptrdiff_t v = 0; v < kernel[1]; v++, step++) {
                const double term =
                  use(
                    x, place_of(shape.sources[o] + c, shape.plane_stride)
                      + 16 * ((i * stride + u * dilation) * width + j * stride + v * dilation))
                  * use(w, 16 * step + o);
                sum += term;
                magnitude += fabs(term);
              }
        }
        if (adds) sum += use(addend, i * shape.addend_row + 16 * j + o);
        expect(y, place, activated(shape.activation, sum), magnitude + 1);
      }
  seal(x);
  seal(addend);
  EACH_SET(set) {
    begin(y);
    set->kernels->grouped(&shape, x->at, w->at, bias->at, adds ? addend->at : NULL, y->at);
    end(
      y, set, (double)(inputs * kernel[0] * kernel[1] + 8),
      "grouped convolution %dx%d of stride %td, %td inputs, %td columns", kernel[0], kernel[1], stride, inputs,
      columns);
  }
  release();
}

void check_convolutions(void) {
  for (int round = 0; round < 330; round++) convolution(round);
  report("convolution");
  for (int round = 0; round < 160; round++) depthwise(round);
  report("depthwise");
  for (int round = 0; round < 310; round++) grouped(round);
  report("grouped");
}

// MARK: Gradients of weights

/// As a layer of blocked or planar input has them, or one whose channels have filters of their own, or one in groups.
enum layer { BLOCKED, PLANAR, DEPTHWISE, GROUPED };

static void filter_gradient(enum layer layer) {
  const int *kernel = kernels[draw(COUNT(kernels))];
  const ptrdiff_t stride = 1 + draw(2), images = 1 + draw(2), rows = 1 + draw(3), columns = 1 + draw(9);
  const ptrdiff_t lanes = layer == PLANAR ? 1 : 16, inputs = 1 + draw(9);
  const ptrdiff_t width = (columns - 1) * stride + kernel[1], height = (rows - 1) * stride + kernel[0];
  const ptrdiff_t plane = width * height * lanes, taps = kernel[0] * kernel[1];
  const bool is_wide = layer == BLOCKED || layer == PLANAR;
  const ptrdiff_t blocks = is_wide ? 1 + draw(3) : 1, last = 1 + draw(16);
  int sources[16];
  draw_sources(sources, inputs);
  const ptrdiff_t planes = layer == GROUPED ? (sources[15] + inputs + 15) / 16 : layer == DEPTHWISE ? 1 : 1 + draw(3);
  const ptrdiff_t block = 16 * columns * rows, sums_plane = 16 * taps * lanes;
  const ptrdiff_t sums_block =
    layer == GROUPED ? 16 * inputs * taps : layer == DEPTHWISE ? 16 * taps : planes * sums_plane;
  const struct zoo_filter_gradient shape = {
    .images = images, .image_input = planes * plane, .image_gradient = blocks * block, .rows = rows,
    .row_input = stride * width * lanes, .row_gradient = 16 * columns, .columns = columns,
    .column_input = stride * lanes, .column_gradient = 16, .kernel_rows = kernel[0], .kernel_row = width * lanes,
    .kernel_columns = kernel[1], .kernel_column = lanes, .planes = planes, .plane = plane, .sums_plane = sums_plane,
    .last_lanes = last, .blocks = blocks, .gradient_block = block, .sums_block = sums_block, .adds = chance(2)};
  struct input *x = input(images * planes * plane), *dy = input(images * blocks * block);
  struct result *dw = shape.adds ? sums(blocks * sums_block) : result(blocks * sums_block);

  // Of each filter of a lane: where its inputs start, and how many there are.
  for (ptrdiff_t b = 0; b < blocks; b++)
    for (ptrdiff_t o = 0; o < 16; o++)
      for (ptrdiff_t u = 0; u < kernel[0]; u++)
        for (ptrdiff_t v = 0; v < kernel[1]; v++) {
          const ptrdiff_t channels =
            layer == BLOCKED ? 16 * (planes - 1) + last : layer == PLANAR ? planes : layer == GROUPED ? inputs : 1;
          for (ptrdiff_t c = 0; c < channels; c++) {
            const ptrdiff_t tap = u * kernel[1] + v;
            const ptrdiff_t from = layer == BLOCKED ? place_of(c, plane)
              : layer == PLANAR ? c * plane : layer == GROUPED ? place_of(sources[o] + c, plane) : o;
            const ptrdiff_t place = layer == BLOCKED ? c / 16 * sums_plane + 16 * (tap * 16 + c % 16)
              : layer == PLANAR ? 16 * (c * taps + tap)
              : layer == GROUPED ? 16 * ((u * inputs + c) * kernel[1] + v) : 16 * tap;
            const ptrdiff_t index = b * sums_block + place + o;
            double sum = shape.adds ? (double)dw->initial[index] : 0, magnitude = fabs(sum);
            for (ptrdiff_t n = 0; n < images; n++)
              for (ptrdiff_t i = 0; i < rows; i++)
                for (ptrdiff_t j = 0; j < columns; j++) {
                  const double term =
                    use(x, n * shape.image_input + from + ((i * stride + u) * width + j * stride + v) * lanes)
                    * use(dy, n * shape.image_gradient + b * block + 16 * (i * columns + j) + o);
                  sum += term;
                  magnitude += fabs(term);
                }
            expect(dw, index, sum, magnitude);
          }
        }
  seal(x);
  EACH_SET(set) {
    begin(dw);
    switch (layer) {
      case BLOCKED: set->kernels->filter_gradient(&shape, x->at, dy->at, dw->at); break;
      case PLANAR: set->kernels->filter_gradient_planar(&shape, x->at, dy->at, dw->at); break;
      case DEPTHWISE: set->kernels->filter_gradient_depthwise(&shape, x->at, dy->at, dw->at); break;
      case GROUPED: set->kernels->grouped_filter_gradient(&shape, sources, inputs, x->at, dy->at, dw->at); break;
    }
    end(
      dw, set, (double)(images * rows * columns + 1), "gradient of %dx%d weights (layer %d), %td columns", kernel[0],
      kernel[1], (int)layer, columns);
  }

  struct result *db = shape.adds ? sums(16) : result(16);
  for (ptrdiff_t o = 0; o < 16; o++) {
    double sum = shape.adds ? (double)db->initial[o] : 0, magnitude = fabs(sum);
    for (ptrdiff_t n = 0; n < images; n++)
      for (ptrdiff_t pixel = 0; pixel < rows * columns; pixel++) {
        const double term = use(dy, n * shape.image_gradient + 16 * pixel + o);
        sum += term;
        magnitude += fabs(term);
      }
    expect(db, o, sum, magnitude);
  }
  EACH_SET(set) {
    begin(db);
    set->kernels->bias_gradient(&shape, dy->at, db->at);
    end(db, set, (double)(images * rows * columns + 1), "gradient of a bias");
  }
  release();
}

void check_filter_gradients(void) {
  for (int round = 0; round < 240; round++) filter_gradient((enum layer)(round % 4));
  report("filter gradient");
}
