import ZooGraph
import ZooImages
import ZooKit
import ZooTensor

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Adversary {
  /// Makes steps for all pictures together; one that has succeeded rests.
  func run(
    _ states: [AttackState], progress: (_ done: Int, _ total: Int) -> Bool
  ) throws -> [AdversarialPicture]? {
    var states = states
    for step in 0...options.steps {
      guard progress(step, options.steps) else { return nil }
      let active = states.indices.filter { !states[$0].isDone }
      for start in stride(from: 0, to: active.count, by: batch) {
        let part = Array(active[start..<min(start + batch, active.count)])
        let pictures = part.map { states[$0].resized.replacingPart(with: states[$0].rounded) }
        let inputs = try pictures.map { try model.input(for: $0) }
        let scores = try Model.scores(model.logits(Model.stacked(inputs)))
        for (place, index) in part.enumerated() { judge(&states[index], pictures[place], scores[place]) }
        let going = part.indices.filter { !states[part[$0]].isDone }
        guard step < options.steps, !going.isEmpty else { continue }
        let gradients = try levelGradients(
          of: going.map { inputs[$0] }, scores: going.map { scores[$0] },
          classes: going.map { options.target ?? states[part[$0]].start })
        for (gradient, place) in zip(gradients, going) {
          states[part[place]].step(
            along: gradient, size: options.target == nil ? options.levelsPerStep : -options.levelsPerStep)
        }
      }
      if states.allSatisfy(\.isDone) { break }
    }
    return states.compactMap { AdversarialPicture($0, self) }
  }

  /// Whether these scores are what is wanted of a picture that is of class `start`.
  func isAdversarial(_ scores: [Float], start: Int) -> Bool {
    options.target.map { $0 == likeliest(scores) } ?? (likeliest(scores) != start)
  }

  private func judge(_ state: inout AttackState, _ picture: PixelImage, _ scores: [Float]) {
    let probabilities = model.answer.function.probabilities(scores.map(Double.init))
    let candidate = AttackState.Candidate(
      picture: picture,
      part: picture.cropped(to: state.resized.part.extent, row: state.resized.row, column: state.resized.column),
      scores: scores, probability: probabilities[options.target ?? likeliest(scores)], steps: state.steps)
    state.last = candidate
    guard isAdversarial(scores, start: state.start) else { return }
    if state.found.map({ $0.probability < candidate.probability }) ?? true { state.found = candidate }
    state.isDone = candidate.probability >= options.confidence
  }

  /// The gradient of a class's cross-entropy per level of each sample, in the order of the picture's bytes, for each input.
  ///
  /// Scores become cross-entropy in double precision: with p the probabilities, its slope is p for the others, and for the
  /// class minus their sum, which does not vanish when p of the class rounds to 1.
  package func levelGradients(of inputs: [Tensor], scores: [[Float]], classes: [Int]) throws -> [[Double]] {
    let slopes = zip(scores, classes).map { slope(scores: $0.map(Double.init), of: $1) }
    let operand = Tensor(
      shape: Shape([inputs.count] + derivation.valueShape.dimensions),
      floats: slopes.flatMap { $0.weights.map { Float($0) } })
    let gradients = try derivation.run(Model.stacked(inputs), operand: operand).gradients[0]
    guard gradients.withFloats({ $0.allSatisfy(\.isFinite) }) else {
      throw AdversaryError.gradientNotFinite(model: model.network.name)
    }
    guard let preprocessing = model.preprocessing else { throw ZooError.noPreprocessing(model: model.network.name) }
    return inputs.indices.map { index in
      preprocessing.levelGradient(gradients.rows(index..<index + 1).floats, times: slopes[index].scale)
    }
  }

  /// The slope of the cross-entropy of a class with respect to the value that is derived: so many times these weights, of
  /// which the largest is of order 1.
  private func slope(scores: [Double], of index: Int) -> (weights: [Double], scale: Double) {
    let others = scores.indices.filter { $0 != index }
    let maximum = others.map { scores[$0] }.max() ?? 0
    let exponentials = scores.map { exp($0 - maximum) }
    let sum = others.reduce(0.0) { $0 + exponentials[$1] }
    var weights = exponentials.map { $0 / sum }
    weights[index] = -1
    // 1 − p of the class.
    var scale = 1 / (1 + exp(scores[index] - maximum) / sum)
    if model.answer.scores == nil {
      // The network's value is probabilities, and the scores their logarithms, or those of their odds.
      for place in weights.indices {
        let slope: Double
        switch model.answer.function {
        case .softmax: slope = exp(-scores[place])
        case .sigmoid: slope = 2 + exp(-scores[place]) + exp(scores[place])
        }
        weights[place] *= slope
      }
      let largest = weights.lazy.map(abs).max() ?? 1
      weights = weights.map { $0 / largest }
      scale *= largest
    }
    return (weights, scale)
  }
}

extension Preprocessing {
  /// How much a value of a channel of the input changes for each level of the sample that it is made of.
  fileprivate func valuesPerLevel(channel: Int) -> Double {
    let factor =
      switch scale {
      case .none: 1.0
      case .divided(let divisor): 1 / divisor
      case .multiplied(let factor): factor
      }
    return factor / fullStandardDeviation[channel]
  }

  /// A gradient with respect to the input, channel after channel, as one with respect to the bytes of the picture.
  fileprivate func levelGradient(_ gradient: [Float], times scale: Double) -> [Double] {
    let area = gradient.count / channels.count
    var result = [Double](repeating: 0, count: gradient.count)
    for channel in 0..<channels.count {
      let factor = valuesPerLevel(channel: channel) * scale
      let byte = channels == .bgr ? 2 - channel : channel
      for pixel in 0..<area {
        result[pixel * channels.count + byte] = Double(gradient[channel * area + pixel]) * factor
      }
    }
    return result
  }
}
