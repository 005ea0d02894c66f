// Micro-kernels in C: no allocation, no state, no policy. A secret of ZooKernels.
//
// Maps are blocked, [channels / 16][rows][columns][16] floats; a *line* is the 16 floats of one pixel and block.
// Strides are in floats. Kernels exist once per instruction set and compute the same bits in all of them: IEEE
// operations in the order written, fused multiply-adds only where the source says so.
#ifndef CZOOKERNELS_H
#define CZOOKERNELS_H

#include <stdbool.h>
#include <stddef.h>

#pragma clang assume_nonnull begin

enum zoo_instruction_set { ZOO_AVX512, ZOO_AVX2, ZOO_NEON, ZOO_PORTABLE };

/// A function of one number. What is not a number stays so.
enum zoo_function {
  ZOO_IDENTITY,
  /// max(0, x)
  ZOO_RELU,
  /// a * x where x is negative
  ZOO_LEAKY_RELU,
  /// min(max(x, a), b)
  ZOO_CLAMP,
  /// x * min(max(x + 3, 0), 6) / 6
  ZOO_HARDSWISH,
  /// min(max(x + 3, 0), 6) / 6
  ZOO_HARDSIGMOID,
  // From here on, functions that convolution tiles and Winograd's outputs do not apply.
  ZOO_TANH,
  ZOO_SIGMOID,
  /// x * sigmoid(x)
  ZOO_SILU,
  /// x times the share of the normal distribution that is below x
  ZOO_GELU,
  /// x * sigmoid(sqrt(8 / pi) (x + 0.044715 x^3))
  ZOO_GELU_TANH,
  /// a * (exp(x) - 1) where x is negative
  ZOO_ELU
};

/// What happens to a result before it is stored: a function and its parameters.
struct zoo_activation {
  enum zoo_function function;
  float a, b;
};

/// The strides of a convolution tile. A tile is two runs of pixels, the first longer by one when their number is odd:
/// halves of a stretch of a row, or the same columns of two rows, or images of a batch.
///
/// The reduction runs over `planes` (channel blocks, or channels of a planar input), `rows` and `columns` of the
/// kernel, and the 16 channels of a line when the input is blocked, of the last plane only `last_lanes`. Each step of it
/// takes a line of weights; those of a second block of outputs lie `weight_block` further.
struct zoo_convolution {
  ptrdiff_t planes, plane_stride, last_lanes;
  ptrdiff_t rows, row_stride;
  ptrdiff_t columns, column_stride;
  ptrdiff_t weight_block;
  /// With every step of the reduction, a line this far from the first weight is fetched, and the next one
  /// `fetch_stride` further: weights for the tiles after this one. With every other step it is the line `fetch_second`
  /// further, of the second block. Where that is 0 and there are two blocks, a step fetches a line of both.
  ptrdiff_t fetch_offset, fetch_stride, fetch_second;
  /// Whether also fetched is the input of the tile to the right, in place of the next plane and the output.
  bool fetches_next_tile;
  ptrdiff_t input_pixel, input_second;
  ptrdiff_t output_pixel, output_second, output_block;
  ptrdiff_t addend_pixel, addend_second, addend_block;
  struct zoo_activation activation;
  /// Whether sums go on from what the output holds, in place of the bias.
  bool continues;
  /// How many tiles follow each other where `computes_runs`, each this many pixels and this many fetched floats further.
  ptrdiff_t tiles, tile_pixels, tile_fetch;
  /// With every line of the input, `fetching_tiles` fetch `ahead_floats` of other weights too, from here on, into the
  /// second-level cache; a tile begins where the one before it ends.
  const float *_Nullable ahead;
  ptrdiff_t ahead_floats;
};

/// output = activation(bias + sum of input * weights + addend) for one tile, or a run of them. The addend may be the output.
typedef void zoo_convolution_tile(
  const struct zoo_convolution *shape, const float *input, const float *weights, const float *bias,
  const float *_Nullable addend, float *output);

