import ZooGraph
import ZooTensor

/// The words of ZooSpec's complaints, all of them in this file.
extension DefinitionFault {
  /// One sentence: what is wrong, what was expected, what was found, and the likely intention.
  public var message: String {
    switch self {
    case .fileTooLarge(let bytes, let limit):
      "the file has \(bytes.grouped) bytes; a definition has at most \(limit.grouped)"
    case .outOfMemory: "there is not enough memory to read the file"
    case .emptyFile: "the file is empty; a definition starts with 'zoo: 1'"
    case .invalidUTF8: "this byte is not UTF-8; save the file as UTF-8"
    case .forbiddenCharacter(let value):
      "the character U+\(String(value, radix: 16, uppercase: true).padded(to: 4)) cannot stand in a YAML file"
    case .syntax(let problem): "this is not YAML: \(problem)\(Self.likelyCause(of: problem))"
    case .severalDocuments: "a second document starts here; a definition is one document"
    case .tag(let tag): "the tag \(tag.shortTag.quoted) means nothing here; a definition has no tags"
    case .unknownAnchor(let name, let suggestion):
      "no anchor '&\(name.shortened)' comes before this alias" + suggestion.question { "*\($0)" }
    case .anchorInsideItself(let name): "the alias '*\(name.shortened)' stands inside what it repeats"
    case .duplicateKey(let key): "the key \(key.quoted) is written twice"
    case .keyNotScalar: "a key is one word; this is a list or a mapping"
    case .mergeNotMapping: "'<<' merges mappings; this is none"
    case .tooDeep(let limit): "lists and mappings are nested more than \(limit) deep"
    case .tooManyNodes(let limit): "the file has more than \(limit.grouped) values"
    case .tooManyAliases(let limit): "aliases repeat more than \(limit.grouped) values"

    case .wrongValue(let subject, let expected, let found, let suggestion):
      "\(subject.words) must be \(expected.words); found \(found.words)" + suggestion.question()
    case .unknownKey(let key, let place, let known, let suggestion):
      "unknown key \(key.quoted) in \(place.words)"
        + (suggestion == nil ? "; it has \(known.listed)" : suggestion.question())
    case .missingKey(let key, .file): "\(Place.file.words) needs '\(key)'\(Self.example(of: key))"
    case .missingKey(let key, let place): "\(place.words) needs '\(key)'"
    case .keyNotInVariant(let key): "a variant has no '\(key)'; it takes them from the file that it varies"
    case .recordedGroup(let word):
      "under 'sliding' the layers stand one by one; \(word.quoted) groups them"
    case .withOutsideVariant: "'with' sets the parameters of the file that 'variant_of' names, and there is none"
    case .unknownOperation(let word, let known, let suggestion):
      "unknown operation \(word.quoted)" + (suggestion == nil ? "; there are \(known.listed)" : suggestion.question())
    case .missingOperation(let word, let relatives):
      "zoo has no \(word.quoted) yet"
        + (relatives.isEmpty
          ? ", nor anything of its kind"
          : "; of its kind there \(relatives.count == 1 ? "is" : "are") \(relatives.listed)")
    case .operationIsAttribute(let word, let operation, let attribute):
      "unknown operation \(word.quoted); write '\(operation)' with '\(attribute)'"
    case .layerNeedsOneOperation(let found):
      found.isEmpty
        ? "a layer is one operation; this mapping is empty"
        : "a layer is one operation; found \(found.map(\.quoted).joined(separator: ", "))"
    case .operationNeedsAttributes(let word, let needed): "'\(word)' needs '\(needed)'"

    case .channelsDiffer(let order, let expected, let input):
      "\(order) images have \(expected.counted("channel")), but 'input' has \(input.grouped)"
    case .valuesPerChannel(let key, let expected, let found):
      "'\(key)' has \(found.counted("number")); the image has \(expected.counted("channel"))"
    case .twoMeans: "'mean_image' is the mean of each pixel, and 'mean' that of each channel; give one of them"
    case .twoScales: "pixels are divided or multiplied; give one of 'divide_by' and 'multiply_by'"
    case .croppedSizeDiffers(let result, let input):
      "the image comes out as \(result), but 'input' is \(input)"
    case .tooManyCaptures(let pattern, let captures, let replacement):
      "\(replacement.quoted) has more '*' than \(pattern.quoted), which captures \(captures)"
    case .notAPermutation(let axes):
      "\(axes) does not name each of the axes 0 to \(axes.count - 1) once"
    case .severalOpenDimensions(let dimensions): "only one dimension of \(dimensions) can be -1, which is what is left"
    case .labelCount(let labels, let classes):
      "there are \(labels.counted("label")), but the network has \(classes.counted("class", "classes"))"
    case .expectedDiffers(let quantity, let expected, let found):
      "the network has \(found.grouped) \(quantity.words), but 'expected' says \(expected.grouped)"

    case .definitionMissing(let name): "there is no definition \(name.quoted)"
    case .definitionUnreadable(let name, let reason): "\(name.quoted) cannot be read: \(reason)"
    case .variantOfVariant(let name): "\(name.quoted) is a variant itself; name the file that it varies"

    case .expression(let text, let problem): "\(text.quoted) is no arithmetic: \(problem.words)"
    case .unknownParameter(let name, let suggestion):
      "there is no parameter \(name.quoted)" + suggestion.question()
    case .parameterType(let name, let expected, let found):
      "parameter '\(name)' is \(expected.words); found \(found.words)"
    case .wrongOperand(let parameter, let expected, let found):
      "\(expected.words), but \(parameter.map { "parameter '\($0)'" } ?? "a part of this") is \(found.words)"
    case .inexactDivision(let left, let right): "\(left) / \(right) leaves a remainder"
    case .divisionByZero(let text): "\(text.quoted) divides by zero"
    case .overflow(let text): "\(text.quoted) comes to more than \(maximumInteger.grouped)"
    case .listsDiffer(let name, let count, let other, let otherCount):
      "each repetition takes one item of every list, but '\(name)' has \(count.grouped) and '\(other)' \(otherCount.grouped)"
    case .reservedParameter(let name): "'\(name)' is the index of a repetition; call the parameter otherwise"

    case .unknownBlock(let name, let suggestion): "there is no block \(name.quoted)" + suggestion.question()
    case .blockCycle(let names): "a block cannot contain itself: \(names.joined(separator: " → "))"
    case .missingArgument(let block, let parameter): "block '\(block)' needs '\(parameter)' under 'with'"
    case .unknownArgument(let block, let parameter, let known, let suggestion):
      "block '\(block)' has no parameter \(parameter.quoted)"
        + (suggestion == nil ? "; it has \(known.listed)" : suggestion.question())
    case .argumentType(let block, let parameter, let expected, let found):
      "parameter '\(parameter)' of block '\(block)' is \(expected.words); found \(found.words)"
    case .missingAttribute(let operation, let attribute):
      "'\(operation)' needs '\(attribute)', here or under 'defaults'"
    case .nameNeeded(let operation):
      operation == "sequential"
        ? "'sequential' puts its name before its layers' names: give it a name"
        : "'\(operation)' has weights, and they are stored under its name: give it a name"
    case .nameReserved(let name): "'\(name)' is what a group reads; choose another name"
    case .indexNeeded(let name):
      "every repetition needs a name of its own: put '{i}' or another parameter into \(name.quoted)"
    case .indexWithoutRepeat(let name): "\(name.quoted) has the index of a repetition in it, but nothing is repeated"
    case .pathTaken(let path): "the name '\(path)' is taken"
    case .pathTooLong(let limit): "the layer's path has more than \(limit) characters"
    case .unknownValue(let name, let suggestion):
      "no layer before this one is named \(name.quoted)" + suggestion.question()
    case .unknownOutput(let name, let suggestion): "no layer is named \(name.quoted)" + suggestion.question()
    case .skippedWithSeveralInputs(let operation):
      "this '\(operation)' is left out, and it reads several values: which one its name stands for is unclear"
    case .readsTrainingOnly(let reader, let value):
      "layer '\(reader)' reads '\(value)', which exists only in training"
    case .outputReadsTrainingOnly(let output, let value):
      "output '\(output)' reads '\(value)', which exists only in training; give it the role auxiliary"
    case .notProbabilities(let output, let value):
      "output '\(output)' has the role probabilities, but '\(value)' is no softmax or sigmoid; give it the role logits"
    case .tooManyLayers(let limit): "the definition expands to more than \(limit.grouped) layers"
    case .groupsTooDeep(let limit): "blocks and groups are nested more than \(limit) deep"
    case .noInput: "the definition has no 'input: [channels, height, width]'"
    case .noLayers: "no layer is left"
    case .shape(let error, let layer, let operation, let inputs):
      error.words(layer: layer, operation: operation, inputs: inputs)
    case .conversion(let error): error.message
    case .sliding(let error): error.message
    }
  }

