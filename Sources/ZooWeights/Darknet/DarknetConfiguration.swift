/// A `.cfg` file of darknet's: sections in brackets, below each its options, `key=value`; comments begin with `#` or `;`. White
/// space counts nowhere, as in darknet.
package struct DarknetConfiguration: Hashable, Sendable {
  /// A section: a layer, or in the first one the network.
  package struct Section: Hashable, Sendable {
    /// What stands in the brackets: `convolutional`.
    package let type: String
    /// From 1.
    package let line: Int
    package fileprivate(set) var options: [Option] = []

    /// The first option of that name: the one that darknet reads where there are two.
    package func option(_ key: String) -> Option? { options.first { $0.key == key } }
  }

  package struct Option: Hashable, Sendable {
    package let key: String
    package let value: String
    package let line: Int
  }

  package fileprivate(set) var sections: [Section] = []

  static let maximumBytes = 4 << 20
  static let maximumSections = 20_000

  /// Reads a file.
  ///
  /// - Throws: `WeightsError` with the line of what is wrong.
  package static func open(_ path: String) throws(WeightsError) -> DarknetConfiguration {
    do throws(WeightsProblem) {
      return try read(InputFile(path))
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// As above, of bytes that are in memory; `name` stands for their path in errors.
  package static func open(bytes: [UInt8], name: String) throws(WeightsError) -> DarknetConfiguration {
    do throws(WeightsProblem) {
      return try read(InputFile(bytes: bytes, name: name))
    } catch {
      throw WeightsError(path: name, error)
    }
  }

  private static func read(_ file: InputFile) throws(WeightsProblem) -> DarknetConfiguration {
    let start = try file.bytes(at: 0, count: min(file.size, 512))
    if let foreign = ForeignFormat(start: start, path: file.path) { throw .foreign(foreign) }
    guard file.size <= maximumBytes else {
      throw .darknet(.configuration(line: 0, "the file has \(file.size) bytes; a .cfg has at most \(maximumBytes)"))
    }
    return try DarknetConfiguration(file.bytes(at: 0, count: file.size))
  }

  private init(_ bytes: [UInt8]) throws(WeightsProblem) {
    var number = 0
    for line in bytes.split(separator: 0x0A, omittingEmptySubsequences: false) {
      number += 1
      let text = line.filter { $0 != 0x20 && $0 != 0x09 && $0 != 0x0D }
      guard let first = text.first, first != UInt8(ascii: "#"), first != UInt8(ascii: ";") else { continue }
      guard let words = String(utf8: text), !text.contains(where: { $0 < 0x20 }) else {
        throw .darknet(.configuration(line: number, "this is no text; give the .cfg that belongs to the .weights"))
      }
      if first == UInt8(ascii: "[") {
        guard words.utf8.last == UInt8(ascii: "]"), words.utf8.count > 2 else {
          throw .darknet(.configuration(line: number, "expected [SECTION], found \(words.prefix(80))"))
        }
        guard sections.count < Self.maximumSections else {
          throw .darknet(.configuration(line: number, "there are more than \(Self.maximumSections) sections"))
        }
        sections.append(Section(type: String(words.dropFirst().dropLast()), line: number))
        continue
      }
      guard let equals = words.utf8.firstIndex(of: UInt8(ascii: "=")), equals > words.startIndex else {
        throw .darknet(.configuration(line: number, "expected key=value or [SECTION], found \(words.prefix(80))"))
      }
      guard !sections.isEmpty else {
        throw .darknet(.configuration(line: number, "an option stands before the first section, which must be [net]"))
      }
      let value = String(words[words.index(after: equals)...].prefix { $0 != "#" })
      sections[sections.count - 1].options.append(
        Option(key: String(words[..<equals]), value: value, line: number))
    }
    guard let first = sections.first, ["net", "network"].contains(first.type) else {
      throw .darknet(
        .configuration(
          line: sections.first?.line ?? 1,
          "expected the section [net], found \(sections.first.map { "[\($0.type)]" } ?? "no section"); give a .cfg of "
            + "darknet's"))
    }
  }
}
