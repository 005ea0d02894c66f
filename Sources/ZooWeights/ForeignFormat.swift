/// Kinds of file that people take for weights, or that hold weights zoo does not read.
public enum ForeignFormat: Hashable, Sendable, CaseIterable {
  case gitLFSPointer
  case htmlPage
  case keras
  case caffeSolverState
  case tarArchive
  case torchScript
  case barePickle
  case gguf
  case gzip
  case otherZip
}

extension ForeignFormat {
  /// Recognises a file by its first bytes and, where those are not characteristic, by its name.
  init?(start: [UInt8], path: String) {
    let extensionOfName = path.split(separator: ".").last.map { $0.lowercased() } ?? ""
    let text = String(decoding: start.prefix(256), as: UTF8.self).lowercased()
    let trimmed = text.drop { $0.isWhitespace || $0 == "\u{FEFF}" }
    if text.hasPrefix("version https://git-lfs") {
      self = .gitLFSPointer
    } else if ["<!doctype html", "<html", "<?xml", "<head"].contains(where: { trimmed.hasPrefix($0) }) {
      self = .htmlPage
    } else if start.starts(with: Array("GGUF".utf8)) {
      self = .gguf
    } else if start.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) {
      self = .barePickle
    } else if Self.isSolverState(start) || extensionOfName == "solverstate" {
      self = .caffeSolverState
    } else {
      return nil
    }
  }

  /// A `SolverState`: the number of the iteration, then the name of the file with the weights.
  private static func isSolverState(_ start: [UInt8]) -> Bool {
    guard start.first == 0x08 else { return false }
    let rest = start.dropFirst().drop { $0 >= 0x80 }.dropFirst()
    guard rest.first == 0x12, let length = rest.dropFirst().first, length < 0x80 else { return false }
    let name = rest.dropFirst(2).prefix(Int(length))
    return name.count == Int(length) && name.suffix(11).elementsEqual(".caffemodel".utf8)
  }
}
