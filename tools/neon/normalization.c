// What looks across channels or pixels.

#include "check.h"

/// Blocks of lines, some floats apart.
struct map {
  ptrdiff_t channels, lines, block;
};

static struct map some_map(void) {
  struct map map = {.channels = 1 + draw(70), .lines = 1 + draw(35)};
  map.block = 16 * (map.lines + draw(3));
  return map;
}

static ptrdiff_t blocks_of(struct map map) { return (map.channels + 15) / 16; }
static ptrdiff_t place(struct map map, ptrdiff_t channel, ptrdiff_t line) {
  return channel / 16 * map.block + 16 * line + channel % 16;
}

/// What lies beyond the last channel: zeros, or any number.
static void expect_rest(struct result *y, struct map map, bool zeros) {
  for (ptrdiff_t c = map.channels; c < 16 * blocks_of(map); c++)
    for (ptrdiff_t l = 0; l < map.lines; l++) {
      if (zeros) expect(y, place(map, c, l), 0, 0);
      else expect_any(y, place(map, c, l));
    }
}

static void response_norm(void) {
  static const float powers[] = {0.75f, 0.5f, 1, 0.6f};
  const struct map map = some_map();
  const struct zoo_response_norm shape = {
    .channels = map.channels, .reach = chance(2) ? 2 : draw(20), .block_stride = map.block, .alpha = 0.3f,
    .beta = powers[draw(4)], .k = 1 + (float)draw(2)};
  struct input *x = input(blocks_of(map) * map.block), *dy = input(blocks_of(map) * map.block);
  struct result *y = result(x->count), *dx = result(x->count);
  const double alpha = (double)shape.alpha, beta = (double)shape.beta;
  for (ptrdiff_t l = 0; l < map.lines; l++) {
    double base[80];
    for (ptrdiff_t c = 0; c < map.channels; c++) {
      base[c] = (double)shape.k;
      for (ptrdiff_t d = c - shape.reach; d <= c + shape.reach; d++)
        if (0 <= d && d < map.channels) base[c] += alpha * use(x, place(map, d, l)) * use(x, place(map, d, l));
      expect(y, place(map, c, l), use(x, place(map, c, l)) * pow(base[c], -beta), 1);
    }
    for (ptrdiff_t c = 0; c < map.channels; c++) {
      double sum = 0, magnitude = 0;
      for (ptrdiff_t d = c - shape.reach; d <= c + shape.reach; d++)
        if (0 <= d && d < map.channels) {
          const double term = use(dy, place(map, d, l)) * use(x, place(map, d, l)) * pow(base[d], -beta - 1);
          sum += term;
          magnitude += fabs(term);
        }
      const double own = use(dy, place(map, c, l)) * pow(base[c], -beta);
      expect(dx, place(map, c, l), own - 2 * alpha * beta * use(x, place(map, c, l)) * sum, 1 + magnitude);
    }
  }
  expect_rest(y, map, false);
  expect_rest(dx, map, true);
  seal(x);
  seal(dy);
  EACH_SET(set) {
    begin(y);
    begin(dx);
    for (ptrdiff_t b = 0; b < blocks_of(map); b++)
      set->kernels->response_norm(&shape, 16 * b, x->at + b * map.block, y->at + b * map.block, map.lines);
    set->kernels->response_norm_gradient(&shape, x->at, dy->at, map.block, dx->at, map.block, map.lines);
    end(y, set, 60, "response norm of %td channels, reach %td, power %g", map.channels, shape.reach, beta);
    end(dx, set, 90, "gradient of response norm of %td channels, reach %td, power %g", map.channels, shape.reach, beta);
  }
  release();
}

static void softmax(void) {
  struct map map = some_map();
  map.lines = 1;
  struct input *x = input(blocks_of(map) * map.block), *dy = input(x->count), *value = input(x->count);
  struct result *y = result(x->count), *dx = result(x->count);
  double most = -INFINITY, total = 0, product = 0;
  for (ptrdiff_t c = 0; c < map.channels; c++) {
    x->at[place(map, c, 0)] *= 30;
    most = fmax(most, use(x, place(map, c, 0)));
    product += use(dy, place(map, c, 0)) * use(value, place(map, c, 0));
  }
  for (ptrdiff_t c = 0; c < map.channels; c++) total += exp(use(x, place(map, c, 0)) - most);
  for (ptrdiff_t c = 0; c < map.channels; c++) {
    const double share = exp(use(x, place(map, c, 0)) - most) / total;
    expect(y, place(map, c, 0), share, share * 64);
    expect(dx, place(map, c, 0), use(value, place(map, c, 0)) * (use(dy, place(map, c, 0)) - product), 70);
  }
  expect_rest(y, map, true);
  expect_rest(dx, map, true);
  seal(x);
  seal(dy);
  seal(value);
  EACH_SET(set) {
    begin(y);
    begin(dx);
    set->kernels->softmax(map.channels, x->at, map.block, y->at, map.block);
    set->kernels->softmax_gradient(map.channels, value->at, map.block, dy->at, map.block, dx->at, map.block);
    end(y, set, 4, "softmax of %td channels", map.channels);
    end(dx, set, 4, "gradient of softmax of %td channels", map.channels);
  }
  release();
}