  /// What to write instead, shown beside the caret.
  public var hint: String? {
    switch self {
    case .wrongValue(let subject, let expected, let found, _):
      switch (expected, found) {
      case (.text, .integer(let text)), (.text, .number(let text)), (.text, .boolean(let text)),
        (.digest, .integer(let text)), (.digest, .number(let text)), (.layerName, .number(let text)),
        (.layerName, .boolean(let text)), (.layerPattern, .number(let text)), (.layerPattern, .boolean(let text)),
        (.reference, .number(let text)), (.references, .number(let text)),
        (.output, .number(let text)):
        return "write \"\(text)\", in quotes"
      case (.boolean, .text(let text)), (.condition, .text(let text)):
        switch text {
        case "yes", "on", "Yes", "On", "y": return "write true"
        case "no", "off", "No", "Off", "n": return "write false"
        default: return nil
        }
      case (.mapping, .nothing):
        guard case .key(let key) = subject, OperationKind(word: key)?.joins == false else { return nil }
        return "leave the colon out, or write {}"
      case (.extent, .text(let text)):
        let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) }
        guard sides.count == 2, let height = sides[0], let width = sides[1] else { return nil }
        return height == width ? "write \(height) or [\(height), \(width)]" : "write [\(height), \(width)]"
      default: return nil
      }
    case .layerNeedsOneOperation(let found):
      return found.count > 1 ? "indent the attributes of '\(found[0].shortened)' further" : nil
    default: return nil
    }
  }
}

