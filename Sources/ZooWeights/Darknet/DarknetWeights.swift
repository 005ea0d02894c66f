import ZooTensor

/// The `.weights` files of darknet (Redmon, 2013–2018): a version, the number of images seen in training, and then float32
/// numbers without names or shapes, layer after layer.
///
/// | field | type |
/// |---|---|
/// | major, minor, revision | `i32` each |
/// | seen | `i64` from version 0.2 on, else `i32` |
/// | for a convolution | bias; with a batch norm its scale, mean and variance; weight, outputs × inputs × height × width |
/// | for a fully connected layer | bias; weight, outputs × inputs; with a batch norm its scale, mean and variance |
/// | for a locally connected layer | bias, outputs × rows × columns; weight, rows × columns × outputs × inputs × height × width |
/// | for a batch norm by itself | bias, in files of Bochkovskiy's fork; scale, mean, variance |
///
/// A version of more than 1000 says that the weights of fully connected layers are inputs × outputs. The file must end where
/// the last layer does: nothing else tells that the layers are those that it was written for.
public enum DarknetWeights {
  struct Header {
    let major: Int32
    let minor: Int32
    let revision: Int32
    let seen: Int64
    let size: Int

    var isTransposed: Bool { major > 1000 || minor > 1000 }

    init(_ file: InputFile) throws(WeightsProblem) {
      var reader = ByteReader(try file.bytes(at: 0, count: min(file.size, 20)))
      guard let major = reader.integer(UInt32.self), let minor = reader.integer(UInt32.self),
        let revision = reader.integer(UInt32.self)
      else { throw .darknet(.tooShort(size: file.size)) }
      self.major = Int32(bitPattern: major)
      self.minor = Int32(bitPattern: minor)
      self.revision = Int32(bitPattern: revision)
      guard (0...9999).contains(self.major), (0...9999).contains(self.minor) else {
        throw .darknet(.version(major: self.major, minor: self.minor))
      }
      let isWide = self.major * 10 + self.minor >= 2 && self.major < 1000 && self.minor < 1000
      if isWide, let seen = reader.integer(UInt64.self) {
        self.seen = Int64(bitPattern: seen)
      } else if !isWide, let seen = reader.integer(UInt32.self) {
        self.seen = Int64(seen)
      } else {
        throw .darknet(.tooShort(size: file.size))
      }
      size = reader.position
    }
  }

  /// The first bytes of the versions that exist, 0.1 and 0.2.
  static func recognises(_ start: [UInt8]) -> Bool {
    start.count >= 16 && start[..<4].allSatisfy { $0 == 0 } && (1...2).contains(start[4])
      && start[5..<12].allSatisfy { $0 == 0 }
  }

  static func checkpoint(
    _ file: InputFile, layers: [DarknetLayer], limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    let header = try Header(file)
    do throws(WeightsProblem) {
      return try checkpoint(file, header, layers: layers, hasShifts: true, limits: limits)
    } catch {
      // Where the file ends tells whether batch norms by themselves have shifts.
      guard layers.contains(where: \.mayLackShift),
        let other = try? checkpoint(file, header, layers: layers, hasShifts: false, limits: limits)
      else { throw error }
      return other
    }
  }

