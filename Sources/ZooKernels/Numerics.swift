/// Which algorithms may compute a convolution.
public enum Numerics: String, Hashable, Sendable, CaseIterable {
  /// Whichever is fastest, Winograd's among them: within 1e-5 of the largest logit for every network of the catalogue.
  case fast
  /// The sums as they are defined, term by term.
  case direct
}
