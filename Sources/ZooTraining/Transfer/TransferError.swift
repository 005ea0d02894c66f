import ZooTensor

/// What keeps a linear classifier from being fitted to codes. The words are in `TransferError+Message.swift`.
///
/// Rows are numbered from 0, lines from 1.
public enum TransferError: Error, Hashable, Sendable {
  case noCodes
  /// A tensor of codes needs a row for each picture.
  case codesShape(found: Shape)
  case codesType(found: ElementType)
  /// Matrices of codes that are to be joined.
  case widthsDiffer(part: Int, expected: Int, found: Int)
  case labelCount(rows: Int, labels: Int)
  case labelOutOfRange(row: Int, label: Int, classes: Int)
  case sameClassName(String)
  case notFinite(row: Int, feature: Int, value: Float)

  case keyCount(rows: Int, keys: Int)
  /// A name that a file of keys cannot hold.
  case keyCharacter(row: Int, name: String)
  case keyLine(line: Int, found: String)
  case keysNotUTF8(line: Int)
  case classUnknown(row: Int, name: String)

  case tooFewClasses(names: [String])
  /// A class of which there is no picture.
  case emptyClass(name: String)
  case tooLarge(classes: Int, width: Int, limit: Int)
  case tooManyScores(rows: Int, classes: Int, limit: Int)
  case folds(found: Int, limit: Int)
  case regularisation(found: Double)
  case tolerance(found: Double)
  case iterations(found: Int)
  /// Codes for a classifier that was fitted to others.
  case codesDiffer(expectedWidth: Int, foundWidth: Int, expectedClasses: Int, foundClasses: Int)

  case noEvidence
  /// Layers whose classifiers were tried on different pictures.
  case evidenceDiffers(layer: String, expected: Int, found: Int)
}
