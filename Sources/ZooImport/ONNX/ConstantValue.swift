import ZooTensor

/// A value of a graph that depends on nothing that is fed in.
struct ConstantValue {
  enum Elements {
    case integers([Int])
    case floats(Tensor)
  }

  var dimensions: [Int]
  var elements: Elements
  /// The initializer that it is made of, for names; `nil` for one of nodes.
  var name: String?

  /// Arithmetic is for shapes and for what has an element per channel.
  static let maximumComputed = 1 << 22

  init(_ tensor: Tensor, name: String? = nil) {
    dimensions = tensor.shape.dimensions
    self.name = name
    if tensor.elementType.isFloatingPoint {
      elements = .floats(tensor.convertedToFloat32())
    } else {
      elements = .integers(tensor.integers)
    }
  }

  init(_ dimensions: [Int], integers: [Int]) {
    self.dimensions = dimensions
    elements = .integers(integers)
  }

  init(_ dimensions: [Int], floats: [Float], name: String? = nil) {
    self.dimensions = dimensions
    self.name = name
    elements = .floats(Tensor(shape: Shape(dimensions), floats: floats))
  }

  var count: Int { dimensions.reduce(1, *) }

  var integers: [Int]? { if case .integers(let numbers) = elements { numbers } else { nil } }

  /// As float32, whatever they are.
  var tensor: Tensor {
    switch elements {
    case .floats(let tensor): tensor
    case .integers(let numbers): Tensor(shape: Shape(dimensions), floats: numbers.map { Float($0) })
    }
  }

  /// The number that all elements are; `nil` where they differ or are many.
  var single: Float? {
    guard count > 0 else { return nil }
    switch elements {
    case .integers(let numbers): return numbers.allSatisfy { $0 == numbers[0] } ? Float(numbers[0]) : nil
    case .floats(let tensor):
      return tensor.withFloats { floats in floats.allSatisfy { $0 == floats[0] } ? floats[0] : nil }
    }
  }

  /// The same elements in other dimensions, of the same number.
  func reshaped(to dimensions: [Int]) -> ConstantValue {
    var result = self
    result.dimensions = dimensions
    if case .floats(let tensor) = elements { result.elements = .floats(tensor.reshaped(to: Shape(dimensions))) }
    return result
  }

  /// Elements in an order: those at `indices` of this value, row-major.
  func picking(_ indices: [Int], _ dimensions: [Int]) -> ConstantValue {
    var result = self
    result.dimensions = dimensions
    switch elements {
    case .integers(let numbers): result.elements = .integers(indices.map { numbers[$0] })
    case .floats(let tensor):
      let floats = tensor.withFloats { floats in indices.map { floats[$0] } }
      result.elements = .floats(Tensor(shape: Shape(dimensions), floats: floats))
    }
    return result
  }

  func transposed(_ order: [Int]) -> ConstantValue {
    let strides = Self.strides(dimensions)
    let target = order.map { dimensions[$0] }
    guard order != Array(order.indices), count > 0 else { return reshaped(to: target) }
    if order == [1, 0], case .floats(let tensor) = elements {
      var result = reshaped(to: target)
      result.elements = .floats(tensor.matrixTransposed())
      return result
    }
    return picking(Self.indices(target, order.map { strides[$0] }), target)
  }

  static func strides(_ dimensions: [Int]) -> [Int] {
    var strides = dimensions
    var product = 1
    for axis in dimensions.indices.reversed() {
      strides[axis] = product
      product *= dimensions[axis]
    }
    return strides
  }

  /// Where each element of a view is.
  static func indices(_ dimensions: [Int], _ strides: [Int], offset: Int = 0) -> [Int] {
    var indices = [offset]
    for (size, stride) in zip(dimensions, strides) {
      indices = indices.flatMap { start in (0..<size).map { start + $0 * stride } }
    }
    return indices
  }
}

extension Tensor {
  /// The elements of an integer or Boolean tensor.
  fileprivate var integers: [Int] {
    func read<T: FixedWidthInteger & BitwiseCopyable>(_: T.Type) -> [Int] {
      withUnsafeBytes { bytes in
        (0..<shape.elementCount).map {
          Int(truncatingIfNeeded: bytes.loadUnaligned(fromByteOffset: $0 * MemoryLayout<T>.size, as: T.self))
        }
      }
    }
    switch elementType {
    case .int64: return read(Int64.self)
    case .int32: return read(Int32.self)
    case .int16: return read(Int16.self)
    case .int8: return read(Int8.self)
    case .uint8, .bool: return read(UInt8.self)
    case .float16, .float32, .float64, .bfloat16: return []
    }
  }

  /// A matrix with its rows as columns.
  func matrixTransposed() -> Tensor {
    let (rows, columns) = (shape[0], shape[1])
    return Tensor(shape: [columns, rows]) { bytes in
      let target = bytes.bindMemory(to: Float.self)
      withFloats { source in
        for row in 0..<rows {
          for column in 0..<columns { target[column * rows + row] = source[row * columns + column] }
        }
      }
    }
  }
}
