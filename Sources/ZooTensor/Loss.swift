#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// What training makes small, for each image: a function of its class scores `s` and its target `t`, one number for each class.
///
/// A target is 1 for the image's class and 0 for the others; with label smoothing, mixtures of images or class weights it is
/// any numbers that are not negative. The loss of a batch is the mean over its images, also where classes have weights
/// (PyTorch divides by the sum of the weights then).
public enum Loss: String, Hashable, Sendable, CaseIterable {
  /// `−Σ t_k · log p_k`, with the probabilities `p` that softmax makes of the scores.
  case softmax
  /// `Σ_y t_y · Σ_{j≠y} max(0, s_j − s_y + 1)`: the multi-class support vector machine of Weston and Watkins (1999). PyTorch's
  /// `MultiMarginLoss` divides this by the number of classes.
  case svm
  /// The same with squared terms.
  case squaredSVM = "svm-squared"
  /// `Σ_k t_k · max(0, 1 − s_k) + (1 − t_k) · max(0, 1 + s_k)`: one machine for each class against all others.
  case oneAgainstAll = "one-against-all"

  /// What the loss is where all scores are equal and near zero, as before training: far from it, something is wrong.
  public func initialValue(classes: Int) -> Double {
    switch self {
    case .softmax: log(Double(classes))
    case .svm, .squaredSVM: Double(classes - 1)
    case .oneAgainstAll: Double(classes)
    }
  }
}