static void layer_norm(void) {
  const struct map map = some_map();
  const ptrdiff_t blocks = blocks_of(map), n = map.channels;
  struct input *x = input(blocks * map.block), *dy = input(x->count);
  struct input *weight = input(16 * blocks), *bias = input(16 * blocks);
  struct result *y = result(x->count), *dx = result(x->count), *dw = sums(16 * blocks);
  const struct zoo_layer_norm norm = {
    .channels = n, .input_block = map.block, .gradient_block = map.block, .output_block = map.block, .epsilon = 0.01f,
    .weight = weight->at, .bias = bias->at};
  double slope[80], slopes[80];
  for (ptrdiff_t c = 0; c < 80; c++) slope[c] = slopes[c] = 0;
  for (ptrdiff_t l = 0; l < map.lines; l++) {
    double mean = 0, variance = 0, gradients = 0, products = 0;
    for (ptrdiff_t c = 0; c < n; c++) mean += use(x, place(map, c, l)) / (double)n;
    for (ptrdiff_t c = 0; c < n; c++) variance += pow(use(x, place(map, c, l)) - mean, 2) / (double)n;
    const double scale = 1 / sqrt(variance + (double)norm.epsilon);
    for (ptrdiff_t c = 0; c < n; c++) {
      const double normal = (use(x, place(map, c, l)) - mean) * scale, g = use(dy, place(map, c, l));
      expect(y, place(map, c, l), normal * use(weight, c) + use(bias, c), 10);
      gradients += g * use(weight, c) / (double)n;
      products += g * use(weight, c) * normal / (double)n;
      slope[c] += g * normal;
      slopes[c] += fabs(g * normal) + 1;
    }
    for (ptrdiff_t c = 0; c < n; c++) {
      const double normal = (use(x, place(map, c, l)) - mean) * scale;
      const double own = use(dy, place(map, c, l)) * use(weight, c);
      expect(dx, place(map, c, l), scale * (own - gradients - normal * products), scale * 10);
    }
  }
  for (ptrdiff_t c = 0; c < 16 * blocks; c++) {
    if (c < n) expect(dw, c, (double)dw->initial[c] + slope[c], slopes[c] * 4 + 1);
    else expect_any(dw, c);
  }
  expect_rest(y, map, true);
  expect_rest(dx, map, true);
  seal(x);
  seal(dy);
  EACH_SET(set) {
    begin(y);
    begin(dx);
    begin(dw);
    set->kernels->layer_norm(&norm, x->at, y->at, map.lines);
    set->kernels->layer_norm_gradient(&norm, x->at, dy->at, dx->at, map.lines);
    set->kernels->layer_norm_weight_gradient(&norm, x->at, dy->at, dw->at, map.lines);
    end(y, set, 40, "layer norm of %td channels, %td pixels", n, map.lines);
    end(dx, set, 80, "gradient of layer norm of %td channels, %td pixels", n, map.lines);
    end(dw, set, 80, "gradient of layer norm's weights of %td channels, %td pixels", n, map.lines);
  }
  release();
}

