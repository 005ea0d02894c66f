/// Reads the structures of one HDF5 file, each of them once and all of them together no larger than the file.
///
/// So neither a cycle of references nor structures that lie in each other cost more than the file's size, in time or memory.
final class HDF5Structures {
  let bytes: HDF5Bytes
  private(set) var sizes = HDF5Sizes()
  private var visited: Set<Int> = []
  private var budget: Int
  /// The objects of the collections of the global heap that have been read, by the collection's offset.
  private var collections: [Int: [Int: HDF5Cursor]] = [:]

  init(_ bytes: HDF5Bytes) {
    self.bytes = bytes
    // Twice: the strings of a global heap are counted where they lie and where they are used.
    budget = 2 * min(bytes.size, 1 << 61) + 4096
  }

  /// Counts `count` bytes that are read or kept.
  func charge(_ count: Int) throws(WeightsProblem) {
    guard count <= budget else { throw .hdf5(.overlappingStructures) }
    budget -= count
  }

  func block(_ part: HDF5Part, at offset: Int, count: Int) throws(WeightsProblem) -> HDF5Cursor {
    guard bytes.contains(offset, count: count) else { throw .hdf5(.pastEnd(part, offset: offset)) }
    try charge(count)
    return HDF5Cursor(try bytes.bytes(at: offset, count: count), part: part, base: offset, sizes: sizes)
  }

  /// The first bytes of a structure that nothing else may refer to.
  func head(_ part: HDF5Part, at offset: Int, count: Int) throws(WeightsProblem) -> HDF5Cursor {
    guard visited.insert(offset).inserted else { throw .hdf5(.reachedTwice(part, offset: offset)) }
    return try block(part, at: offset, count: count)
  }

  /// Reads the superblock and returns where the root group's object header is.
  func root() throws(WeightsProblem) -> Int {
    var first = try block(.superblock, at: 0, count: 9)
    let magic = try first.slice(8)
    guard magic.elementsEqual(HDF5File.magic) else {
      throw .hdf5(.signature(.superblock, offset: 0, found: Array(magic)))
    }
    let version = try first.number(1, in: 0...3)
    // Where the sizes of offsets and lengths are.
    let place = version < 2 ? 13 : 9
    var sizes = try block(.superblock, at: place, count: 2)
    let (offset, length) = (try sizes.number(1), try sizes.number(1))
    guard [2, 4, 8].contains(offset), [2, 4, 8].contains(length) else {
      throw .hdf5(.unsupported(path: "/", .sizes(offsets: offset, lengths: length)))
    }
    self.sizes = HDF5Sizes(offset: offset, length: length)
    // Up to the addresses: the sizes and ranks of B-trees and flags; version 1 has two numbers more.
    let start = [24, 28, 12, 12][version]
    var rest = try block(.superblock, at: start, count: version < 2 ? 6 * offset : 4 * offset)
    let baseOffset = rest.offset
    let base = try rest.address()
    guard base == 0 else {
      throw .hdf5(
        .value(.superblock, offset: baseOffset, expected: "0", found: base.map(UInt64.init) ?? .max))
    }
    _ = try rest.address()
    let end = try rest.definedAddress()
    guard end <= bytes.size else { throw .hdf5(.fileCutShort(expected: end, found: bytes.size)) }
    if version < 2 {
      // The driver's block, then the root group's entry in a symbol table: its name's offset, its header.
      _ = try rest.address()
      _ = try rest.address()
    }
    return try rest.definedAddress()
  }

  /// An object of the global heap.
  func globalObject(_ index: Int, inCollectionAt offset: Int) throws(WeightsProblem) -> HDF5Cursor {
    let collection: [Int: HDF5Cursor]
    if let known = collections[offset] {
      collection = known
    } else {
      collection = try readCollection(at: offset)
      collections[offset] = collection
    }
    guard let object = collection[index] else {
      throw .hdf5(
        .value(.globalHeap, offset: offset, expected: "an object that the collection has", found: UInt64(index)))
    }
    return object
  }

  private func readCollection(at offset: Int) throws(WeightsProblem) -> [Int: HDF5Cursor] {
    var head = try head(.globalHeap, at: offset, count: 8 + sizes.length)
    try head.signature("GCOL")
    _ = try head.number(1, in: 1...1)
    try head.skip(3)
    let size = try head.length()
    let used = 8 + sizes.length
    guard size >= used else { throw .hdf5(.pastEnd(.globalHeap, offset: offset)) }
    var body = try block(.globalHeap, at: offset + used, count: size - used)
    var objects: [Int: HDF5Cursor] = [:]
    // What is left may be too little for another object.
    while body.remaining >= 8 + sizes.length {
      let index = try body.number(2)
      try body.skip(6)
      let count = try body.length()
      // Object 0 is the room that is left.
      if index == 0 { break }
      objects[index] = try body.sub(count, part: .globalHeap)
      let padding = (8 - count % 8) % 8
      try body.skip(min(padding, body.remaining))
    }
    return objects
  }
}
