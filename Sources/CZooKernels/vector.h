// Vectors of one line, 16 floats, which the compiler maps to the registers of the function's target: one zmm, two ymm,
// four q, or as many scalars as it takes. No operation here depends on which.

// Vectors are passed only to functions that are always inlined, so that their calling convention does not matter.
#pragma clang diagnostic ignored "-Wpsabi"

#define INLINE static inline __attribute__((always_inline))

/// A loop over registers: unrolled, so that its index is a constant.
#define EACH(index, count) _Pragma("clang loop unroll(full)") for (int index = 0; index < (count); index++)

typedef float vec __attribute__((vector_size(64)));
typedef int lanes __attribute__((vector_size(64)));
typedef float unaligned_vec __attribute__((vector_size(64), aligned(4)));

INLINE vec load(const float *p) { return *(const unaligned_vec *)p; }
INLINE void store(float *p, vec v) { *(unaligned_vec *)p = v; }
INLINE vec splat(float x) { return (vec){x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x}; }
INLINE vec fma16(vec a, vec b, vec c) { return __builtin_elementwise_fma(a, b, c); }

// A part of a line: one register.
typedef float part __attribute__((vector_size(4 * PART)));
typedef int part_lanes __attribute__((vector_size(4 * PART)));
typedef float unaligned_part __attribute__((vector_size(4 * PART), aligned(4)));

INLINE part load_part(const float *p) { return *(const unaligned_part *)p; }
INLINE void store_part(float *p, part v) { *(unaligned_part *)p = v; }

// Where registers are scarce: the compiler, free to choose, loads many values first and pushes sums onto the stack. It
// also makes chains of additions of the addresses of pixels, which the processor adds up for nothing.
#ifdef IN_ORDER_HALVES
// A line is two registers.
#define IN_ORDER
typedef float half __attribute__((vector_size(32)));
INLINE half low_half(vec v) { return __builtin_shufflevector(v, v, 0, 1, 2, 3, 4, 5, 6, 7); }
INLINE half high_half(vec v) { return __builtin_shufflevector(v, v, 8, 9, 10, 11, 12, 13, 14, 15); }
INLINE vec halves(half low, half high) {
  return __builtin_shufflevector(low, high, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15);
}
INLINE vec load_in_order(const float *p) {
  half low, high;
  __asm__ volatile("vmovups %1, %0" : "=x"(low) : "m"(*(const float(*)[8])p));
  __asm__ volatile("vmovups %1, %0" : "=x"(high) : "m"(*(const float(*)[8])(p + 8)));
  return halves(low, high);
}
INLINE vec fma16_in_order(vec a, vec b, vec c) {
  half low = low_half(c), high = high_half(c);
  __asm__ volatile("vfmadd231ps %2, %1, %0" : "+x"(low) : "x"(low_half(a)), "x"(low_half(b)));
  __asm__ volatile("vfmadd231ps %2, %1, %0" : "+x"(high) : "x"(high_half(a)), "x"(high_half(b)));
  return halves(low, high);
}
typedef half splat_register;
INLINE vec splat_line(half value) { return halves(value, value); }
#elif defined(IN_ORDER)
typedef vec splat_register;
INLINE vec splat_line(vec value) { return value; }
INLINE vec load_in_order(const float *p) {
  vec result;
  __asm__ volatile("vmovups %1, %0" : "=v"(result) : "m"(*(const unaligned_vec *)p));
  return result;
}
INLINE vec fma16_in_order(vec a, vec b, vec c) {
  __asm__ volatile("vfmadd231ps %2, %1, %0" : "+v"(c) : "v"(a), "v"(b));
  return c;
}
#endif

#ifdef IN_ORDER
/// The distances, in bytes, of which those of up to seven pixels are made.
struct pixels { ptrdiff_t one, three, five; };
INLINE struct pixels spaced(ptrdiff_t pixel) {
  return (struct pixels){4 * pixel, 4 * 3 * pixel, 4 * 5 * pixel};
}