/// Winograd's filtering of m x m outputs by r x r weights, over tiles of (m + r - 1)^2 pixels and as many frequencies,
/// `frequency` floats apart.
enum zoo_winograd_form { ZOO_WINOGRAD_2x3, ZOO_WINOGRAD_4x3, ZOO_WINOGRAD_2x5 };

struct zoo_winograd {
  /// The part of the map, or of the map and its halo, that may be read.
  ptrdiff_t input_rows, input_columns, input_row;
  ptrdiff_t frequency;
  ptrdiff_t output_row, addend_row;
  struct zoo_activation activation;
  /// Whether only the maximum of each 2 x 2 outputs is stored, side by side; those left over at the end of an odd map
  /// belong to none. Without an addend, and with an activation that never falls.
  bool pools;
};

/// The frequencies of `count` tiles side by side, the first of whose first pixel is at `top` and `left`; what cannot be read
/// counts as zeros. A frequency's lines of the tiles follow each other.
typedef void zoo_winograd_input(
  const struct zoo_winograd *shape, const float *input, ptrdiff_t top, ptrdiff_t left, ptrdiff_t count,
  float *output);

/// output = activation(outputs of `count` tiles side by side + bias + addend) for their first `rows` and `columns`, pooled
/// if `pools`.
typedef void zoo_winograd_output(
  const struct zoo_winograd *shape, const float *input, const float *bias, const float *_Nullable addend,
  float *output, ptrdiff_t rows, ptrdiff_t columns, ptrdiff_t count);

/// What a row of pixels is made of: of `row_count` rows with their weights, and in each, for pixel i, of the columns
/// `columns[starts[i]]` to `columns[starts[i + 1] - 1]` with theirs.
struct zoo_resampling {
  ptrdiff_t row_count, row_stride;
  const ptrdiff_t *rows;
  const float *row_weights;
  const ptrdiff_t *starts, *columns;
  const float *column_weights;
};

/// A row of pooling windows, which start `padding` columns left of the map. Of each window only what lies in the map is
/// read: `rows` rows and the columns below `width`.
struct zoo_pool {
  ptrdiff_t rows, row_stride;
  ptrdiff_t kernel, stride, padding, width;
  /// For averages: what a window is divided by is `counted_rows` times its columns, those up to `counted_width` and in
  /// the padding included if `counts_padding`.
  ptrdiff_t counted_rows, counted_width;
  bool counts_padding;
};

/// Local response normalisation, x / (k + alpha * sum of x^2)^beta over the channels c - reach ... c + reach.
struct zoo_response_norm {
  ptrdiff_t channels, reach, block_stride;
  float alpha, beta, k;
};

/// Output pixels whose share in the gradient of a convolution's weights is added up, and the strides between neighbours
/// in the input and in the gradient of the output.
struct zoo_filter_gradient {
  ptrdiff_t images, image_input, image_gradient;
  ptrdiff_t rows, row_input, row_gradient;
  ptrdiff_t columns, column_input, column_gradient;
  /// The taps of the kernel, and how far apart they read.
  ptrdiff_t kernel_rows, kernel_row, kernel_columns, kernel_column;
  /// Blocks of input channels, or all channels of a planar input. The sums of a block are `sums_plane` further than those
  /// of the block before.
  ptrdiff_t planes, plane, sums_plane;
  /// Of blocked input: the channels of the last block that count.
  ptrdiff_t last_lanes;
  /// Blocks of outputs.
  ptrdiff_t blocks, gradient_block, sums_block;
  /// Whether to add to sums that are there, rather than to begin them.
  bool adds;
};

/// Rows of lines of up to four maps, and the distances from a row to the next.
struct zoo_plane {
  ptrdiff_t rows, columns;
  ptrdiff_t first_row, second_row, mask_row, output_row;
};

