import ZooTensor

// All words of this target. A message says what is wrong, where, and what to do about it.

extension WeightsError: CustomStringConvertible {
  /// `PATH: what is wrong; what to do`
  public var description: String {
    // An example of what to type takes the path.
    if case .torch(.severalDictionaries(let names)) = problem, !path.isEmpty {
      return "\(path): \(problem), as in \(path)#\(names.first ?? "")"
    }
    return path.isEmpty ? problem.description : "\(path): \(problem)"
  }
}

extension WeightsProblem: CustomStringConvertible {
  /// What is wrong, for a person, without the file's path.
  public var description: String {
    switch self {
    case .file(let problem): problem.description
    case .foreign(let format): format.message
    case .unrecognised(let start):
      "not a checkpoint zoo knows (it begins with \(start.spacedHexadecimal)); zoo reads .zoow, .safetensors, PyTorch "
        + ".pth, Keras, HDF5, Caffe, ONNX, darknet, .npz and .npy files and directories of .npy files"
    case .name(let problem): problem.description
    case .metadata(let problem): problem.description
    case .archive(let problem): problem.description
    case .safetensors(let problem): problem.description
    case .json(let problem): problem.description
    case .zip(let problem): problem.description
    case .tar(let problem): problem.description
    case .pickle(let problem): problem.description
    case .torch(let problem): problem.description
    case .numpy(let problem): problem.description
    case .protobuf(let problem): problem.description
    case .caffe(let problem): problem.description
    case .onnx(let problem): problem.description
    case .darknet(let problem): problem.description
    case .hdf5(let problem): problem.description
    case .keras(let problem): problem.description
    case .cast(let problem): problem.description
    case .tooManyBytes(let limit):
      "the tensors together take more than the limit of \(limit.bytesText); if that is what you want, raise the limit"
    case .digestInName(let expected, let found):
      "the name says that the file's SHA-256 begins with \(expected), but it is \(found); the download is damaged or the "
        + "file was renamed: fetch it again, or take the digits out of its name"
    case .noTensor(let name, let nearest):
      "there is no tensor '\(name)'" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .noDictionaries(let keys):
      "'#\(keys)' chooses a dictionary of tensors in a PyTorch file, and this is none: leave it out"
    case .nothingSelected(let pattern): "no tensor's name fits '\(pattern)'"
    case .outOfMemory: "there is not enough memory to start zlib"
    }
  }
}

extension FileProblem: CustomStringConvertible {
  /// What is wrong with the file, for a person.
  public var description: String {
    switch self {
    case .missing: "there is no such file; check the path"
    case .empty: "the file is empty; fetch it again"
    case .notRegular(let kind): "expected a regular file, found a \(kind.rawValue)"
    case .cannotOpen(let error): "cannot be opened: \(error.message)"
    case .cannotRead(let offset, let error): "cannot be read at byte \(offset): \(error.message)"
    case .shrank(let expected, let found):
      "the file changed while it was being read: it had \(expected) bytes and now has \(found)"
    case .exists: "exists already and is left as it is; \(remedy ?? "")"
    case .cannotReplace(let kind): "is a \(kind.rawValue), which is not replaced by a file; choose another name"
    case .cannotCreate(let path, let error): "cannot create \(path): \(error.message)"
    case .cannotWrite(let error): "cannot be written: \(error.message)"
    }
  }
}

extension ForeignFormat {
  var message: String {
    switch self {
    case .gitLFSPointer: "this is a Git LFS pointer, not the file it stands for; run 'git lfs pull' where it came from"
    case .htmlPage:
      "this is a web page, not a checkpoint; the download gave an error page: open its address in a browser"
    case .keras:
      "this Keras archive has no model.weights.h5, which zoo reads; save the model again with Keras 3's model.save"
    case .caffeSolverState:
      "this is the state of Caffe's solver, not a network; the weights are in the .caffemodel that was written with it"
    case .tarArchive: "this is a tar archive without a PyTorch checkpoint in it; unpack it and give what is inside"
    case .torchScript:
      "zoo does not read TorchScript; convert it with Python: torch.save(torch.jit.load(F).state_dict(), G)"
    case .barePickle:
      "this is a Python pickle that torch.save did not write; convert it with Python: load it and torch.save a state_dict"
    case .gguf: "zoo does not read GGUF; convert it to .safetensors"
    case .gzip: "this is compressed with gzip; run 'gunzip' on it first"
    case .otherZip: "this is a zip file without a PyTorch checkpoint in it; unzip it and give what is inside"
    }
  }
}

extension NameProblem: CustomStringConvertible {
  /// What is wrong with a tensor's name, for a person.
  public var description: String {
    switch self {
    case .empty: "a tensor has an empty name"
    case .tooLong(let name):
      "a tensor's name has \(name.utf8.count) bytes, at most \(Self.maximumLength) are allowed: '\(name.prefix(40))…'"
    case .notUTF8(let digits): "a tensor's name is not UTF-8 (\(digits.prefix(80)))"
    case .controlCharacter(let name): "a tensor's name has a control character in it: \(name.json)"
    case .parentDirectory(let name): "a tensor's name has '..' in it: '\(name)'"
    case .absolute(let name): "a tensor's name begins with '/': '\(name)'"
    case .duplicate(let name): "two tensors are called '\(name)'"
    }
  }
}

extension MetadataProblem: CustomStringConvertible {
  /// What is wrong with a metadata pair, for a person.
  public var description: String {
    switch self {
    case .tooMany(let count): "\(count) metadata pairs, at most \(ArchiveLayout.maximumMetadataPairs) are allowed"
    case .tooLarge(let size):
      "\(size) bytes of metadata, at most \(ArchiveLayout.maximumMetadataBytes) are allowed"
    case .keyTooLong(let key): "a metadata key has \(key.utf8.count) bytes, at most 65535 are allowed"
    case .notUTF8(let key): "the metadata under '\(key)' are not UTF-8"
    case .duplicateKey(let key): "there are two metadata values under '\(key)'"
    case .keysOutOfOrder(let first, let second): "the metadata keys '\(first)' and '\(second)' are out of order"
    case .malformed(let key):
      "the metadata under '\(key)' are not what zoo writes there; pack the weights again from their source"
    }
  }
}

extension StreamPlace: CustomStringConvertible {
  /// `tensor 'fc.weight', chunk 3, plane 0`
  public var description: String { "tensor '\(tensor)', chunk \(chunk), plane \(plane)" }
}

