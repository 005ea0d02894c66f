/// What is wrong with an HDF5 file. Offsets count from the file's beginning; in a `.keras` archive, from that of the member.
public enum HDF5Problem: Hashable, Sendable {
  /// The superblock says that the file is longer than it is.
  case fileCutShort(expected: Int, found: Int)
  /// A structure reaches past the end of the file, or of what it is in.
  case pastEnd(HDF5Part, offset: Int)
  /// A structure does not begin with its four letters.
  case signature(HDF5Part, offset: Int, found: [UInt8])
  /// A number is not what it must be; `expected` is for a person.
  case value(HDF5Part, offset: Int, expected: String, found: UInt64)
  case notUTF8(HDF5Part, offset: Int)
  /// Two references lead to one structure, as in a cycle.
  case reachedTwice(HDF5Part, offset: Int)
  /// The structures together are larger than the file, so that they overlap.
  case overlappingStructures
  /// Groups lie in each other more deeply than any network needs.
  case tooDeep(group: String)
  case tooManyObjects
  /// Groups, and no numbers in them.
  case noTensors
  case duplicateName(String)
  /// A link whose name has a `/` in it, or none.
  case linkName(String)
  case unsupported(path: String, HDF5Feature)
  /// A dataset does not say something that every dataset must.
  case missing(path: String, HDF5Part)
  case tooManyElements(tensor: String, [Int])
  /// The elements take another number of bytes than the shape needs.
  case dataLength(tensor: String, expected: Int, found: Int)
  /// The file has no room for the elements: nobody ever wrote them.
  case neverWritten(tensor: String)
  /// `index`: the chunk's first element.
  case chunk(tensor: String, index: [Int], HDF5ChunkProblem)
  /// The elements of two tensors share bytes.
  case overlappingData(String, String)
}

/// A structure of an HDF5 file, by the name that its specification has for it.
public enum HDF5Part: String, Hashable, Sendable {
  case superblock
  case objectHeader = "object header"
  case message = "header message"
  case groupTree = "B-tree of a group"
  case chunkTree = "B-tree of chunks"
  case symbolTable = "symbol table node"
  case localHeap = "local heap"
  case globalHeap = "global heap"
  case link = "link"
  case attribute
  case dataspace
  case datatype
  case layout = "data layout"
  case filters = "filter pipeline"
}

/// What HDF5 has and zoo does not read.
public enum HDF5Feature: Hashable, Sendable {
  /// Sizes of offsets and lengths other than 2, 4 or 8 bytes.
  case sizes(offsets: Int, lengths: Int)
  /// A group with so many links that they lie in a fractal heap.
  case denseLinks
  case denseAttributes
  case externalData
  case virtualData
  /// A type or a shape that several objects share.
  case sharedMessage
  /// An index of chunks from HDF5 1.10 on, by its number.
  case chunkIndex(Int)
  /// By its number in the HDF Group's registry.
  case filter(Int)
  case severalCompressions
}

/// What is wrong with one chunk of a tensor.
public enum HDF5ChunkProblem: Error, Hashable, Sendable {
  case missing
  /// The file has two of it.
  case duplicate
  /// Its first element is not one of a chunk, or outside of the tensor.
  case outOfPlace
  case pastEnd
  case length(expected: Int, found: Int)
  /// Larger than deflate can make of so few bytes.
  case impossibleSize(Int, compressed: Int)
  case inflate(InflateProblem)
  case checksum
}
