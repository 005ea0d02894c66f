import ZooTensor

/// Named tensors that are read when they are asked for, whatever file they come from.
public struct Checkpoint: Sendable {
  /// A tensor that can be read.
  public struct Entry: Hashable, Sendable {
    /// The key, as the file spells it.
    public let name: String
    /// Row-major: a convolution has `[output, input per group, height, width]`, a fully connected layer `[output,
    /// input]`.
    public let shape: Shape
    /// As stored; reading converts to `float32`.
    public let elementType: ElementType

    /// What a reader announces before it has read a number.
    public init(name: String, shape: Shape, elementType: ElementType = .float32) {
      self.name = name
      self.shape = shape
      self.elementType = elementType
    }

    /// The size in memory.
    public var byteCount: Int { shape.elementCount * elementType.size }
  }

  /// The kind of file that it comes from.
  public let format: CheckpointFormat
  /// The file or directory; empty when there is none.
  public let path: String
  /// In the order of the file.
  public internal(set) var entries: [Entry]
  /// What the file says beside its tensors, by key.
  public internal(set) var metadata: [String: String]
  /// What else the file holds beside the tensors, by name: epochs, optimiser state, Python objects.
  public let skipped: [String]
  /// What the file says about the layers that use the tensors; empty for a format that has nothing but tensors.
  public internal(set) var layers: [StoredLayer] = []

  /// What all names in the file begin with and the entries' do not.
  var removedPrefix = ""
  /// The keys, with dots between them, of the dictionary in a PyTorch file that was chosen; `nil` for its only one.
  var dictionary: String?
  var source: any TensorSource
  /// The file that was opened, when it was a single one.
  var file: InputFile?
  private let positions: [String: Int]

  init(
    format: CheckpointFormat, path: String, entries: [Entry], metadata: [String: String] = [:],
    skipped: [String] = [], source: any TensorSource
  ) throws(WeightsProblem) {
    var positions: [String: Int] = [:]
    for (position, entry) in entries.enumerated() {
      guard positions.updateValue(position, forKey: entry.name) == nil else {
        throw .name(.duplicate(entry.name))
      }
    }
    self.format = format
    self.path = path
    self.entries = entries
    self.metadata = metadata
    self.skipped = skipped
    self.source = source
    self.positions = positions
  }

  /// Tensors that are in memory, for writing them somewhere.
  ///
  /// - Throws: `WeightsError` when a name occurs twice.
  public init(_ tensors: [(name: String, tensor: Tensor)], metadata: [String: String] = [:]) throws(WeightsError) {
    do throws(WeightsProblem) {
      try self.init(
        format: .memory, path: "",
        entries: tensors.map {
          Entry(name: $0.name, shape: $0.tensor.shape, elementType: $0.tensor.elementType)
        },
        metadata: metadata, source: MemorySource(tensors: tensors.map(\.tensor)))
    } catch {
      throw WeightsError(path: "", error)
    }
  }

  /// What opens the checkpoint again: its path, and which of several dictionaries in it was chosen.
  public var reference: String { dictionary.map { "\(path)#\($0)" } ?? path }

  /// The size of all tensors in memory.
  public var byteCount: Int { entries.reduce(0) { $0 + $1.byteCount } }

  /// The archive, when that is what the checkpoint is.
  public var archive: Archive? { source as? Archive }

  /// Whether there is a tensor of exactly this name.
  public func contains(_ name: String) -> Bool { positions[name] != nil }

  /// The entry of that name.
  public func entry(named name: String) -> Entry? { positions[name].map { entries[$0] } }
}

