import FoundationEssentials
import ZooImages

/// Labelled images: MNIST-style IDX files, CIFAR-10 binary batches, or one folder per class.
public struct DataSet: Sendable {
  /// Which part of the data to read.
  public enum Split: String, Sendable, CaseIterable {
    case train
    case test
  }

  /// What the layout of the files was recognised as.
  public enum Kind: String, Sendable {
    case idx = "IDX"
    case cifar10 = "CIFAR-10"
    case folders = "one folder per class"
  }

  public let kind: Kind
  /// The folder that was opened.
  public let path: String
  public let count: Int
  /// The names of the classes where the data names them (one folder per class).
  public let classNames: [String]?
  /// The names that the folders of all parts of the data have, `train/` and `val/` together.
  public let classNamesOfAllParts: [String]
  /// How many images lie beside the folders of the classes, in none of them. They are left out.
  public let imagesWithoutClass: Int
  private let item: @Sendable (Int) throws -> (image: PixelImage, label: Int)

  /// The image at `index` and its class.
  ///
  /// - Throws: `ImageError` when a file of a folder cannot be read.
  public func callAsFunction(_ index: Int) throws -> (image: PixelImage, label: Int) {
    try item(index)
  }

  init(
    kind: Kind, path: String, count: Int, classNames: [String]? = nil, classNamesOfAllParts: [String] = [],
    imagesWithoutClass: Int = 0, item: @escaping @Sendable (Int) throws -> (image: PixelImage, label: Int)
  ) {
    self.kind = kind
    self.path = path
    self.count = count
    self.classNames = classNames
    self.classNamesOfAllParts = classNamesOfAllParts
    self.imagesWithoutClass = imagesWithoutClass
    self.item = item
  }

  /// Opens a folder, recognising what it holds.
  ///
  /// IDX: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or `t10k-…` for testing, each with `.gz` or not.
  /// CIFAR-10: `data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`. Otherwise one folder per class, directly or
  /// below `train/` and `val/` (or `test/`).
  ///
  /// - Throws: `ZooError.dataSetNotRecognised` or `DataSetError`.
  public static func open(_ path: String, split: Split = .test) throws -> DataSet {
    guard FileSystem.isDirectory(path) else { throw ZooError.inputMissing(path: path, what: "folder of a data set") }
    return try idx(path, split: split) ?? cifar(path, split: split) ?? folders(path, split: split)
      ?? { throw ZooError.dataSetNotRecognised(path: path, split: split.rawValue) }()
  }

  private static func idx(_ folder: String, split: Split) throws -> DataSet? {
    let prefix = split == .train ? "train" : "t10k"
    func read(_ kind: String) throws -> (file: IDXFile, path: String)? {
      for suffix in ["-ubyte", "-ubyte.gz"] {
        let path = "\(folder)/\(prefix)-\(kind)\(suffix)"
        if FileSystem.exists(path) {
          return (try IDXFile(bytes: FileSystem.read(path, limit: IDXFile.maximumByteCount), path: path), path)
        }
      }
      return nil
    }
    guard let images = try read("images-idx3"), let labels = try read("labels-idx1") else { return nil }
    let dimensions = images.file.dimensions
    guard dimensions.count == 3, dimensions[1] > 0, dimensions[2] > 0 else {
      throw DataSetError.notImages(path: images.path, dimensions: dimensions)
    }
    guard labels.file.elements.count == dimensions[0] else {
      throw DataSetError.countsDiffer(images: dimensions[0], labels: labels.file.elements.count, path: images.path)
    }
    let area = dimensions[1] * dimensions[2]
    let (pixels, classes) = (images.file.elements, labels.file.elements)
    return DataSet(kind: .idx, path: folder, count: dimensions[0]) { index in
      let grey = Array(pixels[(index * area)..<((index + 1) * area)])
      return (
        PixelImage(width: dimensions[2], height: dimensions[1], layout: .grey, trusted: grey), Int(classes[index])
      )
    }
  }

  private static func cifar(_ folder: String, split: Split) throws -> DataSet? {
    let names = split == .train ? (1...5).map { "data_batch_\($0).bin" } : ["test_batch.bin"]
    let paths = names.map { "\(folder)/\($0)" }.filter(FileSystem.exists)
    guard !paths.isEmpty else { return nil }
    let batches = try paths.map { path in
      try CIFARBatch(bytes: FileSystem.read(path, limit: IDXFile.maximumByteCount), path: path)
    }
    return DataSet(kind: .cifar10, path: folder, count: batches.reduce(0) { $0 + $1.count }) { index in
      var index = index
      for batch in batches {
        if index < batch.count { return (batch.image(at: index), batch.label(at: index)) }
        index -= batch.count
      }
      preconditionFailure("index \(index) is past the data set")
    }
  }

  /// The folders that hold the parts of a data set.
  private static let parts = ["train", "val", "test"]

  private static func folders(_ folder: String, split: Split) throws -> DataSet? {
    // A class may be called like a part; only a part has folders in it.
    let parts = try Self.parts.filter { try !subfolders(of: "\(folder)/\($0)").isEmpty }
    let part = (split == .train ? ["train"] : ["val", "test"]).first(where: parts.contains)
    guard part != nil || parts.isEmpty else { return nil }
    let root = part.map { "\(folder)/\($0)" } ?? folder
    let classes = try subfolders(of: root)
    var files: [(path: String, label: Int)] = []
    for (label, name) in classes.enumerated() {
      files += try FileSystem.images(below: "\(root)/\(name)").map { ($0, label) }
    }
    guard !files.isEmpty else { return nil }
    let found = files
    let all = try part == nil ? [] : parts.flatMap { try subfolders(of: "\(folder)/\($0)") }
    let beside = try FileSystem.list(root).count {
      FileSystem.isImageName($0) && !FileSystem.isDirectory("\(root)/\($0)")
    }
    return DataSet(
      kind: .folders, path: root, count: found.count, classNames: classes,
      classNamesOfAllParts: Set(classes + all).sorted(), imagesWithoutClass: beside
    ) { index in
      (try PixelImage(path: found[index].path), found[index].label)
    }
  }

  /// The names of the folders in a folder; none where there is no such folder.
  private static func subfolders(of path: String) throws -> [String] {
    guard FileSystem.isDirectory(path) else { return [] }
    return try FileSystem.list(path).filter { FileSystem.isDirectory("\(path)/\($0)") }
  }
}
