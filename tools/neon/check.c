#include "check.h"

#include <sys/mman.h>

struct set sets[4];
int set_count;

static const char *const names[] = {"avx512", "avx2", "neon", "portable"};
static int mistakes;

// MARK: Random numbers

static uint64_t state = 1;

/// SplitMix64.
static uint64_t next(void) {
  uint64_t z = state += 0x9E3779B97F4A7C15u;
  z = (z ^ z >> 30) * 0xBF58476D1CE4E5B9u;
  z = (z ^ z >> 27) * 0x94D049BB133111EBu;
  return z ^ z >> 31;
}

ptrdiff_t draw(ptrdiff_t most) { return (ptrdiff_t)(next() % (uint64_t)most); }
bool chance(int in) { return draw(in) == 0; }
float number(void) { return (float)((double)(next() >> 11) * 0x1p-52 - 1); }

// MARK: Memory

static struct block { void *memory; size_t bytes; bool is_mapped; } blocks[256];
static int block_count;

static void *keep(void *memory, size_t bytes, bool is_mapped) {
  if (memory == NULL || memory == MAP_FAILED || block_count == COUNT(blocks)) {
    fprintf(stderr, "no memory for a check\n");
    exit(71);
  }
  blocks[block_count++] = (struct block){memory, bytes, is_mapped};
  return memory;
}

static void *plain(size_t bytes) { return keep(calloc(bytes + 1, 1), bytes, false); }

void *guarded(ptrdiff_t bytes) {
  static int made;
  const size_t page = 4096, inner = ((size_t)bytes + page - 1) / page * page;
  char *memory = keep(
    mmap(NULL, inner + 2 * page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), inner + 2 * page, true);
  mprotect(memory, page, PROT_NONE);
  mprotect(memory + page + inner, page, PROT_NONE);
  // Only one end can touch its page.
  return memory + page + (made++ % 4 == 0 ? 0 : inner - (size_t)bytes);
}

void release(void) {
  for (; block_count > 0; block_count--) {
    const struct block block = blocks[block_count - 1];
    if (block.is_mapped) munmap(block.memory, block.bytes);
    else free(block.memory);
  }
}

// MARK: Inputs

struct input *input(ptrdiff_t count) {
  struct input *input = plain(sizeof *input);
  *input = (struct input){guarded(4 * count), plain((size_t)count), count};
  for (ptrdiff_t i = 0; i < count; i++) input->at[i] = number();
  return input;
}

double use(struct input *input, ptrdiff_t index) {
  if (index < 0 || index >= input->count) {
    fprintf(stderr, "a twin reads element %td of %td\n", index, input->count);
    abort();
  }
  input->used[index] = 1;
  return input->at[index];
}

void seal(struct input *input) {
  for (ptrdiff_t i = 0; i < input->count; i++)
    if (!input->used[i]) input->at[i] = NAN;
}

// MARK: Results

/// What is to stay as it was: no number that could be mistaken for a result.
static const float untouched = -12345;

struct result *result(ptrdiff_t count) {
  struct result *result = plain(sizeof *result);
  const size_t size = (size_t)count;
  *result = (struct result){
    .at = guarded(4 * count), .initial = plain(4 * size), .value = plain(8 * size), .magnitude = plain(8 * size),
    .kind = plain(size), .bits = plain(4 * size), .count = count};
  for (ptrdiff_t i = 0; i < count; i++) result->initial[i] = untouched;
  return result;
}

struct result *sums(ptrdiff_t count) {
  struct result *sums = result(count);
  for (ptrdiff_t i = 0; i < count; i++) sums->initial[i] = number();
  return sums;
}

void expect(struct result *result, ptrdiff_t index, double value, double magnitude) {
  if (index < 0 || index >= result->count) {
    fprintf(stderr, "a twin writes element %td of %td\n", index, result->count);
    abort();
  }
  result->value[index] = value;
  result->magnitude[index] = magnitude;
  result->kind[index] = 1;
}

void expect_any(struct result *result, ptrdiff_t index) {
  expect(result, index, 0, 0);
  result->kind[index] = 2;
}

void begin(struct result *result) { memcpy(result->at, result->initial, 4 * (size_t)result->count); }

/// The bits of a number. What is none counts as one, since its bits are the processor's affair.
static uint32_t bits_of(float x) {
  uint32_t bits;
  memcpy(&bits, &x, 4);
  return x == x ? bits : 0x7FC00000;
}

static bool is_near(double actual, double expected, double tolerance) {
  if (isnan(expected)) return isnan(actual);
  if (isinf(expected)) return actual == expected;
  return fabs(actual - expected) <= tolerance;
}

void end(struct result *result, const struct set *set, double terms, const char *format, ...) {
  char name[256];
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(name, sizeof name, format, arguments);
  va_end(arguments);
  for (ptrdiff_t i = 0; i < result->count; i++) {
    const float actual = result->at[i];
    const uint32_t bits = bits_of(actual);
    const double tolerance = 2 * terms * 0x1p-24 * result->magnitude[i] + 1e-37;
    if (result->kind[i] == 0 && bits != bits_of(result->initial[i]))
      return fail("%s of %s: element %td was overwritten with %g", name, set->name, i, (double)actual);
    if (result->kind[i] == 1 && !is_near((double)actual, result->value[i], tolerance))
      return fail(
        "%s of %s: element %td is %.9g, not %.9g ± %.2g", name, set->name, i, (double)actual, result->value[i],
        tolerance);
    if (result->kind[i] == 2 && bits == bits_of(untouched))
      return fail("%s of %s: element %td was not written", name, set->name, i);
    if (set == sets) result->bits[i] = bits;
    else if (bits != result->bits[i])
      return fail(
        "%s: element %td is %.9g of %s, with bits %08x, not %08x as of %s", name, i, (double)actual, set->name, bits,
        result->bits[i], sets[0].name);
  }
  if (set == sets) digest(result->bits, 4 * result->count);
}

// MARK: Reports

static uint64_t hash = 0xCBF29CE484222325u;

/// FNV-1a, eight bytes at a time.
void digest(const void *bytes, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += 8) {
    uint64_t word = 0;
    memcpy(&word, (const char *)bytes + i, (size_t)(count - i < 8 ? count - i : 8));
    hash = (hash ^ word) * 0x100000001B3u;
    hash ^= hash >> 29;
  }
}

void fail(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (++mistakes <= 50) {
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
  }
  va_end(arguments);
}

void report(const char *name) {
  if (name) printf("%-18s %016llx\n", name, (unsigned long long)hash);
  fflush(stdout);
  hash = 0xCBF29CE484222325u;
}

int main(void) {
  const enum zoo_instruction_set all[] = {ZOO_AVX512, ZOO_AVX2, ZOO_NEON, ZOO_PORTABLE};
  for (int i = 0; i < 4; i++) {
    const struct zoo_kernels *kernels = zoo_kernels_for(all[i]);
    if (kernels) sets[set_count++] = (struct set){names[i], kernels};
  }
  fprintf(stderr, "kernels:");
  EACH_SET(set) fprintf(stderr, " %s", set->name);
  fputc('\n', stderr);
  void (*const checks[])(void) = {
    check_convolutions, check_filter_gradients, check_winograd, check_elementwise, check_pooling, check_normalization,
    check_training, check_rearranging, check_codec};
  for (int i = 0; i < COUNT(checks); i++) {
    // So that a group's digest is that of its own cases.
    state = (uint64_t)i + 1;
    checks[i]();
  }
  if (mistakes > 0) fprintf(stderr, "%d mistakes\n", mistakes);
  return mistakes > 0;
}
