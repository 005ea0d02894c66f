import ZooSpec

/// Why a field of a recipe cannot be set. The words are in `RecipeError+Message.swift`.
public enum RecipeError: Error, Hashable, Sendable {
  case unknownField(String, suggestion: String?)
  /// An item of a short list of augmentations.
  case unknownAugmentation(String, known: [String], suggestion: String?)
  /// A text is no value of the field, or the recipe has no such field.
  case value(field: String, DefinitionFault)
  case outOfRange(field: String, value: String, form: RecipeField.Form)
}
