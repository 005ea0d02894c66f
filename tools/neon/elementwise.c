// Functions of one number, their derivatives, and what is done element by element.

#include "check.h"

struct zoo_activation activation(bool in_registers) {
  const int count = in_registers ? ZOO_HARDSIGMOID + 1 : ZOO_ELU + 1;
  const struct zoo_activation f = {.function = (enum zoo_function)draw(count)};
  switch (f.function) {
    case ZOO_LEAKY_RELU: return (struct zoo_activation){f.function, 0.125f, 0};
    case ZOO_CLAMP: return (struct zoo_activation){f.function, -0.5f, 0.75f};
    case ZOO_ELU: return (struct zoo_activation){f.function, 0.75f, 0};
    default: return f;
  }
}

/// The share of the normal distribution that is below x.
static double share(double x) { return 0.5 * erfc(-x * M_SQRT1_2); }
static double sigmoid(double x) { return 1 / (1 + exp(-x)); }
static double gelu_argument(double x) { return sqrt(8 / M_PI) * (x + 0.044715 * x * x * x); }

double activated(struct zoo_activation f, double x) {
  if (isnan(x)) return x;
  const double a = (double)f.a, b = (double)f.b;
  switch (f.function) {
    case ZOO_IDENTITY: return x;
    case ZOO_RELU: return fmax(0, x);
    case ZOO_LEAKY_RELU: return x < 0 ? a * x : x;
    case ZOO_CLAMP: return fmin(fmax(x, a), b);
    case ZOO_HARDSWISH: return x * fmin(fmax(x + 3, 0), 6) / 6;
    case ZOO_HARDSIGMOID: return fmin(fmax(x + 3, 0), 6) / 6;
    case ZOO_TANH: return tanh(x);
    case ZOO_SIGMOID: return sigmoid(x);
    case ZOO_SILU: return x * sigmoid(x);
    case ZOO_GELU: return x < -20 ? 0 : x * share(x);
    case ZOO_GELU_TANH: return x < -20 ? 0 : x * sigmoid(gelu_argument(x));
    case ZOO_ELU: return x < 0 ? a * expm1(x) : x;
  }
  return x;
}

/// The derivative, given what the kernels are given.
static double derivative(struct zoo_activation f, double value) {
  switch (f.function) {
    case ZOO_IDENTITY: return 1;
    case ZOO_RELU: return value > 0 ? 1 : 0;
    case ZOO_LEAKY_RELU: return value > 0 ? 1 : (double)f.a;
    case ZOO_CLAMP: return value > (double)f.a && value < (double)f.b ? 1 : 0;
    case ZOO_HARDSWISH: return value <= -3 ? 0 : value < 3 ? value / 3 + 0.5 : 1;
    case ZOO_HARDSIGMOID: return value > 0 && value < 1 ? 1.0 / 6 : 0;
    case ZOO_TANH: return 1 - value * value;
    case ZOO_SIGMOID: return value * (1 - value);
    case ZOO_SILU: return sigmoid(value) * (1 + value * (1 - sigmoid(value)));
    case ZOO_GELU: return share(value) + value * exp(-value * value / 2) / sqrt(2 * M_PI);
    case ZOO_GELU_TANH: {
      const double s = sigmoid(gelu_argument(value));
      return s + value * s * (1 - s) * sqrt(8 / M_PI) * (1 + 3 * 0.044715 * value * value);
    }
    case ZOO_ELU: return value > 0 ? 1 : value + (double)f.a;
  }
  return 1;
}

/// Numbers of every magnitude, and what is none.
static float some_number(void) {
  static const float special[] = {
    0, -0.0f, 1, -1, 3, -3, 0.625f, 87.5f, -87.5f, 88.8f, -104, 1e30f, -1e30f, 3.4e38f, 1e-40f, -1e-40f, 1.2e-38f,
    INFINITY, -INFINITY, NAN};
  switch (draw(4)) {
    case 0: return special[draw(COUNT(special))];
    case 1: return number();
    case 2: return 20 * number();
    default: return ldexpf(number(), (int)draw(40) - 32);
  }
}

