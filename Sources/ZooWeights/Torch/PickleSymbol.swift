import ZooTensor

/// The Python names that a checkpoint may use, and nothing else may.
package enum PickleSymbol: Hashable, Sendable {
  case orderedDictionary
  case rebuildTensor
  case rebuildParameter
  case storage(ElementType)
  case size
  case device
  case encode

  init?(module: String, name: String) {
    switch (module, name) {
    case ("collections", "OrderedDict"): self = .orderedDictionary
    case ("torch._utils", "_rebuild_tensor"), ("torch._utils", "_rebuild_tensor_v2"): self = .rebuildTensor
    case ("torch._utils", "_rebuild_parameter"): self = .rebuildParameter
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
    default: return nil
    }
  }
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
