// Products of rows, steps of optimisers, and what is left out at random.

#include "check.h"

static void accumulate(void) {
  const ptrdiff_t images = 1 + draw(10), count = 16 * (1 + draw(chance(4) ? 16 : 4)), blocks = 1 + draw(4);
  const ptrdiff_t image = count + draw(20), outputs = 16 * blocks;
  struct input *x = input(images * image), *w = input(count * outputs);
  struct result *y = sums(images * outputs);
  const bool is_sparse = chance(2);
  for (ptrdiff_t n = 0; n < images; n++)
    for (ptrdiff_t c = 0; c < count; c++)
      if (is_sparse ? !chance(4) : chance(8)) x->at[n * image + c] = 0;
  for (ptrdiff_t n = 0; n < images; n++)
    for (ptrdiff_t o = 0; o < outputs; o++) {
      double sum = (double)y->initial[n * outputs + o], magnitude = fabs(sum);
      for (ptrdiff_t c = 0; c < count; c++) {
        const double term = use(x, n * image + c) * use(w, c * outputs + o);
        sum += term;
        magnitude += fabs(term);
      }
      expect(y, n * outputs + o, sum, magnitude);
    }
  seal(x);
  EACH_SET(set) {
    begin(y);
    set->kernels->accumulate(x->at, image, images, count, w->at, blocks, y->at);
    end(y, set, (double)count, "product of %td images, %td inputs", images, count);
  }
  release();
}

static void rows(void) {
  const ptrdiff_t images = 1 + draw(7), blocks = 1 + draw(4), row = 16 * blocks, image = row + 16 * draw(2);
  struct input *w = input(16 * row), *dy = input(images * image), *lines = input(256), *x = input(images * 16);
  struct result *dots = sums(images * 256), *totals = result(16);
  for (ptrdiff_t n = 0; n < images; n++)
    for (ptrdiff_t r = 0; r < 16; r++)
      for (ptrdiff_t l = 0; l < 16; l++) {
        const ptrdiff_t to = (n * 16 + r) * 16 + l;
        double sum = (double)dots->initial[to];
        for (ptrdiff_t b = 0; b < blocks; b++) sum += use(w, r * row + 16 * b + l) * use(dy, n * image + 16 * b + l);
        expect(dots, to, sum, (double)blocks + 1);
      }
  for (ptrdiff_t r = 0; r < 16; r++) {
    double sum = 0;
    for (ptrdiff_t l = 0; l < 16; l++) sum += use(lines, 16 * r + l);
    expect(totals, r, sum, 16);
  }
  seal(dy);
  EACH_SET(set) {
    begin(dots);
    begin(totals);
    set->kernels->dot_rows(w->at, row, blocks, dy->at, image, images, dots->at);
    set->kernels->sum_lanes(lines->at, totals->at);
    end(dots, set, (double)blocks + 1, "products of rows, %td images", images);
    end(totals, set, 5, "sums of lanes");
  }

  const ptrdiff_t used_rows = 1 + draw(16), outputs = 16 * (blocks - 1) + 1 + draw(16);
  const bool accumulates = chance(2);
  struct input *g = input(images * image);
  struct result *dw = accumulates ? sums(16 * row) : result(16 * row);
  for (ptrdiff_t r = 0; r < 16; r++)
    for (ptrdiff_t o = 0; o < row; o++) {
      double sum = accumulates ? (double)dw->initial[r * row + o] : 0;
      const bool counts = r < used_rows && o < outputs;
      for (ptrdiff_t n = 0; counts && n < images; n++) sum += use(x, n * 16 + r) * use(g, n * image + o);
      expect(dw, r * row + o, counts ? sum : 0, (double)images + 1);
    }
  seal(x);
  seal(g);
  EACH_SET(set) {
    begin(dw);
    set->kernels->outer_products(x->at, 16, images, g->at, image, used_rows, outputs, accumulates, dw->at, row);
    end(dw, set, (double)images + 1, "outer products of %td images, %td rows, %td outputs", images, used_rows, outputs);
  }
  release();
}

