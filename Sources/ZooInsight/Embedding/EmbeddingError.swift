import ZooKit
import ZooTensor

/// Why codes cannot be laid out in the plane. The words are in `EmbeddingError+Message.swift`.
///
/// Rows and numbers of a code are counted from 0.
public enum EmbeddingError: Error, Hashable, Sendable {
  /// Codes are a row of numbers for each picture.
  case shape(found: Shape)
  case elementType(found: ElementType)
  case tooFew(rows: Int)
  case notFinite(row: Int, column: Int, value: Float)
  case allEqual(rows: Int)
  /// Of both rows and numbers in a row there are more than the eigenvalue problem is solved for.
  case tooWide(rows: Int, columns: Int, limit: Int)
  case components(found: Int)
  case perplexity(found: Double, rows: Int, limit: Double)
  /// The neighbours that the perplexity asks for do not fit in memory.
  case neighbours(perplexity: Double, rows: Int, limit: Int)
  case iterations(found: Int, expected: ClosedRange<Int>)
  case starts(found: Int, expected: ClosedRange<Int>)
  case labelCount(rows: Int, labels: Int)
  case labelOutOfRange(row: Int, label: Int, classes: Int)
  case nameCount(rows: Int, names: Int)
  case markOutOfRange(row: Int, rows: Int)
  /// The progress was answered with a wish to stop.
  case stopped
}

extension EmbeddingError: ZooFailure {
  /// What kind of failure it is.
  public var category: FailureCategory {
    switch self {
    case .components, .perplexity, .iterations, .starts, .neighbours: .usage
    case .shape, .elementType, .tooFew, .notFinite, .allEqual, .tooWide: .badData
    case .labelCount, .labelOutOfRange, .nameCount, .markOutOfRange: .badData
    case .stopped: .usage
    }
  }
}
