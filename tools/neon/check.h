// What the checks of this folder share. A check draws a case, works out in double precision what a kernel is to
// compute, and runs the kernel of every instruction set that the machine has. Each result must be near the twin's, all
// sets must give the same bits, and memory beside the result must stay as it was. Of the bits of a group of checks
// there is a digest, by which builds for different machines are compared.
#ifndef CHECK_H
#define CHECK_H

#include <math.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CZooCodec.h"
#include "CZooKernels.h"

struct set {
  const char *name;
  const struct zoo_kernels *kernels;
};

/// The instruction sets of this machine.
extern struct set sets[4];
extern int set_count;

#define EACH_SET(set) for (const struct set *set = sets; set < sets + set_count; set++)
#define COUNT(array) ((ptrdiff_t)(sizeof(array) / sizeof *(array)))

/// A random number below `most`.
ptrdiff_t draw(ptrdiff_t most);
/// Whether an event of one in so many happens.
bool chance(int in);
/// A random number between -1 and 1.
float number(void);

/// Memory between two pages that cannot be touched; `release` frees it.
void *guarded(ptrdiff_t bytes);

/// Floats that a kernel reads, of which the twin notes those that it uses.
struct input {
  float *at;
  unsigned char *used;
  ptrdiff_t count;
};

/// Random numbers.
struct input *input(ptrdiff_t count);
double use(struct input *input, ptrdiff_t index);
/// Makes what the twin did not use no number.
void seal(struct input *input);

/// Floats that a kernel writes.
struct result {
  float *at, *initial;
  double *value, *magnitude;
  /// 0 what is to stay, 1 what the twin says, 2 any number.
  unsigned char *kind;
  uint32_t *bits;
  ptrdiff_t count;
};

struct result *result(ptrdiff_t count);
/// The same with random numbers, to be added to.
struct result *sums(ptrdiff_t count);
/// `magnitude`: the sum of the magnitudes of the terms.
void expect(struct result *result, ptrdiff_t index, double value, double magnitude);
/// Something is to be written, of which only the bits are compared.
void expect_any(struct result *result, ptrdiff_t index);
/// Before a kernel runs.
void begin(struct result *result);
/// After it has: as many `terms` may have been rounded.
void end(struct result *result, const struct set *set, double terms, const char *format, ...)
  __attribute__((format(printf, 4, 5)));

/// Notes a mistake that no result shows.
void fail(const char *format, ...) __attribute__((format(printf, 1, 2)));
/// Adds bytes to the digest.
void digest(const void *bytes, ptrdiff_t count);
/// Ends a case, and frees what was allocated for it.
void release(void);
/// Ends a group of checks and prints its digest, unless it has no name.
void report(const char *name);

/// A function and random parameters; of those alone that tiles apply if `in_registers`.
struct zoo_activation activation(bool in_registers);
/// Its value.
double activated(struct zoo_activation f, double x);

void check_convolutions(void);
void check_filter_gradients(void);
void check_winograd(void);
void check_elementwise(void);
void check_pooling(void);
void check_normalization(void);
void check_training(void);
void check_rearranging(void);
void check_codec(void);

#endif