extension Diagnostic.Fact {
  /// The words of a note.
  public var message: String {
    switch self {
    case .syntaxContext(let context): "\(context), which starts here"
    case .firstWritten(let key): "\(key.quoted) is first written here"
    case .writtenHere: "this is what the alias repeats"
    case .pathTaken(let path): "'\(path)' is first given here"
    case .blockUsed(let block, let path):
      path.isEmpty ? "in block '\(block)', used here" : "in block '\(block)', used here as '\(path)'"
    case .defaultGiven(let attribute): "'\(attribute)' comes from 'defaults'"
    case .variant(let name): "'\(name)' is varied here"
    case .laterLayer(let name): "'\(name)' comes later; a layer reads only what is before it"
    case .parameterDeclared(let name): "'\(name)' is declared here"
    case .meanGiven: "'mean' is given here"
    case .divisorGiven: "'divide_by' is given here"
    }
  }
}

// MARK: - Parts of sentences

extension DefinitionFault.Subject {
  fileprivate var words: String {
    switch self {
    case .file: "a definition"
    case .key(let key): "'\(key)'"
    case .item(let key): "each item of '\(key)'"
    case .name(let thing): "the name of \(thing)"
    case .parameter(let name): "parameter \(name.quoted)"
    }
  }
}

extension DefinitionFault.Place {
  fileprivate var words: String {
    switch self {
    case .file: "the definition"
    case .key(let key): "'\(key)'"
    case .operation(let word): "'\(word)'"
    case .item(let key): "each item of '\(key)'"
    case .block(let name): "block '\(name)'"
    }
  }
}

