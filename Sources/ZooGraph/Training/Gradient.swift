import ZooTensor

/// The gradient of a number with respect to what an operation reads, given its gradient with respect to what the operation
/// computes.
///
/// A node with it reads the gradient of the value, then what `Operation.gradientNeeds` lists.
public struct Gradient: Hashable, Sendable {
  /// What the gradient is with respect to.
  public enum Target: Hashable, Sendable {
    /// One of the inputs: a value for each image.
    case input(Int)
    /// The sum over the images of a batch.
    case parameter(Parameter.Role)
  }

  /// The name of the node whose value's gradient is given.
  public var layer: String
  /// The operation that is derived.
  public var operation: Operation
  /// What it is with respect to.
  public var target: Target
  /// The shapes of what the operation reads.
  public var inputs: [Shape]
  /// Whether another share of the gradient, which is read last, is added (set by fusion).
  public var addsShare = false

  /// - Parameters:
  ///   - operation: the operation that is derived.
  ///   - layer: the path of its layer, which dropout draws its numbers by.
  ///   - target: what the gradient is with respect to.
  ///   - inputs: the shapes of what the operation reads.
  public init(of operation: Operation, layer: String, target: Target, inputs: [Shape]) {
    self.layer = layer
    self.operation = operation
    self.target = target
    self.inputs = inputs
  }

  /// What a gradient needs beside the gradient of the operation's value.
  public struct Needs: Hashable, Sendable {
    /// A value that a gradient reads.
    public enum Value: Hashable, Sendable {
      case input(Int)
      case output
      /// The gradient with respect to a parameter of the same node.
      case gradient(Parameter.Role)
    }

    /// In the order in which the gradient's node reads them.
    public var values: [Value]
    /// In the order of the gradient's parameters.
    public var parameters: [Parameter.Role]
    /// Whether the gradient of the value is read: not for losses, of which the mean over the batch is what is derived.
    public var readsOutputGradient = true

    init(_ values: [Value] = [], parameters: [Parameter.Role] = [], readsOutputGradient: Bool = true) {
      self.values = values
      self.parameters = parameters
      self.readsOutputGradient = readsOutputGradient
    }
  }

  /// - Precondition: the operation has such a gradient.
  public var needs: Needs {
    guard let needs = operation.gradientNeeds(target, inputs: inputs.count) else {
      preconditionFailure("\(operation.kind) has no gradient with respect to \(target)")
    }
    return needs
  }
}

extension Operation {
  /// What the gradient with respect to a target needs; `nil` where there is none: of what is fed in, of targets, and of
  /// what passes its gradient on as it is.
  ///
  ///
  /// Functions that were fused into an operation are derived by themselves, and this is about the operation without
  /// them; but for a rectifier of a batch norm, whose gradients read where the value is positive last.
  ///
  /// - Parameters:
  ///   - target: what the gradient is with respect to.
  ///   - inputs: how many the operation reads.
  /// - Returns: What the gradient's node reads.
  public func gradientNeeds(_ target: Gradient.Target, inputs: Int) -> Gradient.Needs? {
    guard var needs = ownGradientNeeds(target, inputs: inputs) else { return nil }
    if masksGradient { needs.values.append(.output) }
    return needs
  }

  private func ownGradientNeeds(_ target: Gradient.Target, inputs: Int) -> Gradient.Needs? {
    switch (self, target) {
    case (.transposedConvolution, .input), (.transposedConvolution, .parameter):
      switch target {
      case .input: return Gradient.Needs(parameters: [.weight])
      case .parameter(.weight): return Gradient.Needs([.input(0)])
      case .parameter(.bias): return Gradient.Needs()
      case .parameter: return nil
      }
    case (.convolution, .input(0)), (.locallyConnected, .input), (.fullyConnected, .input):
      return Gradient.Needs(parameters: [.weight])
    case (.convolution, .parameter(.weight)), (.locallyConnected, .parameter(.weight)),
      (.fullyConnected, .parameter(.weight)):
      return Gradient.Needs([.input(0)])
    case (.convolution, .parameter(.bias)), (.locallyConnected, .parameter(.bias)),
      (.fullyConnected, .parameter(.bias)):
      return Gradient.Needs()
    case (.maxPool, .input), (.globalMaxPool, .input), (.adaptiveMaxPool, .input): return Gradient.Needs([.input(0)])
    case (.averagePool, .input), (.globalAveragePool, .input), (.adaptiveAveragePool, .input), (.mean, .input),
      (.pad, .input), (.upsample, .input):
      return Gradient.Needs()
    case (.activation(let function), .input):
      return Gradient.Needs([function.gradientReadsInput ? .input(0) : .output])
    case (.prelu, .input): return Gradient.Needs([.input(0)], parameters: [.weight])
    case (.prelu, .parameter(.weight)): return Gradient.Needs([.input(0)])
    case (.batchNorm(let norm), .input(0)):
      return norm.usesBatch
        ? Gradient.Needs([.input(0), .input(1), .gradient(.weight), .gradient(.bias)], parameters: [.weight])
        : Gradient.Needs(parameters: [.weight, .runningVariance])
    case (.batchNorm(let norm), .parameter(.weight)):
      return norm.usesBatch
        ? Gradient.Needs([.input(0), .input(1)])
        : Gradient.Needs([.input(0)], parameters: [.runningMean, .runningVariance])
    case (.batchNorm, .parameter(.bias)): return Gradient.Needs()
    case (.localResponseNorm, .input): return Gradient.Needs([.input(0)])
    case (.normalization, .input): return Gradient.Needs([.input(0)], parameters: [.weight])
    case (.normalization, .parameter(.weight)): return Gradient.Needs([.input(0)])
    case (.normalization, .parameter(.bias)): return Gradient.Needs()
    case (.randomMask, .input): return Gradient.Needs()
    case (.softmax, .input): return Gradient.Needs([.output])
    case (.concat, .input), (.flatten, .input), (.selectChannels, .input), (.subsample, .input):
      return Gradient.Needs()
    case (.join(let join, _, _), .input(let index)) where join.takesGates:
      return Gradient.Needs((0..<inputs).filter { $0 != index }.map { .input($0) })
    case (.loss, .input(0)): return Gradient.Needs([.input(0), .input(1)], readsOutputGradient: false)
    case (.convolution, _), (.locallyConnected, _), (.fullyConnected, _), (.prelu, _), (.batchNorm, _), (.loss, _),
      (.normalization, _),
      (.maxPool, .parameter), (.averagePool, .parameter), (.globalAveragePool, .parameter),
      (.globalMaxPool, .parameter), (.adaptiveMaxPool, .parameter), (.mean, .parameter), (.pad, .parameter),
      (.upsample, .parameter),
      (.adaptiveAveragePool, .parameter), (.activation, .parameter), (.localResponseNorm, .parameter),
      (.randomMask, .parameter), (.softmax, .parameter), (.concat, .parameter), (.flatten, .parameter),
      (.selectChannels, .parameter), (.subsample, .parameter), (.input, _), (.dropout, _), (.join, _),
      (.parameter, _),
      (.batchMean, _), (.batchStatistics, _), (.gradient, _):
      return nil
    }
  }
}
