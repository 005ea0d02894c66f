import ZooImages

extension DataSet {
  static func idx(_ folder: String, split: Split) throws -> DataSet? {
    let prefix = split == .train ? "train" : "t10k"
    func read(_ kind: String) throws -> (file: IDXFile, name: String)? {
      for suffix in ["-ubyte", "-ubyte.gz"] {
        let name = "\(prefix)-\(kind)\(suffix)"
        let path = "\(folder)/\(name)"
        if FileSystem.exists(path) {
          return (try IDXFile(bytes: FileSystem.read(path, limit: IDXFile.maximumByteCount), path: path), name)
        }
      }
      return nil
    }
    guard let images = try read("images-idx3"), let labels = try read("labels-idx1") else { return nil }
    let dimensions = images.file.dimensions
    let path = "\(folder)/\(images.name)"
    guard dimensions.count == 3, dimensions[1] > 0, dimensions[2] > 0 else {
      throw DataSetError.notImages(path: path, dimensions: dimensions)
    }
    guard labels.file.elements.count == dimensions[0] else {
      throw DataSetError.countsDiffer(images: dimensions[0], labels: labels.file.elements.count, path: path)
    }
    let area = dimensions[1] * dimensions[2]
    let pixels = images.file.elements
    return DataSet(
      kind: .idx, path: folder, labels: labels.file.elements.map(Int.init), files: [images.name, labels.name],
      name: { "\(images.name)[\($0)]" },
      picture: { index in
        PixelImage(
          width: dimensions[2], height: dimensions[1], layout: .grey,
          trusted: Array(pixels[(index * area)..<((index + 1) * area)]))
      })
  }

  static func cifar10(_ folder: String, split: Split) throws -> DataSet? {
    let names = (split == .train ? (1...5).map { "data_batch_\($0).bin" } : ["test_batch.bin"])
      .filter { FileSystem.exists("\(folder)/\($0)") }
    guard !names.isEmpty else { return nil }
    let batches = try names.map { name in
      let path = "\(folder)/\(name)"
      return try CIFARBatch(bytes: FileSystem.read(path, limit: IDXFile.maximumByteCount), path: path)
    }
    @Sendable func place(of index: Int) -> (batch: Int, index: Int) {
      var index = index
      for (number, batch) in batches.enumerated() {
        if index < batch.count { return (number, index) }
        index -= batch.count
      }
      preconditionFailure("index \(index) is past the data set")
    }
    return DataSet(
      kind: .cifar10, path: folder, labels: batches.flatMap { batch in (0..<batch.count).map(batch.label) },
      files: names,
      name: { index in
        let place = place(of: index)
        return "\(names[place.batch])[\(place.index)]"
      },
      picture: { index in
        let place = place(of: index)
        return batches[place.batch].image(at: place.index)
      })
  }

  /// The binary version of CIFAR-100: records of the number of the superclass, which is left out, that of the class, and
  /// 3 × 32 × 32 planar RGB bytes (A. Krizhevsky, 2009).
  static func cifar100(_ folder: String, split: Split) throws -> DataSet? {
    let name = split == .train ? "train.bin" : "test.bin"
    let path = "\(folder)/\(name)"
    guard FileSystem.exists(path) else { return nil }
    let bytes = try FileSystem.read(path, limit: IDXFile.maximumByteCount)
    let side = CIFARBatch.side
    let length = 2 + 3 * side * side
    let (count, rest) = bytes.count.quotientAndRemainder(dividingBy: length)
    guard count > 0, rest == 0 else {
      throw DataSetError.truncated(path: path, expected: (count + 1) * length, found: bytes.count)
    }
    let labels = (0..<count).map { Int(bytes[$0 * length + 1]) }
    if let index = labels.firstIndex(where: { $0 >= 100 }) {
      throw DataSetProblem.labelOutOfRange(path: path, index: index, label: labels[index], classes: 100)
    }
    return DataSet(
      kind: .cifar100, path: folder, labels: labels, files: [name], name: { "\(name)[\($0)]" },
      picture: { index in
        let area = side * side
        let pixels = [UInt8](unsafeUninitializedCapacity: 3 * area) { pixels, initializedCount in
          for position in 0..<area {
            for channel in 0..<3 {
              pixels[3 * position + channel] = bytes[index * length + 2 + channel * area + position]
            }
          }
          initializedCount = 3 * area
        }
        return PixelImage(width: side, height: side, trusted: pixels)
      })
  }

  /// The folders that hold the parts of a data set.
  private static let parts = ["train", "val", "test"]

  static func folders(_ folder: String, split: Split) throws -> DataSet? {
    // A class may be called like a part; only a part has folders in it.
    let parts = try Self.parts.filter { try !subfolders(of: "\(folder)/\($0)").isEmpty }
    let part = (split == .train ? ["train"] : ["val", "test"]).first(where: parts.contains)
    guard part != nil || parts.isEmpty else { return nil }
    let root = part.map { "\(folder)/\($0)" } ?? folder
    let classes = try subfolders(of: root)
    var files: [String] = []
    var labels: [Int] = []
    for (label, name) in classes.enumerated() {
      let found = try FileSystem.images(below: "\(root)/\(name)")
      files += found.map { String(Substring($0.utf8.dropFirst(root.utf8.count + 1))) }
      labels += found.map { _ in label }
    }
    guard !files.isEmpty else { return nil }
    let all = try part == nil ? [] : parts.flatMap { try subfolders(of: "\(folder)/\($0)") }
    let beside = try FileSystem.list(root).count {
      FileSystem.isImageName($0) && !FileSystem.isDirectory("\(root)/\($0)")
    }
    let names = files
    return DataSet(
      kind: .folders, path: root, labels: labels, classNames: classes,
      classNamesOfAllParts: Set(classes + all).sorted(), imagesWithoutClass: beside, files: names,
      name: { names[$0] }, picture: { try PixelImage(path: "\(root)/\(names[$0])") })
  }

  /// The names of the folders in a folder; none where there is no such folder.
  private static func subfolders(of path: String) throws -> [String] {
    guard FileSystem.isDirectory(path) else { return [] }
    return try FileSystem.list(path).filter { FileSystem.isDirectory("\(path)/\($0)") }
  }
}
