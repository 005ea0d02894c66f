extension EmbeddingError: CustomStringConvertible {
  /// The message for a person, with the numbers that do not fit.
  public var description: String {
    switch self {
    case .shape(let found):
      "codes have a row of at least one number for each picture; found \(found)"
    case .elementType(let found):
      "codes are float32 numbers; found \(found.rawValue)"
    case .tooFew(let rows):
      "a layout needs the codes of at least 4 pictures; found \(rows)"
    case .notFinite(let row, let column, let value):
      "row \(row): number \(column) of the code is \(value); look at the network or the picture that made it"
    case .allEqual(let rows):
      """
      all \(rows) codes are the same, so no picture is nearer to one than to another; take another layer, or look whether \
      the network answers the same to everything
      """
    case .tooWide(let rows, let columns, let limit):
      """
      \(rows) codes of \(columns) numbers: principal components are computed where either is at most \(limit); take a layer \
      with fewer numbers, the means of its maps, or fewer pictures
      """
    case .components(let found):
      "cannot keep \(found) principal components; choose at least 2"
    case .perplexity(let found, let rows, let limit):
      """
      a perplexity of \(found) is out of range for \(rows) codes: from 1 to \(limit), a third of the others, because so many \
      neighbours must be nearer than the rest
      """
    case .neighbours(let perplexity, let rows, let limit):
      """
      a perplexity of \(perplexity) asks for three times as many neighbours of each of \(rows) codes, more than fit in \
      memory; choose at most \(limit)
      """
    case .iterations(let found, let expected):
      "cannot stop after \(found) iterations; choose \(expected.lowerBound) to \(expected.upperBound)"
    case .starts(let found, let expected):
      "cannot take the best of \(found) descents; choose \(expected.lowerBound) to \(expected.upperBound)"
    case .labelCount(let rows, let labels):
      "there are \(rows) codes and \(labels) classes of pictures; give each code one"
    case .labelOutOfRange(let row, let label, let classes):
      "row \(row): class \(label) does not exist; there are \(classes), counted from 0"
    case .nameCount(let rows, let names):
      "there are \(rows) codes and \(names) names of pictures; give each code one"
    case .markOutOfRange(let row, let rows):
      "there is no code \(row) to be marked; there are \(rows), counted from 0"
    case .stopped:
      "stopped before the layout was done"
    }
  }
}