/// An instruction that finds a pixel of a run by its index.
#define AT_PIXEL(X, C)                                                                      \
  switch (index) {                                                                          \
    case 0: X(C, "(%1)"); break;                                                            \
    case 1: X(C, "(%1,%2)"); break;                                                         \
    case 2: X(C, "(%1,%2,2)"); break;                                                       \
    case 3: X(C, "(%1,%3)"); break;                                                         \
    case 4: X(C, "(%1,%2,4)"); break;                                                       \
    case 5: X(C, "(%1,%4)"); break;                                                         \
    default: X(C, "(%1,%3,2)"); break;                                                      \
  }

#define SPLAT(C, ADDRESS)                                                                    \
  __asm__ volatile("vbroadcastss 4*" #C ADDRESS ", %0"                                       \
                   : "=v"(result)                                                            \
                   : "r"(run), "r"(pixels->one), "r"(pixels->three), "r"(pixels->five)       \
                   : "memory")
#define SPLAT_PIXEL(C)                                                                      \
  INLINE vec splat_pixel_##C(const float *run, const struct pixels *pixels, int index) {    \
    splat_register result;                                                                  \
    AT_PIXEL(SPLAT, C)                                                                      \
    return splat_line(result);                                                              \
  }
#ifndef IN_ORDER_HALVES
// Where an input is used once, a multiplication that reads it itself: registers take 16 copies of a number from memory less
// often than every cycle.
#define MULTIPLY_ADD(C, ADDRESS)                                                            \
  __asm__ volatile("vfmadd231ps 4*" #C ADDRESS "%{1to16%}, %5, %0"                          \
                   : "+v"(sum)                                                              \
                   : "r"(run), "r"(pixels->one), "r"(pixels->three), "r"(pixels->five),      \
                     "v"(weights)                                                            \
                   : "memory")
#define MULTIPLY_PIXEL(C)                                                                   \
  INLINE vec multiply_pixel_##C(                                                            \
    const float *run, const struct pixels *pixels, int index, vec weights, vec sum)         \
  {                                                                                         \
    AT_PIXEL(MULTIPLY_ADD, C)                                                               \
    return sum;                                                                             \
  }
#endif
#else
INLINE vec fma16_in_order(vec a, vec b, vec c) { return fma16(a, b, c); }

struct pixels { ptrdiff_t one; };
INLINE struct pixels spaced(ptrdiff_t pixel) { return (struct pixels){pixel}; }

#define SPLAT_PIXEL(C)                                                                      \
  INLINE vec splat_pixel_##C(const float *run, const struct pixels *pixels, int index) {    \
    return splat(run[index * pixels->one + C]);                                             \
  }
#endif
/// `splat_pixel_C`: the channel C of the pixel `index`, 6 at most, of a run.
SPLAT_PIXEL(0)
SPLAT_PIXEL(1)
SPLAT_PIXEL(2)
SPLAT_PIXEL(3)
SPLAT_PIXEL(4)
SPLAT_PIXEL(5)
SPLAT_PIXEL(6)
SPLAT_PIXEL(7)

