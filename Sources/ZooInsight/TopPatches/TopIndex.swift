import ZooTensor

/// For each unit of a layer, the pictures and positions that excite it most, and what it answered over all: an index that can
/// be kept in a file, gone on with, and merged with others.
///
/// Of each picture a unit's largest value is taken, at the first position that has it; of equal values, that of the picture
/// whose name comes first. So an index does not depend on the order in which pictures are shown, and the merged indexes of
/// parts of a data set are bit for bit that of the whole.
public struct TopIndex: Hashable, Sendable {
  /// What decides the values.
  public struct Source: Hashable, Sendable {
    /// The name of the network.
    public let model: String
    /// SHA-256 of the definition, written out, in hexadecimal.
    public let modelDigest: String
    /// What tells the weights from others.
    public let weightsDigest: String
    /// The layer's path.
    public let layer: String
    /// How convolutions were computed, and by what instruction set where that matters.
    public let numerics: String

    var texts: [String] { [model, modelDigest, weightsDigest, layer, numerics] }
  }

  /// A picture that was looked at.
  public struct Picture: Hashable, Sendable {
    /// Relative to the folder.
    public let name: String
    /// `PictureSet.identity`.
    public let identity: UInt64
    /// Whether it could not be read and was left out.
    public internal(set) var isSkipped = false
  }

  /// The largest value of a picture's map.
  public struct Entry: Hashable, Sendable {
    /// The place of the picture in the index's list.
    public var picture: Int
    /// Of the map, from 0.
    public var row: Int
    /// Of the map, from 0.
    public var column: Int
    /// The largest of the map.
    public var value: Float

    /// Whether this entry comes before another of the same unit.
    func precedes(_ other: Entry) -> Bool {
      value != other.value ? value > other.value : picture < other.picture
    }
  }

  /// What is known of a unit.
  public struct Unit: Hashable, Sendable {
    /// What it answered at all positions of all pictures.
    public internal(set) var statistics = UnitStatistics()
    /// The best first, at most one for a picture.
    public internal(set) var entries: [Entry] = []

    mutating func insert(_ entry: Entry, capacity: Int) {
      if entries.count == capacity, let last = entries.last, !entry.precedes(last) { return }
      entries.insert(entry, at: entries.firstIndex { entry.precedes($0) } ?? entries.count)
      if entries.count > capacity { entries.removeLast() }
    }
  }

  /// How many patches may be kept for each unit.
  public static let counts = 1...100
  static let maximumUnits = 1 << 17
  static let maximumExtent = 1 << 14

  /// What decides the values; two indices are merged only where it is the same.
  public let source: Source
  /// Of the layer: `[channels, height, width]` or `[units]`.
  public let shape: Shape
  /// How many patches are kept for each unit.
  public let capacity: Int
  /// Sorted by the bytes of their names.
  public internal(set) var pictures: [Picture]
  /// How many of them, from the first on, were shown.
  public internal(set) var done: Int
  /// In the order of the layer's channels.
  public internal(set) var units: [Unit]

  /// An index of no picture yet.
  ///
  /// - Throws: `TopIndexError.count`, `.tooLarge`.
  init(_ source: Source, shape: Shape, capacity: Int, pictures: [Picture]) throws(TopIndexError) {
    guard Self.counts.contains(capacity) else { throw .count(capacity) }
    for text in source.texts + pictures.map(\.name) where text.utf8.count > Self.maximumTextSize {
      throw .nameTooLong(String(text.prefix(40)))
    }
    let extent = shape.unitExtent
    let size = pictures.reduce(
      shape.unitCount.multipliedReportingOverflow(by: Self.recordSize(capacity: capacity)).partialValue
    ) {
      $0 + 11 + $1.name.utf8.count
    }
    guard (1...Self.maximumUnits).contains(shape.unitCount), max(extent.height, extent.width) <= Self.maximumExtent,
      size < Self.maximumSize - (1 << 16)
    else { throw .tooLarge(layer: source.layer, shape: "\(shape)", pictures: pictures.count) }
    (self.source, self.shape, self.capacity, self.pictures) = (source, shape, capacity, pictures)
    done = 0
    units = [Unit](repeating: Unit(), count: shape.unitCount)
  }

  /// Whether all pictures were shown.
  public var isComplete: Bool { done == pictures.count }
  /// How many pictures were read.
  public var readCount: Int { pictures.prefix(done).count { !$0.isSkipped } }
  /// The pictures that could not be read or prepared.
  public var skipped: [Picture] { pictures.filter(\.isSkipped) }

  /// What this index and one of the same task differ in, whatever is done of either.
  func differences(from other: TopIndex, ignoringPictures: Bool = false) -> [TopIndexError.Field] {
    TopIndexError.Field.allCases.filter { field in
      switch field {
      case .model: source.model != other.source.model || source.modelDigest != other.source.modelDigest
      case .weights: source.weightsDigest != other.source.weightsDigest
      case .layer: source.layer != other.source.layer || shape != other.shape
      case .numerics: source.numerics != other.source.numerics
      case .count: capacity != other.capacity
      case .pictures:
        !ignoringPictures
          && (pictures.count != other.pictures.count
            || zip(pictures, other.pictures).contains { $0.name != $1.name || $0.identity != $1.identity })
      }
    }
  }
}
