import ZooTensor

/// What is wrong with a checkpoint, and with which.
public struct WeightsError: Error, Hashable, Sendable {
  /// The file or directory; empty when there is none.
  public let path: String
  /// What is wrong, as data.
  public let problem: WeightsProblem

  /// What is wrong with the file at `path`, as it was given.
  public init(path: String, _ problem: WeightsProblem) {
    self.path = path
    self.problem = problem
  }
}

/// What can be wrong with a checkpoint. The words are in `WeightsError+Message.swift`.
public indirect enum WeightsProblem: Error, Hashable, Sendable {
  case file(FileProblem)
  /// A kind of file that zoo knows and does not read.
  case foreign(ForeignFormat)
  /// No known kind of file; `start` is its first bytes.
  case unrecognised(start: [UInt8])
  case name(NameProblem)
  case metadata(MetadataProblem)
  case archive(ArchiveProblem)
  case safetensors(SafetensorsProblem)
  case json(JSONProblem)
  case zip(ZipProblem)
  case tar(TarProblem)
  case pickle(PickleProblem)
  case torch(TorchProblem)
  case numpy(NumPyProblem)
  case protobuf(ProtobufProblem)
  case caffe(CaffeProblem)
  case onnx(ONNXProblem)
  case darknet(DarknetProblem)
  case hdf5(HDF5Problem)
  case keras(KerasProblem)
  case cast(CastProblem)
  /// The tensors together are larger than the caller allows.
  case tooManyBytes(limit: Int)
  /// The name of the file ends in the beginning of a SHA-256 that is not the file's.
  case digestInName(expected: String, found: String)
  case noTensor(String, nearest: String?)
  /// A dictionary of tensors was chosen in what is no PyTorch file.
  case noDictionaries(String)
  /// A pattern that says which tensors are meant fits none of them.
  case nothingSelected(pattern: String)
  case outOfMemory
}

/// What the operating system said, or a file that is not what it should be.
public enum FileProblem: Hashable, Sendable {
  case missing
  case empty
  case notRegular(FileKind)
  case cannotOpen(SystemError)
  case cannotRead(offset: Int, SystemError)
  /// The file became shorter, or longer, while it was being read.
  case shrank(expected: Int, found: Int)
  case exists
  /// What is in the way of a file that may be replaced is none.
  case cannotReplace(FileKind)
  case cannotCreate(String, SystemError)
  case cannotWrite(SystemError)
}

/// What is wrong with the key/value pairs of an archive.
public enum MetadataProblem: Hashable, Sendable {
  case tooMany(Int)
  /// In bytes of UTF-8, keys and values together.
  case tooLarge(Int)
  case keyTooLong(String)
  case notUTF8(key: String)
  case duplicateKey(String)
  case keysOutOfOrder(String, String)
  /// The value is not what zoo writes under that key.
  case malformed(key: String)

  /// `nil` when an archive can carry `metadata`.
  init?(_ metadata: [String: String]) {
    let size = metadata.reduce(0) { $0 + $1.key.utf8.count + $1.value.utf8.count }
    if metadata.count > ArchiveLayout.maximumMetadataPairs {
      self = .tooMany(metadata.count)
    } else if size > ArchiveLayout.maximumMetadataBytes {
      self = .tooLarge(size)
    } else if let key = metadata.keys.first(where: { $0.utf8.count > UInt16.max }) {
      self = .keyTooLong(key)
    } else {
      return nil
    }
  }
}

/// One plane of one chunk of a tensor.
public struct StreamPlace: Hashable, Sendable {
  /// The tensor's name.
  public let tensor: String
  /// From 0, in the order of the elements.
  public let chunk: Int
  /// 0 is the least significant.
  public let plane: Int

  package init(tensor: String, chunk: Int, plane: Int) {
    self.tensor = tensor
    self.chunk = chunk
    self.plane = plane
  }
}

/// What is wrong with an archive: one case for each way, as in the reject list of `Schemas/archive.md`.
public enum ArchiveProblem: Hashable, Sendable {
  case tooShort(size: Int)
  case badMagic(found: [UInt8])
  /// The first bytes are those of an archive whose line ends were converted, or whose eighth bit was cut off.
  case mangledByTextTransfer
  case superblockChecksum
  case unsupportedVersion(Int)
  case unknownFlags(UInt32)
  case reservedNotZero(offset: Int)
  /// The last bytes are not those of an archive.
  case badFooter
  case footerChecksum
  case indexOutOfPlace(offset: UInt64, length: UInt64, expectedEnd: Int)
  case indexTooLong(UInt64)
  case indexChecksum
  case indexCutShort(ArchiveIndexPart)
  case indexTrailingBytes(Int)
  case tooManyTensors(Int)
  case namesOutOfOrder(String, String)
  case unknownElementType(tensor: String, code: UInt8)
  case rankTooHigh(tensor: String, rank: Int)
  case dimensionTooLarge(tensor: String, UInt64)
  case tooManyElements(tensor: String, [Int])
  case chunksOfEmptyTensor(tensor: String)
  case chunkCount(tensor: String, expected: Int, found: Int)
  case chunkElements(tensor: String, chunk: Int, expected: Int, found: Int)
  case unknownCodec(StreamPlace, code: UInt8)
  case storedLength(StreamPlace, expected: Int, found: Int)
  /// Zero, not shorter than the plane, or shorter than deflate can be.
  case deflatedLength(StreamPlace, elements: Int, found: Int)
  case chunkOutOfPlace(tensor: String, chunk: Int, expected: Int, found: Int)
  case chunkPastData(tensor: String, chunk: Int, dataEnd: Int)
  case unclaimedBytes(offset: Int, count: Int)
  case contentIdentifier
  case chunkChecksum(tensor: String, chunk: Int, offset: Int, length: Int)
  case stream(StreamPlace, offset: Int, InflateProblem)
  case tensorDigest(tensor: String)
}

/// The part of an archive's index that was being read when it ended.
public enum ArchiveIndexPart: Hashable, Sendable {
  case tensorCount
  case name
  case tensor(String)
  case metadata
}