extension ArchiveProblem: CustomStringConvertible {
  /// What is wrong with the archive, for a person; the terms are those of `Schemas/archive.md`.
  public var description: String {
    switch self {
    case .tooShort(let size):
      "\(size) bytes are too few for an archive, which has at least 128; fetch the file again"
    case .badMagic(let found): "not an archive: it begins with \(found.spacedHexadecimal)"
    case .mangledByTextTransfer:
      "the archive was changed on its way by a transfer in text mode; fetch it again in binary mode"
    case .superblockChecksum: "the first 16 bytes do not have the CRC-32 that follows them; fetch the file again"
    case .unsupportedVersion(let major):
      "the archive is of version \(major), this zoo reads version \(ArchiveLayout.major); use a newer zoo"
    case .unknownFlags(let flags):
      "the archive uses features this zoo does not know (flags \(flags)); use a newer zoo"
    case .reservedNotZero(let offset): "byte \(offset) is reserved and must be zero"
    case .badFooter:
      "the file does not end as an archive does: it is cut short or has something after its end; fetch it again"
    case .footerChecksum: "the footer does not have the CRC-32 it carries; fetch the file again"
    case .indexOutOfPlace(let offset, let length, let expectedEnd):
      "the index is said to have \(length) bytes from byte \(offset), but it must end at byte \(expectedEnd)"
    case .indexTooLong(let length):
      "an index of \(length) bytes; at most \(ArchiveLayout.maximumIndexLength) are allowed"
    case .indexChecksum: "the index does not have the CRC-32 that the footer gives; fetch the file again"
    case .indexCutShort(let part): "the index ends in the middle of \(part)"
    case .indexTrailingBytes(let count): "the index has \(count) bytes too many"
    case .tooManyTensors(let count): "the index claims \(count) tensors, more than it has room for or than are allowed"
    case .namesOutOfOrder(let first, let second): "the tensors '\(first)' and '\(second)' are out of order in the index"
    case .unknownElementType(let tensor, let code): "tensor '\(tensor)' has an unknown element type, number \(code)"
    case .rankTooHigh(let tensor, let rank):
      "tensor '\(tensor)' has \(rank) dimensions, at most \(ArchiveLayout.maximumRank) are allowed"
    case .dimensionTooLarge(let tensor, let dimension):
      "tensor '\(tensor)' has a dimension of \(dimension), at most \(ArchiveLayout.maximumDimension) is allowed"
    case .tooManyElements(let tensor, let dimensions):
      "tensor '\(tensor)' has more elements than can be counted: \(dimensions.shapeText)"
    case .chunksOfEmptyTensor(let tensor): "tensor '\(tensor)' has no elements and yet has chunks"
    case .chunkCount(let tensor, let expected, let found):
      "tensor '\(tensor)' must have \(expected) chunks, the index gives \(found)"
    case .chunkElements(let tensor, let chunk, let expected, let found):
      "tensor '\(tensor)', chunk \(chunk) must have \(expected) elements, the index gives \(found)"
    case .unknownCodec(let place, let code): "\(place) is coded in an unknown way, number \(code)"
    case .storedLength(let place, let expected, let found):
      "\(place) is stored and must have \(expected) bytes, the index gives \(found)"
    case .deflatedLength(let place, let elements, let found):
      "\(place) has \(elements) bytes, which deflate cannot have made into the \(found) that the index gives"
    case .chunkOutOfPlace(let tensor, let chunk, let expected, let found):
      "tensor '\(tensor)', chunk \(chunk) must begin at byte \(expected), the index gives \(found)"
    case .chunkPastData(let tensor, let chunk, let dataEnd):
      "tensor '\(tensor)', chunk \(chunk) goes on past byte \(dataEnd), where the index begins"
    case .unclaimedBytes(let offset, let count): "\(count) bytes from byte \(offset) belong to no tensor"
    case .contentIdentifier: "the footer identifies other tensors than the index lists; fetch the file again"
    case .chunkChecksum(let tensor, let chunk, let offset, let length):
      "tensor '\(tensor)', chunk \(chunk) (bytes \(offset) to \(offset + length - 1)) is damaged: its CRC-32 differs; "
        + "fetch the file again"
    case .stream(let place, let offset, let problem): "\(place), at byte \(offset): \(problem)"
    case .tensorDigest(let tensor):
      "tensor '\(tensor)' does not have the SHA-256 that the index gives, though each of its chunks has its CRC-32"
    }
  }
}

extension ArchiveIndexPart: CustomStringConvertible {
  /// The part's name in `Schemas/archive.md`.
  public var description: String {
    switch self {
    case .tensorCount: "the number of tensors"
    case .name: "a name"
    case .tensor(let name): "tensor '\(name)'"
    case .metadata: "the metadata"
    }
  }
}

extension InflateProblem: CustomStringConvertible {
  /// What is wrong with deflated bytes (RFC 1951), for a person.
  public var description: String {
    switch self {
    case .damaged: "the compressed data are not deflate"
    case .cutShort: "the compressed data end too early"
    case .tooShort(let missing): "the compressed data lack \(missing) bytes of the plane"
    case .tooLong: "the compressed data hold more than the plane"
    case .bytesAfterEnd(let count): "\(count) bytes follow the end of the compressed data"
    }
  }
}

extension SafetensorsProblem: CustomStringConvertible {
  /// What is wrong with the safetensors header or data, for a person.
  public var description: String {
    switch self {
    case .tooShort(let size): "\(size) bytes are too few for a safetensors file; fetch it again"
    case .headerTooLong: "the header is longer than the \(Safetensors.maximumHeader) bytes that safetensors allows"
    case .headerPastEnd(let length, let fileSize):
      "the header has \(length) bytes, but the file only \(fileSize); the download broke off: fetch it again"
    case .noObject: "the header does not begin with '{'; this is not a safetensors file"
    case .tooManyTensors: "the header lists more than \(ArchiveLayout.maximumTensors) tensors"
    case .unknownKey(let tensor, let key): "tensor '\(tensor)' has a field '\(key)', which safetensors does not have"
    case .missingKey(let tensor, let key): "tensor '\(tensor)' has no proper '\(key)'"
    case .unsupportedElementType(let tensor, let type):
      "tensor '\(tensor)' has elements of type \(type.json), which zoo does not read; convert it to float32 (F32)"
    case .tooManyElements(let tensor, let dimensions):
      "tensor '\(tensor)' has more elements than can be counted: \(dimensions.shapeText)"
    case .lengthMismatch(let tensor, let begin, let end, let expected):
      "tensor '\(tensor)' takes \(expected) bytes, but its place is from \(begin) to \(end)"
    case .outOfPlace(let tensor, let expected, let found):
      "tensor '\(tensor)' must begin at byte \(expected) of the data, but begins at \(found)"
    case .bufferLength(let expected, let found):
      found < expected
        ? "the tensors take \(expected) bytes, but only \(found) are there; the download broke off: fetch it again"
        : "the tensors take \(expected) bytes, but \(found) are there; something follows the end"
    case .reservedName: "a tensor called '\(Safetensors.metadataKey)' cannot be written to safetensors"
    case .noWeightMap: "the index has no 'weight_map', which says what is in which file"
    case .shardName(let tensor, let file):
      "the index puts tensor '\(tensor)' into '\(file)', which is not the name of a file of weights beside it"
    case .tooManyShards(let count):
      "the tensors are in \(count) files; at most \(HubFolder.maximumShards) are allowed"
    case .notInShard(let tensor, let file):
      "the index puts tensor '\(tensor)' into \(file), which does not have it; fetch both files again"
    case .notInIndex(let tensor, let file):
      "\(file) has tensor '\(tensor)', which the index does not put there; fetch both files again"
    case .inFile(let file, let problem): "\(file): \(problem)"
    }
  }
}

