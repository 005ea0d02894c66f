/// A message of Caffe's, whichever form it was read from: protobuf's text, as `.prototxt` files have it, or its binary one, as
/// in `.caffemodel` files. Fields have the names of `caffe.proto`, in the order of the file.
package struct CaffeMessage: Hashable, Sendable {
  /// A field and its value. A repeated field is there once for each of its values.
  package struct Field: Hashable, Sendable {
    package let name: String
    package let value: Value
    package let place: CaffePlace
  }

  package enum Value: Hashable, Sendable {
    /// A number, a truth value or the name of an enumeration's case, as it is written.
    case word(String)
    /// A string in quotes, without them.
    case text(String)
    case message(CaffeMessage)
  }

  package internal(set) var fields: [Field] = []
  /// Where it begins.
  package let place: CaffePlace

  /// Nothing yet.
  package init(place: CaffePlace) {
    self.place = place
  }

  /// The fields of that name, in order.
  package func all(_ name: String) -> [Field] { fields.filter { $0.name == name } }

  /// The messages in the fields of that name as one, as protobuf merges them; `nil` where there is none.
  package func merged(_ name: String) -> CaffeMessage? {
    var result: CaffeMessage?
    for case (let field, .message(let message)) in all(name).map({ ($0, $0.value) }) {
      if result == nil { result = CaffeMessage(place: field.place) }
      result?.fields += message.fields
    }
    return result
  }
}

/// A place in a file of Caffe's.
package enum CaffePlace: Hashable, Sendable, CustomStringConvertible {
  /// Both count from 1; columns in characters.
  case text(line: Int, column: Int)
  /// In bytes from the beginning of a binary file.
  case offset(Int)

  package var description: String {
    switch self {
    case .text(let line, _): "line \(line)"
    case .offset(let offset): "byte \(offset)"
    }
  }
}

extension CaffeMessage {
  /// Reads a `.prototxt` file, or the structure in a `.caffemodel` file: by its first bytes it is the one or the other.
  ///
  /// - Throws: `WeightsError` with line and column, or the byte, of what is wrong.
  package static func open(_ path: String) throws(WeightsError) -> CaffeMessage {
    do throws(WeightsProblem) {
      let file = try InputFile(path)
      return try read(file)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  /// As above, of bytes that are in memory; `name` stands for their path in errors.
  package static func open(bytes: [UInt8], name: String) throws(WeightsError) -> CaffeMessage {
    do throws(WeightsProblem) {
      return try read(InputFile(bytes: bytes, name: name))
    } catch {
      throw WeightsError(path: name, error)
    }
  }

  private static func read(_ file: InputFile) throws(WeightsProblem) -> CaffeMessage {
    let start = try file.bytes(at: 0, count: min(file.size, 512))
    if let foreign = ForeignFormat(start: start, path: file.path) { throw .foreign(foreign) }
    // Text has no control characters but those between words.
    if start.contains(where: { $0 < 0x20 && !(0x09...0x0D).contains($0) }) {
      return try CaffeSchema.net.message(in: file)
    }
    guard file.size <= CaffeTextParser.maximumBytes else {
      throw .caffe(.textTooLarge(size: file.size, limit: CaffeTextParser.maximumBytes))
    }
    var parser = CaffeTextParser(try file.bytes(at: 0, count: file.size))
    return try parser.file()
  }
}