extension DefinitionFault.Quantity {
  fileprivate var words: String {
    switch self {
    case .parameters: "parameters"
    case .macs: "multiply-accumulate operations"
    }
  }
}

extension DefinitionFault.Expectation {
  fileprivate var words: String {
    switch self {
    case .mapping: "a mapping of keys to values"
    case .parameters(let limit): "a mapping of at most \(limit) parameters"
    case .shortMapping(let limit): "a mapping whose text has at most \(limit) bytes"
    case .list: "a list with at least one item"
    case .text: "text"
    case .boolean: "true or false"
    case .version: "1, the version of the language"
    case .integer(let range): range.words
    case .extent(let range): "\(range.words) or [height, width]"
    case .padding(let range): "\(range.words), [vertical, horizontal], {top, left, bottom, right} or same"
    case .inputShape: "[channels, height, width]"
    case .number(let range): range.words
    case .choice(let choices): "one of \(choices.joined(separator: ", "))"
    case .condition: "true, false or a number"
    case .scalar: "a number, true, false, text or a list of these"
    case .plainScalar: "a number, true, false, text without '$' or a list of these"
    case .plainItem: "a number, true, false or text without '$'"
    case .repetitions:
      "an integer from 0 to \(Expander.maximumRepetitions.grouped) or lists by name, as {out: [16, 24], stride: [1, 2]}"
    case .column: "a list with at least one item, or a $parameter that is one"
    case .identifier: "a name of letters, digits and '_' that starts with no digit"
    case .modelName: "a name of letters, digits, '.', '_' and '-'"
    case .layerName: "a name of letters, digits, '_', '-' and '/', with dots between its parts"
    case .layerPattern:
      "a pattern of layers' names: letters, digits and any of _-/., '*' for any characters, '?' for one"
    case .reference: "the name of a layer"
    case .references: "the name of a layer or a list of names"
    case .url: "a web address that starts with https://"
    case .digest: "8 to 64 hexadecimal digits in lower case"
    case .labels:
      "one of \(Card.Labels.sets.joined(separator: ", ")), a path that ends in .tsv or .txt, or a list of names"
    case .blockName: "the name of a block"
    case .blockNamePattern: "letters, digits, '_' and '-', and start with a letter or '_'"
    case .outputs: "a mapping with at least one output"
    case .output: "the name of a layer or {from, role, loss_weight}"
    case .meanImage: "a path that ends in .npy or .binaryproto"
    case .resize: "{shorter_side: N} or {to: [height, width]}"
    case .size: "[height, width]"
    case .position: "[row, column]"
    case .layer: "an operation, as relu or conv: {out: 64, kernel: 3}"
    case .variantFile: "a path that ends in .yaml"
    case .transform: "{transpose}, {reshape}, {flip} or {divide_by}"
    case .axes: "a list of 2 to 8 axes, as [3, 2, 0, 1]"
    case .dimensions: "a list of 1 to 8 dimensions, as [512, -1]"
    case .dimension: "an integer from 1 to \(maximumInteger.grouped), or -1 for what is left"
    }
  }
}

extension DefinitionFault.FoundValue {
  fileprivate var words: String {
    switch self {
    case .nothing: "nothing"
    case .boolean(let text), .integer(let text), .number(let text): text.shortened
    case .text(let text): text.quoted
    case .list(0): "an empty list"
    case .list(let count): "a list of \(count.counted("item"))"
    case .mapping(0): "an empty mapping"
    case .mapping: "a mapping"
    case .computed(let text, let value): "\(text.quoted), which is \(value.words)"
    }
  }
}

extension ScalarValue {
  fileprivate var words: String {
    switch self {
    case .integer(let value): "\(value)"
    case .boolean(let value): "\(value)"
    case .string(let text): text.quoted
    case .number(let value): "\(value)"
    case .list(let values): "a list of \(values.count.counted("item"))"
    }
  }
}