extension JSONProblem: CustomStringConvertible {
  /// `expected …` and where, as an offset in bytes.
  public var description: String {
    if let duplicateKey { return "at byte \(offset): the key \(duplicateKey.json) occurs twice" }
    let found = found.map { byte in
      (0x21..<0x7F).contains(byte) ? "'\(Character(UnicodeScalar(byte)))'" : "byte \([byte].spacedHexadecimal)"
    }
    return "at byte \(offset): expected \(expected), found \(found ?? "the end")"
  }
}

extension ZipProblem: CustomStringConvertible {
  /// What is wrong with the zip container, for a person.
  public var description: String {
    switch self {
    case .noEnd: "the list of members at the end of the zip file is missing; the download broke off: fetch it again"
    case .severalDisks: "the zip file is one of several parts"
    case .endRecordsDiffer: "the zip file has two lists of members that disagree"
    case .directoryOutOfPlace: "the list of members is not where the end of the zip file says"
    case .directoryTooLarge: "the list of members of the zip file is too long"
    case .directoryMalformed: "the list of members of the zip file is damaged; fetch it again"
    case .encrypted(let name): "member '\(name)' is encrypted"
    case .duplicateMember(let name): "two members are called '\(name)'"
    case .membersOverlap(let name): "member '\(name)' overlaps the one before"
    case .memberPastEnd(let name): "member '\(name)' goes on past the data"
    case .localHeaderDiffers(let name): "member '\(name)' is described in two ways that disagree"
    case .compressedMember(let name):
      "member '\(name)' is compressed, which torch.save never does; unzip the file and zip it again with 'zip -0 -r'"
    case .memberChecksum(let name): "member '\(name)' is damaged: its CRC-32 differs; fetch the file again"
    case .unknownMethod(let name, let method):
      "member '\(name)' is compressed by method \(method), zoo reads stored and deflated ones (0 and 8): unzip the file and "
        + "zip it again"
    case .impossibleSize(let name, let size, let compressed):
      "member '\(name)' is said to unpack to \(size) bytes, more than \(compressed) bytes of deflate can hold"
    case .memberDeflate(let name):
      "member '\(name)' is damaged: its compressed data are not deflate; fetch the file again"
    case .memberLength(let name, let expected):
      "member '\(name)' must unpack to \(expected) bytes and does not; fetch the file again"
    }
  }
}

extension TarProblem: CustomStringConvertible {
  /// What is wrong with the tar container, for a person.
  public var description: String {
    switch self {
    case .cutShort(let offset): "the tar file ends too early, at byte \(offset); fetch it again"
    case .headerChecksum(let offset):
      "the header at byte \(offset) of the tar file does not have the checksum it carries; fetch the file again"
    case .malformed(let offset): "the header at byte \(offset) of the tar file is damaged; fetch the file again"
    case .memberPastEnd(let name): "member '\(name)' goes on past the end of the tar file; fetch it again"
    case .duplicateMember(let name): "two members are called '\(name)'"
    case .tooManyMembers: "the tar file has too many members for a PyTorch checkpoint"
    case .bytesAfterEnd(let offset):
      "the tar file ends, and at byte \(offset) there is more; where several were put one behind the other, give them as files of their own"
    case .sparse(let name):
      "member '\(name)' of the tar file is a file with holes; make the tar file anew without looking for holes"
    case .linkWithSize(let name):
      "member '\(name)' of the tar file is a hard link with a size, of which it is not known whether contents follow; make the tar file anew with copies in place of links"
    case .unknownKind(let name, let letter):
      "member '\(name)' of the tar file is of the kind \([letter].spacedHexadecimal), which is not known; make the tar file anew in the format of POSIX"
    case .label(let name):
      "member '\(name)' of the tar file is no class; it has to be a file with the class's number, counted from 0"
    case .compressed(let program):
      "the tar file is compressed, so that no member can be read without those before it; unpack it with \(program), and give it as a file or through a pipe"
    }
  }
}

extension PickleProblem: CustomStringConvertible {
  /// What is wrong with the pickle, for a person: the opcode or the global that is not allowed.
  public var description: String {
    switch self {
    case .cutShort(let offset):
      "the pickle ends in the middle of the instruction at byte \(offset); fetch the file again"
    case .tooLarge(let size): "a pickle of \(size) bytes; at most \(PickleMachine.maximumSize) are allowed"
    case .unsupportedProtocol(let version): "pickle protocol \(version); zoo reads 2 to 5"
    case .unknownOpcode(let opcode, let offset):
      "the pickle has an instruction at byte \(offset) that checkpoints do not need (\([opcode].spacedHexadecimal))"
    case .nameNotAllowed(let name, let offset):
      "the pickle asks for the Python object '\(name)' at byte \(offset); zoo runs no Python and reads only tensors: "
        + "save model.state_dict() rather than the model"
    case .callNotAllowed(let name, let offset):
      "the pickle calls '\(name)' at byte \(offset) in a way zoo does not allow"
    case .unexpectedValue(let expected, let offset): "the pickle must have \(expected) at byte \(offset)"
    case .stackUnderflow(let offset): "the pickle takes more values than it has at byte \(offset)"
    case .notInMemory(let key, let offset): "the pickle recalls value \(key) at byte \(offset), which it never stored"
    case .integerTooLarge(let offset): "the pickle has a number at byte \(offset) that does not fit in 64 bits"
    case .notUTF8(let offset): "the pickle has text at byte \(offset) that is not UTF-8"
    case .tooMuch(let limit, let offset): "the pickle has too many \(limit.rawValue) at byte \(offset)"
    }
  }
}

