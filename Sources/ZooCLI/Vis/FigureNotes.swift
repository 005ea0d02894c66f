import ZooKit

/// What every figure carries: the network, its weights, and the command that makes it again.
enum FigureNotes {
  static func standard(_ model: String, weights: LoadedWeights, _ more: [String] = []) -> [String] {
    more + ["\(model), weights \(weights.summary)", command]
  }

  /// The command line, quoted where a shell needs it.
  static var command: String { line(Zoo.arguments) }

  /// A command line of zoo, quoted where a shell needs it.
  static func line(_ arguments: [String]) -> String {
    let words = arguments.map { word in
      let plain = word.utf8.allSatisfy { byte in
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
          UInt8(ascii: "0")...UInt8(ascii: "9"):
          true
        default: "-_./:=,+@%".utf8.contains(byte)
        }
      }
      return plain && !word.isEmpty
        ? word : "'\(word.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''"))'"
    }
    return "zoo " + words.joined(separator: " ")
  }
}
