import ZooImages
import ZooKit
import ZooWeights

/// The pictures of a folder, whatever their classes: all JPEG and PNG files below it, or the records of an IDX or CIFAR data
/// set, in the order of their names' bytes.
public struct PictureSet: Sendable {
  /// The folder that the names are relative to.
  public let path: String
  /// What each picture is called, sorted by the bytes of the names: its file relative to `path`, or the file that it is in
  /// and its place there.
  public let names: [String]
  private let identities: @Sendable (Int) -> UInt64
  private let decoding: @Sendable (Int) throws -> PixelImage

  /// The number of pictures.
  public var count: Int { names.count }

  /// Opens a folder of pictures, or a data set as `DataSet.open` knows them.
  ///
  /// - Parameters:
  ///   - path: a folder, or the files of a data set.
  ///   - split: which part of the data; a folder without parts is taken whole for either.
  /// - Throws: `ValuesError.noPictures` for a folder without any, `ZooError`, `DataSetError`.
  public init(_ path: String, split: DataSet.Split = .test) throws {
    guard FileSystem.isDirectory(path) else { throw ZooError.inputMissing(path: path, what: "folder of pictures") }
    let data: DataSet?
    do {
      data = try DataSet.open(path, split: split)
    } catch ZooError.dataSetNotRecognised {
      data = nil
    }
    guard let data, data.kind != .folders else {
      try self.init(files: data?.path ?? path, split: split)
      return
    }
    let names = (0..<data.count).map { data.name(at: $0) }
    let order = Self.order(of: names)
    // Of what lies in a few files, a picture is known by those files and by its name.
    let identity = try data.digest().prefix(16)
    self.init(
      path: data.path, names: order.map { names[$0] },
      identities: { [number = UInt64(identity, radix: 16) ?? 0] _ in number },
      decoding: { try data.picture(at: order[$0]) })
  }

  /// All files below a folder that have a picture's name.
  private init(files root: String, split: DataSet.Split) throws {
    let found = try FileSystem.images(below: root).map { String(Substring($0.utf8.dropFirst(root.utf8.count + 1))) }
    let parts = Set(found.compactMap { $0.split(separator: "/").first }).intersection(["train", "val", "test"])
    guard !found.isEmpty, parts.isEmpty else {
      throw ValuesError.noPictures(path: root, split: parts.isEmpty ? nil : split.rawValue)
    }
    let names = Self.order(of: found).map { found[$0] }
    self.init(
      path: root, names: names, identities: { UInt64(FileSystem.size(of: "\(root)/\(names[$0])")) },
      decoding: { try PixelImage(path: "\(root)/\(names[$0])") })
  }

  private init(
    path: String, names: [String], identities: @escaping @Sendable (Int) -> UInt64,
    decoding: @escaping @Sendable (Int) throws -> PixelImage
  ) {
    (self.path, self.names, self.identities, self.decoding) = (path, names, identities, decoding)
  }

  /// The picture at `index`, decoded.
  ///
  /// - Throws: `ImageError`, naming the picture.
  public func picture(at index: Int) throws -> PixelImage {
    do {
      return try decoding(index)
    } catch let error as ImageError {
      throw ImageError(name: error.name ?? names[index], fact: error.fact)
    }
  }

  /// What tells a picture from another of the same name, without decoding it: the size of its file, or a part of the digest
  /// of the data set that it is a record of.
  package func identity(at index: Int) -> UInt64 { identities(index) }

  /// The place of a picture; `nil` when there is none of that name.
  package func index(of name: String) -> Int? {
    var (low, high) = (0, names.count)
    while low < high {
      let middle = (low + high) / 2
      if names[middle].utf8.lexicographicallyPrecedes(name.utf8) { low = middle + 1 } else { high = middle }
    }
    return low < names.count && names[low] == name ? low : nil
  }

  /// One of `count` parts, of neighbours in the order of the names; together they are the whole.
  ///
  /// - Parameters:
  ///   - number: from 1.
  ///   - count: how many parts there are.
  /// - Throws: `ValuesError.part`, also for a part that would have no picture.
  /// - Returns: The pictures of the part.
  public func part(_ number: Int, of count: Int) throws(ValuesError) -> PictureSet {
    guard count >= 1, (1...count).contains(number), count <= self.count else {
      throw .part(number, of: count, pictures: self.count)
    }
    // Whole quotients first, so that no product overflows.
    let (size, rest) = self.count.quotientAndRemainder(dividingBy: count)
    let start = size * (number - 1) + min(rest, number - 1)
    let end = start + size + (number <= rest ? 1 : 0)
    let (identities, decoding) = (identities, decoding)
    return PictureSet(
      path: path, names: Array(names[start..<end]), identities: { identities(start + $0) },
      decoding: { try decoding(start + $0) })
  }

  /// The places of names in the order of their bytes.
  private static func order(of names: [String]) -> [Int] {
    names.indices.sorted { names[$0].utf8.lexicographicallyPrecedes(names[$1].utf8) }
  }
}