/// One block's numbers of a batch normalisation, weight * (x - mean) / sqrt(variance + epsilon) + bias. For the gradient
/// through the statistics, `count` is over how many pixels they were taken; 0 if they are fixed.
struct zoo_batch_norm {
  const float *mean, *variance, *weight;
  const float *_Nullable bias;
  const float *_Nullable weight_gradient, *_Nullable bias_gradient;
  float epsilon;
  ptrdiff_t count;
};

/// A normalisation over the channels of each pixel, with a line of weights and of biases for each block; the biases are needed
/// forward only.
struct zoo_layer_norm {
  ptrdiff_t channels, input_block, gradient_block, output_block;
  float epsilon;
  const float *_Nullable weight, *_Nullable bias;
};

/// Random numbers are the mixed values of 64-bit counters, of which `counter` is that of the first lane of the first line. An
/// element is kept, times `factor`, where the upper 53 bits of its number are at least `threshold`.
struct zoo_dropout {
  unsigned long long counter, lane_step, pixel_step, threshold;
  float factor;
};

/// The numbers of a step of an optimiser: what gradients are multiplied with; what part of a weight is added to its gradient;
/// what weights are multiplied with; the learning rate, over the correction of the first moment's bias; the factor of the
/// second moment's root for its own; how much of the moments is kept.
struct zoo_update {
  float gradient_scale, decay, shrinkage, rate, root_factor, first_momentum, second_momentum, epsilon;
  bool is_nesterov;
};

/// The strides of a convolution of each channel with its own filter: of the kernel's rows and columns, and of the outputs
/// and what they read.
struct zoo_depthwise {
  ptrdiff_t rows, row_stride;
  ptrdiff_t columns, column_stride;
  ptrdiff_t input_row, input_pixel;
  ptrdiff_t output_row, output_pixel;
  ptrdiff_t addend_row, addend_pixel;
  /// Between which the result is kept; what is not a number stays so.
  float lower, upper;
};

/// Where lanes of a part of a line come from: a part of lines that are 16 floats apart, and which of its lanes goes to each
/// lane; a negative number where none does.
struct zoo_lane_source {
  const float *from;
  /// Floats from a row of lines to the next.
  ptrdiff_t row;
  int lanes[16];
};

/// The strides of a convolution in groups: rows of output pixels of one block, each lane of which reads `inputs` channels from
/// the one in `sources` on, counted from the first lane of the input. The reduction runs over parts of the inputs,
/// `inputs_per_part` of them, all but the last; in each over the rows of the kernel, inputs, and columns.
struct zoo_grouped {
  ptrdiff_t inputs, inputs_per_part, plane_stride;
  ptrdiff_t kernel_rows, kernel_row, kernel_columns, kernel_column;
  ptrdiff_t rows, input_row, output_row, addend_row;
  ptrdiff_t columns, input_pixel, output_pixel, addend_pixel;
  int sources[16];
  struct zoo_activation activation;
  /// Whether sums go on from what the output holds, in place of the bias.
  bool continues;
};

/// The most inputs that `accumulate` takes at a time.
#define ZOO_ACCUMULATED_INPUTS 1024

/// The micro-kernels of one instruction set.
struct zoo_kernels {
  /// The most pixels and the most channels (16 or 32) of a convolution tile.
  int tile_pixels, tile_channels;
  /// The most steps of a reduction before tiles put down their sums, for the weights of as many to serve all of a chunk's
  /// tiles from a near cache.
  int pass_steps;
  /// Whether a call computes `tiles` tiles, not one.
  bool computes_runs;
  /// `zoo_convolution_f32_PxC_*` is at `[16 < C][P - 1]`, for blocked and for planar input.
  zoo_convolution_tile *_Nullable blocked_tiles[2][14];
  zoo_convolution_tile *_Nullable planar_tiles[2][14];
  /// As `blocked_tiles`; they fetch upcoming weights.
  zoo_convolution_tile *_Nullable fetching_tiles[2][14];

