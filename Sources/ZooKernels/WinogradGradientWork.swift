internal import CZooKernels
import ZooTensor

/// The maps of a convolution, and their frequencies.
struct WinogradGradientWork: @unchecked Sendable {
  let kernels: UnsafePointer<zoo_kernels>
  let schedule: WinogradGradientSchedule
  let input: BlockedView
  let outputGradient: BlockedView
  /// How many images the memory of a frequency has room for.
  let transformedImages: Int
  let frequencies: UnsafeMutablePointer<Float>
  let gradientFrequencies: UnsafeMutablePointer<Float>

  private static var lanes: Int { BlockedLayout.lanes }
  private var form: WinogradForm { schedule.form }

  /// The one for the form. By the name that its type has in C it would be a closure, which is allocated.
  private func kernel<Kernel>(of kernels: (Kernel, Kernel, Kernel)) -> Kernel {
    switch form {
    case .f2x3: kernels.0
    case .f4x3: kernels.1
    case .f2x5: kernels.2
    }
  }

  /// `index`: which of the transformed images it becomes.
  func transformInput(block: Int, image: Int, index: Int) {
    let kernel = kernel(of: kernels.pointee.winograd_inputs)
    let halo = input.layout.halo
    let padding = schedule.geometry.padding
    let layout = schedule.inputLayout
    var shape = zoo_winograd()
    shape.input_rows = input.layout.extent.height + halo.vertical
    shape.input_columns = input.layout.extent.width + halo.horizontal
    shape.input_row = input.layout.rowStride
    shape.frequency = schedule.frequencyFloats(layout, images: transformedImages)
    for row in 0..<schedule.grid.rows {
      kernel(
        &shape, input.base + image * input.imageStride + block * input.layout.blockStride,
        row * form.outputs - padding.top + halo.top, halo.left - padding.left, schedule.grid.columns,
        frequencies + index * layout.floatsPerImage + block * layout.blockStride + row * layout.rowStride)
    }
  }

  /// `index`: which of the transformed images it becomes.
  func transformGradient(block: Int, image: Int, index: Int) {
    let kernel = kernel(of: kernels.pointee.winograd_gradients)
    let layout = schedule.gradientLayout
    var shape = zoo_winograd()
    shape.input_rows = outputGradient.layout.extent.height
    shape.input_columns = outputGradient.layout.extent.width
    shape.input_row = outputGradient.layout.rowStride
    shape.frequency = schedule.frequencyFloats(layout, images: transformedImages)
    for row in 0..<schedule.grid.rows {
      kernel(
        &shape, outputGradient.interior(image: image, block: block), row * form.outputs, 0, schedule.grid.columns,
        gradientFrequencies + index * layout.floatsPerImage + block * layout.blockStride + row * layout.rowStride)
    }
  }

  /// Those of a frequency, over transformed images.
  func sums(_ frequency: Int, images: Int) -> FilterGradientSums {
    let (input, gradient) = (schedule.inputLayout, schedule.gradientLayout)
    return FilterGradientSums(
      kernels: kernels, schedule: schedule.products,
      input: ConvolutionInput(
        BlockedView(
          frequencies + frequency * schedule.frequencyFloats(input, images: transformedImages), layout: input,
          images: images),
        for: schedule.products.panels.geometry),
      outputGradient: BlockedView(
        gradientFrequencies + frequency * schedule.frequencyFloats(gradient, images: transformedImages),
        layout: gradient, images: images),
      hasBias: false)
  }

  /// The weights of a block of outputs and one of inputs.
  func transformBack(_ sums: UnsafePointer<Float>, block: Int, plane: Int, into target: FilterGradientTarget) {
    let lanes = Self.lanes
    let products = schedule.products
    let taps = form.taps * form.taps
    let first = sums + products.panels.offset(group: 0, block: block, plane: plane)
    // The most taps of a form: of one input, and of a block of them.
    var filter = InlineArray<400, Float>(repeating: 0)
    var filters = InlineArray<6400, Float>(repeating: 0)
    var filterSpan = filter.mutableSpan
    var span = filters.mutableSpan
    filterSpan.withUnsafeMutableBufferPointer { filter in
      span.withUnsafeMutableBufferPointer { filters in
        guard let filter = filter.baseAddress, let filters = filters.baseAddress else { return }
        for lane in 0..<lanes {
          kernels.pointee.winograd_filter_gradient(form.kernel, first + lane * lanes, products.sliceFloats, filter)
          for tap in 0..<taps {
            (filters + (tap * lanes + lane) * lanes).update(from: filter + tap * lanes, count: lanes)
          }
        }
        target.writeWeights(filters, group: 0, block: block, plane: plane)
      }
    }
  }
}
