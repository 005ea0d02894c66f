/// Kinds of file that people take for weights, or that hold weights zoo does not read.
public enum ForeignFormat: Hashable, Sendable, CaseIterable {
  case gitLFSPointer
  case htmlPage
  case hdf5
  case keras
  case onnx
  case caffeModel
  case torchTar
  case torchScript
  case barePickle
  case numpyZip
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
    } else if start.starts(with: [0x89, 0x48, 0x44, 0x46, 0x0D, 0x0A, 0x1A, 0x0A]) {
      self = .hdf5
    } else if start.starts(with: Array("GGUF".utf8)) {
      self = .gguf
    } else if start.starts(with: [0x1F, 0x8B]) {
      self = .gzip
    } else if start.count > 262, start[257..<262].elementsEqual("ustar".utf8) {
      self = .torchTar
    } else if start.count > 2, start[0] == 0x80, (2...5).contains(start[1]) {
      self = .barePickle
    } else if Self.isCaffeModel(start) || extensionOfName == "caffemodel" {
      self = .caffeModel
    } else if Self.isONNX(start) || extensionOfName == "onnx" {
      self = .onnx
    } else {
      return nil
    }
  }

  /// A `ModelProto`: the version of the format, then the name of the producer, its version, a domain or the graph.
  private static func isONNX(_ start: [UInt8]) -> Bool {
    start.count > 2 && start[0] == 0x08 && (1...20).contains(start[1]) && [0x12, 0x1A, 0x22, 0x3A].contains(start[2])
  }

  /// A `NetParameter`: the name of the network, then a layer of the old kind or the new.
  private static func isCaffeModel(_ start: [UInt8]) -> Bool {
    guard start.count > 4, start[0] == 0x0A, start[1] > 0, start[1] < 0x80, start.count > Int(start[1]) + 4 else {
      return false
    }
    let end = 2 + Int(start[1])
    let isText = start[2..<end].allSatisfy { (0x20..<0x7F).contains($0) }
    return isText && (start[end] == 0x12 || start[end...].starts(with: [0xA2, 0x06]))
  }
}