extension ScalarType {
  fileprivate var words: String {
    switch self {
    case .integer: "an integer"
    case .boolean: "true or false"
    case .string: "text"
    case .number: "a number"
    case .list: "a list"
    }
  }
}

extension ExpressionOperand {
  fileprivate var words: String {
    switch self {
    case .number: "arithmetic needs numbers"
    case .truth: "'and', 'or' and 'not' need true or false"
    }
  }
}

extension ExpressionProblem {
  fileprivate var words: String {
    switch self {
    case .unexpectedEnd: "it ends too early"
    case .unexpected(let token): "\(token.quoted) does not belong here"
    case .nameMissing: "'$' needs the name of a parameter"
    case .numberTooLarge(let digits): "\(digits.shortened) is too large"
    case .tooLong(let limit): "it has more than \(limit) characters"
    case .tooNested(let limit): "it is nested more than \(limit) deep"
    }
  }
}

extension DefinitionFault {
  /// What most often makes libyaml say this.
  fileprivate static func likelyCause(of problem: String) -> String {
    if problem.contains("cannot start any token") {
      return "; lines are indented with blanks, not tabs, and a text that begins with @, % or ` stands in quotes"
    }
    if problem.contains("mapping values are not allowed") {
      return "; a line has one 'key: value', and a text with a colon in it stands in quotes"
    }
    if problem.contains("',' or '}'") { return "; a comma is missing, or '{' is not closed" }
    if problem.contains("',' or ']'") { return "; a comma is missing, or '[' is not closed" }
    if problem.contains("did not find expected key") || problem.contains("did not find expected '-' indicator") {
      return "; the items of a list, and the keys of a mapping, begin in one column"
    }
    if problem.contains("unexpected end of stream") { return "; a quotation mark is not closed" }
    return ""
  }

  /// How a key of the file is written, for those that no file is without.
  fileprivate static func example(of key: String) -> String {
    switch key {
    case "zoo": ": begin it with zoo: 1"
    case "name": ", such as name: my-net"
    case "input": ", such as input: [3, 224, 224] (channels, height, width)"
    case "layers": ", the list of what the network does"
    default: ""
    }
  }
}

extension ClosedRange<Int> {
  fileprivate var words: String { "an integer from \(lowerBound.grouped) to \(upperBound.grouped)" }
}

extension NumberRange {
  fileprivate var words: String {
    let low = Int(exactly: lower).map(\.grouped) ?? "\(lower)"
    let high = Int(exactly: upper).map(\.grouped) ?? "\(upper)"
    if includesLower && includesUpper { return "a number from \(low) to \(high)" }
    return
      "a number \(includesLower ? "of at least" : "above") \(low) and \(includesUpper ? "at most" : "below") \(high)"
  }
}

extension ShapeError {
  fileprivate func words(layer: String, operation: String, inputs: [DefinitionFault.NamedShape]) -> String {
    let producers = inputs.prefix(8).map { "'\($0.name)' is \($0.shape)" }.joined(separator: " and ")
    switch self {
    case .duplicateName(let name): return "the name '\(name)' is taken"
    case .inputCount(let expected, let found):
      let count =
        expected.count == 1
        ? expected.lowerBound.counted("value")
        : "\(expected.lowerBound) to \(expected.upperBound.grouped) values"
      return "'\(operation)' reads \(count), but layer '\(layer)' is given \(found.grouped)"
    case .needsFeatureMap:
      return "layer '\(layer)' needs a feature map [channels, height, width], but \(producers)"
    case .shapesDiffer: return "layer '\(layer)' needs values of one shape, but \(producers)"
    case .factorsDiffer:
      return
        "layer '\(layer)' needs values of one shape, or one number for each channel of the largest, but \(producers)"
    case .extentsDiffer: return "layer '\(layer)' needs values of one height and width, but \(producers)"
    case .geometry(let error, _): return error.words(layer: layer, producers: producers)
    case .attributeOutOfRange(let attribute, let value, let expected):
      return "'\(attribute)' of layer '\(layer)' must be \(expected); found \(value)"
    case .tooLarge(let what, let dimensions):
      let shape = dimensions.map { "\($0)" }.joined(separator: "×")
      let subject = inputs.isEmpty ? what : "\(what) of layer '\(layer)'"
      return "\(subject) would be \(shape), more than \(Self.maximumElements.grouped) elements"
    case .parametersDiffer: return "layer '\(layer)' has weights of other shapes than it needs"
    }
  }
}