static void batch_norm(void) {
  const ptrdiff_t rows = 1 + draw(5), columns = 1 + draw(9), pixels = rows * columns;
  const struct zoo_plane plane = {
    .rows = rows, .columns = columns, .first_row = 16 * (columns + draw(2)), .second_row = 16 * (columns + draw(2)),
    .mask_row = 16 * (columns + draw(2)), .output_row = 16 * (columns + draw(2))};
  struct input *x = input(rows * plane.first_row), *dy = input(rows * plane.second_row);
  struct input *mask = input(rows * plane.mask_row), *mean = input(16), *variance = input(16), *weight = input(16);
  struct input *bias = input(16), *dw = input(16), *db = input(16), *lines = input(64);
  struct result *y = result(rows * plane.output_row), *dx = result(y->count), *centered = result(y->count);
  struct result *total = result(32), *moments = result(48);
  const bool has_mask = chance(2), is_training = chance(2), adds = chance(2);
  const struct zoo_batch_norm norm = {
    .mean = mean->at, .variance = variance->at, .weight = weight->at, .bias = bias->at, .weight_gradient = dw->at,
    .bias_gradient = db->at, .epsilon = 0.01f, .count = is_training ? 3 * pixels : 0};
  const struct zoo_activation f = activation(true);
  for (ptrdiff_t o = 0; o < 16; o++) {
    variance->at[o] = fabsf(variance->at[o]);
    const double deviation = sqrt(use(variance, o) + (double)norm.epsilon), factor = use(weight, o) / deviation;
    double products = 0, gradients = 0, sum = 0, distances = 0, squares = 0;
    for (ptrdiff_t i = 0; i < pixels; i++) sum += use(x, i / columns * plane.first_row + 16 * (i % columns) + o);
    for (ptrdiff_t i = 0; i < pixels; i++) {
      const ptrdiff_t to = i / columns * plane.output_row + 16 * (i % columns) + o;
      const double value = use(x, i / columns * plane.first_row + 16 * (i % columns) + o);
      const double second = use(dy, i / columns * plane.second_row + 16 * (i % columns) + o);
      const bool is_open = !has_mask || use(mask, i / columns * plane.mask_row + 16 * (i % columns) + o) > 0;
      const double g = is_open ? second : 0, distance = value - use(mean, o);
      expect(y, to, activated(f, distance * factor + use(bias, o) + (adds ? second : 0)), 25);
      products += g * distance;
      gradients += g;
      double gradient = factor * g;
      if (is_training)
        gradient -=
          factor * (use(db, o) + distance * use(dw, o) / deviation) / (double)norm.count;
      expect(dx, to, gradient, 250);
      expect(
        centered, to,
        use(lines, 16 + o) * second + use(lines, 32 + o) * (value - use(lines, o)) + use(lines, 48 + o), 5);
      distances += value - sum / (double)pixels;
      squares += pow(value - sum / (double)pixels, 2);
    }
    expect(total, o, products, (double)(2 * pixels));
    expect(total, 16 + o, gradients, (double)pixels);
    expect(moments, o, sum / (double)pixels, 1);
    expect(moments, 16 + o, distances, (double)pixels);
    expect(moments, 32 + o, squares, (double)(4 * pixels));
  }
  seal(x);
  seal(dy);
  seal(mask);
  EACH_SET(set) {
    begin(y);
    begin(dx);
    begin(centered);
    begin(total);
    begin(moments);
    const struct zoo_kernels *k = set->kernels;
    k->batch_normalize(f, &norm, &plane, x->at, adds ? dy->at : NULL, y->at);
    k->batch_norm_gradient(&norm, &plane, x->at, dy->at, has_mask ? mask->at : NULL, dx->at);
    k->batch_norm_sums(mean->at, &plane, x->at, dy->at, has_mask ? mask->at : NULL, total->at);
    k->centered_gradient(lines->at, &plane, x->at, dy->at, centered->at);
    k->moments(x->at, plane.first_row, rows, columns, moments->at);
    end(y, set, 10, "batch norm of %tdx%td", rows, columns);
    end(dx, set, 10, "gradient of batch norm of %tdx%td", rows, columns);
    end(centered, set, 4, "centred gradient of %tdx%td", rows, columns);
    end(total, set, (double)pixels + 2, "sums of batch norm of %tdx%td", rows, columns);
    end(moments, set, (double)pixels + 4, "moments of %tdx%td", rows, columns);
  }
  release();
}

static void combination(void) {
  const ptrdiff_t images = 1 + draw(6), pixels = 1 + draw(50), channels = 1 + draw(20), image = 16 * (3 + draw(2));
  struct input *moments = input(images * image), *variances = input(16);
  struct result *mean = result(16), *variance = result(16), *total = result(16);
  const bool divides = chance(2);
  for (ptrdiff_t o = 0; o < 16; o++) {
    const double count = (double)(pixels * images);
    double sum = 0, squares = 0, plain = 0;
    variances->at[o] = fabsf(variances->at[o]);
    for (ptrdiff_t n = 0; n < images; n++) {
      moments->at[n * image + 32 + o] = fabsf(moments->at[n * image + 32 + o]) + 1;
      sum += use(moments, n * image + o) * (double)pixels + use(moments, n * image + 16 + o);
      plain += use(moments, n * image + o);
    }
    for (ptrdiff_t n = 0; n < images; n++) {
      const double distance = use(moments, n * image + o) - sum / count;
      squares += use(moments, n * image + 32 + o)
        + distance * (2 * use(moments, n * image + 16 + o) + distance * (double)pixels);
    }
    if (divides) plain /= sqrt(use(variances, o) + (double)0.01f);
    expect(mean, o, o < channels ? sum / count : 0, 1);
    expect(variance, o, o < channels ? fmax(0, squares / count) : 1, 4);
    expect(total, o, o < channels ? plain : 0, 10 * (double)images);
  }
  seal(moments);
  EACH_SET(set) {
    begin(mean);
    begin(variance);
    begin(total);
    set->kernels->combine_moments(moments->at, image, images, pixels, channels, mean->at, variance->at);
    set->kernels->combine_sums(moments->at, image, images, channels, divides ? variances->at : NULL, 0.01f, total->at);
    end(mean, set, 2, "mean of %td images", images);
    end(variance, set, 2, "variance of %td images", images);
    end(total, set, 2, "sums of %td images", images);
  }
  release();
}

void check_normalization(void) {
  for (int round = 0; round < 80; round++) response_norm();
  report("response norm");
  for (int round = 0; round < 60; round++) softmax();
  report("softmax");
  for (int round = 0; round < 80; round++) layer_norm();
  report("layer norm");
  for (int round = 0; round < 80; round++) batch_norm();
  for (int round = 0; round < 40; round++) combination();
  report("batch norm");
}
