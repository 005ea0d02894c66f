import ZooGraph
import ZooTensor
import ZooWeights

/// A section of a `.cfg` file, with its options as what they must be.
struct DarknetSection {
  let file: String
  let section: DarknetConfiguration.Section
  /// From 0, as darknet counts layers.
  let number: Int

  var type: String { section.type }

  /// `line 12`
  var place: String { "line \(section.line)" }

  /// Darknet reads numbers with `atoi`; what that would cut off is refused here.
  func integer(_ key: String, or missing: Int, in range: ClosedRange<Int> = 0...1 << 24) throws -> Int {
    guard let option = section.option(key) else { return missing }
    guard let value = Int(option.value), range.contains(value) else {
      throw invalid(option, "a whole number from \(range.lowerBound) to \(range.upperBound)")
    }
    return value
  }

  func number(_ key: String, or missing: Double) throws -> Double {
    guard let option = section.option(key) else { return missing }
    guard let value = Double(option.value), value.isFinite else { throw invalid(option, "a finite number") }
    return value
  }

  func integers(_ key: String, in range: ClosedRange<Int>) throws -> [Int]? {
    guard let option = section.option(key) else { return nil }
    return try option.value.split(separator: ",").map { word in
      guard let value = Int(word), range.contains(value) else {
        throw invalid(option, "whole numbers from \(range.lowerBound) to \(range.upperBound), with commas between them")
      }
      return value
    }
  }

  func word(_ key: String) -> String? { section.option(key)?.value }

  /// The options with other names than these.
  func others(than known: Set<String>) -> [DarknetConfiguration.Option] {
    section.options.filter { !known.contains($0.key) }
  }

  func invalid(_ reason: String) -> ImportError {
    .invalid(file: file, place: "\(place), [\(type)]", reason: reason)
  }

  private func invalid(_ option: DarknetConfiguration.Option, _ expected: String) -> ImportError {
    .invalid(
      file: file, place: "line \(option.line)",
      reason: "\(option.key) must be \(expected); it is \(option.value.isEmpty ? "empty" : option.value)")
  }
}

extension Activation {
  /// The function that darknet calls so; `nil` for none at all. Throws the word where zoo has no such function.
  static func darknet(_ word: String) -> Result<Activation?, UnknownActivation> {
    switch word {
    case "linear": .success(nil)
    case "relu": .success(.relu)
    case "leaky": .success(.leakyRelu(slope: 0.1))
    case "relie": .success(.leakyRelu(slope: 0.01))
    case "logistic": .success(.sigmoid)
    case "tanh": .success(.tanh)
    case "elu": .success(.elu(alpha: 1))
    case "hardtan": .success(.clamp(lower: -1, upper: 1))
    case "relu6", "swish": Activation(named: word).map(Result.success) ?? .failure(UnknownActivation(word: word))
    default: .failure(UnknownActivation(word: word))
    }
  }

  /// A function of darknet's that zoo does not have.
  struct UnknownActivation: Error {
    let word: String
  }
}