static void functions(int round) {
  const ptrdiff_t lines = draw(40), count = 16 * lines;
  struct zoo_activation f = activation(false);
  if (round < 12) f.function = (enum zoo_function)round;
  if (f.function == ZOO_CLAMP) f.b = 0.75f;
  struct input *a = input(count), *b = input(count), *scale = input(16), *shift = input(16);
  struct result *y = result(count);
  for (ptrdiff_t i = 0; i < count; i++) {
    a->at[i] = some_number();
    const double x = use(a, i), value = activated(f, x);
    // What the tail of the sigmoid loses grows with its argument.
    const double argument = f.function == ZOO_GELU_TANH && x < 0 ? fmin(-gelu_argument(x), 100) : 0;
    const bool cancels = f.function == ZOO_GELU && x < -1;
    // From there on the exponential is 0.
    const double dropped = f.function == ZOO_SILU && x < -87 ? -x * 0x1p-104 : 0;
    expect(y, i, value, fabs(value) * (1 + argument) * (cancels ? 4 : 1) + dropped);
    // A product of infinity and zero is what the processor says; the twin has limits there.
    if (isinf(x)) expect_any(y, i);
  }
  EACH_SET(set) {
    begin(y);
    set->kernels->activate(f, a->at, y->at, lines);
    end(y, set, 9, "function %d", f.function);
  }

  f = activation(true);
  for (ptrdiff_t i = 0; i < count; i++) {
    a->at[i] = number();
    const double sum = use(a, i) + use(b, i);
    expect(y, i, activated(f, sum), fabs(use(a, i)) + fabs(use(b, i)) + 1);
  }
  EACH_SET(set) {
    begin(y);
    set->kernels->add(f, a->at, b->at, y->at, lines);
    end(y, set, 6, "sum, function %d", f.function);
  }
  for (int form = 0; form < 3 && lines > 0; form++) {
    const ptrdiff_t a_step = form == 1 ? 0 : 16, b_step = form == 2 ? 0 : 16;
    for (ptrdiff_t i = 0; i < count; i++) {
      const double product = use(a, form == 1 ? i % 16 : i) * use(b, form == 2 ? i % 16 : i);
      expect(y, i, activated(f, product), fabs(product) + 1);
    }
    EACH_SET(set) {
      begin(y);
      set->kernels->multiply(f, a->at, a_step, b->at, b_step, y->at, lines);
      end(y, set, 6, "product, function %d", f.function);
    }
  }
  for (ptrdiff_t i = 0; i < count; i++)
    expect(y, i, activated(f, use(a, i) * use(scale, i % 16) + use(shift, i % 16)), 3);
  EACH_SET(set) {
    begin(y);
    set->kernels->scale(f, scale->at, shift->at, a->at, y->at, lines);
    end(y, set, 6, "scale, function %d", f.function);
  }
  for (ptrdiff_t i = 0; i < count; i++)
    expect(y, i, use(a, i) > 0 ? use(a, i) : use(a, i) * use(scale, i % 16), 1);
  EACH_SET(set) {
    begin(y);
    set->kernels->prelu(scale->at, a->at, y->at, lines);
    end(y, set, 2, "slopes of channels");
  }

  f = activation(false);
  if (round < 12) f.function = (enum zoo_function)round;
  for (ptrdiff_t i = 0; i < count; i++) {
    const double x = (a->at[i] = chance(2) ? number() : 8 * number());
    const double gradient = use(b, i);
    expect(y, i, gradient * derivative(f, x), fabs(gradient) * (2 + x * x));
  }
  EACH_SET(set) {
    begin(y);
    set->kernels->activation_gradient(f, a->at, b->at, y->at, lines);
    end(y, set, 12, "derivative of function %d", f.function);
  }
  for (ptrdiff_t i = 0; i < count; i++) expect(y, i, use(b, i) * (a->at[i] > 0 ? 1 : use(scale, i % 16)), 1);
  EACH_SET(set) {
    begin(y);
    set->kernels->prelu_gradient(scale->at, a->at, b->at, y->at, lines);
    end(y, set, 2, "derivative of slopes of channels");
  }

  struct result *total = sums(16), *slopes = sums(16);
  for (ptrdiff_t o = 0; o < 16; o++) {
    double sum = (double)total->initial[o], slope_sum = (double)slopes->initial[o], magnitude = 1, slope_magnitude = 1;
    for (ptrdiff_t i = o; i < count; i += 16) {
      const double x = use(a, i), product = x > 0 ? 0 : x * use(b, i);
      sum += x;
      magnitude += fabs(x);
      slope_sum += product;
      slope_magnitude += fabs(product);
    }
    expect(total, o, sum, magnitude);
    expect(slopes, o, slope_sum, slope_magnitude);
  }
  EACH_SET(set) {
    begin(total);
    begin(slopes);
    set->kernels->sum(a->at, total->at, lines);
    set->kernels->slope_sum(a->at, b->at, slopes->at, lines);
    end(total, set, (double)(lines + 2), "sum of %td lines", lines);
    end(slopes, set, (double)(lines + 2), "sum of slopes of %td lines", lines);
  }
  release();
}

/// The rates' kernels: sums of their own number for each instruction set.
static void rates(void) {
  EACH_SET(set) {
    const ptrdiff_t chains = set->kernels->tile_pixels * set->kernels->tile_channels / 16, rounds = 5;
    struct input *factors = input(32), *numbers = input(16 * 11);
    struct result *y = sums(16 * chains), *total = result(64);
    for (ptrdiff_t i = 0; i < y->count; i++) {
      double value = (double)y->initial[i];
      for (ptrdiff_t r = 0; r < rounds; r++) value = value * use(factors, i % 16) + use(factors, 16 + i % 16);
      expect(y, i, value, 8);
    }
    for (ptrdiff_t i = 0; i < 64; i++) expect(total, i, use(numbers, i) + use(numbers, i + 64), 2);
    seal(numbers);
    begin(y);
    begin(total);
    set->kernels->arithmetic(factors->at, y->at, rounds);
    set->kernels->read(numbers->at, total->at, 11);
    // The bits are compared with nothing.
    const struct set first = sets[0];
    const char *name = set->name;
    sets[0] = *set;
    end(y, sets, 8, "arithmetic of %s", name);
    end(total, sets, 2, "reading of %s", name);
    sets[0] = first;
    release();
  }
}

void check_elementwise(void) {
  for (int round = 0; round < 96; round++) functions(round);
  report("element-wise");
  rates();
  // These are as many numbers as a set's tiles have, and belong to no digest.
  report(NULL);
}