  /// By `zoo_winograd_form`.
  zoo_winograd_input *_Nonnull winograd_inputs[3];
  zoo_winograd_output *_Nonnull winograd_outputs[3];
  /// The frequencies of 16 filters of one input channel, [tap][16], in lines `frequency` floats apart.
  void (*winograd_filter)(enum zoo_winograd_form form, const float *filters, float *output, ptrdiff_t frequency);
  /// sums += input * weights, for `count` inputs of each image, which lie `image` floats apart; `weights` are
  /// [count][16 * blocks], `sums` [images][16 * blocks]. One chain of fused multiply-adds for each sum, in order, with or
  /// without the inputs that are zero. At most `ZOO_ACCUMULATED_INPUTS` of them, a multiple of 16.
  void (*accumulate)(
    const float *input, ptrdiff_t image, ptrdiff_t images, ptrdiff_t count, const float *weights, ptrdiff_t blocks,
    float *sums);

  void (*max_pool)(const struct zoo_pool *shape, const float *input, float *output, ptrdiff_t count);
  void (*average_pool)(const struct zoo_pool *shape, const float *input, float *output, ptrdiff_t count);
  /// A row of `count` pixels; `input` is the first row of the map.
  void (*resample)(const struct zoo_resampling *shape, const float *input, float *output, ptrdiff_t count);
  /// `input` is the line of the block that starts with `channel`; other blocks are found through the stride.
  void (*response_norm)(
    const struct zoo_response_norm *shape, ptrdiff_t channel, const float *input, float *output, ptrdiff_t lines);
  /// output = f(input)
  void (*activate)(struct zoo_activation f, const float *input, float *output, ptrdiff_t lines);
  /// output = f(a + b)
  void (*add)(struct zoo_activation f, const float *a, const float *b, float *output, ptrdiff_t lines);
  /// output = f(a * b), of which either may be one line for all pixels: then its step is 0, else 16.
  void (*multiply)(
    struct zoo_activation f, const float *a, ptrdiff_t a_step, const float *b, ptrdiff_t b_step, float *output,
    ptrdiff_t lines);
  /// output = f(input * scale + shift), one line of each for all pixels
  void (*scale)(
    struct zoo_activation f, const float *scale, const float *shift, const float *input, float *output,
    ptrdiff_t lines);
  /// output = input where positive, else input * slopes, one line of them for all pixels
  void (*prelu)(const float *slopes, const float *input, float *output, ptrdiff_t lines);
  /// Softmax over the channels of one pixel.
  void (*softmax)(
    ptrdiff_t channels, const float *input, ptrdiff_t input_block, float *output, ptrdiff_t output_block);
  /// output = (x - mean) / sqrt(variance + epsilon) * weight + bias over the channels of each of `pixels` pixels of a row,
  /// whose first block is at `input`. The output may be the input.
  void (*layer_norm)(const struct zoo_layer_norm *norm, const float *input, float *output, ptrdiff_t pixels);
  /// output = gradient * f'(x), by the value f(x), or by x where the derivative is no function of that
  void (*activation_gradient)(
    struct zoo_activation f, const float *value, const float *gradient, float *output, ptrdiff_t lines);
  /// output = gradient where the input is positive, else gradient * slopes, one line of them for all pixels
  void (*prelu_gradient)(
    const float *slopes, const float *input, const float *gradient, float *output, ptrdiff_t lines);
  /// Adds the gradient of each window of a row to the first of its largest elements; `output_row` is from row to row of the
  /// output, `row_stride` of the input.
  void (*max_pool_gradient)(
    const struct zoo_pool *shape, const float *input, const float *gradient, float *output, ptrdiff_t output_row,
    ptrdiff_t count);
  /// Adds the gradient of each mean of a row to the elements of its window; `row_stride` is the output's.
  void (*average_pool_gradient)(
    const struct zoo_pool *shape, const float *gradient, float *output, ptrdiff_t count);
  /// The gradient of `response_norm` for all blocks of some lines, the first of which start at `input` and `gradient`.
  void (*response_norm_gradient)(
    const struct zoo_response_norm *shape, const float *input, const float *gradient, ptrdiff_t gradient_block,
    float *output, ptrdiff_t output_block, ptrdiff_t lines);
  /// value * (gradient - sum of gradient * value) over the channels of one pixel, `value` being the softmax.
  void (*softmax_gradient)(
    ptrdiff_t channels, const float *value, ptrdiff_t value_block, const float *gradient, ptrdiff_t gradient_block,
    float *output, ptrdiff_t output_block);
  /// The gradient of `layer_norm` with respect to its input.
  void (*layer_norm_gradient)(
    const struct zoo_layer_norm *norm, const float *input, const float *gradient, float *output, ptrdiff_t pixels);
  /// sums += the sum over the pixels of gradient * (x - mean) / sqrt(variance + epsilon), a line for each block
  void (*layer_norm_weight_gradient)(
    const struct zoo_layer_norm *norm, const float *input, const float *gradient, float *sums, ptrdiff_t pixels);
  /// sums += the sum of the lines
  void (*sum)(const float *input, float *sums, ptrdiff_t lines);
  /// sums += the sum of input * gradient where the input is not positive
  void (*slope_sum)(const float *input, const float *gradient, float *sums, ptrdiff_t lines);
  /// Of a plane of one image: about the mean, then the sum of the distances from that, then of their squares.
  void (*moments)(const float *input, ptrdiff_t row, ptrdiff_t rows, ptrdiff_t columns, float *moments);
  /// Mean and variance of all images, in double precision, from moments `image` floats apart; 0 and 1 in lanes that are no
  /// channels.
  void (*combine_moments)(
    const float *moments, ptrdiff_t image, ptrdiff_t images, ptrdiff_t pixels, ptrdiff_t channels, float *mean,
    float *variance);
  /// The sum over images of a line each, in double precision, divided by sqrt(variance + epsilon) if there is one; zeros in
  /// lanes that are no channels.
  void (*combine_sums)(
    const float *sums, ptrdiff_t image, ptrdiff_t images, ptrdiff_t channels, const float *_Nullable variance,
    float epsilon, float *output);
  /// output = f(batch norm of the input + addend): the plane's first and second maps
  void (*batch_normalize)(
    struct zoo_activation f, const struct zoo_batch_norm *norm, const struct zoo_plane *plane, const float *input,
    const float *_Nullable addend, float *output);
  /// sums = the sum of gradient * (input - mean), then of the gradient: only where the mask is positive.
  void (*batch_norm_sums)(
    const float *mean, const struct zoo_plane *plane, const float *input, const float *gradient,
    const float *_Nullable mask, float *sums);
  /// The gradient with respect to the input, of a gradient where the mask is positive.
  void (*batch_norm_gradient)(
    const struct zoo_batch_norm *norm, const struct zoo_plane *plane, const float *input, const float *gradient,
    const float *_Nullable mask, float *output);
  /// output = factor * gradient + slope * (input - mean) + shift, a line of each for all pixels: the plane's first map is the
  /// input, the second the gradient. `lines` are mean, factor, slope and shift.
  void (*centered_gradient)(
    const float *lines, const struct zoo_plane *plane, const float *input, const float *gradient, float *output);
  /// sums[image][r] += products of a gradient's lines with row r of 16 of the weights, lane by lane; a row is `row` floats.
  void (*dot_rows)(
    const float *weights, ptrdiff_t row, ptrdiff_t blocks, const float *gradient, ptrdiff_t image, ptrdiff_t images,
    float *sums);
  /// output[r] = the sum of the lanes of line r of 16
  void (*sum_lanes)(const float *sums, float *output);
  /// output[r][o] = (what it was +) the sum over images of input[r] * gradient[o], in 16 rows of `row` floats; zeros beyond
  /// `rows` and `outputs`.
  void (*outer_products)(
    const float *input, ptrdiff_t image, ptrdiff_t images, const float *gradient, ptrdiff_t gradient_image,
    ptrdiff_t rows, ptrdiff_t outputs, bool accumulates, float *output, ptrdiff_t row);
  /// Leaves elements out at random.
  void (*dropout)(const struct zoo_dropout *dropout, const float *input, float *output, ptrdiff_t lines);
  /// v = momentum * v + g, weights -= rate * v, with g = gradient * scale + decay * weight; with Nesterov's momentum by
  /// g + momentum * v, without velocities by g
  void (*gradient_descent)(
    const struct zoo_update *update, float *weights, float *_Nullable velocities, const float *gradients,
    ptrdiff_t count);
  /// weights = shrinkage * weights - rate * m / (sqrt(v) * root_factor + epsilon), of the running means of g and of g^2
  void (*adam)(
    const struct zoo_update *update, float *weights, float *means, float *squares, const float *gradients,
    ptrdiff_t count);
  /// numbers += rate * (target - numbers)
  void (*approach)(float rate, const float *target, float *numbers, ptrdiff_t count);
  /// The sum of squares of numbers, or of what they differ by from others, in double precision.
  double (*square_sum)(const float *numbers, const float *_Nullable others, ptrdiff_t count);

