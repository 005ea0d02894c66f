extension TransferError: CustomStringConvertible {
  /// The message for a person, with what was expected and found.
  public var description: String {
    switch self {
    case .noCodes: "there are no codes; make them from at least one picture of each class"
    case .codesShape(let found):
      "codes have the shape pictures×numbers, both at least 1; found \(found)"
    case .codesType(let found):
      "codes are float32 numbers; found \(found.rawValue)"
    case .widthsDiffer(let part, let expected, let found):
      """
      the codes of file \(part + 1) have \(found) numbers each, those of the first \(expected); join only codes of the \
      same layer
      """
    case .labelCount(let rows, let labels):
      "there are \(rows) codes and \(labels) classes of pictures; give each code one"
    case .labelOutOfRange(let row, let label, let classes):
      "row \(row): class \(label) does not exist; there are \(classes), counted from 0"
    case .sameClassName(let name):
      "two classes have the name '\(name)'"
    case .notFinite(let row, let feature, let value):
      """
      row \(row): number \(feature) of the code is \(value), so nothing could be learnt from it; look at the network \
      or the picture that made it
      """
    case .keyCount(let rows, let keys):
      "there are \(rows) codes and \(keys) lines of keys; each code needs the line that was written with it"
    case .keyCharacter(let row, let name):
      name.isEmpty
        ? "row \(row): a name is empty; pictures and classes need names"
        : "row \(row): the name '\(name.escaped)' contains a tab or a line break, which a file of keys cannot hold"
    case .keyLine(let line, let found):
      "line \(line): expected a path, a tab and the name of a class; found '\(found.escaped)'"
    case .keysNotUTF8(let line):
      "line \(line): not UTF-8"
    case .classUnknown(let row, let name):
      "row \(row): there is no class '\(name)'"
    case .tooFewClasses(let names):
      names.isEmpty
        ? "there are no classes; a classifier needs at least two"
        : "all pictures are of the class '\(names[0])'; a classifier needs at least two classes"
    case .emptyClass(let name):
      "there is no picture of the class '\(name)'; add some, or leave the class out"
    case .tooLarge(let classes, let width, let limit):
      """
      a classifier of \(classes) classes on codes of \(width) numbers has \(classes) × \(width) \
      weights, more than \(limit); use the codes of a smaller layer
      """
    case .tooManyScores(let rows, let classes, let limit):
      "\(rows) codes of \(classes) classes have \(rows) × \(classes) scores, more than \(limit); fit fewer codes or classes"
    case .folds(let found, let limit):
      "cannot use \(found) folds; choose 2 to \(limit)"
    case .regularisation(let found):
      "cannot regularise with \(found); choose a number above 0, or several"
    case .tolerance(let found):
      "cannot stop at a relative gradient of \(found); choose a number above 0 and below 1"
    case .iterations(let found):
      "cannot stop after \(found) iterations; choose at least 1"
    case .codesDiffer(let expectedWidth, let foundWidth, let expectedClasses, let foundClasses):
      """
      the classifier reads codes of \(expectedWidth) numbers for \(expectedClasses) classes; these have \(foundWidth) \
      numbers for \(foundClasses) classes
      """
    case .noEvidence:
      "advice needs the cross-validated accuracy of the top layer's codes, and there is none"
    case .evidenceDiffers(let layer, let expected, let found):
      """
      the codes of '\(layer)' were tried on \(found) pictures, those of the top layer on \(expected), or on others; \
      layers can be compared on the same pictures only
      """
    }
  }
}

extension String {
  /// With control characters spelt out.
  fileprivate var escaped: String {
    unicodeScalars.map { $0.value < 32 || $0.value == 127 ? $0.escaped(asASCII: true) : String($0) }.joined()
  }
}
