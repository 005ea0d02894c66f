import ZooTensor

/// The names that a definition can contain; the schema has the same patterns.
extension String {
  /// `^[A-Za-z_][A-Za-z0-9_]{0,63}$`
  var isIdentifier: Bool {
    utf8.count <= 64 && utf8.allSatisfy { $0.isLetterOrDigit || $0 == UInt8(ascii: "_") }
      && utf8.first.map { !$0.isDigit } == true
  }

  /// `^[A-Za-z_][A-Za-z0-9_-]{0,63}$`
  var isBlockName: Bool {
    utf8.first != UInt8(ascii: "-") && replacing(UInt8(ascii: "-"), with: UInt8(ascii: "_")).isIdentifier
  }

  /// `^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`
  var isModelName: Bool {
    utf8.count <= 64 && utf8.first?.isLetterOrDigit == true
      && utf8.allSatisfy { $0.isLetterOrDigit || ".-_".utf8.contains($0) }
  }

  /// Components of letters, digits, `_`, `-` and `/`, joined by dots: at most 512 characters, because
  /// a definition that is written flat names its layers by their paths.
  var isPath: Bool {
    utf8.count <= Namer.maximumPathLength
      && utf8.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).allSatisfy { component in
        !component.isEmpty && component.allSatisfy { $0.isLetterOrDigit || "_-/".utf8.contains($0) }
      }
  }

  /// `^https?://[^\s]+$`
  var isWebAddress: Bool {
    let scheme = ["https://", "http://"].first { hasPrefix($0) }
    return scheme.map { utf8.count > $0.utf8.count } == true && !unicodeScalars.contains { $0.properties.isWhitespace }
  }

  /// `^[0-9a-f]{8,64}$`
  var isDigest: Bool {
    (8...64).contains(utf8.count) && utf8.allSatisfy { $0.isDigit || (UInt8(ascii: "a")...UInt8(ascii: "f") ~= $0) }
  }

  /// `^.+\.ya?ml$`
  var isDefinitionFile: Bool {
    [".yaml", ".yml"].contains { hasSuffix($0) && utf8.count > $0.utf8.count }
      && !unicodeScalars.contains { $0 == "\n" }
  }

  /// `^.+\.(tsv|txt)$`
  var isLabelFile: Bool {
    [".tsv", ".txt"].contains { hasSuffix($0) && utf8.count > $0.utf8.count } && !unicodeScalars.contains { $0 == "\n" }
  }

  /// `^(.+\.(npy|binaryproto)|data:application/x-npy;base64,[A-Za-z0-9+/]+={0,2})$`
  var isMeanImage: Bool {
    let isFile = [".npy", ".binaryproto"].contains { hasSuffix($0) && utf8.count > $0.utf8.count }
    if isFile { return !unicodeScalars.contains { $0 == "\n" } }
    guard hasPrefix(MeanImageSource.scheme) else { return false }
    let text = utf8.dropFirst(MeanImageSource.scheme.utf8.count)
    let digits = text.prefix { $0.isLetterOrDigit || "+/".utf8.contains($0) }
    let end = text.dropFirst(digits.count)
    return !digits.isEmpty && end.count <= 2 && end.allSatisfy { $0 == UInt8(ascii: "=") }
  }

  private func replacing(_ byte: UInt8, with other: UInt8) -> String {
    String(decoding: utf8.map { $0 == byte ? other : $0 }, as: UTF8.self)
  }
}

extension UInt8 {
  var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

  var isLetterOrDigit: Bool {
    isDigit || (UInt8(ascii: "a")...UInt8(ascii: "z")).contains(self)
      || (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains(self)
  }
}
