import Synchronization
import ZooTensor

extension Checkpoint {
  /// The same checkpoint with its floating-point tensors in another floating-point type, each number rounded to the
  /// nearest; integers and booleans stay what they are. Nothing is read yet: elements are converted as they are read.
  ///
  /// The scale, shift, mean and variance of batch norms are converted like everything else, as PyTorch's `model.half()`
  /// does. Reading throws `WeightsProblem.cast` at a number that is too large for the type.
  ///
  /// - Precondition: `elementType` is floating-point.
  package func converted(to elementType: ElementType) -> Checkpoint {
    precondition(elementType.isFloatingPoint, "\(elementType.rawValue) is not floating-point")
    guard floatingPointTypes != [elementType], !floatingPointTypes.isEmpty else { return self }
    let converted = entries.map { entry in
      Entry(
        name: entry.name, shape: entry.shape,
        elementType: entry.elementType.isFloatingPoint ? elementType : entry.elementType)
    }
    var checkpoint = self
    checkpoint.entries = converted
    checkpoint.source = ConvertedSource(base: source, original: entries, elementType: elementType)
    return checkpoint
  }

  /// The floating-point types of the tensors, widest first, each once.
  public var floatingPointTypes: [ElementType] {
    let types = Set(entries.map(\.elementType))
    return ElementType.allCases.filter { $0.isFloatingPoint && types.contains($0) }
  }
}

/// Another checkpoint's tensors, the floating-point ones in another type.
private final class ConvertedSource: TensorSource {
  private let base: any TensorSource
  private let original: [Checkpoint.Entry]
  private let elementType: ElementType
  private let buffers = Mutex<[Buffer]>([])

  init(base: any TensorSource, original: [Checkpoint.Entry], elementType: ElementType) {
    self.base = base
    self.original = original
    self.elementType = elementType
  }

  func readsPieces(of entry: Int) -> Bool { base.readsPieces(of: entry) }

  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem) { try base.prepare(entry, threads: threads) }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    guard let cast = cast(of: entry) else { return try base.read(entry, piece: piece, into: target) }
    let buffer = buffers.withLock { $0.popLast() } ?? Buffer(ArchiveLayout.chunkElements * MemoryLayout<Double>.size)
    let source = UnsafeMutableRawBufferPointer(
      rebasing: buffer.memory[..<(target.count / elementType.size * original[entry].elementType.size)])
    try base.read(entry, piece: piece, into: source)
    try convert(entry, cast, source, target, first: piece * ArchiveLayout.chunkElements)
    buffers.withLock { $0.append(buffer) }
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    guard let cast = cast(of: entry) else { return try base.read(entry, into: target) }
    let buffer = Buffer(original[entry].byteCount)
    try base.read(entry, into: buffer.memory)
    try convert(entry, cast, buffer.memory, target, first: 0)
  }

  private func cast(of entry: Int) -> ElementCast? {
    let type = original[entry].elementType
    return type.isFloatingPoint && type != elementType ? ElementCast(from: type, to: elementType) : nil
  }

  private func convert(
    _ entry: Int, _ cast: ElementCast, _ source: UnsafeMutableRawBufferPointer,
    _ target: UnsafeMutableRawBufferPointer, first: Int
  ) throws(WeightsProblem) {
    do throws(ElementCast.Overflow) {
      try cast.convert(UnsafeRawBufferPointer(source), into: target)
    } catch {
      let place = ElementPlace(original[entry].shape, element: first + error.index)
      throw .cast(.tooLarge(tensor: original[entry].name, at: place, value: error.value, type: elementType))
    }
  }
}

private final class Buffer: @unchecked Sendable {
  let memory: UnsafeMutableRawBufferPointer

  init(_ byteCount: Int) {
    memory = .allocate(byteCount: byteCount, alignment: 64)
  }

  deinit {
    memory.deallocate()
  }
}

/// The indices of one element of a tensor.
public struct ElementPlace: Hashable, Sendable, CustomStringConvertible {
  /// One for each dimension, outermost first, each from 0.
  public let indices: [Int]

  package init(indices: [Int]) {
    self.indices = indices
  }

  /// `element`: counted in row-major order.
  init(_ shape: Shape, element: Int) {
    var (indices, rest) = ([Int](), element)
    for dimension in shape.dimensions.reversed() where dimension > 0 {
      indices.append(rest % dimension)
      rest /= dimension
    }
    self.indices = indices.reversed()
  }

  /// `[3, 0, 12]`
  public var description: String { "[\(indices.map(String.init).joined(separator: ", "))]" }
}

/// Why elements cannot be converted to another type.
public enum CastProblem: Hashable, Sendable {
  /// A number whose nearest in the other type is infinite.
  case tooLarge(tensor: String, at: ElementPlace, value: Double, type: ElementType)
}
