import ZooImages

/// Labelled images: MNIST-style IDX files, binary batches of CIFAR-10 or CIFAR-100, or one folder per class.
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
    case cifar100 = "CIFAR-100"
    case folders = "one folder per class"
  }

  /// In which form it lies on the disk.
  public let kind: Kind
  /// The folder that was opened.
  public let path: String
  /// The class of each image, as the data numbers them; nothing is decoded to know it.
  public let labels: [Int]
  /// The names of the classes where the data names them (one folder per class).
  public let classNames: [String]?
  /// The names that the folders of all parts of the data have, `train/` and `val/` together.
  public let classNamesOfAllParts: [String]
  /// How many images lie beside the folders of the classes, in none of them. They are left out.
  public let imagesWithoutClass: Int
  /// The files that the data was read from, relative to `path`.
  let files: [String]
  private let naming: @Sendable (Int) -> String
  private let decoding: @Sendable (Int) throws -> PixelImage

  /// The number of images.
  public var count: Int { labels.count }

  /// The image at `index` and its class.
  ///
  /// - Throws: `ImageError` when a file of a folder cannot be read.
  public func callAsFunction(_ index: Int) throws -> (image: PixelImage, label: Int) {
    (try decoding(index), labels[index])
  }

  /// The class of the image at `index`.
  public func label(at index: Int) -> Int { labels[index] }

  /// What the image at `index` is called, the same on every machine: its file relative to `path`, or the file that it is
  /// in and its place there, as `data_batch_2.bin[17]`.
  public func name(at index: Int) -> String { naming(index) }

  /// The image at `index`, decoded.
  ///
  /// - Throws: `ImageError`, naming the file.
  public func picture(at index: Int) throws -> PixelImage { try decoding(index) }

  init(
    kind: Kind, path: String, labels: [Int], classNames: [String]? = nil, classNamesOfAllParts: [String] = [],
    imagesWithoutClass: Int = 0, files: [String], name: @escaping @Sendable (Int) -> String,
    picture: @escaping @Sendable (Int) throws -> PixelImage
  ) {
    self.kind = kind
    self.path = path
    self.labels = labels
    self.classNames = classNames
    self.classNamesOfAllParts = classNamesOfAllParts
    self.imagesWithoutClass = imagesWithoutClass
    self.files = files
    naming = name
    decoding = picture
  }

  /// Opens a folder, recognising what it holds.
  ///
  /// IDX: `train-images-idx3-ubyte` and `train-labels-idx1-ubyte`, or `t10k-…` for testing, each with `.gz` or not.
  /// CIFAR-10: `data_batch_1.bin` to `data_batch_5.bin`, `test_batch.bin`. CIFAR-100: `train.bin`, `test.bin`. Otherwise one
  /// folder per class, directly or below `train/` and `val/` (or `test/`).
  ///
  /// - Throws: `ZooError.dataSetNotRecognised` or `DataSetError`.
  public static func open(_ path: String, split: Split = .test) throws -> DataSet {
    guard FileSystem.isDirectory(path) else { throw ZooError.inputMissing(path: path, what: "folder of a data set") }
    return try idx(path, split: split) ?? cifar10(path, split: split) ?? cifar100(path, split: split)
      ?? folders(path, split: split)
      ?? { throw ZooError.dataSetNotRecognised(path: path, split: split.rawValue) }()
  }
}
