import ZooTensor

extension CheckError: CustomStringConvertible {
  /// The message for a person, with what was asked for and what is possible.
  public var description: String {
    switch self {
    case .unknownMethod(let name, let known):
      let near = name.near(among: known).map { "'\($0)'" }.joined(separator: " or ")
      let hint = near.isEmpty ? "" : " (did you mean \(near)?)"
      return "there is no method '\(name)'\(hint); methods: \(known.joined(separator: ", "))"
    case .notFinite(let method):
      return "the map of the \(method) has numbers that are not finite, and can be compared with nothing"
    case .noWeights(let model):
      return "no layer of '\(model)' on the way to the class scores has weights to randomise"
    case .steps(let found, let expected):
      return "\(found) steps; expected \(expected.lowerBound) to \(expected.upperBound)"
    case .cell(let found, let input):
      return
        "cells of \(found)×\(found) pixels; expected sides of 1 to \(min(input.height, input.width)) for an input of \(input)"
    case .orders(let found, let expected):
      return "\(found) random orders; expected \(expected.lowerBound) to \(expected.upperBound)"
    }
  }
}