extension TorchProblem: CustomStringConvertible {
  /// What is wrong with the PyTorch checkpoint, for a person.
  public var description: String {
    switch self {
    case .noPickle: "there is no 'data.pkl' in the zip file"
    case .severalPickles: "there is more than one 'data.pkl' in the zip file"
    case .byteOrder(let order): "the byte order must be 'little' or 'big', found '\(order)'"
    case .notADictionary: "the file does not hold a dictionary of tensors; save model.state_dict()"
    case .noTensors(let keys):
      "there are no tensors in the file, only " + (keys.isEmpty ? "an empty dictionary" : keys.quotedList)
        + "; save model.state_dict()"
    case .nameNotText(let name): "a tensor is filed under \(name), which is not text"
    case .storageMissing(let tensor, let key): "tensor '\(tensor)' is in storage '\(key)', which is not in the file"
    case .storageLength(let tensor, let key, let expected, let found):
      "tensor '\(tensor)' is in storage '\(key)', which must have \(expected) bytes and has \(found)"
    case .storageChecksum(let key): "storage '\(key)' is damaged: its CRC-32 differs; fetch the file again"
    case .tooManyElements(let tensor, let dimensions):
      "tensor '\(tensor)' has more elements than can be counted: \(dimensions.shapeText)"
    case .outsideStorage(let tensor, let key): "tensor '\(tensor)' reaches beyond its storage '\(key)'"
    case .expandedView(let tensor):
      "tensor '\(tensor)' repeats its elements (stride 0); save it with .contiguous()"
    case .severalDictionaries(let names):
      "there are several dictionaries of tensors in the file: \(names.quotedList); choose one by its name after a '#'"
    case .noDictionary(let path, let nearest, let there):
      "there is no dictionary of tensors '\(path)' in the file" + (there.isEmpty ? "" : ", only \(there.quotedList)")
        + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .unsupportedTensor(let tensor, let what):
      "tensor '\(tensor)' is \(what), which zoo does not read; save it as a plain tensor of float32"
    case .tensorOfPythonObject(let tensor, let object):
      "tensor '\(tensor)' depends on the Python object '\(object)', and zoo runs no Python; save a "
        + "plain tensor in its place"
    case .tarMember(let name): "there is no '\(name)' in the tar file, as there is in PyTorch's"
    case .tarPart(let name, let offset):
      "member '\(name)' of the tar file is damaged or cut short before byte \(offset); fetch the file again"
    case .bigEndianTar:
      "the tar file is from a big-endian machine, which zoo does not read; convert it there: torch.save(torch.load(F), G)"
    case .legacyHeader: "the head of the PyTorch file is not as PyTorch writes it"
    case .legacyStorages: "the storages at the end of the PyTorch file are damaged or cut short; fetch it again"
    }
  }
}

extension NumPyProblem: CustomStringConvertible {
  /// What is wrong with the `.npy` or `.npz` file, for a person.
  public var description: String {
    switch self {
    case .tooShort(let size): "\(size) bytes are too few for an .npy file; fetch it again"
    case .badMagic: "not an .npy file"
    case .unsupportedVersion: "an .npy file of a version that zoo does not read; it reads 1.0, 2.0 and 3.0"
    case .headerTooLong: "the header of the .npy file is too long"
    case .malformedHeader(let offset, let expected):
      "the header of the .npy file must have \(expected) at byte \(offset)"
    case .unexpectedKey(let key): "the header of the .npy file has '\(key)' twice, or should not have it"
    case .missingKey(let key): "the header of the .npy file has no '\(key)'"
    case .pythonObjects: "the .npy file holds Python objects, not numbers; save it with a numeric dtype"
    case .unsupportedElementType(let type):
      "the .npy file holds elements of type '\(type)', which zoo does not read; save it as float32"
    case .tooManyElements(let dimensions): "more elements than can be counted: \(dimensions.shapeText)"
    case .dataLength(let expected, let found):
      "the array takes \(expected) bytes, but \(found) are there" + (found < expected ? "; fetch the file again" : "")
    case .noArrays:
      "there are no .npy files in the directory, and neither model.safetensors nor pytorch_model.bin; give the file itself"
    case .tooManyFiles: "more than \(ArchiveLayout.maximumTensors) .npy files"
    case .tooDeep(let path): "the directory '\(path)' lies too deep"
    case .fileName(let file): "the name of '\(file)' does not stand for text"
    case .nameTooLongForFile(let name): "the name of tensor '\(name)' is too long for a file name; write .safetensors"
    case .inFile(let file, let problem): "\(file): \(problem)"
    }
  }
}

extension CastProblem: CustomStringConvertible {
  /// What could not be converted, with the number that does not fit.
  public var description: String {
    switch self {
    case .tooLarge(let tensor, let place, let value, let type):
      "tensor '\(tensor)' has \(value) at \(place), which is too large for \(type.rawValue)"
        + (type == .float16
          ? " (at most 65504); choose bfloat16, whose range is that of float32" : "; keep the type that it has")
    }
  }
}

extension MatchReport: CustomStringConvertible {
  /// What became of every tensor, one a line.
  public var description: String { lines.map(\.description).joined(separator: "\n") }

  /// How many tensors came to what: `10 matched, 2 started anew, 1 ignored`.
  public var summary: String {
    var counts: [(words: String, count: Int)] = []
    for line in lines {
      let words = line.status.countedAs
      if let index = counts.firstIndex(where: { $0.words == words }) {
        counts[index].count += 1
      } else {
        counts.append((words, 1))
      }
    }
    var text = counts.map { "\($0.count) \($0.words)" }.joined(separator: ", ")
    let types = Set(loadable.compactMap(\.convertedType)).sorted { $0.rawValue < $1.rawValue }
    if !types.isEmpty {
      let count = loadable.count { $0.convertedType != nil }
      text += "; \(count) in \(types.map(\.rawValue).joined(separator: " and ")), computed in float32"
    }
    if let removedPrefix { text += "; '\(removedPrefix)' removed from the checkpoint's names" }
    return text.isEmpty ? "no tensors" : text
  }

  /// What was decided about the checkpoint that somebody may want to know of: that batch norms are in the layers before them,
  /// or that tensors were left out, because they lack the prefix of the others; `nil` when there is no such thing.
  public var note: String? {
    var notes: [String] = []
    if !foldedLayers.isEmpty {
      notes.append(
        "the file has batch norms folded into the layers before them, and is read so, which computes the same: "
          + foldedLayers.shortList)
    }
    if let removedPrefix, !besidePrefix.isEmpty {
      notes.append(
        "removed '\(removedPrefix)' from the checkpoint's names, which leaves the model's; left out what lacks it: "
          + besidePrefix.map(\.name).shortList)
    }
    return notes.isEmpty ? nil : notes.joined(separator: "; ")
  }
}

