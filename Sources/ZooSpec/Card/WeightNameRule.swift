/// Renames checkpoint keys: each `*` of `from` stands for any characters, and the `*` at the same place of `to` for what
/// they were.
public struct WeightNameRule: Hashable, Sendable {
  public var from: String
  public var to: String

  public init(from: String, to: String) {
    self.from = from
    self.to = to
  }
}
