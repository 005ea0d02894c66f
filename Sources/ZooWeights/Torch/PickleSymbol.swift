import ZooTensor

/// The Python names that a checkpoint may use, and nothing else may.
package enum PickleSymbol: Hashable, Sendable {
  case orderedDictionary
  case rebuildTensor
  /// The function for types that have no class of storage.
  case rebuildTypedTensor
  /// The function for tensors with attributes of their own.
  case rebuildSubclass
  case rebuildParameter
  /// A class of tensors, of which old files say which it was.
  case tensor
  case parameter
  case storage(ElementType)
  case untypedStorage
  case elementType(ElementType)
  /// A kind of tensor that zoo does not read, in words.
  case unsupported(String)
  case size
  case device
  case encode

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
    case ("torch._tensor", "_rebuild_from_type_v2"): self = .rebuildSubclass
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch.nn.parameter", "Parameter"): self = .parameter
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .device
    case ("_codecs", "encode"): self = .encode
    case ("torch", "DoubleStorage"): self = .storage(.float64)
    case ("torch", "FloatStorage"): self = .storage(.float32)
    case ("torch", "HalfStorage"): self = .storage(.float16)
    case ("torch", "BFloat16Storage"): self = .storage(.bfloat16)
    case ("torch", "LongStorage"): self = .storage(.int64)
    case ("torch", "IntStorage"): self = .storage(.int32)
    case ("torch", "ShortStorage"): self = .storage(.int16)
    case ("torch", "CharStorage"): self = .storage(.int8)
    case ("torch", "ByteStorage"): self = .storage(.uint8)
    case ("torch", "BoolStorage"): self = .storage(.bool)
    case ("torch.storage", "UntypedStorage"): self = .untypedStorage
    case ("torch._utils", "_rebuild_qtensor"): self = .unsupported("a quantized tensor")
    case ("torch._utils", "_rebuild_sparse_tensor"), ("torch.serialization", "_get_layout"):
      self = .unsupported("a sparse tensor")
    case ("torch._utils", "_rebuild_meta_tensor_no_storage"): self = .unsupported("a tensor without elements (meta)")
    case ("torch", let name): self.init(torch: name)
    case ("torch.cuda", let name) where name.hasSuffix("Tensor"): self.init(torch: name)
    default: return nil
    }
  }

  /// PyTorch's names of element types, and of the classes of tensors and storages that have names after them.
  private init?(torch name: String) {
    if let type = ElementType.allCases.first(where: { $0.rawValue == name }) {
      self = .elementType(type)
    } else if name == "Tensor" || Self.classes.contains(where: { "\($0)Tensor" == name }) {
      self = .tensor
    } else if Self.otherTypes.contains(name) {
      self = .unsupported("a tensor of type \(name)")
    } else if name.hasSuffix("Storage"), Self.otherClasses.contains(String(name.dropLast(7))) {
      self = .unsupported("a tensor of type \(name.dropLast(7))")
    } else {
      return nil
    }
  }

  private static let classes = [
    "Double", "Float", "Half", "BFloat16", "Long", "Int", "Short", "Char", "Byte", "Bool",
  ]
  private static let otherTypes: Set<String> = [
    "uint16", "uint32", "uint64", "complex32", "complex64", "complex128", "float8_e4m3fn", "float8_e4m3fnuz",
    "float8_e5m2", "float8_e5m2fnuz", "float8_e8m0fnu", "float4_e2m1fn_x2", "qint8", "quint8", "qint32",
  ]
  private static let otherClasses: Set<String> = [
    "ComplexFloat", "ComplexDouble", "QInt8", "QUInt8", "QInt32", "QUInt4x2", "QUInt2x4",
  ]
}

/// What is wrong with a pickle. Offsets are those of the instruction in its file.
public enum PickleProblem: Hashable, Sendable {
  case cutShort(offset: Int)
  case tooLarge(Int)
  case unsupportedProtocol(Int)
  case unknownOpcode(UInt8, offset: Int)
  /// A Python name outside the list of those that checkpoints need.
  case nameNotAllowed(String, offset: Int)
  case callNotAllowed(String, offset: Int)
  case unexpectedValue(expected: String, offset: Int)
  case stackUnderflow(offset: Int)
  case notInMemory(Int, offset: Int)
  case integerTooLarge(offset: Int)
  case notUTF8(offset: Int)
  case tooMuch(PickleLimit, offset: Int)
  /// A kind of tensor that PyTorch has and zoo does not, in words.
  case unsupportedTensor(String, offset: Int)
}

/// What a pickle may only have so much of.
public enum PickleLimit: String, Hashable, Sendable {
  case stack = "values on the stack"
  case marks = "open marks"
  case memory = "remembered values"
  case containers = "lists, tuples and dictionaries"
  case nesting = "levels of nesting"
  case tensors
}