extension MatchReport.Status {
  fileprivate var countedAs: String {
    switch self {
    case .folded: "folded into the layers before in the file"
    case .initialized: "started anew"
    case .unexpected: "not in the model"
    case .misshapen: "of another shape"
    case .notTransformable: "that cannot be transformed"
    case .notFloatingPoint: "of integers"
    default: kind
    }
  }
}

extension ProtobufProblem: CustomStringConvertible {
  /// What is wrong with the protobuf message, for a person, with its offset.
  public var description: String {
    switch self {
    case .cutShort(let offset): "the file ends in the middle of the field at byte \(offset); fetch it again"
    case .varintTooLong(let offset): "the number at byte \(offset) does not fit in 64 bits"
    case .fieldNumber(let number, let offset):
      "the field at byte \(offset) has the number \(number), which no field has"
    case .wireType(let type, let offset):
      "the field at byte \(offset) is of wire type \(type), which checkpoints do not have"
    case .lengthPastEnd(let length, let offset, let end):
      "the field at byte \(offset) has \(length) bytes, but what it belongs to ends at byte \(end); the file is cut short "
        + "or damaged: fetch it again"
    case .unexpectedType(let field, let offset):
      "field \(field), at byte \(offset), is not of the type it must have; the file is damaged or of another kind"
    case .textTooLong(let limit, let offset): "the text at byte \(offset) is longer than \(limit) bytes"
    case .textNotUTF8(let offset): "the text at byte \(offset) is not UTF-8"
    case .packedLength(let length, let elementSize, let offset):
      "the numbers at byte \(offset) take \(length) bytes, which is no multiple of \(elementSize)"
    case .scattered(let limit, let offset):
      "the numbers at byte \(offset) belong to a tensor that lies in more than \(limit) places"
    }
  }
}

extension CaffeProblem: CustomStringConvertible {
  /// What is wrong with the Caffe model, for a person.
  public var description: String {
    switch self {
    case .nestedLayers:
      "the Caffe model is of the oldest kind, with layers inside layers; run Caffe's 'upgrade_net_proto_binary' on it"
    case .noBlobs(let layers):
      "there are no weights in the Caffe model"
        + (layers.isEmpty ? "" : ", only the layers \(layers.map { "'\($0)'" }.joined(separator: ", "))")
        + "; give the .caffemodel that training wrote"
    case .duplicateLayer(let name):
      "two layers with weights are called '\(name)'; give one of them another name and write the model again"
    case .tooManyTensors: "the Caffe model has more than \(ArchiveLayout.maximumTensors) blobs"
    case .tooManyDimensions: "a blob has more than \(CaffeBlob.maximumRank) dimensions, which Caffe does not allow"
    case .tooManyElements(let tensor, let dimensions):
      "tensor '\(tensor)' has more elements than can be counted: \(dimensions.shapeText)"
    case .elementCount(let tensor, let expected, let found):
      "tensor '\(tensor)' must have \(expected.isEmpty ? "1" : expected.shapeText) elements, but \(found) are there; "
        + "fetch the file again"
    case .floatsAndDoubles(let tensor): "tensor '\(tensor)' has its elements twice, in single and in double precision"
    case .blobCount(let layer, let type, let expected, let found):
      "layer '\(layer)' of type \(type) has \(found) blobs, it must have "
        + (expected.count == 1 ? "\(expected.lowerBound)" : "\(expected.lowerBound) or \(expected.upperBound)")
    case .transposed(let layer):
      "layer '\(layer)' has its weight transposed (inputs × outputs), which zoo does not read; train it without "
        + "'transpose' in inner_product_param"
    case .otherAxis(let layer, let type, let axis):
      "layer '\(layer)' of type \(type) has axis \(axis), so that it does not take all channels together, which no layer of "
        + "zoo's does"
    case .unsupportedRawData(let tensor, let type):
      "tensor '\(tensor)' has its elements in 'raw_data' of NVIDIA's Caffe, in its type \(type), which zoo does not read; save "
        + "the model there in float32"
    case .rawDataTwice(let tensor):
      "tensor '\(tensor)' has its elements twice, in 'data' and in the 'raw_data' of NVIDIA's Caffe"
    case .gradientsOnly(let tensor):
      "tensor '\(tensor)' has gradients ('diff') and no weights ('data'): the file was written without them; load it with the "
        + "program that wrote it and save the weights"
    case .meanShape(let dimensions):
      "a mean must be one image of channels × height × width, found \(dimensions.isEmpty ? "no shape" : dimensions.shapeText)"
    case .text(let line, let column, let expected, let found):
      "line \(line), column \(column): expected \(expected), found \(found)"
    case .textTooLarge(let size, let limit):
      "a Caffe definition has at most \(limit.bytesText), this file has \(size.bytesText); give the .prototxt"
    case .tooManyFields(let limit): "the Caffe definition has more than \(limit) fields"
    }
  }
}