static uint64_t mixed(uint64_t z) {
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

static void dropout(void) {
  const ptrdiff_t lines = draw(9);
  const struct zoo_dropout shape = {
    .counter = mixed((uint64_t)draw(1 << 30)), .lane_step = mixed((uint64_t)draw(1 << 30)),
    .pixel_step = (unsigned long long)draw(1000), .threshold = (1ull << 53) / 10 * (unsigned long long)draw(11),
    .factor = 1.25f};
  struct input *x = input(16 * lines);
  struct result *y = result(16 * lines);
  for (ptrdiff_t i = 0; i < 16 * lines; i++) {
    const uint64_t counter =
      shape.counter + (uint64_t)(i % 16) * shape.lane_step + (uint64_t)(i / 16) * shape.pixel_step;
    expect(y, i, mixed(counter) >> 11 >= shape.threshold ? use(x, i) * (double)shape.factor : 0, 1.25);
  }
  EACH_SET(set) {
    begin(y);
    set->kernels->dropout(&shape, x->at, y->at, lines);
    end(y, set, 1, "dropout");
  }
  release();
}

static void optimizer(void) {
  const ptrdiff_t count = draw(70);
  const struct zoo_update update = {
    .gradient_scale = 0.5f, .decay = chance(2) ? 0.1f : 0, .shrinkage = 0.99f, .rate = 0.125f, .root_factor = 1.5f,
    .first_momentum = 0.875f, .second_momentum = 0.96875f, .epsilon = 0.001f, .is_nesterov = chance(2)};
  const double scale = (double)update.gradient_scale, decay = (double)update.decay, rate = (double)update.rate;
  const double first = (double)update.first_momentum, second = (double)update.second_momentum;
  struct input *gradients = input(count);
  struct result *weights = sums(count), *velocities = sums(count);
  struct result *adapted = sums(count), *means = sums(count), *squares = sums(count), *numbers = sums(count);
  const bool has_velocities = chance(2);
  double sum = 0, distances = 0;
  for (ptrdiff_t i = 0; i < count; i++) {
    squares->initial[i] = fabsf(squares->initial[i]);
    const double w = (double)weights->initial[i];
    double g = use(gradients, i) * scale + decay * w;
    if (has_velocities) {
      const double v = first * (double)velocities->initial[i] + g;
      expect(velocities, i, v, 3);
      g = update.is_nesterov ? g + first * v : v;
    }
    expect(weights, i, w - rate * g, 3);
    const double a = (double)adapted->initial[i], of_a = use(gradients, i) * scale + decay * a;
    const double m = first * (double)means->initial[i] + (1 - first) * of_a;
    const double v = second * (double)squares->initial[i] + (1 - second) * of_a * of_a;
    expect(means, i, m, 3);
    expect(squares, i, v, 3);
    const double divisor = sqrt(v) * (double)update.root_factor + (double)update.epsilon;
    expect(adapted, i, (double)update.shrinkage * a - rate * m / divisor, 3 + 3 / divisor);
    const double x = (double)numbers->initial[i];
    expect(numbers, i, x + rate * (use(gradients, i) - x), 3);
    sum += use(gradients, i) * use(gradients, i);
    distances += pow(use(gradients, i) - x, 2);
  }
  EACH_SET(set) {
    const struct zoo_kernels *k = set->kernels;
    begin(weights);
    begin(velocities);
    begin(adapted);
    begin(means);
    begin(squares);
    begin(numbers);
    const double totals[2] = {
      k->square_sum(gradients->at, NULL, count), k->square_sum(gradients->at, numbers->at, count)};
    k->gradient_descent(&update, weights->at, has_velocities ? velocities->at : NULL, gradients->at, count);
    k->adam(&update, adapted->at, means->at, squares->at, gradients->at, count);
    k->approach(update.rate, gradients->at, numbers->at, count);
    end(weights, set, 5, "gradient descent of %td weights", count);
    end(velocities, set, 5, "velocities of %td weights", count);
    end(adapted, set, 20, "Adam's step of %td weights", count);
    end(means, set, 5, "Adam's means of %td weights", count);
    end(squares, set, 5, "Adam's squares of %td weights", count);
    end(numbers, set, 5, "approach of %td weights", count);
    if (fabs(totals[0] - sum) > 1e-12 || fabs(totals[1] - distances) > 1e-12)
      fail(
        "sums of %td squares of %s: %.17g and %.17g, not %.17g and %.17g", count, set->name, totals[0], totals[1], sum,
        distances);
    if (set == sets) digest(totals, sizeof totals);
  }
  release();
}

void check_training(void) {
  for (int round = 0; round < 80; round++) accumulate();
  for (int round = 0; round < 40; round++) rows();
  report("fully connected");
  for (int round = 0; round < 40; round++) dropout();
  for (int round = 0; round < 60; round++) optimizer();
  report("optimisers");
}
