/// The regular files of a tar file that has few of them. Names are only compared.
struct TarDirectory: Sendable {
  struct Member: Sendable {
    let name: String
    let offset: Int
    let size: Int

    var end: Int { offset + size }
  }

  /// The regular files, in the order of the tar file.
  private(set) var members: [Member] = []

  private static let maximumMembers = 1 << 16

  /// The member of that name; `nil` when there is none.
  func member(named name: String) throws(WeightsProblem) -> Member? {
    let found = members.filter { $0.name == name }
    // Readers that take the first and readers that take the last would see different files.
    guard found.count <= 1 else { throw .tar(.duplicateMember(name)) }
    return found.first
  }

  init(_ file: InputFile) throws(WeightsProblem) {
    var scanner = TarScanner(file)
    for _ in 0..<Self.maximumMembers {
      guard let member = try scanner.next() else { return }
      guard member.kind == .file else { continue }
      members.append(
        Member(name: String(decoding: member.name, as: UTF8.self), offset: member.offset, size: member.size))
    }
    throw .tar(.tooManyMembers)
  }
}

/// What is wrong with a tar file. Offsets are those of the header.
public enum TarProblem: Hashable, Sendable {
  /// The two blocks of zeros at the end are missing.
  case cutShort(offset: Int)
  case headerChecksum(offset: Int)
  case malformed(offset: Int)
  case memberPastEnd(String)
  case duplicateMember(String)
  case tooManyMembers
  /// After the end there is more, as where two tar files were put one behind the other.
  case bytesAfterEnd(offset: Int)
  /// A file with holes, of which only the rest is there.
  case sparse(String)
  /// A hard link that has a size: whether contents follow it is not known.
  case linkWithSize(String)
  /// A member of a kind that is not known, by its letter.
  case unknownKind(String, UInt8)
  /// The member with a sample's class is no number, or a link.
  case label(String)
  /// The tar file is compressed, so that no member can be read without those before it.
  case compressed(by: String)
}