extension ONNXProblem: CustomStringConvertible {
  /// What is wrong with the ONNX model, for a person.
  public var description: String {
    switch self {
    case .noGraph: "the ONNX model has no graph; fetch the file again"
    case .noInitializers:
      "there are no initializers in the ONNX model; export it with its weights (export_params=True in PyTorch)"
    case .noWeights:
      "the ONNX model has neither initializers nor constants that a layer computes with, so there are no weights in it; "
        + "export it with its weights (export_params=True in PyTorch)"
    case .graphTooLarge:
      "the ONNX model has more than \(ONNXContents.maximumNodes) nodes or \(ONNXContents.maximumValues) inputs and outputs of "
        + "nodes"
    case .valueTwice(let name):
      "the value '\(name)' is made twice in the ONNX model, which ONNX does not allow; export the model again"
    case .computedWeight(let tensor, let node, let operation, let reader):
      "node '\(reader)' computes with what \(operation) ('\(node)') makes of tensor '\(tensor)', which zoo does not follow; "
        + "export the model in float32 with its constants folded"
    case .contradictoryUse(let tensor, let first, let second):
      "tensor '\(tensor)' is read in one way by node '\(first)' and in another, as transposed, by '\(second)'; export the model "
        + "with a tensor for each"
    case .matrixFirst(let tensor, let node):
      "node '\(node)' multiplies with the weight '\(tensor)' on the left, which is no fully connected layer of zoo's; export "
        + "the model with the weight on the right"
    case .transposedInput(let tensor, let node):
      "node '\(node)' multiplies its input transposed (transA) with '\(tensor)', which zoo does not do; export the model with "
        + "transA = 0"
    case .notAMatrix(let tensor, let node, let shape):
      "node '\(node)' multiplies with tensor '\(tensor)', which is \(shape) and no matrix"
    case .inexactScale(let tensor, let node, let attribute, let factor):
      "node '\(node)' multiplies the product with '\(tensor)' by \(attribute) = \(factor), which would round the weights; put the "
        + "factor into them and export the model with \(attribute) = 1"
    case .automaticPadding(let node, let rule):
      "node '\(node)' has \(rule.json) for 'auto_pad', which ONNX does not have"
    case .unknownOperator(let tensor, let node, let operation):
      "tensor '\(tensor)' goes into \(operation) ('\(node)'), which is no operator of ONNX's own, so zoo cannot tell how it is "
        + "used; inline functions with onnx.inliner.inline_local_functions, or export the model without optimising it"
    case .tooManyTensors: "the ONNX model has more than \(ArchiveLayout.maximumTensors) initializers"
    case .tooManyDimensions(let tensor):
      "tensor '\(tensor)' has more than \(ONNXTensor.maximumRank) dimensions"
    case .unsupportedElementType(let tensor, let code):
      "tensor '\(tensor)' has elements of ONNX's type \(code), which zoo does not read; convert it to float32 (1)"
    case .tooManyElements(let tensor, let dimensions):
      "tensor '\(tensor)' has more elements than can be counted: \(dimensions.shapeText)"
    case .elementCount(let tensor, let expected, let found):
      "tensor '\(tensor)' must have \(expected) elements, but \(found) are there"
    case .dataLength(let tensor, let expected, let found):
      "tensor '\(tensor)' takes \(expected) bytes, but \(found) are there"
    case .misplacedData(let tensor):
      "tensor '\(tensor)' has elements in two places, or in a field that does not go with their type"
    case .valueOutOfRange(let tensor, let value):
      "tensor '\(tensor)' has an element \(value), which its type cannot hold"
    case .sparse(let tensor):
      "tensor '\(tensor)' is sparse, which zoo does not read; make it dense and export the model again"
    case .segmented(let tensor): "tensor '\(tensor)' is cut into segments, which zoo does not read"
    case .externalNotUTF8:
      "the model has to name the file with its weights in UTF-8, which this name is not; choose another, or leave the "
        + "weights in the model"
    case .externalInMemory(let tensor):
      "tensor '\(tensor)' is in another file, and a model in memory has none beside it; open the model from its file"
    case .externalPath(let tensor, let location):
      "tensor '\(tensor)' is in the file \(location.json), but other files must lie in the model's directory or below it; "
        + "save the model again with onnx.save_model"
    case .externalNumber(let tensor, let key, let value):
      "tensor '\(tensor)' has \(value.json) for the '\(key)' of its bytes, which is no number"
    case .externalLength(let tensor, let location, let expected, let found):
      "tensor '\(tensor)' takes \(expected) bytes, but its place in '\(location)' has \(found)"
    case .externalPastEnd(let tensor, let location, let offset, let length, let fileSize):
      "tensor '\(tensor)' has \(length) bytes from byte \(offset) of '\(location)', but that file has only \(fileSize); "
        + "fetch it again"
    case .inExternal(let location, .file(.missing)):
      "the file '\(location)', which holds weights of the model, is missing; fetch it too and put it beside the model"
    case .inExternal(let location, .file(.notRegular(.symbolicLink))):
      "'\(location)' leads over a symbolic link, which zoo does not follow for a model; copy the file itself there"
    case .inExternal(let location, let problem): "\(location): \(problem)"
    case .tooLarge(let size):
      "an ONNX model of one file has at most \(ONNXFile.maximumSize) bytes, and this one would have \(size); \(remedy ?? "")"
    }
  }
}

extension DarknetProblem: CustomStringConvertible {
  /// What is wrong with the darknet file, for a person, with the numbers expected and found.
  public var description: String {
    switch self {
    case .tooShort(let size): "\(size) bytes are too few for a file of darknet weights; fetch it again"
    case .version(let major, let minor): "no darknet wrote a version \(major).\(minor); this is another kind of file"
    case .needsNetwork:
      "darknet weights have no names, so they can be read only together with a network; \(remedy ?? "")"
    case .tooManyElements(let tensor, let dimensions):
      "tensor '\(tensor)' has more elements than can be counted: \(dimensions.shapeText)"
    case .layerPastEnd(let layer, let offset, let needed, let found):
      "layer '\(layer)' takes \(needed) bytes from byte \(offset), but only \(found) are left, \(needed - found) too few; "
        + "the weights are of another network, or cut short"
    case .bytesLeft(let layer, let offset, let count):
      (layer.map { "the last layer, '\($0)', ends" } ?? "the header ends")
        + " at byte \(offset), but \(count) bytes follow; the weights are of another network"
    case .configuration(let line, let sentence): (line > 0 ? "line \(line): " : "") + sentence
    }
  }
}

extension HDF5Problem: CustomStringConvertible {
  /// What is wrong with the HDF5 file, for a person; structures have the names of HDF5's specification.
  public var description: String {
    switch self {
    case .fileCutShort(let expected, let found):
      "the HDF5 file says that it has \(expected) bytes, but it has \(found); it is cut short: fetch it again"
    case .pastEnd(let part, let offset):
      "the \(part.rawValue) at byte \(offset) of the HDF5 file reaches past the end; the file is damaged: fetch it again"
    case .signature(let part, let offset, let found):
      "at byte \(offset) of the HDF5 file there is no \(part.rawValue) (found \(found.spacedHexadecimal)); the file is damaged"
    case .value(let part, let offset, let expected, let found):
      "in the \(part.rawValue) at byte \(offset) of the HDF5 file there must be \(expected), found \(found)"
    case .notUTF8(let part, let offset):
      "the text in the \(part.rawValue) at byte \(offset) of the HDF5 file is not UTF-8"
    case .reachedTwice(let part, let offset):
      "two references of the HDF5 file lead to the \(part.rawValue) at byte \(offset); zoo reads files in which each object "
        + "has one name: copy it instead of linking it"
    case .overlappingStructures: "the structures of the HDF5 file overlap; the file is damaged or was forged"
    case .tooDeep(let group): "the groups of the HDF5 file lie in each other more than 64 deep, at '\(group)'"
    case .tooManyObjects: "the HDF5 file has more than \(ArchiveLayout.maximumTensors) objects"
    case .noTensors: "there are no tensors in the HDF5 file; give the one that Keras' model.save or save_weights wrote"
    case .duplicateName(let name): "two objects of the HDF5 file are called '\(name)'"
    case .linkName(let name): "a link of the HDF5 file is called '\(name)', which cannot be a part of a path"
    case .unsupported(let path, let feature):
      "'\(path.isEmpty ? "/" : path)' of the HDF5 file \(feature.words), which zoo does not read; write the file again with "
        + "Keras, or with h5py in its default form"
    case .missing(let path, let part): "the dataset '\(path)' has no \(part.rawValue); the HDF5 file is damaged"
    case .tooManyElements(let tensor, let dimensions):
      "tensor '\(tensor)' has more elements than can be counted or held: \(dimensions.shapeText)"
    case .dataLength(let tensor, let expected, let found):
      "tensor '\(tensor)' must have \(expected) bytes, but \(found) are there; fetch the file again"
    case .neverWritten(let tensor): "the elements of tensor '\(tensor)' were never written into the HDF5 file"
    case .chunk(let tensor, let index, let problem): "tensor '\(tensor)', chunk at \(index): \(problem.words)"
    case .overlappingData(let first, let second):
      "the elements of '\(first)' and '\(second)' share bytes; the HDF5 file is damaged or was forged"
    }
  }
}