extension Checkpoint {
  /// Reads one tensor.
  ///
  /// - Parameters:
  ///   - name: its name in this checkpoint.
  ///   - threads: how many share the work; one per processor when `nil`.
  /// - Throws: `WeightsError` when there is no such tensor or the file is damaged.
  /// - Returns: The tensor as float32, or in its own type where that is asked for.
  public func tensor(named name: String, threads: Int? = nil) throws(WeightsError) -> Tensor {
    let position = try position(of: name)
    do throws(WeightsProblem) {
      return try read(position, threads: max(1, threads ?? Workers.processorCount))
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// Reads many tensors; all threads share the pieces of all of them.
  public func tensors(named names: [String], threads: Int? = nil) throws(WeightsError) -> [Tensor] {
    let positions = try positions(of: names)
    do throws(WeightsProblem) {
      return try read(positions, threads: max(1, threads ?? Workers.processorCount))
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// Calls `body` with consecutive parts of a tensor's bytes, holding no more than one of them in memory where the
  /// format allows.
  func forEachPiece(
    of position: Int, _ body: (UnsafeRawBufferPointer) throws(WeightsProblem) -> Void
  ) throws(WeightsProblem) {
    let pieces = pieces(of: position)
    guard pieces.count > 0 else { return }
    try source.prepare(position, threads: Workers.processorCount)
    let isWhole = !source.readsPieces(of: position)
    let buffer = UnsafeMutableRawBufferPointer.allocate(
      byteCount: isWhole ? pieces.byteCount : pieces[0].count, alignment: 64)
    defer { buffer.deallocate() }
    if isWhole { try source.read(position, into: buffer) }
    for piece in 0..<pieces.count {
      let range = pieces[piece]
      if isWhole {
        try body(UnsafeRawBufferPointer(rebasing: buffer[range]))
      } else {
        let part = UnsafeMutableRawBufferPointer(rebasing: buffer[..<range.count])
        try source.read(position, piece: piece, into: part)
        try body(UnsafeRawBufferPointer(part))
      }
    }
  }

  func pieces(of position: Int) -> Pieces {
    Pieces(byteCount: entries[position].byteCount, elementType: entries[position].elementType)
  }

  func read(_ position: Int, threads: Int) throws(WeightsProblem) -> Tensor {
    try read([position], threads: threads)[0]
  }

  private func read(_ positions: [Int], threads: Int) throws(WeightsProblem) -> [Tensor] {
    var tensors: [Tensor] = []
    var work: [(position: Int, piece: Int?, target: UnsafeMutableRawBufferPointer)] = []
    for position in positions {
      let (entry, pieces) = (entries[position], pieces(of: position))
      try source.prepare(position, threads: threads)
      let (tensor, bytes) = Tensor.unfilled(shape: entry.shape, elementType: entry.elementType)
      tensors.append(tensor)
      if pieces.count > 0, source.readsPieces(of: position) {
        for piece in 0..<pieces.count { work.append((position, piece, .init(rebasing: bytes[pieces[piece]]))) }
      } else if pieces.count > 0 {
        work.append((position, nil, bytes))
      }
    }
    nonisolated(unsafe) let items = work
    try Workers.forEach(items.count, threads: threads) { (index) throws(WeightsProblem) in
      let (position, piece, target) = items[index]
      if let piece {
        try source.read(position, piece: piece, into: target)
      } else {
        try source.read(position, into: target)
      }
    }
    return tensors
  }

  private func positions(of names: [String]) throws(WeightsError) -> [Int] {
    var positions: [Int] = []
    for name in names { positions.append(try position(of: name)) }
    return positions
  }

  func position(of name: String) throws(WeightsError) -> Int {
    guard let position = positions[name] else {
      throw WeightsError(path: path, .noTensor(name, nearest: name.nearestTensor(among: entries.map(\.name))))
    }
    return position
  }
}

/// The kind of file a checkpoint comes from.
public enum CheckpointFormat: String, Hashable, Sendable, CaseIterable, CustomStringConvertible {
  case archive = "zoo archive"
  case safetensors
  case torchZip = "PyTorch zip"
  case torchLegacy = "PyTorch file from before 1.6"
  case torchTar = "PyTorch tar from before 0.1.10"
  case numpyDirectory = "NumPy directory"
  case numpyFile = "NumPy file"
  case caffe = "Caffe model"
  case caffeMean = "Caffe mean"
  case onnx = "ONNX"
  case darknet = "darknet weights"
  case hdf5 = "HDF5"
  case keras = "Keras archive"
  case numpyZip = "NumPy .npz"
  case synthetic
  case memory

  /// For messages: `PyTorch checkpoint`.
  public var description: String { rawValue }
}
