import ZooGraph

/// A field of a recipe: its name, its type and range, what it means, and its place in the recipe.
///
/// The table of all fields, `RecipeField+Table.swift`, is the one place where they are listed.
public struct RecipeField: Sendable {
  /// What may be written for a field.
  public enum Form: Hashable, Sendable {
    case integer(ClosedRange<Int>)
    case number(NumberRange)
    case boolean
    case choice([String])
    /// An integer from 0 to 2⁶⁴ − 1.
    case seed
    /// A list of integers in ascending order.
    case ascending(ClosedRange<Int>)
    /// A list of patterns of layers' names.
    case patterns
    /// A mapping of such patterns to factors.
    case factors(NumberRange)
  }

  /// A value that is written for a field.
  public enum Value: Hashable, Sendable {
    case integer(Int)
    case number(Double)
    case boolean(Bool)
    case choice(String)
    case seed(UInt64)
    case integers([Int])
    case patterns([String])
    case factors([Recipe.Rate])
  }

  /// How recipes spell it: `label_smoothing`.
  public let name: String
  /// For pages and tables.
  public let title: String
  /// What it does, for the documentation of recipes.
  public let summary: String
  /// The field whose choice decides whether there is this one, and which choices have it.
  public let owner: (field: String, choices: [String])?
  private let fixedForm: Form
  private let get: @Sendable (Recipe) -> Value?
  private let put: @Sendable (inout Recipe, Value) -> Void
  private let narrowed: (@Sendable (Recipe) -> Form)?

  init(
    _ name: String, _ title: String, _ summary: String, _ form: Form, owner: (field: String, choices: [String])? = nil,
    narrowed: (@Sendable (Recipe) -> Form)? = nil, get: @escaping @Sendable (Recipe) -> Value?,
    put: @escaping @Sendable (inout Recipe, Value) -> Void
  ) {
    self.name = name
    self.title = title
    self.summary = summary
    self.owner = owner
    fixedForm = form
    self.narrowed = narrowed
    self.get = get
    self.put = put
  }

  /// The type and range that hold in every recipe.
  public var form: Form { fixedForm }

  /// The form in a recipe, where the end of a range is not before its start.
  public func form(in recipe: Recipe) -> Form { narrowed?(recipe) ?? fixedForm }

  /// `nil` where the recipe has no such field: Adam has no momentum.
  public func value(in recipe: Recipe) -> Value? { get(recipe) }

  /// What it is where nothing is written; for a field of a choice that is not standard, what it is with the choice. `nil`
  /// for a field that must be written.
  public var standard: Value? { standardOfChoice.flatMap { form.accepts($0) ? $0 : nil } }

  private var standardOfChoice: Value? {
    if let value = get(Recipe()) { return value }
    guard let owner, let field = Self.named(owner.field), let choice = owner.choices.first else { return nil }
    var recipe = Recipe()
    field.put(&recipe, .boolean(choice == "true"))
    field.put(&recipe, .choice(choice))
    return get(recipe)
  }

  /// Sets a value of the field's form; a recipe that does not have the field stays as it is.
  func set(_ value: Value, in recipe: inout Recipe) { put(&recipe, value) }
}

extension RecipeField.Value: CustomStringConvertible {
  /// As it stands in a recipe.
  public var description: String {
    switch self {
    case .integer(let value): "\(value)"
    case .number(let value): Self.number(value)
    case .boolean(let value): "\(value)"
    case .choice(let text): text
    case .seed(let value): "\(value)"
    case .integers(let values): "\(values)"
    case .patterns(let patterns): "[\(patterns.map { "\"\($0)\"" }.joined(separator: ", "))]"
    case .factors(let rates):
      "{\(rates.map { "\"\($0.pattern)\": \(Self.number($0.factor))" }.joined(separator: ", "))}"
    }
  }

  /// A number that reads back as the same one; whole numbers without a fraction.
  private static func number(_ value: Double) -> String { Int(exactly: value).map { "\($0)" } ?? "\(value)" }
}

extension RecipeField.Form {
  /// Whether a value is of the form and in its range.
  public func accepts(_ value: RecipeField.Value) -> Bool {
    switch (self, value) {
    case (.integer(let range), .integer(let value)): range.contains(value)
    case (.number(let range), .number(let value)): range.contains(value)
    case (.boolean, .boolean), (.seed, .seed): true
    case (.choice(let choices), .choice(let choice)): choices.contains(choice)
    case (.ascending(let range), .integers(let values)):
      !values.isEmpty && values.allSatisfy(range.contains) && zip(values, values.dropFirst()).allSatisfy { $0 < $1 }
    case (.patterns, .patterns(let patterns)): patterns.allSatisfy(LayerPattern.isValid)
    case (.factors(let range), .factors(let rates)):
      rates.allSatisfy { LayerPattern.isValid($0.pattern) && range.contains($0.factor) }
        && Set(rates.map(\.pattern)).count == rates.count
    default: false
    }
  }
}
