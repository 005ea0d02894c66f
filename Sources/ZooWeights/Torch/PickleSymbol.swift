import ZooTensor

/// The Python names that mean something to zoo; all others are unknown.
package enum PickleSymbol: Hashable, Sendable {
  /// What NumPy's arrays are made with.
  package enum NumPy: Hashable, Sendable {
    case reconstruct
    case fromBuffer
    case scalar
    case type
    case array
  }

  /// `dict` and its kin.
  case dictionary
  /// `list`, `set` and their kin.
  case sequence
  case rebuildTensor
  /// The function for types that have no class of storage.
  case rebuildTypedTensor
  /// The function for tensors with attributes of their own.
  case rebuildSubclass
  case rebuildParameter
  /// The function for tensors of devices that have no storages.
  case rebuildFromArray
  /// A class of tensors, of which old files say which it was.
  case tensor
  case parameter
  case storage(ElementType)
  case untypedStorage
  case elementType(ElementType)
  /// A kind of tensor that zoo does not read, in words, and for a class of storages the size of an element in bytes.
  case unsupported(String, size: Int)
  case size
  /// What says nothing about tensors.
  case inert(String)
  case encode
  case bytes
  case numpy(NumPy)
  /// The name as it stands in the pickle.
  case unknown(String)

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"), ("collections", "defaultdict"), ("collections", "Counter"):
      self = .dictionary
    case ("builtins", let name), ("__builtin__", let name): self.init(builtin: name)
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_tensor_v3"): self = .rebuildTypedTensor
    case ("torch._tensor", "_rebuild_from_type_v2"), ("torch._tensor", "_rebuild_from_type"),
      ("torch.tensor", "_rebuild_from_type"):
      self = .rebuildSubclass
    case ("torch._utils", "_rebuild_device_tensor_from_numpy"), ("torch._utils", "_rebuild_xla_tensor"):
      self = .rebuildFromArray
    case ("torch._utils", "_rebuild_parameter"), ("torch._utils", "_rebuild_parameter_with_state"):
      self = .rebuildParameter
    case ("torch.nn.parameter", "Parameter"): self = .parameter
    case ("torch", "Size"): self = .size
    case ("torch", "device"): self = .inert("torch.device")
    case ("torch.serialization", "_get_layout"): self = .inert("torch.layout")
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
    case ("torch._utils", "_rebuild_qtensor"): self = .unsupported("a quantized tensor", size: 0)
    case ("torch._utils", "_rebuild_sparse_tensor"), ("torch._utils", "_rebuild_sparse_csr_tensor"):
      self = .unsupported("a sparse tensor", size: 0)
    case ("torch._utils", "_rebuild_nested_tensor"): self = .unsupported("a nested tensor", size: 0)
    case ("torch._utils", "_rebuild_meta_tensor_no_storage"):
      self = .unsupported("a tensor without elements (meta)", size: 0)
    case ("torch._utils", "_rebuild_wrapper_subclass"):
      self = .unsupported("a tensor whose class computes its elements", size: 0)
    case ("torch._utils", let name) where name.hasPrefix("_rebuild_"):
      self = .unsupported("a tensor that torch._utils.\(name) makes", size: 0)
    case ("numpy.core.multiarray", let name), ("numpy._core.multiarray", let name), ("numpy.core.numeric", let name),
      ("numpy._core.numeric", let name), ("numpy", let name):
      self.init(numpy: name)
    case ("torch", let name): self.init(torch: name)
    case ("torch.cuda", let name) where name.hasSuffix("Tensor"): self.init(torch: name)
    default: return nil
    }
  }

  private init?(builtin name: String) {
    switch name {
    case "dict": self = .dictionary
    case "list", "tuple", "set", "frozenset": self = .sequence
    case "bytes", "bytearray": self = .bytes
    default: return nil
    }
  }

  private init?(numpy name: String) {
    switch name {
    case "_reconstruct": self = .numpy(.reconstruct)
    case "_frombuffer": self = .numpy(.fromBuffer)
    case "scalar": self = .numpy(.scalar)
    case "dtype": self = .numpy(.type)
    case "ndarray": self = .numpy(.array)
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
      self = .unsupported("a tensor of type \(name)", size: 0)
    } else if name.hasSuffix("Storage"), let size = Self.otherClasses[String(name.dropLast(7))] {
      self = .unsupported("a tensor of type \(name.dropLast(7))", size: size)
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
  private static let otherClasses = [
    "ComplexFloat": 8, "ComplexDouble": 16, "QInt8": 1, "QUInt8": 1, "QInt32": 4, "QUInt4x2": 1, "QUInt2x4": 1,
  ]
}

/// What is wrong with a pickle. Offsets are those of the instruction in its file.
public enum PickleProblem: Hashable, Sendable {
  case cutShort(offset: Int)
  case tooLarge(Int)
  case unsupportedProtocol(Int)
  case unknownOpcode(UInt8, offset: Int)
  /// A Python object in place of tensors.
  case nameNotAllowed(String, offset: Int)
  case callNotAllowed(String, offset: Int)
  case unexpectedValue(expected: String, offset: Int)
  case stackUnderflow(offset: Int)
  case notInMemory(Int, offset: Int)
  case integerTooLarge(offset: Int)
  case notUTF8(offset: Int)
  case tooMuch(PickleLimit, offset: Int)
}

/// What a pickle may only have so much of.
public enum PickleLimit: String, Hashable, Sendable {
  case stack = "values on the stack"
  case marks = "open marks"
  case memory = "remembered values"
  case containers = "lists, tuples, dictionaries and objects"
  case values = "values in containers"
  case names = "names of Python objects"
  case bytes = "bytes in text"
  case nesting = "levels of nesting"
  case tensors
}
