import ZooTensor

/// Single arrays in NumPy's `.npy` format.
public enum NumPyFile {
  /// Reads an array. Big-endian and column-major arrays are turned round; Python objects are refused.
  ///
  /// A type `V2` is taken for bfloat16, which NumPy does not have and the `ml_dtypes` package writes so.
  public static func read(_ path: String, limits: WeightsLimits = WeightsLimits()) throws(WeightsError) -> Tensor {
    do throws(WeightsProblem) {
      return try open(InputFile(path), limits: limits).read(0, threads: 1)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// Writes an array, bit for bit, under a temporary name and renames it.
  public static func write(_ tensor: Tensor, to path: String, overwrite: Bool = false) throws(WeightsError) {
    do throws(WeightsProblem) {
      let file = try OutputFile(path, overwrite: overwrite)
      try file.write(NumPyHeader(shape: tensor.shape, elementType: tensor.elementType).encoded())
      try tensor.withUnsafeBytes { (bytes) throws(WeightsProblem) in try file.write(bytes) }
      try file.commit()
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// The bytes of a file that holds an array.
  public static func encoded(_ tensor: Tensor) -> [UInt8] {
    NumPyHeader(shape: tensor.shape, elementType: tensor.elementType).encoded()
      + tensor.withUnsafeBytes { Array($0) }
  }

  /// A checkpoint of one tensor, named as the file is.
  static func open(_ file: InputFile, limits: WeightsLimits) throws(WeightsProblem) -> Checkpoint {
    let header = try NumPyHeader(file)
    var total = 0
    try limits.add(header.byteCount, to: &total)
    let fileName = file.path.split(separator: "/").last.map(String.init) ?? file.path
    let name = fileName.hasSuffix(".npy") ? String(fileName.dropLast(4)) : fileName
    let source = NumPySource(root: "", items: [.init(file: file.path, header: header, opened: file)])
    return try Checkpoint(
      format: .numpyFile, path: file.path,
      entries: [.init(name: name, shape: header.shape, elementType: header.elementType)], source: source)
  }
}

/// Arrays in files of their own.
///
/// A file of a directory is opened for each read and not kept open: a network has more tensors than a process may have open
/// files. A file by itself stays open, and may be bytes in memory.
struct NumPySource: TensorSource {
  struct Item: Sendable {
    /// Relative to the root.
    let file: String
    let header: NumPyHeader
    var opened: InputFile?
  }

  let root: String
  let items: [Item]

  func readsPieces(of entry: Int) -> Bool { items[entry].header.isPlain }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let header = items[entry].header
    let range = Pieces(byteCount: header.byteCount, elementType: header.elementType)[piece]
    try open(entry) { (file) throws(WeightsProblem) in
      try file.read(at: header.dataOffset + range.lowerBound, into: target)
    }
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let header = items[entry].header
    try open(entry) { (file) throws(WeightsProblem) in
      try header.decode(into: target) { (buffer) throws(WeightsProblem) in
        try file.read(at: header.dataOffset, into: buffer)
      }
    }
  }

  private func open(
    _ entry: Int, _ body: (InputFile) throws(WeightsProblem) -> Void
  ) throws(WeightsProblem) {
    let item = items[entry]
    do throws(WeightsProblem) {
      if let file = item.opened { return try body(file) }
      let file = try InputFile("\(root)/\(item.file)", followLinks: false)
      let size = item.header.dataOffset + item.header.byteCount
      guard file.size == size else { throw .file(.shrank(expected: size, found: file.size)) }
      try body(file)
    } catch {
      throw item.opened != nil ? error : .numpy(.inFile(item.file, error))
    }
  }
}
