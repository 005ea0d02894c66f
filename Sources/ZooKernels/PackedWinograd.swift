internal import CZooKernels
import ZooTensor

/// A convolution's weights as Winograd's algorithm multiplies with them, with its bias and activation.
///
/// The weights of each frequency are a matrix of inputs and outputs: `[panel of 16 outputs][frequency][input][16]`.
public struct PackedWinograd: Sendable {
  /// Checked when it was made.
  public private(set) var geometry: ConvolutionGeometry
  /// How many outputs a tile has.
  public let form: WinogradForm
  /// Applied to each sum; `nil` for none.
  public let activation: Activation?
  /// How the work is cut, and the memory that it takes.
  public private(set) var schedule: WinogradSchedule

  var weights: FloatBuffer
  /// The biases of each block of outputs, then two lines of zeros.
  var bias: FloatBuffer

  /// Prepares a convolution to run on any machine. Precondition: `form.isApplicable(to: geometry)` and
  /// `activation.isFused`. `weights`: `[outputs, inputs, height, width]`, float32. `bias`: `[outputs]`, or `nil` for
  /// zeros. `activation`: one that is applied in registers. `pool`: shares the work of packing, and runs the
  /// convolution.
  public init(
    _ geometry: ConvolutionGeometry, _ form: WinogradForm, weights: Tensor, bias: Tensor?,
    activation: Activation? = nil, pool: ThreadPool
  ) {
    self.init(geometry, form, activation: activation, threads: pool.threadCount) { packer in
      packer.pack(weights, bias: bias, on: pool)
    }
  }

  /// As above, with weights that arrive part by part, or later. `threads`: how many run the convolution. `deliver`:
  /// hands all of the weights and biases to the packer, or keeps it to do so before the layer runs.
  public init(
    _ geometry: ConvolutionGeometry, _ form: WinogradForm, activation: Activation? = nil, threads: Int,
    weights deliver: (WeightPacker) throws -> Void
  ) rethrows {
    precondition(form.isApplicable(to: geometry), "\(form) cannot compute \(geometry)")
    precondition(activation.isFused, "\(activation?.name ?? "nothing") is not applied in registers")
    let lanes = BlockedLayout.lanes
    let (inputs, outputs) = (geometry.inputChannels, geometry.outputChannels)
    let blocks = (outputs + lanes - 1) / lanes
    let filter = geometry.kernel.area
    let frequencyFloats = (inputs + lanes - 1) / lanes * lanes * lanes
    let panelFloats = form.frequencies * frequencyFloats
    let bias = FloatBuffer(count: (blocks + 2) * lanes)
    let packer = WeightPacker(
      count: blocks * panelFloats, weightCount: outputs * inputs * filter, unit: lanes * inputs * filter, bias: bias,
      biasCount: outputs
    ) { panel, weights, packed in
      guard let kernels = InstructionSet.best.kernels else { return }
      let outputsHere = min(lanes, outputs - panel * lanes)
      withUnsafeTemporaryAllocation(of: Float.self, capacity: lanes * filter * lanes) { lines in
        guard let lines = lines.baseAddress else { return }
        for first in stride(from: 0, to: inputs, by: lanes) {
          let inputsHere = min(lanes, inputs - first)
          zoo_interleave(
            weights + (panel * lanes * inputs + first) * filter, inputs * filter, outputsHere, lines,
            inputsHere * filter)
          for input in 0..<inputsHere {
            kernels.pointee.winograd_filter(
              form.kernel, lines + input * filter * lanes, packed + panel * panelFloats + (first + input) * lanes,
              frequencyFloats)
          }
        }
      }
    }
    try deliver(packer)
    self.geometry = geometry
    self.form = form
    self.activation = activation
    schedule = WinogradSchedule(geometry, form, threads: threads)
    weights = packer.target
    self.bias = bias
  }

  /// A convolution whose weights change: `Machine.transformFilters` writes them before each run. Precondition:
  /// `form.isApplicable(to: layer.geometry)` and `layer.activation.isFused`. `layer`: whose weights and biases these
  /// are. `frequencies`: `frequencyFloats(geometry, form)` floats, aligned to 64 bytes. `owner`: has that memory.
  /// `threads`: how many run the convolution.
  public init(
    of layer: PackedConvolution, _ form: WinogradForm, frequencies: UnsafeMutablePointer<Float>,
    owner: any AnyObject & Sendable, threads: Int
  ) {
    self.init(
      layer.geometry, form, activation: layer.activation, bias: layer.bias, frequencies: frequencies, owner: owner,
      threads: threads)
  }

  /// The convolution that the gradient of a layer's input is of that of its output: `Machine.transformRotatedFilters`
  /// writes its weights before each run. It has no bias and no function. Precondition: the form is applicable to
  /// `layer.geometry.rotated`, which is not `nil`. `frequencies`: `frequencyFloats(geometry, form)` floats of the
  /// rotated geometry, aligned to 64 bytes. `owner`: has that memory. `threads`: how many run the convolution.
  public init(
    dataGradientOf layer: PackedConvolution, _ form: WinogradForm, frequencies: UnsafeMutablePointer<Float>,
    owner: any AnyObject & Sendable, threads: Int
  ) {
    guard let geometry = layer.geometry.rotated else {
      preconditionFailure("the data gradient of \(layer.geometry) is no convolution without a stride")
    }
    let blocks = (geometry.outputChannels + BlockedLayout.lanes - 1) / BlockedLayout.lanes
    self.init(
      geometry, form, activation: nil, bias: FloatBuffer(count: (blocks + 2) * BlockedLayout.lanes),
      frequencies: frequencies, owner: owner, threads: threads)
  }

  private init(
    _ geometry: ConvolutionGeometry, _ form: WinogradForm, activation: Activation?, bias: FloatBuffer,
    frequencies: UnsafeMutablePointer<Float>, owner: any AnyObject & Sendable, threads: Int
  ) {
    precondition(form.isApplicable(to: geometry), "\(form) cannot compute \(geometry)")
    precondition(activation.isFused, "\(activation?.name ?? "nothing") is not applied in registers")
    self.geometry = geometry
    self.form = form
    self.activation = activation
    schedule = WinogradSchedule(geometry, form, threads: threads)
    weights = FloatBuffer(frequencies, count: Self.frequencyFloats(geometry, form), owner: owner)
    self.bias = bias
  }

  /// The floats of the transformed weights of a convolution.
  public static func frequencyFloats(_ geometry: ConvolutionGeometry, _ form: WinogradForm) -> Int {
    let lanes = BlockedLayout.lanes
    let (inputBlocks, outputBlocks) = (
      (geometry.inputChannels + lanes - 1) / lanes, (geometry.outputChannels + lanes - 1) / lanes
    )
    return inputBlocks * outputBlocks * lanes * lanes * form.frequencies
  }

  /// The same weights, in the same memory, for a map of another size; `nil` where the weights would differ.
  public func resized(_ geometry: ConvolutionGeometry, _ form: WinogradForm) -> PackedWinograd? {
    guard form == self.form, form.isApplicable(to: geometry), geometry.hasWeights(of: self.geometry) else { return nil }
    var result = self
    result.geometry = geometry
    result.schedule = WinogradSchedule(geometry, form, threads: schedule.threads)
    return result
  }

  /// Floats from the weights of a frequency to those of the next.
  var frequencyFloats: Int { schedule.inputBlocks * BlockedLayout.lanes * BlockedLayout.lanes }

  /// The memory of the packed weights and bias.
  public var byteCount: Int { (weights.count + bias.count) * MemoryLayout<Float>.size }
}