  private static func checkpoint(
    _ file: InputFile, _ header: Header, layers: [DarknetLayer], hasShifts: Bool, limits: WeightsLimits
  ) throws(WeightsProblem) -> Checkpoint {
    var offset = header.size
    var logicalBytes = 0
    var entries: [Checkpoint.Entry] = []
    var items: [DarknetSource.Item] = []
    for layer in layers {
      let start = offset
      var needed = 0
      for (index, part) in layer.parts.enumerated() {
        let isAbsent = index == 0 && !hasShifts && layer.mayLackShift
        guard let shape = Shape(checking: part.dimensions, elementType: .float32) else {
          throw .darknet(.tooManyElements(tensor: part.name, part.dimensions))
        }
        let entry = Checkpoint.Entry(name: part.name, shape: shape)
        try limits.add(entry.byteCount, to: &logicalBytes)
        entries.append(entry)
        items.append(
          .init(
            offset: isAbsent ? nil : start + needed, shape: shape, isTransposed: part.isMatrix && header.isTransposed))
        needed += isAbsent ? 0 : entry.byteCount
      }
      guard needed <= file.size - start else {
        throw .darknet(
          .layerPastEnd(layer: layer.name, offset: start, needed: needed, found: file.size - start))
      }
      offset += needed
    }
    guard offset == file.size else {
      throw .darknet(
        .bytesLeft(layer: layers.last?.name, offset: offset, count: file.size - offset))
    }
    return try Checkpoint(
      format: .darknet, path: file.path, entries: entries,
      metadata: [
        "darknet.version": "\(header.major).\(header.minor).\(header.revision)", "darknet.seen": "\(header.seen)",
      ],
      source: DarknetSource(file: file, items: items))
  }
}

extension Checkpoint {
  /// Opens a `.weights` file of darknet's.
  ///
  /// - Parameters:
  ///   - path: where the file is.
  ///   - layers: the network's layers that have weights, in the order of its `.cfg` file.
  ///   - limits: what a file from a stranger may ask for.
  /// - Throws: `WeightsError`; when the file does not end with the last layer, saying where the two part.
  /// - Returns: The named tensors.
  public static func openDarknet(
    _ path: String, layers: [DarknetLayer], limits: WeightsLimits = WeightsLimits()
  ) throws(WeightsError) -> Checkpoint {
    do throws(WeightsProblem) {
      let file = try InputFile(path)
      var checkpoint = try DarknetWeights.checkpoint(file, layers: layers, limits: limits)
      checkpoint.file = file
      return checkpoint
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// As above, of bytes that are in memory; `name` stands for their path in errors.
  ///
  /// - Throws: as above.
  public static func openDarknet(
    bytes: [UInt8], name: String, layers: [DarknetLayer], limits: WeightsLimits = WeightsLimits()
  ) throws(WeightsError) -> Checkpoint {
    do throws(WeightsProblem) {
      return try DarknetWeights.checkpoint(InputFile(bytes: bytes, name: name), layers: layers, limits: limits)
    } catch {
      throw WeightsError(path: name, error)
    }
  }
}

/// The tensors of a file of darknet's.
private struct DarknetSource: TensorSource {
  struct Item: Sendable {
    /// `nil` for zeros, which the file has not.
    let offset: Int?
    let shape: Shape
    /// A matrix that lies column by column.
    let isTransposed: Bool
  }

  let file: InputFile
  let items: [Item]

  func readsPieces(of entry: Int) -> Bool { !items[entry].isTransposed }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    guard let offset = items[entry].offset else {
      _ = target.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    try file.read(at: offset + piece * ArchiveLayout.chunkElements * 4, into: target)
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    guard let offset = items[entry].offset else {
      _ = target.initializeMemory(as: UInt8.self, repeating: 0)
      return
    }
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: target.count, alignment: 64)
    defer { buffer.deallocate() }
    try file.read(at: offset, into: buffer)
    StridedLayout(fortran: items[entry].shape.dimensions)
      .gather(from: UnsafeRawBufferPointer(buffer), elementSize: 4, into: target)
  }
}

/// What is wrong with a file of darknet's.
public enum DarknetProblem: Hashable, Sendable {
  case tooShort(size: Int)
  case version(major: Int32, minor: Int32)
  /// The file has no names, and nobody said which network it belongs to.
  case needsNetwork
  case tooManyElements(tensor: String, [Int])
  /// The file ends within a layer, which begins at `offset` and takes `needed` bytes.
  case layerPastEnd(layer: String, offset: Int, needed: Int, found: Int)
  /// The file goes on after the last layer.
  case bytesLeft(layer: String?, offset: Int, count: Int)
  /// Text that is no `.cfg`: the line, or 0 for the file, and a sentence.
  case configuration(line: Int, String)
}
