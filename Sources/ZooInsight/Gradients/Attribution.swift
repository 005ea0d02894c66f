import ZooGraph
import ZooKit
import ZooTensor

/// What each number of an input has to do with a score.
public struct Attribution: Sendable {
  /// `[C, H, W]`, signed, for the network's input after preprocessing.
  public let values: Tensor
  /// How it was made.
  public let method: AttributionMethod
  /// Which score was derived.
  public let target: AttributionTarget
  /// What is explained, for this input.
  public let score: Float
  /// Of integrated gradients: how well the values add up.
  public let completeness: Completeness?
  /// How many gradients were taken.
  public let passes: Int

  /// The values of integrated gradients add up to the score minus that of the baseline, but for the error of the sum that
  /// stands for the integral (Sundararajan et al., 2017, proposition 1).
  public struct Completeness: Hashable, Sendable {
    /// Of the values.
    public let sum: Double
    /// The score minus that of the baseline.
    public let difference: Double
    /// Of the baseline.
    public let baseline: Float

    /// Relative to the difference.
    public var error: Double { abs(sum - difference) / max(abs(difference), .leastNormalMagnitude) }
  }

  /// The unit of the values.
  public var unit: String { method.unit }

  /// A pixel of the network's input, and its value in `map`.
  public struct Peak: Hashable, Sendable {
    /// From 0 at the top.
    public let row: Int
    /// From 0 on the left.
    public let column: Int
    /// The number in the map there.
    public let value: Float

    package init(row: Int, column: Int, value: Float) { (self.row, self.column, self.value) = (row, column, value) }
  }

  /// Where `map` is largest in magnitude: the first such pixel; `nil` where it has no finite number.
  public var peak: Peak? {
    let (map, width) = (map.floats, values.shape[2])
    let finite = map.indices.filter { map[$0].isFinite }
    guard let place = finite.max(by: { (map[$0].magnitude, $1) < (map[$1].magnitude, $0) }) else { return nil }
    return Peak(row: place / width, column: place % width, value: map[place])
  }

  /// For each pixel the value of the channel where it is largest in magnitude, as a gradient is shown (Simonyan et al., 2014);
  /// for what adds up, the sum over the channels: `[H, W]`.
  public var map: Tensor {
    let (channels, area) = (values.shape[0], values.shape[1] * values.shape[2])
    return values.withFloats { values in
      Tensor(
        shape: Shape(Array(self.values.shape.dimensions.dropFirst())),
        floats: (0..<area).map { pixel in
          let numbers = (0..<channels).map { values[$0 * area + pixel] }
          if method.addsUp { return Float(numbers.reduce(0.0) { $0 + Double($1) }) }
          return numbers.max { abs($0) < abs($1) } ?? 0
        })
    }
  }
}

/// How a score is explained by its gradient.
public enum AttributionMethod: String, Hashable, Sendable, CaseIterable {
  /// The gradient of the score (Simonyan et al., 2014).
  case saliency
  /// The gradient with what is negative clipped at each rectifier (Springenberg et al., 2015).
  case guided
  /// The deconvolutional network (Zeiler and Fergus, 2014).
  case deconvolution = "deconv"
  /// The gradient times the input (Shrikumar et al., 2016).
  case inputGradient = "input-gradient"
  /// The mean gradient of noisy copies (Smilkov et al., 2017).
  case smoothGrad = "smoothgrad"
  /// The mean gradient on the way from a baseline, times the way (Sundararajan et al., 2017).
  case integratedGradients = "integrated"

  /// What becomes of the gradient at rectifiers.
  public var rule: RectifierRule {
    switch self {
    case .guided: .guided
    case .deconvolution: .deconvolution
    case .saliency, .inputGradient, .smoothGrad, .integratedGradients: .derivative
    }
  }

  /// Whether the values are shares of the score, so that those of a pixel's channels are added.
  public var addsUp: Bool {
    switch self {
    case .inputGradient, .integratedGradients: true
    case .saliency, .guided, .deconvolution, .smoothGrad: false
    }
  }

  /// The unit of the values: of scores, or of scores per unit of the preprocessed input.
  public var unit: String {
    switch self {
    case .saliency, .smoothGrad: "score per unit of input"
    case .guided, .deconvolution: "clipped score per unit of input"
    case .inputGradient, .integratedGradients: "score"
    }
  }

  /// The method's name in a sentence.
  public var title: String {
    switch self {
    case .saliency: "gradient"
    case .guided: "guided backpropagation"
    case .deconvolution: "deconvolutional network"
    case .inputGradient: "input times gradient"
    case .smoothGrad: "SmoothGrad"
    case .integratedGradients: "integrated gradients"
    }
  }
}
