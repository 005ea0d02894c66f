import ZooTensor

/// What a layer's parameters say about how it computes; a layer that does not have the parameters says nothing.
struct CaffeAttributes {
  /// A number for both dimensions, one for each, or two numbers of their own.
  private struct Sides {
    var list: [Int] = []
    var height: Int?
    var width: Int?

    func extent(default missing: Int) -> Extent? {
      guard list.count <= 2, height == nil && width == nil || list.isEmpty else { return nil }
      return Extent(height: height ?? list.first ?? missing, width: width ?? list.last ?? missing)
    }
  }

  private var pad = Sides()
  private var kernel = Sides()
  private var stride = Sides()
  private var dilation = Sides()
  private var groups = 1
  private var hasConvolution = false
  private var epsilon: Double?
  /// The first axis that an inner product or a convolution takes together.
  private(set) var axis = 1
  private(set) var isTransposed = false

  /// Reads a `ConvolutionParameter`.
  mutating func readConvolution(_ reader: ProtobufReader) throws(WeightsProblem) {
    hasConvolution = true
    var reader = reader
    while let field = try reader.next() {
      switch field.number {
      case 3: try append(field, reader, to: &pad.list)
      case 4: try append(field, reader, to: &kernel.list)
      case 5: groups = try field.integer()
      case 6: try append(field, reader, to: &stride.list)
      case 9: pad.height = try field.integer()
      case 10: pad.width = try field.integer()
      case 11: kernel.height = try field.integer()
      case 12: kernel.width = try field.integer()
      case 13: stride.height = try field.integer()
      case 14: stride.width = try field.integer()
      case 16: axis = try field.integer()
      case 18: try append(field, reader, to: &dilation.list)
      default: break
      }
    }
  }

  /// A list longer than there are sides is no image's.
  private func append(
    _ field: ProtobufField, _ reader: ProtobufReader, to list: inout [Int]
  ) throws(WeightsProblem) {
    if field.type == .varint {
      if list.count < 3 { list.append(try field.integer()) }
      return
    }
    var numbers = reader.varints(in: try field.bytes())
    while numbers.position < numbers.end, list.count < 3 {
      list.append(Int(truncatingIfNeeded: try numbers.varint()))
    }
  }

  /// Reads an `InnerProductParameter`.
  mutating func readInnerProduct(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      switch (field.number, field.type) {
      case (5, .varint): axis = try field.integer()
      case (6, .varint): isTransposed = field.bits != 0
      default: break
      }
    }
  }

  /// Reads a `BatchNormParameter`.
  mutating func readBatchNorm(_ reader: ProtobufReader) throws(WeightsProblem) {
    var reader = reader
    while let field = try reader.next() {
      if field.number == 3, field.type == .fixed32 { epsilon = Double(try field.float()) }
    }
  }

  /// What a network is compared with; `tensors` are the layer's by what they are.
  func stored(name: String, type: String, tensors: [String: String]) -> StoredLayer {
    var layer = StoredLayer(name: name, kind: .other)
    layer.operation = type
    layer.tensors = tensors
    switch type {
    case "Convolution", "ConvolutionDepthwise", "DepthwiseConvolution":
      layer.kind = .convolution
      guard hasConvolution else { break }
      layer.kernel = kernel.extent(default: 0).flatMap { $0.area > 0 ? $0 : nil }
      layer.stride = stride.extent(default: 1)
      layer.dilation = dilation.extent(default: 1)
      // Other layers than Caffe's own have a group for each channel and need not say so.
      layer.groups = type == "Convolution" ? groups : nil
      layer.padding = pad.extent(default: 0).map { pad in
        .explicit(Padding(top: pad.height, left: pad.width, bottom: pad.height, right: pad.width))
      }
    case "InnerProduct": layer.kind = .fullyConnected
    case "BatchNorm":
      layer.kind = .batchNorm
      layer.epsilon = epsilon ?? 1e-5
    default: break
    }
    return layer
  }
}
