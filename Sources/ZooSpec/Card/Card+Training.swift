extension Card {
  /// The recipe under `train`. What its fields mean is not known here: it is kept as it was written, but for comments and
  /// layout.
  public struct Training: Hashable, Sendable {
    /// A line of YAML for each field: `lr: 0.1`, `step_at: [82, 123]`.
    public let lines: [String]

    init(lines: [String]) {
      self.lines = lines
    }
  }
}
