/// What is done to the bytes of each chunk before they are stored.
struct HDF5Filters: Hashable, Sendable {
  enum Filter: Hashable, Sendable {
    case deflate
    /// The first bytes of all elements, then the second ones, and so on.
    case shuffle
    case fletcher32
  }

  /// In the order in which they are applied to what is stored.
  private(set) var filters: [Filter] = []

  private static let maximumCount = 32

  init() {}

  init(_ message: HDF5Object.Message, path: String) throws(WeightsProblem) {
    guard !message.isShared else { throw .hdf5(.unsupported(path: path, .sharedMessage)) }
    var body = message.body
    body = try body.sub(body.remaining, part: .filters)
    let version = try body.number(1, in: 1...2)
    let count = try body.number(1, in: 0...Self.maximumCount)
    if version == 1 { try body.skip(6) }
    for _ in 0..<count {
      let identifier = try body.number(2)
      // The names of the filters that HDF5 itself has are not stored from version 2 on.
      let nameLength = version == 1 || identifier >= 256 ? try body.number(2) : 0
      try body.skip(2)
      let values = try body.number(2)
      try body.skip(version == 1 ? (nameLength + 7) / 8 * 8 : nameLength)
      try body.skip(4 * values + (version == 1 && values % 2 == 1 ? 4 : 0))
      switch identifier {
      case 1:
        guard !filters.contains(.deflate) else { throw .hdf5(.unsupported(path: path, .severalCompressions)) }
        filters.append(.deflate)
      case 2: filters.append(.shuffle)
      case 3: filters.append(.fletcher32)
      default: throw .hdf5(.unsupported(path: path, .filter(identifier)))
      }
    }
  }

  /// Whether the filter at `index` was applied to a chunk with that mask.
  private func isApplied(_ index: Int, mask: UInt32) -> Bool { mask >> UInt32(index) & 1 == 0 }

  /// How many bytes a chunk of `count` has when it is stored, where its filters tell.
  func storedLength(_ count: Int, mask: UInt32) -> Int? {
    var length = count
    for (index, filter) in filters.enumerated() where isApplied(index, mask: mask) {
      switch filter {
      case .deflate: return nil
      case .shuffle: break
      case .fletcher32: length += 4
      }
    }
    return length
  }

  /// The `count` bytes that were stored as `bytes`.
  func decode(_ bytes: [UInt8], count: Int, elementSize: Int, mask: UInt32) throws(HDF5ChunkProblem) -> [UInt8] {
    var bytes = bytes
    for (index, filter) in filters.enumerated().reversed() where isApplied(index, mask: mask) {
      switch filter {
      case .fletcher32:
        guard bytes.count >= 4 else { throw .length(expected: count + 4, found: bytes.count) }
        let found = bytes.suffix(4).reversed().reduce(UInt32(0)) { $0 << 8 | UInt32($1) }
        bytes.removeLast(4)
        guard Self.fletcher32(bytes) == found else { throw .checksum }
      case .shuffle: bytes = Self.unshuffle(bytes, elementSize: elementSize)
      case .deflate:
        let sums = filters[..<index].indices.count { filters[$0] == .fletcher32 && isApplied($0, mask: mask) }
        bytes = try Self.inflate(bytes, count: count + 4 * sums)
      }
    }
    guard bytes.count == count else { throw .length(expected: count, found: bytes.count) }
    return bytes
  }

  private static func inflate(_ source: [UInt8], count: Int) throws(HDF5ChunkProblem) -> [UInt8] {
    var problem: InflateProblem?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { target, initialized in
      problem = source.withUnsafeBytes { source in
        guard let inflater = try? Inflater(isWrapped: true) else { return .damaged }
        return inflater.inflate(source, into: UnsafeMutableRawBufferPointer(target))
      }
      initialized = problem == nil ? count : 0
    }
    if let problem { throw .inflate(problem) }
    return bytes
  }

  /// Bytes that do not make a whole element are left where they are, at the end.
  static func unshuffle(_ source: [UInt8], elementSize: Int) -> [UInt8] {
    guard elementSize > 1 else { return source }
    let count = source.count / elementSize
    var target = source
    for byte in 0..<elementSize {
      for element in 0..<count { target[element * elementSize + byte] = source[byte * count + element] }
    }
    return target
  }

  /// The checksum of pairs of bytes that HDF5 uses: J. G. Fletcher, "An arithmetic checksum for serial transmissions",
  /// IEEE Transactions on Communications 30 (1982).
  static func fletcher32(_ bytes: [UInt8]) -> UInt32 {
    var (first, second): (UInt32, UInt32) = (0, 0)
    var position = 0
    while position < bytes.count {
      // As many pairs as can be added before a sum could overflow.
      let end = min(position + 720, bytes.count)
      while position < end {
        let low = position + 1 < bytes.count ? UInt32(bytes[position + 1]) : 0
        first += UInt32(bytes[position]) << 8 | low
        second += first
        position += 2
      }
      first = (first & 0xFFFF) + (first >> 16)
      second = (second & 0xFFFF) + (second >> 16)
    }
    first = (first & 0xFFFF) + (first >> 16)
    second = (second & 0xFFFF) + (second >> 16)
    return second << 16 | first
  }
}
