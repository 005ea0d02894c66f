import ZooTensor

/// Numbers that a node needs: what they are for, their shape, and where they come from.
public struct Parameter: Hashable, Sendable {
  /// What the numbers are for, named by the last component of PyTorch's `state_dict` keys.
  public enum Role: String, Hashable, Sendable, CaseIterable {
    case weight
    case bias
    case runningMean = "running_mean"
    case runningVariance = "running_var"

    /// Statistics are stored with the weights but are not counted as parameters.
    public var isTrainable: Bool {
      switch self {
      case .weight, .bias: true
      case .runningMean, .runningVariance: false
      }
    }
  }

  /// What the operation does with it.
  public var role: Role
  /// Where the numbers come from.
  public var value: ParameterValue

  /// The operation's `signature` says which roles and shapes it needs.
  public init(role: Role, value: ParameterValue) {
    self.role = role
    self.value = value
  }

  /// Row-major, as the role of the operation needs it.
  public var shape: Shape { value.shape }
}

/// An expression over a checkpoint's tensors, so that a pass can rewrite weights without having them.
public indirect enum ParameterValue: Hashable, Sendable {
  /// The same number everywhere: what an operation without a parameter has in its place.
  case constant(Float, Shape)
  /// The tensor of that name in the checkpoint.
  case tensor(String, Shape)
  /// The same numbers in the same order.
  case reshaped(ParameterValue, Shape)
  /// A convolution's or fully connected layer's weight with each output's filter multiplied by that channel's
  /// `scale / √(variance + epsilon)`.
  case scaled(ParameterValue, by: BatchNormParameters)
  /// `(bias − mean) · scale / √(variance + epsilon) + shift`; a missing bias is zero.
  case shifted(ParameterValue?, by: BatchNormParameters)

  /// Of what the expression computes.
  public var shape: Shape {
    switch self {
    case .constant(_, let shape), .tensor(_, let shape), .reshaped(_, let shape): shape
    case .scaled(let weight, _): weight.shape
    case .shifted(_, let norm): norm.scale.shape
    }
  }

  /// The checkpoint tensors that the expression reads, in order of appearance.
  public var tensors: [(name: String, shape: Shape)] {
    switch self {
    case .constant: []
    case .tensor(let name, let shape): [(name, shape)]
    case .reshaped(let value, _): value.tensors
    case .scaled(let value, let norm): value.tensors + norm.tensors
    case .shifted(let value, let norm): (value?.tensors ?? []) + norm.tensors
    }
  }
}

/// The numbers of a batch norm layer, each of shape `[channels]`.
public struct BatchNormParameters: Hashable, Sendable {
  /// What the normalised value is multiplied with.
  public var scale: ParameterValue
  /// What is added after that.
  public var shift: ParameterValue
  /// What is subtracted first.
  public var mean: ParameterValue
  /// What the value is divided by, as `√(variance + epsilon)`.
  public var variance: ParameterValue
  /// Added to the variance.
  public var epsilon: Double

  /// Each of shape `[channels]`, but for `epsilon`.
  public init(
    scale: ParameterValue, shift: ParameterValue, mean: ParameterValue, variance: ParameterValue, epsilon: Double
  ) {
    self.scale = scale
    self.shift = shift
    self.mean = mean
    self.variance = variance
    self.epsilon = epsilon
  }

  var tensors: [(name: String, shape: Shape)] {
    scale.tensors + shift.tensors + mean.tensors + variance.tensors
  }
}
