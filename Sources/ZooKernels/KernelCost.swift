import ZooTensor

/// What a kernel has to do: a model of the time that it takes, the same on every machine for the same shape.
///
/// Where an algorithm is chosen, `operations` are compared, which know no machine; how long something takes on the
/// machine at hand, `time(on:images:)` predicts from measured rates. (A roofline: Williams et al., CACM 52(4), 2009.)
public struct KernelCost: Hashable, Sendable {
  /// Floating-point operations of the products with weights, the empty lanes of the output's last channel block included;
  /// for one image.
  public var products = 0.0
  /// Floating-point operations of everything else; for one image.
  public var elementOperations = 0.0
  /// Bytes of weights, read once for all images of a batch.
  public var weightBytes = 0.0
  /// Bytes of maps read and written; for one image.
  public var mapBytes = 0.0

  /// What a kernel has to do; nothing where it is not given. Bytes and floating-point operations, not milliseconds.
  public init(
    products: Double = 0, elementOperations: Double = 0, weightBytes: Double = 0, mapBytes: Double = 0
  ) {
    self.products = products
    self.elementOperations = elementOperations
    self.weightBytes = weightBytes
    self.mapBytes = mapBytes
  }

  /// Adds what is to be done, too, by the same kernel.
  package mutating func add(_ other: KernelCost) {
    products += other.products
    elementOperations += other.elementOperations
    weightBytes += other.weightBytes
  }

  /// How many operations take as long as reading a byte of weights from memory.
  private static let perWeightByte = 8.0
  /// Bytes of weights that memory has not yet delivered when the products are done; negative where more could be fetched
  /// meanwhile than there are.
  package func missingBytes(images: Int) -> Double {
    weightBytes - Double(images) * products / Self.perWeightByte
  }

  /// How many times longer an operation that is not one of the products takes.
  private static let perElementOperation = 3.0

  /// The products that take as long, for one image, on a machine with the usual balance of arithmetic and memory.
  var operations: Double {
    max(products, Self.perWeightByte * weightBytes) + Self.perElementOperation * elementOperations
  }

  /// The least time that the arithmetic and the weights allow: all of the machine's arithmetic at its peak, or each
  /// weight read from memory once, whichever takes longer.
  ///
  /// Weights that are still in a cache from the run before, or skipped because their input is zero, can do better.
  public func roofline(on rates: MachineRates, images: Int = 1) -> Duration {
    let arithmetic = Double(images) * (products + elementOperations) / rates.operationsPerSecond
    return .seconds(max(arithmetic, weightBytes / rates.bytesPerSecond))
  }

  /// The share of the peak that long reductions reach.
  private static let productEfficiency = 0.85
  /// How many times faster than memory the caches are between which maps move.
  private static let cacheSpeed = 2.0
  /// What it takes to give threads something to do.
  private static let overhead = 2e-6

  /// The time that the model predicts.
  public func time(on rates: MachineRates, images: Int = 1) -> Duration {
    let images = Double(images)
    let slowest = max(
      images * products / (Self.productEfficiency * rates.operationsPerSecond), weightBytes / rates.bytesPerSecond,
      images * mapBytes / (Self.cacheSpeed * rates.bytesPerSecond))
    let rest = images * Self.perElementOperation * elementOperations / rates.operationsPerSecond
    return .seconds(Self.overhead + slowest + rest)
  }
}

extension KernelCost {
  /// A direct convolution. `isPlanar`: whether the input lies in planes, without empty lanes.
  public static func convolution(_ geometry: ConvolutionGeometry, isPlanar: Bool = false) -> KernelCost {
    if let order = NarrowGroups(geometry) {
      return KernelCost(
        products: 2 * Double(order.floatCount) * Double(geometry.output.area),
        weightBytes: 4 * Double(order.floatCount), mapBytes: maps(geometry, isPlanar: false))
    }
    let panels = WeightPanels(geometry, isPlanar: isPlanar)
    // Empty lanes of the output take part, those of the input do not.
    let filled =
      panels.isDepthwise
      ? 1 : Double(geometry.inputChannels) / Double(panels.groups * panels.planesPerGroup * panels.depth)
    return KernelCost(
      products: 2 * Double(panels.floatCount) * filled * Double(geometry.output.area),
      weightBytes: 4 * Double(panels.floatCount), mapBytes: maps(geometry, isPlanar: isPlanar))
  }

  /// A locally connected layer: each of its weights is used once.
  public static func locallyConnected(_ geometry: ConvolutionGeometry) -> KernelCost {
    let weights = Double(WeightPanels(geometry, isPlanar: false).floatCount) * Double(geometry.output.area)
    return KernelCost(products: 2 * weights, weightBytes: 4 * weights, mapBytes: maps(geometry, isPlanar: false))
  }

  /// A convolution by Winograd's algorithm. `pools`: whether only a quarter of the output is written.
  public static func convolution(
    _ geometry: ConvolutionGeometry, _ form: WinogradForm, pools: Bool = false
  ) -> KernelCost {
    let inputs = Double(padded(geometry.inputChannels))
    let outputs = Double(padded(geometry.outputChannels))
    let tiles = Double(WinogradGrid(geometry.output, form).tiles)
    let weights = Double(form.frequencies) * inputs * outputs
    // A transform of one dimension takes about two operations for each of its values.
    let perPass = Double(2 * 2 * form.side)
    let transforms =
      inputs * perPass * Double(2 * form.side) + outputs * perPass * Double(form.side + form.outputs)
    return KernelCost(
      products: 2 * weights * tiles * Double(geometry.inputChannels) / inputs, elementOperations: transforms * tiles,
      weightBytes: 4 * weights,
      mapBytes: maps(geometry, isPlanar: false, outputShare: pools ? 0.25 : 1))
  }

  /// A fully connected layer none of whose inputs is zero. `input`: the map or vector that is read.
  public static func fullyConnected(input: Shape, outputFeatures: Int) -> KernelCost {
    let weights =
      Double(padded(input.channels)) * Double(input.extent.area) * Double(padded(outputFeatures))
    return KernelCost(products: 2 * weights, weightBytes: 4 * weights, mapBytes: map(input) + map([outputFeatures]))
  }

  /// A kernel that has no weights to speak of. `perElement`: floating-point operations for each element of the output.
  public static func elementwise(inputs: [Shape], output: Shape, perElement: Double) -> KernelCost {
    KernelCost(
      elementOperations: perElement * Double(padded(output.channels)) * Double(output.extent.area),
      mapBytes: inputs.reduce(map(output)) { $0 + map($1) })
  }

  private static func padded(_ channels: Int) -> Int {
    let lanes = BlockedLayout.lanes
    return (channels + lanes - 1) / lanes * lanes
  }

  private static func map(_ shape: Shape) -> Double {
    Double(padded(shape.channels)) * Double(shape.extent.area) * 4
  }

  private static func maps(
    _ geometry: ConvolutionGeometry, isPlanar: Bool, outputShare: Double = 1
  ) -> Double {
    let inputs = isPlanar ? geometry.inputChannels : padded(geometry.inputChannels)
    let elements =
      Double(inputs) * Double(geometry.input.area) + outputShare * Double(padded(geometry.outputChannels))
      * Double(geometry.output.area)
    return 4 * elements
  }
}
