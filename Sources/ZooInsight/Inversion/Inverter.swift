import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

/// Finds pictures that a layer of a network answers to as it does to a given one: what the layer's code tells about a picture
/// (Mahendran and Vedaldi, Understanding deep image representations by inverting them, 2015).
///
/// The loss is ½‖φ(x) − φ₀‖² / ‖φ₀‖² + λ_α mean |x|⁶ + λ_TV mean TV^β, over pictures whose levels are from 0 to 255.
///
///     let inverter = try Inverter(model, layer: "pool1")
///     let inversion = try inverter.inversion(of: model.input(for: picture))
///
/// Safe to use from any number of threads, which take turns.
public final class Inverter: Sendable {
  /// Whose layer is inverted.
  public let model: Model
  /// The layer whose code is inverted.
  public let layer: String
  /// How the picture is searched for.
  public let options: Options
  private let derivation: Derivation

  /// How the picture is searched for.
  public struct Options: Hashable, Sendable {
    /// In what way it is searched. Jitter takes place in the first half of the iterations.
    public var search = PictureSearchOptions(
      parameterization: .pixels, iterations: 500, rate: 0.1, jitter: 0, alphaNorm: 1e-5, totalVariation: 0.01)
    /// The relative code error at which the search ends.
    public var tolerance = 0.005
    /// The search ends when the loss has not fallen by a thousandth within so many iterations.
    public var patience = 100

    /// The defaults, as each property states.
    public init() {}
  }

  /// - Parameters:
  ///   - model: whose layer is inverted.
  ///   - layer: by its path in the definition
  ///   - options: how the picture is searched for.
  /// - Throws: `ZooError.layerNotFound` or `.layerForTraining`, `GradientGraphError`, `RuntimeError`,
  ///   `InversionError.option`.
  public init(_ model: Model, layer: String, options: Options = Options()) throws {
    let id = try model.network.layer(named: layer)
    let extent = model.network.input.extent
    try options.search.validate(side: min(extent.height, extent.width))
    guard options.tolerance >= 0, options.tolerance.isFinite else {
      throw InversionError.option(.tolerance, expected: "zero or more")
    }
    self.model = model
    self.layer = layer
    self.options = options
    derivation = try Derivation(model, of: id, objective: .squaredDistance)
  }

  /// - Parameters:
  ///   - input: `[C, H, W]`, preprocessed
  ///   - progress: called after each step; whether to go on. When not, the best picture so far is the answer.
  /// - Throws: `ZooError` when the input does not fit, `InversionError`, `RuntimeError`, `ImageError`.
  /// - Returns: The best picture that was found, also when it was stopped.
  public func inversion(
    of input: Tensor, progress: (PictureSearchStep) -> Bool = { _ in true }
  ) throws -> Inversion {
    try model.network.checkInput(input)
    let input = input.reshaped(to: model.network.input)
    let code = try derivation.run(input, operand: Tensor(zeros: derivation.valueShape)).value.floats
    guard code.allSatisfy(\.isFinite) else { throw InversionError.codeNotFinite(layer: layer) }
    let norm = code.reduce(0.0) { $0 + Double($1) * Double($1) }
    guard norm > 0 else { throw InversionError.zeroCode(layer: layer) }
    let target = Tensor(shape: derivation.valueShape, floats: code.map { -$0 })
    func squaredError(_ value: Tensor) -> Double {
      zip(value.floats, code).reduce(0.0) { sum, pair in
        let difference = Double(pair.0) - Double(pair.1)
        return sum + difference * difference
      } / norm
    }
    let search = try PictureSearch(
      "the code of '\(layer)'", range: model.preprocessing == nil ? InputRange(of: input) : InputRange(model),
      options: options.search, isReversed: model.preprocessing?.channels == .bgr,
      jitterEnd: (options.search.iterations + 1) / 2, tolerance: options.tolerance, patience: options.patience)
    let outcome = try search.run(progress) { input in
      let result = try derivation.run(input, operand: target)
      let error = squaredError(result.value)
      return PictureSearch.Evaluation(
        loss: error / 2, measure: error.squareRoot(), gradient: result.gradients[0].floats.map { Double($0) / norm })
    }
    let values = search.range.input(outcome.values)
    func codeError(_ input: Tensor) throws -> Double {
      try squaredError(derivation.run(input, operand: target).value).squareRoot()
    }
    let written = try model.written(values)
    return Inversion(
      layer: layer, codeShape: derivation.valueShape, original: try model.written(input)?.picture, values: values,
      codeError: try codeError(values), picture: written?.picture,
      pictureCodeError: try written.map { try codeError($0.input) }, curve: outcome.curve, end: outcome.end,
      iteration: outcome.iteration)
  }
}

/// A picture that was made of a layer's code.
public struct Inversion: Sendable {
  /// The path of the layer.
  public let layer: String
  /// Of the layer's value for one picture.
  public let codeShape: Shape
  /// What the network saw; `nil` for a model without preprocessing.
  public let original: PixelImage?
  /// `[C, H, W]`, for the network's input after preprocessing.
  public let values: Tensor
  /// ‖φ(x) − φ₀‖ / ‖φ₀‖ of the values.
  public let codeError: Double
  /// The values as pixels of 8 bits, of the network's input size; `nil` for a model without preprocessing.
  public let picture: PixelImage?
  /// ‖φ(x) − φ₀‖ / ‖φ₀‖ of that picture, as the network is given it at this size.
  public let pictureCodeError: Double?
  /// Each step; its measure is the relative code error.
  public let curve: [PictureSearchStep]
  /// Why the search ended.
  public let end: PictureSearchEnd
  /// The iteration that the picture is of.
  public let iteration: Int
}
