import ZooTensor

/// NumPy's arrays, whose elements stand in the pickle: as bytes, or as text of Latin-1 where the protocol has no bytes.
extension PickleMachine {
  mutating func call(_ function: PickleSymbol.NumPy, _ arguments: [Value]) throws(WeightsProblem) -> Value {
    switch function {
    case .reconstruct:
      guard let type = arguments.first else { throw unexpected("a class of arrays") }
      if type == .symbol(.numpy(.array)) { return .object(try newObject("numpy.ndarray", .emptyArray)) }
      if case .symbol(.unknown(let name)) = type { return .object(try newObject(name, .tensor)) }
      return .object(try newObject("numpy.ndarray", .tensor))
    case .type: return .object(try numberType(arguments))
    case .fromBuffer:
      guard arguments.count == 4, let bytes = bytes(of: arguments[0]), case .object(let type) = arguments[1],
        case .numberType(let type) = objects[type].kind, case .string(let order) = arguments[3]
      else { return .object(try newObject("numpy.ndarray", .tensor, of: arguments)) }
      let object = try newObject("numpy.ndarray", .emptyArray)
      try setElements(of: object, shape: arguments[2], type, isFortran: order == "F", bytes)
      return .object(object)
    // Beside the weights: a count of epochs, the best accuracy. Python's own numbers are not tensors either.
    case .scalar: return .object(try newObject("a NumPy number", of: arguments))
    case .array: return .object(try newObject("numpy.ndarray", .tensor, of: arguments))
    }
  }

  /// `('f4', False, True)`, and the order of bytes in a state that follows.
  private mutating func numberType(_ arguments: [Value]) throws(WeightsProblem) -> Int {
    switch arguments.first {
    case .string(let text)?:
      let hasOrder = text.first.map { "<>|=".contains($0) } ?? false
      let type = NumPyType(kind: String(text.prefix(32).dropFirst(hasOrder ? 1 : 0)), isBigEndian: text.first == ">")
      return try newObject("numpy.dtype", .numberType(type))
    // What NumPy does not have and this package adds to it.
    case .symbol(.unknown("ml_dtypes.bfloat16"))?:
      return try newObject("numpy.dtype", .numberType(NumPyType(kind: "V2")))
    case .symbol(.unknown(let name))?:
      return try newObject("numpy.dtype", .numberType(NumPyType(kind: name, isStructured: true)))
    default: throw unexpected("the name of a type of numbers")
    }
  }

  /// Sets the state of an array or of a type; false when the object is neither.
  mutating func buildNumPy(_ object: Int, _ state: Value) throws(WeightsProblem) -> Bool {
    switch objects[object].kind {
    case .numberType(var type):
      // A version, the order, a type of subarrays, names of fields, fields, size, alignment, flags.
      guard case .tuple(let position) = state, sequences[position].count >= 5 else {
        throw unexpected("the state of a type of numbers")
      }
      let fields = sequences[position]
      type.isBigEndian = fields[1] == .string(">")
      type.isStructured = type.isStructured || fields[2...4].contains { $0 != .none }
      objects[object].kind = .numberType(type)
      return true
    case .emptyArray:
      // A version, the shape, the type, whether in Fortran's order, and the elements. The first had no version.
      guard case .tuple(let position) = state, case let fields = sequences[position].suffix(4), fields.count == 4,
        case let fields = Array(fields), case .object(let type) = fields[1],
        case .numberType(let type) = objects[type].kind, case .boolean(let isFortran) = fields[2]
      else { throw unexpected("the state of an array") }
      guard let bytes = bytes(of: fields[3]) else {
        refuse(object, "a NumPy array of Python objects")
        return true
      }
      try setElements(of: object, shape: fields[0], type, isFortran: isFortran, bytes)
      return true
    case .array: throw unexpected("an array without elements")
    default: return false
    }
  }

  private mutating func refuse(_ object: Int, _ what: String) {
    objects[object].name = what
    objects[object].kind = .unsupportedTensor
  }

  private func bytes(of value: Value) -> [UInt8]? {
    switch value {
    case .bytes(let bytes): bytes
    // A string of Python 2.
    case .string(let text): Array(text.utf8)
    default: nil
    }
  }

  private mutating func setElements(
    of object: Int, shape: Value, _ type: NumPyType, isFortran: Bool, _ bytes: [UInt8]
  ) throws(WeightsProblem) {
    guard let sizes = integers(shape), sizes.count <= Self.maximumRank else {
      throw unexpected("the shape of an array")
    }
    guard !type.isStructured, let elementType = ElementType(numpyKind: type.kind) else {
      return refuse(object, "a NumPy array of type \(type.kind)")
    }
    guard let shape = Shape(checking: sizes, elementType: elementType),
      shape.elementCount * elementType.size == bytes.count
    else { throw unexpected("as many bytes as the array has") }
    let storage = Storage(
      key: "", elementType: elementType, elementCount: shape.elementCount,
      inline: .init(bytes: bytes, isBigEndian: type.isBigEndian && elementType.size > 1))
    let layout = isFortran ? StridedLayout(fortran: sizes) : StridedLayout(contiguous: sizes)
    objects[object].kind = .array(
      try newTensor(Tensor(storage: storage, offset: 0, sizes: sizes, strides: layout.strides)))
  }
}
