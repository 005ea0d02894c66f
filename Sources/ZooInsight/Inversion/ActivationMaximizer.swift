import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

/// Makes pictures that a class's score, or a unit of a layer, is largest for (Erhan et al., 2009; Simonyan et al., 2014): by
/// default of frequencies in decorrelated colours, moved at random so that they do not hang on single pixels (Olah et al.,
/// Feature visualization, 2017).
///
///     let maximizer = try ActivationMaximizer(model, of: .score(281))
///     let picture = try maximizer.picture().picture
///
/// Safe to use from any number of threads, which take turns.
public final class ActivationMaximizer: Sendable {
  /// Whose score is made large.
  public let model: Model
  /// A unit of maps is taken by its mean over all places.
  public let target: AttributionTarget
  /// How the picture is searched for.
  public let options: PictureSearchOptions
  private let derivation: Derivation
  private let weights: Tensor

  /// Frequencies, jitter of a sixteenth of the input's shorter side.
  public static func defaultOptions(for model: Model) -> PictureSearchOptions {
    let extent = model.network.input.extent
    return PictureSearchOptions(
      parameterization: .fourier, iterations: 256, rate: 0.05, jitter: (min(extent.height, extent.width) + 8) / 16,
      alphaNorm: 0, totalVariation: 0)
  }

  /// - Parameters:
  ///   - model: whose score is made large.
  ///   - target: a class, or a unit of a layer.
  ///   - options: `defaultOptions` when `nil`
  /// - Throws: `ZooError.classNotFound`, `.layerNotFound` or `.noPreprocessing`, `InsightError.unitNotFound`,
  ///   `InversionError.option`, `GradientGraphError`, `RuntimeError`.
  public init(_ model: Model, of target: AttributionTarget, options: PictureSearchOptions? = nil) throws {
    guard model.preprocessing != nil else { throw ZooError.noPreprocessing(model: model.network.name) }
    let options = options ?? Self.defaultOptions(for: model)
    let extent = model.network.input.extent
    try options.validate(side: min(extent.height, extent.width))
    let value = try target.value(in: model)
    self.model = model
    self.target = target
    self.options = options
    derivation = try Derivation(model, of: value)
    let shape = derivation.valueShape
    if case .unit(_, let unit) = target {
      let area = shape.isFeatureMap ? shape.extent.area : 1
      var floats = [Float](repeating: 0, count: shape.elementCount)
      for place in 0..<area { floats[unit * area + place] = 1 / Float(area) }
      weights = Tensor(shape: shape, floats: floats)
    } else {
      weights = target.weights(of: Tensor(zeros: shape), shape: shape)
    }
  }

  /// What is made large, in words.
  public var name: String {
    if case .unit(let layer, let unit) = target, derivation.valueShape.isFeatureMap {
      return "mean of unit \(unit) of \(layer) over its \(derivation.valueShape.extent) places"
    }
    return target.description(in: model)
  }

  /// - Parameter progress: called after each step; whether to go on. When not, the picture so far is the answer.
  /// - Throws: `InversionError.noGradient` or `.notFinite`, `ZooError.scoresNotFinite`, `RuntimeError`, `ImageError`.
  /// - Returns: The best picture that was found, also when it was stopped.
  public func picture(progress: (PictureSearchStep) -> Bool = { _ in true }) throws -> PreferredPicture {
    let search = try PictureSearch(
      name, range: InputRange(model), options: options, isReversed: model.preprocessing?.channels == .bgr,
      jitterEnd: options.iterations)
    let weights = weights.floats
    func score(_ value: Tensor) -> Double {
      zip(value.floats, weights).reduce(0.0) { $0 + ($1.1 == 0 ? 0 : Double($1.0) * Double($1.1)) }
    }
    let outcome = try search.run(progress) { input in
      let result = try derivation.run(input, operand: self.weights)
      let found = score(result.value)
      return PictureSearch.Evaluation(
        loss: -found, measure: found, gradient: result.gradients[0].floats.map { -Double($0) })
    }
    let values = search.range.input(outcome.values)
    guard let written = try model.written(values) else {
      throw ZooError.noPreprocessing(model: model.network.name)
    }
    return PreferredPicture(
      target: target, name: name, values: values, score: score(try derivation.run(values, operand: self.weights).value),
      picture: written.picture,
      pictureScore: score(try derivation.run(written.input, operand: self.weights).value),
      classes: try model.classify(written.input, top: model.answer.classes), curve: outcome.curve, end: outcome.end,
      iteration: outcome.iteration)
  }
}

/// A picture that a class or a unit answers to with a large number.
public struct PreferredPicture: Sendable {
  /// What is large for the picture.
  public let target: AttributionTarget
  /// What was made large, in words.
  public let name: String
  /// `[C, H, W]`, for the network's input after preprocessing.
  public let values: Tensor
  /// What was made large, of the values.
  public let score: Double
  /// The values as pixels of 8 bits, of the network's input size.
  public let picture: PixelImage
  /// What was made large, of that picture, as the network is given it at this size.
  public let pictureScore: Double
  /// What the network takes that picture for: all classes, best first.
  public let classes: [Classification]
  /// Each step; its measure is the number that was made large, of the picture as it was moved.
  public let curve: [PictureSearchStep]
  /// Why the search ended.
  public let end: PictureSearchEnd
  /// The iteration that the picture is of.
  public let iteration: Int

  /// The class that was asked for, as the network takes the picture for it; `nil` of a unit.
  public var wanted: Classification? {
    switch target {
    case .score(let index), .contrast(let index, _): classes.first { $0.index == index }
    case .unit: nil
    }
  }
}