  /// `rounds` fused multiply-adds for each of `tile_pixels * tile_channels` sums: as fast as the machine computes.
  void (*arithmetic)(const float *factors, float *sums, ptrdiff_t rounds);
  /// Adds the lines up, all but the last `lines % 4`, in four sums: as fast as the machine reads.
  void (*read)(const float *input, float *sums, ptrdiff_t lines);

  /// sums (+)= the gradient of weights that lie as a convolution tile reads them; `input` is what the first tap of the
  /// first pixel reads. Each sum over the pixels is one chain of fused multiply-adds.
  void (*filter_gradient)(
    const struct zoo_filter_gradient *shape, const float *input, const float *gradient, float *sums);
  void (*filter_gradient_planar)(
    const struct zoo_filter_gradient *shape, const float *input, const float *gradient, float *sums);
  /// As `filter_gradient` of one block, where each channel has a filter of its own: `sums` are [row][column][16].
  void (*filter_gradient_depthwise)(
    const struct zoo_filter_gradient *shape, const float *input, const float *gradient, float *sums);
  /// output = min(max(bias + sum of input * weights + addend, lower), upper) for some rows of one block; `weights` are
  /// [row][column][16]. Each sum is one chain of fused multiply-adds from the bias. The addend may be the output.
  void (*depthwise)(
    const struct zoo_depthwise *shape, const float *input, const float *weights, const float *bias,
    const float *_Nullable addend, float *output, ptrdiff_t rows, ptrdiff_t columns);
  /// output = activation(bias + sum of input * weights + addend); `weights` are [part][row][input][column][16]. Each sum is
  /// one chain of fused multiply-adds. The addend may be the output.
  void (*grouped)(
    const struct zoo_grouped *shape, const float *input, const float *weights, const float *bias,
    const float *_Nullable addend, float *output);
  /// sums (+)= the gradient of the weights of one block and part, [row][input][column][16], whose lanes read `inputs`
  /// channels from the one in `sources` on. Each sum over the pixels is one chain of fused multiply-adds.
  void (*grouped_filter_gradient)(
    const struct zoo_filter_gradient *shape, const int *sources, ptrdiff_t inputs, const float *input,
    const float *gradient, float *sums);
  /// sums (+)= the sum of the lines of one block, in order.
  void (*bias_gradient)(const struct zoo_filter_gradient *shape, const float *gradient, float *sums);
  /// By `zoo_winograd_form`: as `winograd_inputs`, of tiles of the output's gradient, as large as those of the output.
  zoo_winograd_input *_Nonnull winograd_gradients[3];
  /// The gradient of 16 filters of one input channel, [tap][16], from that of their frequencies.
  void (*winograd_filter_gradient)(
    enum zoo_winograd_form form, const float *frequencies, ptrdiff_t frequency, float *output);
  /// The lanes that `select_lanes` moves together: 16, 8 or 4.
  int part;
  /// Lines made of parts of others: each lane of a part comes from one of its `counts[part]` sources, or is 0; the sources
  /// of the first part come first.
  void (*select_lanes)(
    const struct zoo_lane_source *sources, const ptrdiff_t *counts, float *output, ptrdiff_t output_row, ptrdiff_t rows,
    ptrdiff_t lines);
};

