import ZooTensor

/// The chunks of a tensor: boxes of one size, of which those at the upper edges may reach beyond the tensor.
struct HDF5Chunks: Sendable {
  struct Chunk: Sendable {
    let offset: Int
    /// As stored.
    let length: Int
    /// A bit for each filter that was left out.
    let mask: UInt32
  }

  /// Deflate cannot do better.
  private static let maximumRatio = 1032
  private static let maximumTreeLevel = 16

  /// Of a chunk, in elements.
  let dimensions: [Int]
  /// How many chunks there are along each axis.
  let grid: [Int]
  /// A whole chunk's.
  let byteCount: Int
  let filters: HDF5Filters
  /// In row-major order of the grid.
  private(set) var chunks: [Chunk] = []
  private var isKnown: [Bool] = []

  /// `sizes`: of a chunk along each axis, then of an element in bytes.
  init(_ sizes: [Int], of subject: HDF5LayoutSubject) throws(WeightsProblem) {
    guard sizes.count == subject.dimensions.count + 1, sizes.last == subject.elementType.size,
      sizes.allSatisfy({ $0 > 0 })
    else {
      throw .hdf5(.chunk(tensor: subject.name, index: sizes, .outOfPlace))
    }
    dimensions = Array(sizes.dropLast())
    // Less than zlib counts in 32 bits, with room for checksums.
    guard let shape = Shape(checking: dimensions, elementType: subject.elementType),
      shape.elementCount * subject.elementType.size <= min(Int(UInt32.max) - 1024, subject.limits.maximumBytes)
    else { throw .hdf5(.tooManyElements(tensor: subject.name, dimensions)) }
    byteCount = shape.elementCount * subject.elementType.size
    // A remainder and not a sum, which could overflow.
    grid = zip(subject.dimensions, dimensions).map { $0 / $1 + ($0 % $1 == 0 ? 0 : 1) }
    filters = subject.filters
  }

  mutating func readTree(
    at offset: Int, of subject: HDF5LayoutSubject, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    try readNode(at: offset, level: nil, of: subject, in: structures)
    try checkComplete(of: subject)
  }

  private mutating func readNode(
    at offset: Int, level: Int?, of subject: HDF5LayoutSubject, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    let sizes = structures.sizes
    var head = try structures.head(.chunkTree, at: offset, count: 8 + 2 * sizes.offset)
    try head.signature("TREE")
    _ = try head.number(1, in: 1...1)
    let found = try head.number(1, in: level.map { $0...$0 } ?? 0...Self.maximumTreeLevel)
    let count = try head.number(2)
    let keySize = 8 + 8 * (dimensions.count + 1)
    var entries = try structures.block(
      .chunkTree, at: offset + 8 + 2 * sizes.offset, count: count * (keySize + sizes.offset))
    for _ in 0..<count {
      let length = try entries.number(4)
      let mask = UInt32(try entries.number(4))
      var index: [Int] = []
      for _ in dimensions.indices { index.append(try entries.number(8)) }
      try entries.skip(8)
      let child = try entries.definedAddress()
      if found > 0 {
        try readNode(at: child, level: found - 1, of: subject, in: structures)
      } else {
        try add(index, Chunk(offset: child, length: length, mask: mask), of: subject, in: structures)
      }
    }
  }

  /// `index`: the chunk's first element.
  mutating func add(
    _ index: [Int], _ chunk: Chunk, of subject: HDF5LayoutSubject, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    func problem(_ problem: HDF5ChunkProblem) -> WeightsProblem {
      .hdf5(.chunk(tensor: subject.name, index: index, problem))
    }
    guard let position = position(of: index) else { throw problem(.outOfPlace) }
    guard structures.bytes.contains(chunk.offset, count: chunk.length) else { throw problem(.pastEnd) }
    // zlib counts in 32 bits, and so does the usual index.
    guard chunk.length <= Int(UInt32.max) else { throw problem(.length(expected: byteCount, found: chunk.length)) }
    if let length = filters.storedLength(byteCount, mask: chunk.mask) {
      guard chunk.length == length else { throw problem(.length(expected: length, found: chunk.length)) }
    } else if byteCount / Self.maximumRatio > chunk.length {
      throw problem(.impossibleSize(byteCount, compressed: chunk.length))
    }
    if isKnown.isEmpty { try makeRoom(of: subject, in: structures) }
    guard !isKnown[position] else { throw problem(.duplicate) }
    isKnown[position] = true
    chunks[position] = chunk
  }

  /// Every chunk takes at least eight bytes of an index, so that a file cannot have more of them than that.
  private mutating func makeRoom(
    of subject: HDF5LayoutSubject, in structures: HDF5Structures
  ) throws(WeightsProblem) {
    let count = grid.reduce(1, *)
    guard count <= max(1, structures.bytes.size / 8) else {
      throw .hdf5(.chunk(tensor: subject.name, index: dimensions.map { _ in 0 }, .missing))
    }
    chunks = [Chunk](repeating: Chunk(offset: 0, length: 0, mask: 0), count: count)
    isKnown = [Bool](repeating: false, count: count)
  }

  func checkComplete(of subject: HDF5LayoutSubject) throws(WeightsProblem) {
    if isKnown.isEmpty { throw .hdf5(.neverWritten(tensor: subject.name)) }
    if let missing = isKnown.firstIndex(of: false) {
      throw .hdf5(.chunk(tensor: subject.name, index: index(of: missing), .missing))
    }
  }

  /// Where a chunk is in `chunks`; `nil` when there is none whose first element is `index`.
  private func position(of index: [Int]) -> Int? {
    var position = 0
    for axis in dimensions.indices {
      guard index[axis] % dimensions[axis] == 0, index[axis] / dimensions[axis] < grid[axis] else { return nil }
      position = position * grid[axis] + index[axis] / dimensions[axis]
    }
    return position
  }

  /// The first element of the chunk at `position`.
  func index(of position: Int) -> [Int] {
    var rest = position
    var index = [Int](repeating: 0, count: dimensions.count)
    for axis in dimensions.indices.reversed() {
      index[axis] = rest % grid[axis] * dimensions[axis]
      rest /= grid[axis]
    }
    return index
  }

  /// Copies what a chunk and the tensor have in common. `source` holds the whole chunk.
  func copy(
    _ source: UnsafeRawBufferPointer, at index: [Int], into target: UnsafeMutableRawBufferPointer, shape: [Int],
    elementSize: Int
  ) {
    guard let last = dimensions.indices.last else {
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[..<elementSize]))
      return
    }
    let extent = dimensions.indices.map { min(dimensions[$0], shape[$0] - index[$0]) }
    var row = [Int](repeating: 0, count: last)
    let rowBytes = extent[last] * elementSize
    for _ in 0..<extent.dropLast().reduce(1, *) {
      var (from, to) = (0, 0)
      for axis in dimensions.indices {
        let place = axis == last ? 0 : row[axis]
        from = from * dimensions[axis] + place
        to = to * shape[axis] + index[axis] + place
      }
      UnsafeMutableRawBufferPointer(rebasing: target[to * elementSize..<to * elementSize + rowBytes]).copyMemory(
        from: UnsafeRawBufferPointer(rebasing: source[from * elementSize..<from * elementSize + rowBytes]))
      for axis in row.indices.reversed() {
        row[axis] += 1
        if row[axis] < extent[axis] { break }
        row[axis] = 0
      }
    }
  }
}
