extension Recipe {
  /// The whole recipe as YAML: reading it gives the same recipe, whatever the standard values of another version are.
  public var text: String {
    RecipeField.all.compactMap { field in field.value(in: self).map { "\(field.name): \($0)\n" } }.joined()
  }

  /// A field in which two recipes differ.
  public struct Difference: Hashable, Sendable {
    /// How `recipe.yaml` spells it.
    public let field: String
    /// The values as they are written; `nil` where a recipe has no such field.
    public let value: String?
    /// The other recipe's value as text; `nil` where it has none.
    public let other: String?
  }

  /// The fields in which this recipe differs from another one, in the order of the table.
  public func differences(from other: Recipe) -> [Difference] {
    RecipeField.all.compactMap { field in
      let (mine, theirs) = (field.value(in: self), field.value(in: other))
      guard mine != theirs else { return nil }
      return Difference(field: field.name, value: mine?.description, other: theirs?.description)
    }
  }
}
