/// A pickle written instruction by instruction, and a checkpoint around it.
struct ForgedPickle {
  var forge = ByteForge()

  init() {
    forge.raw([0x80, 2])
  }

  mutating func op(_ opcode: Unicode.Scalar) { forge.u8(UInt8(opcode.value)) }

  mutating func global(_ module: String, _ name: String) {
    op("c")
    forge.text("\(module)\n\(name)\n")
  }

  mutating func text(_ text: String) {
    op("X")
    forge.u32(UInt32(text.utf8.count))
    forge.text(text)
  }

  mutating func integer(_ value: Int) {
    forge.raw([0x8A, 8])
    forge.u64(UInt64(bitPattern: Int64(value)))
  }

  mutating func tuple(_ values: [Int]) {
    op("(")
    for value in values { integer(value) }
    op("t")
  }

  /// A tensor as `torch.save` describes it, under a name, for a dictionary whose mark is open.
  mutating func tensor(_ tensor: ForgedTensor) {
    text(tensor.name)
    global("torch._utils", "_rebuild_tensor_v2")
    op("(")
    op("(")
    text("storage")
    global("torch", tensor.storage)
    text(tensor.key)
    text("cpu")
    integer(tensor.count)
    op("t")
    op("Q")
    integer(tensor.offset)
    tuple(tensor.sizes)
    tuple(tensor.strides)
    op("\u{89}")
    global("collections", "OrderedDict")
    op(")")
    op("R")
    op("t")
    op("R")
  }

  var bytes: [UInt8] { forge.bytes }

  /// A dictionary of tensors.
  static func dictionary(_ tensors: [ForgedTensor]) -> [UInt8] {
    var pickle = ForgedPickle()
    pickle.op("}")
    pickle.op("(")
    for tensor in tensors { pickle.tensor(tensor) }
    pickle.op("u")
    pickle.op(".")
    return pickle.bytes
  }
}

struct ForgedTensor {
  var name = "w"
  var storage = "FloatStorage"
  var key = "0"
  var count = 6
  var offset = 0
  var sizes = [2, 3]
  var strides = [3, 1]
}

extension ForgedZip {
  /// A PyTorch file with the given pickle and storages `0`, `1`, ….
  static func torch(_ pickle: [UInt8], storages: [[UInt8]], byteOrder: String? = "little") -> ForgedZip {
    var zip = ForgedZip()
    zip.add("model/data.pkl", pickle)
    if let byteOrder { zip.add("model/byteorder", Array(byteOrder.utf8)) }
    for (number, storage) in storages.enumerated() { zip.add("model/data/\(number)", storage) }
    zip.add("model/version", Array("3\n".utf8))
    return zip
  }

  /// The numbers 0 to 5 as float32.
  static let sixFloats: [UInt8] = (0..<6).flatMap { number in
    withUnsafeBytes(of: Float(number)) { Array($0) }
  }

  /// A checkpoint of one tensor in a storage of six numbers.
  static func torch(_ change: (inout ForgedTensor) -> Void = { _ in }) -> ForgedZip {
    var tensor = ForgedTensor()
    change(&tensor)
    return torch(ForgedPickle.dictionary([tensor]), storages: [sixFloats])
  }
}
