import ZooTensor

/// A network as ConvNetJS writes it (Karpathy, 2014): JSON with its layers in order, their sizes and their numbers.
///
/// A volume of numbers has, for each row, for each column, all channels after one another; its `w` is a list, or an object
/// with a key for each place, as JavaScript writes typed arrays.
package struct ConvNetJSFile: Sendable {
  /// What a layer has that is a number, and its volumes.
  package struct Layer: Sendable {
    package fileprivate(set) var type = ""
    /// `out_depth`, `sx`, `stride`, …
    package fileprivate(set) var numbers: [String: Double] = [:]
    /// What a layer of class `fc` or `conv` has, one for each output.
    package fileprivate(set) var filters: [Volume] = []
    package fileprivate(set) var biases: Volume?
    /// Where it begins in the file.
    package fileprivate(set) var offset = 0
    /// Keys with values of other kinds than are read.
    package fileprivate(set) var others: [String] = []
  }

  package struct Volume: Sendable {
    package fileprivate(set) var width = 0
    package fileprivate(set) var height = 0
    package fileprivate(set) var depth = 0
    package fileprivate(set) var values: [Float] = []
  }

  package private(set) var layers: [Layer] = []

  static let maximumBytes = 1 << 30
  static let maximumLayers = 10_000

  /// Reads a file.
  ///
  /// - Throws: `WeightsError` with the byte of what is wrong.
  package static func open(_ path: String) throws(WeightsError) -> ConvNetJSFile {
    do throws(WeightsProblem) {
      let file = try InputFile(path)
      let start = try file.bytes(at: 0, count: min(file.size, 512))
      if let foreign = ForeignFormat(start: start, path: path) { throw .foreign(foreign) }
      guard file.size <= maximumBytes else { throw .tooManyBytes(limit: maximumBytes) }
      return try ConvNetJSFile(file.bytes(at: 0, count: file.size))
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// As above, of bytes that are in memory; `name` stands for their path in errors.
  package static func open(bytes: [UInt8], name: String) throws(WeightsError) -> ConvNetJSFile {
    do throws(WeightsProblem) {
      return try ConvNetJSFile(bytes)
    } catch {
      throw WeightsError(path: name, error)
    }
  }

  private init(_ bytes: [UInt8]) throws(WeightsProblem) {
    var scanner = JSONScanner(bytes)
    var found: [Layer] = []
    try scanner.object { (scanner, key) throws(WeightsProblem) in
      guard key == "layers" else { return try scanner.skipValue() }
      try scanner.array { (scanner) throws(WeightsProblem) in
        guard found.count < Self.maximumLayers else { throw scanner.problem("at most \(Self.maximumLayers) layers") }
        found.append(try Self.layer(&scanner))
      }
    }
    try scanner.end()
    layers = found
  }

  private static func layer(_ scanner: inout JSONScanner) throws(WeightsProblem) -> Layer {
    var layer = Layer()
    layer.offset = scanner.position
    try scanner.object { (scanner, key) throws(WeightsProblem) in
      switch key {
      case "layer_type": layer.type = try scanner.string()
      case "filters":
        try scanner.array { (scanner) throws(WeightsProblem) in layer.filters.append(try volume(&scanner)) }
      case "biases": layer.biases = try volume(&scanner)
      default:
        if let number = try scanner.numberIfAny() {
          layer.numbers[key] = number
        } else {
          layer.others.append(key)
          try scanner.skipValue()
        }
      }
    }
    return layer
  }

  private static func volume(_ scanner: inout JSONScanner) throws(WeightsProblem) -> Volume {
    var volume = Volume()
    var hasNumbers = false
    try scanner.object { (scanner, key) throws(WeightsProblem) in
      switch key {
      case "sx": volume.width = try scanner.integer()
      case "sy": volume.height = try scanner.integer()
      case "depth": volume.depth = try scanner.integer()
      case "w":
        volume.values = try values(&scanner)
        hasNumbers = true
      default: try scanner.skipValue()
      }
    }
    let sizes = [volume.width, volume.height, volume.depth]
    guard hasNumbers, let shape = Shape(checking: sizes, elementType: .float32),
      shape.elementCount == volume.values.count
    else {
      throw scanner.problem(
        "a volume with as many numbers as sx · sy · depth, \(sizes), says; it has \(volume.values.count)")
    }
    return volume
  }

  /// A list, or an object whose keys are the places from 0 on, in order.
  private static func values(_ scanner: inout JSONScanner) throws(WeightsProblem) -> [Float] {
    var values: [Float] = []
    if scanner.begins("[") {
      try scanner.array { (scanner) throws(WeightsProblem) in values.append(try scanner.float()) }
      return values
    }
    try scanner.object { (scanner, key) throws(WeightsProblem) in
      guard key == "\(values.count)" else {
        throw scanner.problem("the number at place \(values.count) after the key \(key)")
      }
      values.append(try scanner.float())
    }
    return values
  }
}