extension GeometryError {
  fileprivate func words(layer: String, producers: String) -> String {
    switch self {
    case .inputOutOfRange:
      return
        "layer '\(layer)' reads maps of at most \(ConvolutionGeometry.maximumSide.grouped) a side, but \(producers)"
    case .extentOutOfRange(let attribute, let extent):
      return "\(attribute) \(extent) of layer '\(layer)' puts its last window outside the input: \(producers)"
    case .paddingOutOfRange(let padding):
      return "padding \(padding) of layer '\(layer)' is too wide: 'same' asks for more than "
        + "\(ConvolutionGeometry.maximumSide.grouped) rows or columns"
    case .paddingNotBelowKernel(let padding, let kernel):
      return "padding \(padding) of layer '\(layer)' must be smaller than its kernel, \(kernel)"
    case .kernelLargerThanInput(let kernel, let paddedInput):
      return "the kernel of layer '\(layer)' spans \(kernel), more than its padded input, \(paddedInput): \(producers)"
    case .countOutOfRange(let attribute, let count):
      return "layer '\(layer)' has \(count.grouped) \(attribute); the limit is "
        + ConvolutionGeometry.maximumChannels.grouped
    case .channelsNotDivisible(let attribute, let channels, let groups):
      return "layer '\(layer)' cannot split its \(channels) \(attribute) into \(groups.counted("group")): \(producers)"
    }
  }
}

extension String {
  /// At most 40 characters of a stranger's text, with nothing that a terminal would obey.
  fileprivate var shortened: String {
    var result = ""
    for (index, scalar) in unicodeScalars.enumerated() {
      guard index < 40 else { return result + "…" }
      let isVisible = scalar.value >= 0x20 && scalar.isAllowedInYAML && !scalar.isLineBreak
      result += isVisible ? String(scalar) : "\\u{\(String(scalar.value, radix: 16))}"
    }
    return result
  }

  fileprivate var quoted: String { "'\(shortened)'" }

  /// `!!int` for `tag:yaml.org,2002:int`.
  fileprivate var shortTag: String {
    let prefix = "tag:yaml.org,2002:"
    return hasPrefix(prefix) ? "!!" + dropFirst(prefix.count) : self
  }

  fileprivate func padded(to width: Int) -> String {
    String(repeating: "0", count: max(0, width - utf8.count)) + self
  }
}

extension String? {
  /// ` (did you mean 'x'?)`, or nothing.
  fileprivate func question(_ spelling: (String) -> String = { $0 }) -> String {
    map { " (did you mean '\(spelling($0))'?)" } ?? ""
  }
}

extension [String] {
  fileprivate var listed: String { isEmpty ? "none" : joined(separator: ", ") }
}

extension Int {
  /// `11,689,512`, and `2048` as it is.
  fileprivate var grouped: String {
    var digits = String(magnitude)
    var groups: [String] = []
    guard digits.utf8.count > 4 else { return "\(self)" }
    while digits.utf8.count > 3 {
      groups.insert(String(digits.suffix(3)), at: 0)
      digits = String(digits.dropLast(3))
    }
    return (self < 0 ? "-" : "") + ([digits] + groups).joined(separator: ",")
  }

  fileprivate func counted(_ singular: String, _ plural: String? = nil) -> String {
    "\(grouped) \(self == 1 ? singular : plural ?? singular + "s")"
  }
}