#ifndef MULTIPLY_PIXEL
#define MULTIPLY_PIXEL(C)                                                                   \
  INLINE vec multiply_pixel_##C(                                                            \
    const float *run, const struct pixels *pixels, int index, vec weights, vec sum)         \
  {                                                                                         \
    return fma16_in_order(splat_pixel_##C(run, pixels, index), weights, sum);               \
  }
#endif
/// `multiply_pixel_C`: the sum and that channel times the weights.
MULTIPLY_PIXEL(0)
MULTIPLY_PIXEL(1)
MULTIPLY_PIXEL(2)
MULTIPLY_PIXEL(3)
MULTIPLY_PIXEL(4)
MULTIPLY_PIXEL(5)
MULTIPLY_PIXEL(6)
MULTIPLY_PIXEL(7)

INLINE vec sqrt16(vec a) { return __builtin_elementwise_sqrt(a); }
INLINE vec select16(lanes condition, vec yes, vec no) {
  return (vec)((condition & (lanes)yes) | (~condition & (lanes)no));
}

/// The larger, or the smaller; `b` where they are equal or not comparable.
#ifdef IN_ORDER_HALVES
INLINE part max_part(part a, part b) { return _mm256_max_ps(a, b); }
INLINE part min_part(part a, part b) { return _mm256_min_ps(a, b); }
INLINE vec max16(vec a, vec b) {
  return halves(max_part(low_half(a), low_half(b)), max_part(high_half(a), high_half(b)));
}
INLINE vec min16(vec a, vec b) {
  return halves(min_part(low_half(a), low_half(b)), min_part(high_half(a), high_half(b)));
}
#else
INLINE vec max16(vec a, vec b) { return select16(a > b, a, b); }
INLINE vec min16(vec a, vec b) { return select16(a < b, a, b); }
INLINE part max_part(part a, part b) {
  const part_lanes first = a > b;
  return (part)((first & (part_lanes)a) | (~first & (part_lanes)b));
}
INLINE part min_part(part a, part b) {
  const part_lanes first = a < b;
  return (part)((first & (part_lanes)a) | (~first & (part_lanes)b));
}
#endif

/// All ones in the first `count` lanes.
INLINE lanes first_lanes(ptrdiff_t count) {
  return (lanes){0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15} < (int)(count < 16 ? count : 16);
}

/// e^r - 1 for |r| <= ln 2 / 2. After Cephes (S. Moshier).
INLINE vec exp_minus_one_near_0(vec r) {
  vec p = splat(1.9875691500e-4f);
  p = fma16(p, r, splat(1.3981999507e-3f));
  p = fma16(p, r, splat(8.3334519073e-3f));
  p = fma16(p, r, splat(4.1665795894e-2f));
  p = fma16(p, r, splat(1.6666665459e-1f));
  p = fma16(p, r, splat(5.0000001201e-1f));
  return fma16(p, r * r, r);
}

/// x = n ln 2 + rest, with n in the low bits of `shifted`.
struct power_of_2 { vec shifted, rest; };
INLINE struct power_of_2 nearest_power_of_2(vec x) {
  const float round = 0x1.8p23f;
  const vec shifted = fma16(x, splat(0x1.715476p+0f), splat(round));
  const vec n = shifted - round;
  const vec r = fma16(n, splat(-0x1.62e4p-1f), x);
  return (struct power_of_2){shifted, fma16(n, splat(-0x1.7f7d1cp-20f), r)};
}

/// Within 1.5 ulp; results below the smallest normal number become 0.
INLINE vec exp16(vec x) {
  const struct power_of_2 power = nearest_power_of_2(x);
  const vec p = exp_minus_one_near_0(power.rest) + 1;
  vec result = (vec)((lanes)p + ((lanes)power.shifted << 23));
  result = select16(x < splat(-87.33654f), splat(0), result);
  result = select16(x > splat(88.72283f), splat(__builtin_inff()), result);
  return select16(x == x, result, x);
}

/// Within 2 ulp. After Cephes: an odd polynomial near 0, the exponential elsewhere.
INLINE vec tanh16(vec x) {
  const lanes sign = (lanes)x & (int)0x80000000;
  const vec magnitude = (vec)((lanes)x & 0x7fffffff);
  const vec z = x * x;
  vec p = splat(-5.70498872745e-3f);
  p = fma16(p, z, splat(2.06390887954e-2f));
  p = fma16(p, z, splat(-5.37397155531e-2f));
  p = fma16(p, z, splat(1.33314422036e-1f));
  p = fma16(p, z, splat(-3.33332819422e-1f));
  const vec small = fma16(p * z, x, x);
  const vec large = 1 - 2 / (exp16(magnitude + magnitude) + 1);
  return select16(magnitude < splat(0.625f), small, (vec)((lanes)large | sign));
}

/// 1 + exp(-x), what the sigmoid divides by; infinite where exp(-x) is, 1 where x is no number.
INLINE vec sigmoid_divisor16(vec x) {
  const vec low = splat(-89), high = splat(87);
  const struct power_of_2 power = nearest_power_of_2(-max16(low, min16(x, high)));
  // Half of the power, as twice the last of them is not finite.
  const vec half = (vec)(((lanes)power.shifted << 23) + 0x3f000000);
  return fma16(fma16(exp_minus_one_near_0(power.rest), half, half), splat(2), splat(1));
}

/// Within 2 ulp.
INLINE vec sigmoid16(vec x) { return select16(x == x, 1 / sigmoid_divisor16(x), x); }

/// Within 3 ulp, 0 below -88.8; no number for minus infinity.
INLINE vec silu16(vec x) { return x / sigmoid_divisor16(x); }

/// x where positive, else a (exp(x) - 1). Within 2 ulp.
INLINE vec elu16(vec x, float a) {
  const vec limit = splat(-87), low = select16(x < limit, limit, x);
  const struct power_of_2 power = nearest_power_of_2(select16(x > splat(0), splat(0), low));
  const vec scale = (vec)(((lanes)power.shifted << 23) + 0x3f800000);
  const vec result = a * fma16(scale, exp_minus_one_near_0(power.rest), scale - 1);
  return select16(x > splat(0), x, result);
}

/// Of the normal distribution: t = |x|, exp(-t^2 / 2) and the share of what is above t. From t = 14 on, both are 0 and t
/// counts as 14.
struct normal_tail { vec t, density, share; };

/// The share is exp(-t^2 / 2) P(t) / Q(t), within 5 ulp: P / Q approximates erfcx(t / sqrt 2) / 2 with a relative error of
/// 5e-9, which is the least for polynomials of these degrees.
INLINE struct normal_tail normal_tail16(vec x) {
  const vec magnitude = (vec)((lanes)x & 0x7fffffff), limit = splat(14);
  const vec t = min16(limit, magnitude);
  // What the square loses would be many ulp of its exponential.
  const vec square = t * t, lost = fma16(t, t, -square), exponent = square * -0.5f;
  const struct power_of_2 power = nearest_power_of_2(exponent);
  const vec e = exp_minus_one_near_0(fma16(lost, splat(-0.5f), power.rest)) + 1;
  const vec density =
    select16(exponent < splat(-87.33654f), splat(0), (vec)((lanes)e + ((lanes)power.shifted << 23)));
  vec p = splat(4.020095337e-03f), q = splat(1.007674169e-02f);
  p = fma16(p, t, splat(3.998357058e-02f));
  p = fma16(p, t, splat(1.813050210e-01f));
  p = fma16(p, t, splat(4.356840253e-01f));
  p = fma16(p, t, splat(5.000000000e-01f));
  q = fma16(q, t, splat(1.002313271e-01f));
  q = fma16(q, t, splat(4.643757045e-01f));
  q = fma16(q, t, splat(1.194477081e+00f));
  q = fma16(q, t, splat(1.669252992e+00f));
  q = fma16(q, t, splat(1));
  return (struct normal_tail){t, density, density * p / q};
}

/// x times the share of the normal distribution that is below x; 0 for minus infinity. Within 7 ulp, 5 where x is positive.
INLINE vec gelu16(vec x) {
  const struct normal_tail tail = normal_tail16(x);
  return max16(splat(0), x) - tail.t * tail.share;
}

/// What the sigmoid is taken of, sqrt(8 / pi) (x + 0.044715 x^3), and its derivative.
INLINE vec gelu_tanh_argument(vec x) {
  return x * fma16(x * x, splat(0x1.2444f2p-4f), splat(0x1.988454p+0f));
}
INLINE vec gelu_tanh_slope(vec x) { return fma16(x * x, splat(0x1.b6676cp-3f), splat(0x1.988454p+0f)); }

/// Within 3 ulp and, where x is negative, three for each unit of the sigmoid's argument; 0 for minus infinity.
INLINE vec gelu_tanh16(vec x) {
  // The sigmoid is 0 there.
  const vec limit = splat(-12);
  return max16(limit, x) / sigmoid_divisor16(gelu_tanh_argument(x));
}
