import ZooImages
import ZooTensor

extension Recipe {
  /// What can stand in a short list of augmentations: a name, the fields that it sets, and what to when it stands alone.
  /// With a value, the first field is set to it.
  public static let augmentations: [(name: String, fields: [(field: String, text: String)])] = [
    ("crop", [("crop", "true")]),
    ("flip", [("flip", "0.5")]),
    ("shift", [("shift", "4")]),
    ("color", [("brightness", "0.4"), ("contrast", "0.4"), ("saturation", "0.4"), ("hue", "0.1")]),
    ("erase", [("erase", "0.25")]),
    ("mixup", [("mixup", "0.2")]),
    ("cutmix", [("cutmix", "1")]),
  ]

  /// Replaces augmentation and mixing by those of a list such as `crop,flip,shift=2`; `none` is an empty one. Each may be
  /// the name of a field too, as in `hue=0.2`.
  ///
  /// - Throws: `RecipeError` for the first item that means nothing; the recipe stays as it is then.
  public mutating func augment(_ list: String) throws(RecipeError) {
    var result = self
    result.augmentation = Augmentation()
    result.mixing = Mixing()
    let items = list == "none" ? [] : list.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
    var values: [(field: String, text: String)] = []
    for item in items {
      let parts = item.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false).map(String.init)
      let known = Self.augmentations.first { $0.name == parts[0] }
      switch (known, parts.count) {
      case (let known?, 1): values += known.fields
      case (let known?, _) where known.fields.count == 1: values.append((known.fields[0].field, parts[1]))
      case (nil, 2) where RecipeField.pictures.contains { $0.name == parts[0] }: values.append((parts[0], parts[1]))
      default:
        let names = Self.augmentations.map(\.name) + RecipeField.pictures.map(\.name)
        throw .unknownAugmentation(
          item, known: Self.augmentations.map(\.name), suggestion: parts[0].nearest(among: names))
      }
    }
    try result.set(values)
    self = result
  }
}
