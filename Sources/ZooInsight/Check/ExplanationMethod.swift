import ZooGraph
import ZooKit
import ZooTensor

/// A way to say which places of an input a score comes from, as what checks such ways takes.
///
///     let method = ExplanationMethod(name: "mine", title: "my method", isSigned: true) { model, input, target, _ in
///       GridMap(rows: 28, columns: 28, values: explain(model, input, target))
///     }
public struct ExplanationMethod: Sendable {
  /// Makes the map of an input `[C, H, W]`, preprocessed, for a target; `nil` when `progress` said to stop.
  public typealias Explain =
    @Sendable (
      _ model: Model, _ input: Tensor, _ target: AttributionTarget, _ progress: (_ done: Int, _ total: Int) -> Bool
    ) throws -> GridMap?

  /// As in `zoo vis check NAME`.
  public let name: String
  /// In a sentence.
  public let title: String
  /// Whether the sign of a value says that its place speaks for the target or against it. Else, as of a gradient, only the
  /// magnitude says how much the place matters.
  public let isSigned: Bool
  /// What makes a map of an input and a target.
  public let explain: Explain

  /// - Parameters:
  ///   - name: for files and options.
  ///   - title: for pictures.
  ///   - isSigned: whether negative numbers mean that something speaks against the score.
  ///   - explain: makes the map.
  public init(name: String, title: String, isSigned: Bool, explain: @escaping Explain) {
    self.name = name
    self.title = title
    self.isSigned = isSigned
    self.explain = explain
  }

  /// A method of the gradient; its map is `Attribution.map`.
  public init(_ method: AttributionMethod, options: Attributor.Options = Attributor.Options()) {
    self.init(name: method.rawValue, title: method.title, isSigned: method.addsUp) { model, input, target, progress in
      let attributor = try Attributor(model, method: method, options: options)
      guard let map = try attributor.attribution(of: target, for: input, progress: progress)?.map else { return nil }
      return GridMap(rows: map.shape[0], columns: map.shape[1], values: map.floats)
    }
  }

  /// The contributions of a layer's places.
  ///
  /// - Parameter layer: `nil` for the last one with maps that all of the network passes through.
  /// - Returns: A method for the checks.
  public static func cam(layer: String? = nil) -> ExplanationMethod {
    ExplanationMethod(name: "cam", title: "class activation map", isSigned: true) { model, input, target, _ in
      let map = try ClassActivation(model, layer: layer).map(of: target, for: input)
      let shape = map.contributions.shape
      return GridMap(
        rows: shape[0], columns: shape[1], values: map.contributions.floats,
        placement: map.placement(on: model.network.input.extent))
    }
  }

  /// How much a patch that hides a place lowers the score: what the place adds to it.
  ///
  /// - Parameters:
  ///   - patch: as for `Occlusion`, as the others
  ///   - stride: `nil` for half of the patch
  ///   - fill: what the patch is filled with.
  /// - Returns: A method for the checks.
  public static func occlusion(patch: Int? = nil, stride: Int? = nil, fill: Fill = .mean) -> ExplanationMethod {
    ExplanationMethod(name: "occlusion", title: "occlusion", isSigned: true) { model, input, target, progress in
      let occlusion = try Occlusion(patch: patch, stride: stride, fill: fill, of: model.network.input)
      guard let map = try occlusion.map(of: target, for: input, model, progress: progress) else { return nil }
      return map.grid(map.scoreChanges.map { -$0 })
    }
  }

  /// All that there are, as commands name them.
  public static let all: [ExplanationMethod] =
    AttributionMethod.allCases.map { ExplanationMethod($0) } + [.cam(), .occlusion()]

  /// - Throws: `CheckError.unknownMethod`.
  public static func named(_ name: String) throws(CheckError) -> ExplanationMethod {
    guard let method = all.first(where: { $0.name == name }) else {
      throw .unknownMethod(name, known: all.map(\.name))
    }
    return method
  }

  /// The map, unless it is not to go on.
  ///
  /// - Throws: what the method throws; `CheckError.notFinite`.
  func map(
    _ model: Model, _ input: Tensor, _ target: AttributionTarget,
    progress: (_ done: Int, _ total: Int) -> Bool = { _, _ in true }
  ) throws -> GridMap? {
    guard let map = try explain(model, input, target, progress) else { return nil }
    guard map.values.allSatisfy(\.isFinite) else { throw CheckError.notFinite(title) }
    return map
  }
}