extension HDF5Feature {
  fileprivate var words: String {
    switch self {
    case .sizes(let offsets, let lengths): "has offsets of \(offsets) bytes and lengths of \(lengths)"
    case .denseLinks: "keeps its links in a fractal heap"
    case .denseAttributes: "keeps its attributes in a fractal heap"
    case .externalData: "has its elements in other files"
    case .virtualData: "is put together from other datasets"
    case .sharedMessage: "shares its type or shape with other objects"
    case .chunkIndex(let number): "has an index of chunks of type \(number), from HDF5 1.10"
    case .filter(let number): "is stored with filter \(number)"
    case .severalCompressions: "is compressed twice"
    }
  }
}

extension HDF5ChunkProblem {
  fileprivate var words: String {
    switch self {
    case .missing: "it was never written"
    case .duplicate: "it is there twice"
    case .outOfPlace: "it does not fit into the tensor"
    case .pastEnd: "it reaches past the end of the file; fetch it again"
    case .length(let expected, let found): "it must have \(expected) bytes, found \(found)"
    case .impossibleSize(let size, let compressed): "no \(compressed) bytes of deflate hold \(size)"
    case .inflate(let problem): problem.description
    case .checksum: "it does not have the checksum that follows it; fetch the file again"
    }
  }
}

extension KerasProblem: CustomStringConvertible {
  /// Why the file is not a network of Keras', for a person.
  public var description: String {
    switch self {
    case .otherFile: "not a model of Keras': neither an HDF5 file nor a .keras archive"
    case .noConfiguration:
      "the HDF5 file has tensors and no network (the attribute 'model_config' is missing); save it with model.save, not "
        + "with save_weights"
    case .configurationTooLarge(let limit): "the description of the network is larger than \(limit.bytesText)"
    case .noLayerNames:
      "the HDF5 file does not say which layers have weights (the attribute 'layer_names' of 'model_weights' is missing)"
    case .noWeights: "the Keras archive has no model.weights.h5; save the model again with Keras 3's model.save"
    case .duplicateLayer(let name): "two layers of the model are called '\(name)'"
    case .missingTensor(let name): "the model lists a tensor '\(name)', which the file does not have"
    }
  }
}

extension MatchReport.Line: CustomStringConvertible {
  /// The type in the file, where it is not the one that is computed with.
  fileprivate var convertedType: ElementType? {
    elementType == .float32 || elementType?.isFloatingPoint != true ? nil : elementType
  }

  /// `NAME: what became of it`
  public var description: String {
    let source = checkpointName ?? name
    let from = source == name ? "" : "from \(source), "
    let type = convertedType.map { ", \($0.rawValue) in the file" } ?? ""
    return switch status {
    case .matched: "\(name): matched\(type)"
    case .renamed: "\(name): from \(source)\(type)"
    case .reshaped(let shape): "\(name): \(from)reshaped from \(shape)\(type)"
    case .transformed(let how): "\(name): \(from)\(how)\(type)"
    case .folded(let layer): "\(name): \(from)batch norm folded into \(layer) in the file\(type)"
    case .initialized(.missing): "\(name): started anew (missing from the checkpoint)"
    case .initialized(.misshapen(let found)): "\(name): started anew (the checkpoint has \(found))"
    case .initialized(.replaced): "\(name): started anew, as asked"
    case .missing: "\(name): missing"
    case .unexpected: "\(name): not in the model"
    case .misshapen(let expected, let found, nil): "\(name): the model has \(expected), the checkpoint \(found)"
    case .misshapen(let expected, let found, let how?):
      "\(name): the model has \(expected), the checkpoint's \(source) is \(found) once \(how)"
    case .notTransformable(let problem, let rule): "\(name): the rule \(rule) does not fit \(source): \(problem)"
    case .notFloatingPoint(let type):
      "\(name): \(source) holds \(type.rawValue), and weights are floating-point numbers"
    case .ignored(.batchCounter): "\(name): ignored (a counter)"
    case .ignored(.trainingOnly): "\(name): ignored (only training uses it)"
    case .ignored(.rule(let rule)): "\(name): ignored (the rule \(rule))"
    case .ignored(.divisor(let dividend)): "\(name): ignored (\(dividend) has been divided by it)"
    case .ignored(.notInModel): "\(name): ignored (not in the model)"
    case .ignored(.trainingState): "\(name): ignored (state of a training run)"
    case .ignored(.besidePrefix(let prefix)): "\(name): ignored (it lacks '\(prefix)', which the model's tensors have)"
    }
  }
}

extension Transformation: CustomStringConvertible {
  /// `transposed [3, 2, 0, 1] from 3×3×64×128`
  public var description: String {
    let words = steps.map { step in
      switch step {
      case .transpose(let order): "transposed \(order)"
      case .reshape(let dimensions): "reshaped \(dimensions)"
      case .flipInputChannels: "its input channels flipped"
      case .divide(let name): "divided by \(name)"
      }
    }
    return "\(words.joined(separator: ", ")) from \(from)"
  }
}

extension NameRule: CustomStringConvertible {
  /// As it is written in a definition.
  public var description: String {
    switch self {
    case .removePrefix(let prefix): "{strip: \(prefix)}"
    case .ignore(let pattern): "{ignore: \(pattern)}"
    case .rename(let from, let to, _): "{from: \(from), to: \(to)}"
    }
  }
}

