#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// An immutable, contiguous array of numbers in row-major order (NCHW for images).
///
/// Copying a tensor or reshaping it shares the storage, so a fully connected weight seen as a convolution's costs nothing.
/// Elements are in the machine's byte order (little-endian on every supported machine).
public struct Tensor: Sendable {
  /// The extents; their product is the number of elements.
  public let shape: Shape
  /// How the bytes are to be read.
  public let elementType: ElementType
  private let storage: TensorStorage

  /// Allocates a tensor and lets `initialize` write all of its bytes; they are zero before it does.
  public init(
    shape: Shape, elementType: ElementType = .float32,
    initialize: (UnsafeMutableRawBufferPointer) throws -> Void
  ) rethrows {
    self.shape = shape
    self.elementType = elementType
    storage = TensorStorage(byteCount: shape.elementCount * elementType.size)
    try initialize(storage.bytes)
  }

  /// A tensor and its memory, all zeros, for those who fill several tensors at the same time. The memory must not be
  /// written to when the tensor is in use.
  package static func unfilled(
    shape: Shape, elementType: ElementType
  ) -> (tensor: Tensor, bytes: UnsafeMutableRawBufferPointer) {
    let storage = TensorStorage(byteCount: shape.elementCount * elementType.size)
    return (Tensor(shape: shape, elementType: elementType, storage: storage), storage.bytes)
  }

  /// Creates a float32 tensor.
  ///
  /// - Precondition: `floats.count == shape.elementCount`.
  public init(shape: Shape, floats: [Float]) {
    precondition(
      floats.count == shape.elementCount, "\(floats.count) numbers for a tensor of \(shape)")
    self.init(shape: shape) { bytes in
      floats.withUnsafeBytes { bytes.copyMemory(from: $0) }
    }
  }

  private init(shape: Shape, elementType: ElementType, storage: TensorStorage) {
    self.shape = shape
    self.elementType = elementType
    self.storage = storage
  }

  /// The size of the elements in bytes.
  public var byteCount: Int { shape.elementCount * elementType.size }

  /// The same elements in the same order under another shape; nothing is copied.
  ///
  /// - Precondition: both shapes have the same number of elements.
  public func reshaped(to shape: Shape) -> Tensor {
    precondition(
      shape.elementCount == self.shape.elementCount, "cannot view \(self.shape) as \(shape)")
    return Tensor(shape: shape, elementType: elementType, storage: storage)
  }

  /// Calls `body` with the elements in row-major order, as many bytes as `shape` and `elementType` say, valid until
  /// it returns. Throws what `body` throws.
  public func withUnsafeBytes<Result, Failure: Error>(
    _ body: (UnsafeRawBufferPointer) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    try body(UnsafeRawBufferPointer(storage.bytes))
  }

  /// Calls `body` with the elements of a float32 tensor.
  ///
  /// - Precondition: `elementType` is `.float32`.
  public func withFloats<Result, Failure: Error>(
    _ body: (UnsafeBufferPointer<Float>) throws(Failure) -> Result
  ) throws(Failure) -> Result {
    precondition(elementType == .float32, "the tensor holds \(elementType.rawValue)")
    return try body(UnsafeRawBufferPointer(storage.bytes).bindMemory(to: Float.self))
  }

  /// The elements of a float32 tensor, copied.
  public var floats: [Float] {
    withFloats { Array($0) }
  }
}

extension Tensor {
  /// The elements as float32: the tensor itself when it already is, else a converted copy.
  ///
  /// float64 is rounded to the nearest; float16, bfloat16 and small integers convert exactly; booleans become 0 and 1.
  public func convertedToFloat32() -> Tensor {
    if elementType == .float32 { return self }
    return withUnsafeBytes { source in
      Tensor(shape: shape) { bytes in elementType.convertToFloat32(source, into: bytes.bindMemory(to: Float.self)) }
    }
  }
}

extension ElementType {
  /// Converts elements of this type, as `Tensor.convertedToFloat32` does.
  ///
  /// - Precondition: `source` holds as many elements as `target`.
  public func convertToFloat32(_ source: UnsafeRawBufferPointer, into target: UnsafeMutableBufferPointer<Float>) {
    precondition(source.count == target.count * size, "\(source.count) bytes for \(target.count) elements of \(self)")
    func convert<T: BitwiseCopyable>(_: T.Type, _ value: (T) -> Float) {
      for index in target.indices {
        target[index] = value(source.loadUnaligned(fromByteOffset: index * MemoryLayout<T>.size, as: T.self))
      }
    }
    switch self {
    case .float64: convert(Double.self) { Float($0) }
    case .float32: UnsafeMutableRawBufferPointer(target).copyMemory(from: source)
    case .float16: convert(UInt16.self) { float(fromHalfBits: $0) }
    case .bfloat16: convert(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
    case .int64: convert(Int64.self) { Float($0) }
    case .int32: convert(Int32.self) { Float($0) }
    case .int16: convert(Int16.self) { Float($0) }
    case .int8: convert(Int8.self) { Float($0) }
    case .uint8, .bool: convert(UInt8.self) { Float($0) }
    }
  }
}

/// IEEE 754 binary16 to binary32, exact. (`Float16` is unavailable on x86-64 macOS.)
private func float(fromHalfBits bits: UInt16) -> Float {
  let sign = UInt32(bits & 0x8000) << 16
  let exponent = UInt32(bits >> 10) & 0x1F
  let fraction = UInt32(bits & 0x3FF)
  switch exponent {
  case 0:
    let magnitude = Float(fraction) * 0x1p-24
    return sign == 0 ? magnitude : -magnitude
  case 31:
    return Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
  default:
    return Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
  }
}

/// Memory that is written once, before it is shared, and freed with its last user.
private final class TensorStorage: @unchecked Sendable {
  let bytes: UnsafeMutableRawBufferPointer
  private let memory: UnsafeMutableRawPointer
  /// The size of `memory` when it is a mapping of its own; else `malloc` knows.
  private let mappedBytes: Int?

  /// The width of a cache line, which is also that of the widest vector register.
  private static let alignment = 64
  private static let hugePage = 1 << 21

  /// Zeroed and aligned. Pages are taken from the system when they are first touched, by whoever fills them: huge ones
  /// for a large tensor, if the system has them, because reading a checkpoint is as fast as new pages come.
  init(byteCount: Int) {
    let isLarge = byteCount >= Self.hugePage
    let alignment = isLarge ? Self.hugePage : Self.alignment
    let memory: UnsafeMutableRawPointer?
    if isLarge {
      let mapping = mmap(nil, byteCount + alignment, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      memory = mapping == MAP_FAILED ? nil : mapping
    } else {
      memory = calloc(byteCount + alignment, 1)
    }
    guard let memory else { preconditionFailure("no memory for \(byteCount) bytes") }
    self.memory = memory
    mappedBytes = isLarge ? byteCount + alignment : nil
    let start = memory.alignedUp(toMultipleOf: alignment)
    #if os(Linux)
      if isLarge { madvise(start, byteCount, MADV_HUGEPAGE) }
    #endif
    bytes = UnsafeMutableRawBufferPointer(start: start, count: byteCount)
  }

  deinit {
    if let mappedBytes { munmap(memory, mappedBytes) } else { free(memory) }
  }
}
