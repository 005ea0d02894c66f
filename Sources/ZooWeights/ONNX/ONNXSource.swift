import ZooTensor

/// The tensors of an ONNX model, read from where they lie.
struct ONNXSource: TensorSource {
  enum Data: Sendable {
    /// As they lie in memory.
    case raw(offset: Int)
    case numbers(ProtobufNumbers)
    /// Integers, and small floats by their bits.
    case varints(ProtobufVarints)
    /// As they lie in memory, in another file.
    case external(ONNXExternalFile, offset: Int)
  }

  struct Item: Sendable {
    let entry: Checkpoint.Entry
    let data: Data
  }

  let file: InputFile
  let items: [Item]

  /// Where an integer lies depends on those before it.
  func readsPieces(of entry: Int) -> Bool {
    if case .varints = items[entry].data { false } else { true }
  }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let item = items[entry]
    let first = piece * ArchiveLayout.chunkElements
    let start = first * item.entry.elementType.size
    switch item.data {
    case .raw(let offset): try file.read(at: offset + start, into: target)
    case .numbers(let numbers): try numbers.read(from: file, first: first, into: target)
    case .varints: try read(entry, into: target)
    case .external(let other, let offset):
      try other.read(at: offset + start, into: target)
    }
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    guard case .varints(let varints) = items[entry].data else { return }
    let (name, type) = (items[entry].entry.name, items[entry].entry.elementType)
    let expected = Self.range(of: type)
    var offset = 0
    try varints.forEach(in: file) { (value) throws(WeightsProblem) in
      guard expected.contains(value) else { throw .onnx(.valueOutOfRange(tensor: name, value)) }
      // A file that changes while it is read may have more of them now.
      guard offset < target.count else { throw .file(.shrank(expected: file.size, found: file.size)) }
      for byte in 0..<type.size {
        target[offset + byte] = UInt8(truncatingIfNeeded: value >> (8 * byte))
      }
      offset += type.size
    }
    guard offset == target.count else { throw .file(.shrank(expected: file.size, found: file.size)) }
  }

  /// The integers that stand for elements of a type.
  private static func range(of type: ElementType) -> ClosedRange<Int> {
    switch type {
    case .int64: Int(Int64.min)...Int(Int64.max)
    case .int32: Int(Int32.min)...Int(Int32.max)
    case .int16: Int(Int16.min)...Int(Int16.max)
    case .int8: Int(Int8.min)...Int(Int8.max)
    case .uint8: 0...255
    case .bool: 0...1
    case .float16, .bfloat16: 0...0xFFFF
    case .float32, .float64: 0...0
    }
  }
}