/// The kernels for an instruction set; null when this machine does not have it.
const struct zoo_kernels *_Nullable zoo_kernels_for(enum zoo_instruction_set set);

/// Rows of outputs that share their weights, and the strides from a row to the next.
struct zoo_tiling {
  ptrdiff_t rows, columns;
  ptrdiff_t input_row, output_row, addend_row;
  /// Whether a tile covers two rows.
  bool pairs;
};

/// Weights that a later convolution or layer will read, and this one fetches: what is left of them.
struct zoo_upcoming { const float *_Nullable from, *_Nullable end; };

/// How many products there are for each cache line of upcoming weights: 6 GB/s for a core of AMD's Zen 4, so that what the
/// convolution itself reads need not wait.
enum { ZOO_PRODUCTS_PER_UPCOMING_LINE = 640 };

/// Computes one or two blocks of `channels` output channels for some rows, and fetches weights for the next call, which
/// start at `next_weights`: as many as it uses, `weight_floats` of each block, an equal share with every tile. Memory is
/// slower than the reduction where tiles are few, and would hold up the first one.
///
/// `strides` says everything but the distance of a tile's second run and what is fetched. The addend may be the output.
/// Of the upcoming weights as much is fetched as may be; none where the input is planar.
void zoo_convolution_rows(
  const struct zoo_kernels *kernels, bool planar, int channels, const struct zoo_tiling *tiling,
  const struct zoo_convolution *strides, ptrdiff_t weight_floats, const float *input, const float *weights,
  const float *next_weights, const float *bias, const float *_Nullable addend, float *output,
  struct zoo_upcoming *upcoming);

