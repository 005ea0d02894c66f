import ZooGraph
import ZooTensor

/// What can be wrong with a definition. Facts only; the words are in `DefinitionFault+Message.swift`.
public enum DefinitionFault: Hashable, Sendable {
  // The bytes and their YAML.
  case fileTooLarge(bytes: Int, limit: Int)
  case outOfMemory
  case emptyFile
  case invalidUTF8
  case forbiddenCharacter(UInt32)
  /// libyaml's words.
  case syntax(String)
  case severalDocuments
  case tag(String)
  case unknownAnchor(String, suggestion: String?)
  case anchorInsideItself(String)
  case duplicateKey(String)
  case keyNotScalar
  case mergeNotMapping
  case tooDeep(limit: Int)
  case tooManyNodes(limit: Int)
  case tooManyAliases(limit: Int)

  // The structure.
  case wrongValue(Subject, expected: Expectation, found: FoundValue, suggestion: String?)
  case unknownKey(String, place: Place, known: [String], suggestion: String?)
  case missingKey(String, place: Place)
  case keyNotInVariant(String)
  /// A block or a group among the layers under `sliding`.
  case recordedGroup(String)
  case withOutsideVariant
  case unknownOperation(String, known: [String], suggestion: String?)
  /// A well-known operation that the language does not have; the relatives do something of its kind.
  case missingOperation(String, relatives: [String])
  /// A well-known operation that the language has as another with an attribute.
  case operationIsAttribute(String, operation: String, attribute: String)
  case layerNeedsOneOperation(found: [String])
  case operationNeedsAttributes(String, needed: String)

  // The card.
  case channelsDiffer(order: String, expected: Int, input: Int)
  case valuesPerChannel(key: String, expected: Int, found: Int)
  /// A mean image and a mean per channel.
  case twoMeans
  /// A divisor and a factor.
  case twoScales
  case croppedSizeDiffers(result: Extent, input: Extent)
  case tooManyCaptures(pattern: String, captures: Int, replacement: String)
  case notAPermutation([Int])
  case severalOpenDimensions([Int])
  case labelCount(labels: Int, classes: Int)
  case expectedDiffers(Quantity, expected: Int, found: Int)

  // Variants.
  case definitionMissing(String)
  case definitionUnreadable(String, reason: String)
  case variantOfVariant(String)

  // Parameters and expressions.
  case expression(String, problem: ExpressionProblem)
  case unknownParameter(String, suggestion: String?)
  case parameterType(String, expected: ScalarType, found: ScalarValue)
  /// A parameter, or a part of the expression, of another type than the operator works with.
  case wrongOperand(parameter: String?, expected: ExpressionOperand, found: ScalarValue)
  case inexactDivision(Int, by: Int)
  case divisionByZero(String)
  case overflow(String)
  case reservedParameter(String)
  /// Two lists of one repetition.
  case listsDiffer(String, count: Int, other: String, otherCount: Int)

  // Blocks, names and wiring.
  case unknownBlock(String, suggestion: String?)
  case blockCycle([String])
  case missingArgument(block: String, parameter: String)
  case unknownArgument(block: String, parameter: String, known: [String], suggestion: String?)
  case argumentType(block: String, parameter: String, expected: ScalarType, found: ScalarValue)
  case missingAttribute(operation: String, attribute: String)
  case nameNeeded(operation: String)
  case nameReserved(String)
  case indexNeeded(String)
  case indexWithoutRepeat(String)
  case pathTaken(String)
  case pathTooLong(limit: Int)
  case unknownValue(String, suggestion: String?)
  case unknownOutput(String, suggestion: String?)
  case skippedWithSeveralInputs(operation: String)
  case readsTrainingOnly(reader: String, value: String)
  case outputReadsTrainingOnly(output: String, value: String)
  /// An output with the role probabilities shows a value that no softmax or sigmoid made.
  case notProbabilities(output: String, value: String)
  case tooManyLayers(limit: Int)
  case groupsTooDeep(limit: Int)
  case noInput
  case noLayers
  case shape(ShapeError, layer: String, operation: String, inputs: [NamedShape])

  // Rewriting.
  /// A layer cannot be rewritten so that the network slides.
  case conversion(ConversionError)
  /// `sliding` contradicts the layers.
  case sliding(RestorationError)
}

extension DefinitionFault {
  /// What a complaint about a value is about.
  public enum Subject: Hashable, Sendable {
    case file
    case key(String)
    case item(of: String)
    /// The name of a block or an output.
    case name(of: String)
    case parameter(String)
  }

  /// The mapping in which a key is unknown or missing.
  public enum Place: Hashable, Sendable {
    case file
    case key(String)
    case operation(String)
    case item(of: String)
    case block(String)
  }

  /// What a value must be.
  public enum Expectation: Hashable, Sendable {
    case mapping
    case parameters(limit: Int)
    case shortMapping(limit: Int)
    case list
    case text
    case boolean
    case version
    case integer(ClosedRange<Int>)
    case extent(ClosedRange<Int>)
    case padding(ClosedRange<Int>)
    case inputShape
    case number(NumberRange)
    case choice([String])
    case condition
    case scalar
    case plainScalar
    case plainItem
    case repetitions
    case column
    case identifier
    case modelName
    case layerName
    case layerPattern
    case reference
    case references
    case url
    case digest
    case labels
    case blockName
    case blockNamePattern
    case outputs
    case output
    case resize
    case meanImage
    case size
    case position
    case layer
    case variantFile
    case transform
    case axes
    case dimensions
    case dimension
  }

  /// What was found in its place.
  public enum FoundValue: Hashable, Sendable {
    case nothing
    case boolean(String)
    case integer(String)
    case number(String)
    case text(String)
    case list(count: Int)
    case mapping(count: Int)
    /// What an expression came to.
    case computed(String, ScalarValue)
  }

  /// What a number in a definition counts.
  public enum Quantity: String, Hashable, Sendable {
    case parameters
    case macs
  }

  /// A value that feeds a layer.
  public struct NamedShape: Hashable, Sendable {
    /// Its path.
    public var name: String
    /// Without the batch.
    public var shape: Shape

    /// A value by the path of its layer, and its shape.
    public init(name: String, shape: Shape) {
      self.name = name
      self.shape = shape
    }
  }
}

/// What an operator works with.
public enum ExpressionOperand: Hashable, Sendable {
  case number
  case truth
}

/// Why a text is no expression.
public enum ExpressionProblem: Hashable, Sendable {
  case unexpectedEnd
  case unexpected(String)
  case nameMissing
  case numberTooLarge(String)
  case tooLong(limit: Int)
  case tooNested(limit: Int)
}