extension TransformProblem: CustomStringConvertible {
  /// Which step does not fit the tensor's shape, for a person.
  public var description: String {
    switch self {
    case .axes(let order, let shape): "transpose \(order) does not name each axis of \(shape) once"
    case .elements(let dimensions, let shape):
      "\(shape) has \(shape.elementCount) elements, and reshape \(dimensions) holds another number"
    case .noInputChannels(let shape): "\(shape) has no second axis of input channels to flip"
    case .divisorMissing(let name, let nearest):
      "the checkpoint has no '\(name)' to divide by" + (nearest.map { "; did you mean '\($0)'?" } ?? "")
    case .divisorNotOneNumber(let name, let shape): "'\(name)' is \(shape), and only one number can divide"
    }
  }
}

extension CheckpointMismatch: CustomStringConvertible {
  /// At most this many lines of each kind.
  private static let maximumLines = 8

  /// What differs, a few lines of each kind, and what probably happened.
  public var description: String {
    var lines = ["\(path.isEmpty ? "the checkpoint" : path): the checkpoint does not fit the model"]
    list(report.missing, "missing from the checkpoint") { line in
      line.name + (report.suggestion(for: line).map { " (the checkpoint has '\($0)')" } ?? "")
    } into: {
      lines.append($0)
    }
    list(report.unexpected, "not in the model") { line in
      line.name + (report.suggestion(for: line).map { " (did you mean '\($0)'?)" } ?? "")
    } into: {
      lines.append($0)
    }
    list(report.misshapen, "of another shape", \.description) { lines.append($0) }
    list(report.unusable, "that cannot be used", \.description) { lines.append($0) }
    if let prefix = report.removedPrefix {
      lines.append("This is what differs after removing '\(prefix)' from the checkpoint's names.")
    }
    if let guess { lines.append("\(guess)") }
    return lines.joined(separator: "\n")
  }

  private func list(
    _ entries: [MatchReport.Line], _ title: String, _ text: (MatchReport.Line) -> String, into add: (String) -> Void
  ) {
    guard !entries.isEmpty else { return }
    add("  \(entries.count) \(entries.count == 1 ? "tensor" : "tensors") \(title):")
    for entry in entries.prefix(Self.maximumLines) { add("    \(text(entry))") }
    if entries.count > Self.maximumLines { add("    and \(entries.count - Self.maximumLines) more") }
  }
}

extension CheckpointMismatch.Guess: CustomStringConvertible {
  /// The cause that is likely, for a person.
  public var description: String {
    switch self {
    case .otherClasses(let found, let expected):
      "The checkpoint was trained for \(found) classes and the model has \(expected): \(remedy ?? "")"
    case .otherWidths: "The names agree and the shapes do not: this looks like a checkpoint of another network."
    case .otherNetwork:
      "Hardly any name agrees: this looks like a checkpoint of another network, or one whose names need rules."
    case .otherLayerNames(let names):
      "The nodes of the file call layers \(names.map { "'\($0)'" }.joined(separator: ", ")), which the model does not have: add "
        + "rules to 'weight_names' in the definition, give the .pth, or export it from PyTorch with its names, by "
        + "torch.onnx.export(…, dynamo=False, training=torch.onnx.TrainingMode.PRESERVE, do_constant_folding=False)."
    case .prefix(let prefix, let leftOver):
      "All names would agree without '\(prefix)': add {strip: \(prefix)} to 'weight_names' in the definition."
        + (leftOver.isEmpty
          ? ""
          : " Left over: \(leftOver.shortList); an {ignore: PATTERN} leaves them out.")
    case .prefixes(let prefixes):
      "All names would agree without \(prefixes.map { "'\($0)'" }.joined(separator: ", and as well without ")): say in "
        + "'weight_names' of the definition which are meant, as in {strip: \(prefixes[0])}, and leave out the others, as in "
        + "{ignore: \(prefixes.last ?? "")*}."
    case .shard(let number, let count):
      "The file is number \(number) of \(count) that hold the tensors together: give the folder that they are all in."
    case .incomplete:
      "What the checkpoint has fits: \(remedy ?? "")"
    }
  }
}

// What can be done where a program has options of its own for it. The words above end with these.

extension WeightsProblem {
  /// What can be done about it; `description` ends with it.
  public var remedy: String? {
    switch self {
    case .file(let problem): problem.remedy
    case .onnx(let problem): problem.remedy
    case .darknet(let problem): problem.remedy
    default: nil
    }
  }
}

extension FileProblem {
  fileprivate var remedy: String? {
    if case .exists = self { "choose another name, or allow a file to be replaced" } else { nil }
  }
}

extension ONNXProblem {
  fileprivate var remedy: String? {
    if case .tooLarge = self { "put the weights into a file beside it" } else { nil }
  }
}

extension DarknetProblem {
  fileprivate var remedy: String? {
    if case .needsNetwork = self { "name the model" } else { nil }
  }
}

extension CheckpointMismatch.Guess {
  var remedy: String? {
    switch self {
    case .otherClasses: "loading with a new head keeps the rest and starts the last layer anew, to be fine-tuned."
    case .incomplete: "loading in part starts the missing tensors anew, to be fine-tuned."
    case .otherWidths, .otherNetwork, .otherLayerNames, .prefix, .prefixes, .shard: nil
    }
  }
}

extension Sequence<UInt8> {
  /// `89 5A 4F`
  fileprivate var spacedHexadecimal: String {
    map { [$0].hexadecimal.uppercased() }.joined(separator: " ")
  }
}

extension [String] {
  /// `'a', 'b'`
  fileprivate var quotedList: String { map { "'\($0)'" }.joined(separator: ", ") }

  /// `a, b, c and 5 more`
  fileprivate var shortList: String {
    prefix(8).joined(separator: ", ") + (count > 8 ? " and \(count - 8) more" : "")
  }
}

extension [Int] {
  fileprivate var shapeText: String { map(String.init).joined(separator: "×") }
}

extension Int {
  /// `16 GiB`, `1.5 MiB`, `12 bytes`
  fileprivate var bytesText: String {
    for (shift, unit) in [(30, "GiB"), (20, "MiB"), (10, "KiB")] where self >= 1 << shift {
      let tenths = self / ((1 << shift) / 10)
      return tenths % 10 == 0 || self % (1 << shift) == 0
        ? "\(self >> shift) \(unit)" : "\(tenths / 10).\(tenths % 10) \(unit)"
    }
    return "\(self) bytes"
  }
}