/// Copies `count` lanes of each line from lane `from` to lane `to`.
void zoo_copy_lanes(
  const float *input, ptrdiff_t input_pixel, ptrdiff_t from, float *output, ptrdiff_t output_pixel, ptrdiff_t to,
  ptrdiff_t count, ptrdiff_t lines);

/// Sets lanes `from ..< to` of each line to zero.
void zoo_clear_lanes(float *output, ptrdiff_t from, ptrdiff_t to, ptrdiff_t lines);

/// output[pixel][lane] = input[lane * plane_stride + pixel] for `channels` lanes, zeros in the others.
void zoo_interleave(
  const float *input, ptrdiff_t plane_stride, ptrdiff_t channels, float *output, ptrdiff_t pixels);

/// output[lane * plane_stride + pixel] = input[pixel][lane] for `channels` lanes.
void zoo_deinterleave(
  const float *input, float *output, ptrdiff_t plane_stride, ptrdiff_t channels, ptrdiff_t pixels);

/// The number of processors in the affinity mask of this thread; 0 where there is no such thing.
int zoo_affinity(void);

/// Whether this library was compiled with optimisation.
bool zoo_is_optimized(void);

/// Gives what was freed back to the system, where the C library keeps it.
void zoo_return_memory(void);

/// Fetches floats into the second-level cache.
static inline void zoo_fetch(const float *from, ptrdiff_t count) {
  for (ptrdiff_t i = 0; i < count; i += 16) __builtin_prefetch(from + i, 0, 2);
}

/// Tells the processor that the caller is spinning.
static inline void zoo_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}

#pragma clang assume_nonnull end

#endif
