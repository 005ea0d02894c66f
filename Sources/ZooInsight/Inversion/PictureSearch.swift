import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Looks for the picture with the least loss, by Adam on what a parameterisation varies.
///
/// The picture has a margin of `jitter` pixels; the network is shown a part of its input's size, at a random place while there
/// is jitter and else in the middle. All of it is computed in order and in double precision but for the network's pass, so
/// that the same seed gives the same bits on any number of threads.
package struct PictureSearch: Sendable {
  let range: InputRange
  let options: PictureSearchOptions
  /// What is searched for, in words, for errors.
  let name: String
  /// The iteration from which on nothing is moved any more.
  let jitterEnd: Int
  /// It ends when the measure is this or less.
  let tolerance: Double?
  /// It ends when the loss has not fallen by a thousandth within so many iterations.
  let patience: Int?
  private let parameters: PictureParameters

  /// - Throws: `InversionError.option`.
  package init(
    _ name: String, range: InputRange, options: PictureSearchOptions, isReversed: Bool, jitterEnd: Int,
    tolerance: Double? = nil, patience: Int? = nil
  ) throws(InversionError) {
    let extent = range.shape.extent
    try options.validate(side: min(extent.height, extent.width))
    self.name = name
    self.range = range
    self.options = options
    self.jitterEnd = options.jitter == 0 ? 0 : jitterEnd
    self.tolerance = tolerance
    self.patience = patience
    let margin = 2 * options.jitter
    parameters = PictureParameters(
      options.parameterization, shape: [range.shape.channels, extent.height + margin, extent.width + margin],
      isReversed: isReversed)
  }

  /// What a picture is worth.
  package struct Evaluation {
    /// What is made small.
    let loss: Double
    let measure: Double
    /// Of the loss with respect to the input.
    let gradient: [Double]

    package init(loss: Double, measure: Double, gradient: [Double]) {
      self.loss = loss
      self.measure = measure
      self.gradient = gradient
    }
  }

  package struct Outcome {
    /// The middle part of the picture, numbers from −1 to 1.
    package let values: [Double]
    package let curve: [PictureSearchStep]
    package let end: PictureSearchEnd
    /// The iteration that the picture is of: the one with the least loss of those without jitter, else the last.
    package let iteration: Int
  }

  /// `evaluate`: of an input `[C, H, W]`. `progress`: whether to go on. Throws `InversionError.noGradient` or
  /// `.notFinite`, and what `evaluate` throws.
  package func run(_ progress: (PictureSearchStep) -> Bool, evaluate: (Tensor) throws -> Evaluation) throws -> Outcome {
    let start = CounterRandom(seed: options.seed, purpose: .noise, 0)
    let jitter = CounterRandom(seed: options.seed, purpose: .jitter)
    var variables = parameters.initial(start.normal)
    var adam = Adam(count: variables.count)
    var curve: [PictureSearchStep] = []
    var best: (loss: Double, iteration: Int, variables: [Double])?
    var mark = (loss: Double.infinity, iteration: 0)
    var end = PictureSearchEnd.iterations
    for iteration in 0..<options.iterations {
      let isMoved = iteration < jitterEnd
      let places = jitter.with(UInt64(iteration))
      let (row, column) =
        isMoved
        ? (places.integer(0, below: 2 * options.jitter + 1), places.integer(1, below: 2 * options.jitter + 1))
        : (options.jitter, options.jitter)
      let picture = parameters.picture(variables)
      let evaluation = try evaluate(range.input(part(of: picture, row: row, column: column)))
      var gradient = [Double](repeating: 0, count: picture.count)
      add(range.gradient(evaluation.gradient), to: &gradient, row: row, column: column)
      guard evaluation.loss.isFinite, gradient.allSatisfy(\.isFinite) else {
        throw InversionError.notFinite(of: name, iteration: iteration + 1)
      }
      if iteration == 0, gradient.allSatisfy({ $0 == 0 }) { throw InversionError.noGradient(of: name) }
      let prior = PicturePrior(
        alphaNorm: options.alphaNorm, totalVariation: options.totalVariation, exponent: options.totalVariationExponent)
      let extent = parameters.shape.extent
      let loss =
        evaluation.loss
        + prior.value(of: picture, height: extent.height, width: extent.width, addingGradientTo: &gradient)
      let step = PictureSearchStep(iteration: iteration + 1, loss: loss, measure: evaluation.measure)
      curve.append(step)
      if !isMoved {
        if loss < best?.loss ?? .infinity { best = (loss, iteration + 1, variables) }
        if loss < mark.loss - abs(mark.loss) * 1e-3 || mark.loss == .infinity { mark = (loss, iteration) }
        if let tolerance, evaluation.measure <= tolerance {
          end = .reached
          break
        }
        if let patience, iteration - mark.iteration >= patience {
          end = .stalled
          break
        }
      }
      guard progress(step) else {
        end = .interrupted
        break
      }
      let rate = options.rate * 0.5 * (1 + cos(Double.pi * Double(iteration) / Double(options.iterations)))
      adam.step(&variables, parameters.gradient(gradient, picture: picture), rate: rate)
      parameters.project(&variables)
    }
    return Outcome(
      values: part(of: parameters.picture(best?.variables ?? variables), row: options.jitter, column: options.jitter),
      curve: curve, end: end, iteration: best?.iteration ?? curve.count)
  }

  /// A part of the input's size.
  private func part(of picture: [Double], row: Int, column: Int) -> [Double] {
    if options.jitter == 0 { return picture }
    let (inner, outer) = (range.shape.extent, parameters.shape.extent)
    var part: [Double] = []
    part.reserveCapacity(range.shape.elementCount)
    for channel in 0..<range.shape.channels {
      for line in 0..<inner.height {
        let start = (channel * outer.height + row + line) * outer.width + column
        part += picture[start..<start + inner.width]
      }
    }
    return part
  }

  private func add(_ part: [Double], to picture: inout [Double], row: Int, column: Int) {
    let (inner, outer) = (range.shape.extent, parameters.shape.extent)
    for channel in 0..<range.shape.channels {
      for line in 0..<inner.height {
        let start = (channel * outer.height + row + line) * outer.width + column
        let source = (channel * inner.height + line) * inner.width
        for index in 0..<inner.width { picture[start + index] += part[source + index] }
      }
    }
  }
}

/// Adam (Kingma and Ba, 2015) with its authors' decays.
private struct Adam {
  private var means: [Double]
  private var squares: [Double]
  private var powers = (mean: 1.0, square: 1.0)

  init(count: Int) {
    means = [Double](repeating: 0, count: count)
    squares = means
  }

  mutating func step(_ variables: inout [Double], _ gradient: [Double], rate: Double) {
    powers = (powers.mean * 0.9, powers.square * 0.999)
    let (first, second) = (1 - powers.mean, 1 - powers.square)
    for index in variables.indices {
      let slope = gradient[index]
      means[index] = 0.9 * means[index] + 0.1 * slope
      squares[index] = 0.999 * squares[index] + 0.001 * slope * slope
      variables[index] -= rate * (means[index] / first) / ((squares[index] / second).squareRoot() + 1e-12)
    }
  }
}
