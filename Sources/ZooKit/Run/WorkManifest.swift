import ZooImages
import ZooTensor
import ZooWeights

/// The pictures of a run in an order that is the same on every machine, whatever the folder is called there.
public struct WorkManifest: Sendable {
  /// How the pictures were given.
  public enum Kind: Hashable, Sendable {
    /// A folder that is searched for pictures.
    case folder
    /// A text file with a path in each line.
    case list
    /// A data set whose classes are known.
    case dataSet(DataSet.Kind)
    /// Tar files, as of WebDataset.
    case tar
  }

  /// As it was given.
  public let path: String
  /// How the pictures were given.
  public let kind: Kind
  /// How many pictures there are.
  public let count: Int
  /// SHA-256, in 64 hexadecimal digits, of what tells these pictures from others: of a folder the paths below it and the sizes of
  /// the files, of a list its lines, of tar files their headers, of a data set what `DataSet.digest` takes.
  public let digest: String
  /// The data set that they are, if they are one.
  public let data: DataSet?
  /// The class of each picture, as the data number it; `nil` where it is not known.
  public let labels: [Int]?
  /// How many pictures of tar files were left out, as `17.seg.png` beside `17.jpg` is.
  public let leftOut: Int
  private let classNames: [String]
  private let naming: @Sendable (Int) -> String
  private let source: @Sendable (Int) -> Source

  /// Where a picture is.
  private enum Source {
    /// In a file of its own.
    case file(String)
    case tar(TarShelf)
    /// In a file with all others, whose digest is the manifest's.
    case data(DataSet)
  }

  /// What the picture at `index` is called: its path below the folder, its line of the list, or its name in the data set.
  public func name(at index: Int) -> String { naming(index) }

  /// The class of the picture at `index` by its name, or its number where it has none; `-` where it is not known.
  public func className(at index: Int) -> String {
    guard let label = labels?[index] else { return "-" }
    return classNames.indices.contains(label) ? classNames[label] : "\(label)"
  }

  /// The picture at `index`, decoded.
  ///
  /// - Throws: `ImageError`, with the name that the picture has here; `WeightsError` for a tar file that cannot be read.
  public func picture(at index: Int) throws -> PixelImage { try picture(at: index) { _ in } }

  /// The picture at `index`, decoded; `reading` sees its file before, where it has one of its own.
  func picture(at index: Int, reading: ([UInt8]) -> Void) throws -> PixelImage {
    do {
      guard let bytes = try bytes(at: index) else { return try decoded(index) }
      reading(bytes)
      return try PixelImage(bytes: bytes)
    } catch let error as ImageError {
      throw ImageError(name: naming(index), fact: error.fact)
    } catch let fact as ImageFact {
      throw ImageError(name: naming(index), fact: fact)
    }
  }

  /// The file of the picture at `index`; `nil` where it has none of its own.
  ///
  /// - Throws: `ImageFact`, or `WeightsError` for a tar file that cannot be read.
  func bytes(at index: Int) throws -> [UInt8]? {
    switch source(index) {
    case .file(let path): try readImageFile(path, limit: ImageLimits.standard.fileSize)
    case .tar(let shelf): try shelf.bytes(at: index)
    case .data: nil
    }
  }

  private func decoded(_ index: Int) throws -> PixelImage {
    guard case .data(let data) = source(index) else { throw ImageFact.notFound }
    return try data.picture(at: index)
  }

  /// What is read for the picture at `index`, in bytes; `nil` where all pictures are in a file that every worker reads.
  func size(at index: Int) -> Int? {
    switch source(index) {
    case .file(let path): FileSystem.size(of: path)
    case .tar(let shelf): shelf.size(at: index)
    case .data: nil
    }
  }

  /// When the file that the picture at `index` is in became what it is, in seconds since 1970; `nil` where there is none.
  func changed(at index: Int) -> Double? {
    switch source(index) {
    case .file(let path): FileSystem.changed(path)
    case .tar(let shelf): FileSystem.changed(shelf.path(at: index))
    case .data: nil
    }
  }

  /// What every worker reads of the data, in bytes.
  var sharedSize: Int {
    guard let data, data.kind != .folders else { return 0 }
    return data.files.reduce(0) { $0 + FileSystem.size(of: "\(data.path)/\($1)") }
  }

  /// The largest list that is read, in bytes.
  public static let maximumListSize = 4 << 30

  /// Finds the pictures that a path names.
  ///
  /// A folder is a data set where `DataSet.open` recognises one, for `infer` only as IDX or CIFAR; else all JPEG and PNG files below
  /// it are taken, in the order of the bytes of their paths, or, where there are none, the tar files in it. A file is a tar file, which
  /// is read where it lies, or a list of paths, one in a line, in the list's own order; those that do not begin with `/` are looked
  /// for beside the list. They are pictures or tar files. What does not exist and has braces is several tar files:
  /// `train-{0000..0127}.tar`. Classes of pictures in tar files are numbers in members `….cls`, as in WebDataset.
  ///
  /// - Parameters:
  ///   - path: a folder, a tar file, a list, or `-` for a tar file that comes through standard input.
  ///   - task: what is asked of the pictures; `eval` needs their classes.
  ///   - split: which part of a data set is taken.
  ///   - scratch: the folder that has room for what comes through standard input; `nil` where that is not read.
  /// - Throws: `WorkError`, `ZooError`, `DataSetError`, `DataSetProblem`, `WeightsError` for tar files.
  /// - Returns: The pictures, in their order.
  public static func open(
    _ path: String, for task: WorkTask.Name, split: DataSet.Split = .test, scratch: String? = nil
  ) throws -> WorkManifest {
    if path == "-" {
      guard let scratch else { throw WorkError.standardInput }
      return try tars(TarShelf(stream: 0, scratch: scratch, withLabels: task != .infer), path, for: task)
    }
    guard FileSystem.exists(path) else {
      if let names = BraceRange.names(path) {
        return try tars(names, below: BraceRange.prefix(of: path).folderOfPath, path, for: task)
      }
      throw ZooError.inputMissing(path: path, what: "folder or list of pictures")
    }
    guard FileSystem.isDirectory(path) else { return try file(path, for: task) }
    switch task {
    case .eval, .features:
      do {
        return try WorkManifest(DataSet.open(path, split: split), path: path)
      } catch ZooError.dataSetNotRecognised {
        if let tars = try tars(in: path, for: task) { return tars }
        if task == .eval { throw ZooError.dataSetNotRecognised(path: path, split: split.rawValue) }
        return try folder(path)
      }
    case .infer:
      let data = try DataSet.idx(path, split: split) ?? DataSet.cifar10(path, split: split)
      if let data = try data ?? DataSet.cifar100(path, split: split) { return try WorkManifest(data, path: path) }
      return try folder(path)
    }
  }

  private static func file(_ path: String, for task: WorkTask.Name) throws -> WorkManifest {
    if isTarName(path) || (try? InputFile(path)).map(TarPictures.isTar) == true {
      return try tars([path], below: path.folderOfPath, path, for: task)
    }
    if ImageSource.isOne(path) { throw task == .eval ? WorkError.classesUnknown(path: path) : .onePicture(path: path) }
    let names = try lines(of: path)
    let tars = names.count(where: isTarName)
    if tars == names.count {
      let folder = path.folderOfPath
      return try self.tars(
        TarShelf(
          names.map { (absolute($0, beside: folder), prefix: "\($0)/") }, withLabels: task != .infer), path, for: task)
    }
    if tars > 0 { throw WorkError.mixedList(path: path, tars: tars, of: names.count) }
    if task == .eval { throw WorkError.classesUnknown(path: path) }
    return list(names, of: path)
  }

  private init(_ data: DataSet, path: String) throws {
    self.init(
      path: path, kind: .dataSet(data.kind), count: data.count, digest: try data.digest(), data: data,
      labels: data.labels, classNames: data.namesOfClasses, naming: { data.name(at: $0) },
      source: { data.kind == .folders ? .file("\(data.path)/\(data.name(at: $0))") : .data(data) })
  }

  private init(
    path: String, kind: Kind, count: Int, digest: String, data: DataSet? = nil, labels: [Int]? = nil, leftOut: Int = 0,
    classNames: [String] = [], naming: @escaping @Sendable (Int) -> String,
    source: @escaping @Sendable (Int) -> Source
  ) {
    self.path = path
    self.kind = kind
    self.count = count
    self.digest = digest
    self.data = data
    self.labels = labels
    self.leftOut = leftOut
    self.classNames = classNames
    self.naming = naming
    self.source = source
  }

  private static func folder(_ path: String) throws -> WorkManifest {
    let names = try FileSystem.images(below: path)
      .map { String(Substring($0.utf8.dropFirst(path.utf8.count + 1))) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else {
      if let tars = try tars(in: path, for: .infer) { return tars }
      throw ZooError.inputMissing(path: path, what: "JPEG or PNG file in this folder")
    }
    var hash = SHA256()
    for name in names { hash.update("\(FileSystem.size(of: "\(path)/\(name)")) \(name.utf8.count):\(name)\n".utf8) }
    return WorkManifest(
      path: path, kind: .folder, count: names.count, digest: hash.digest.hexadecimal, naming: { names[$0] },
      source: { .file("\(path)/\(names[$0])") })
  }

  private static func lines(of path: String) throws -> [String] {
    let bytes = try FileSystem.read(path, limit: maximumListSize)
    var names: [String] = []
    for (index, line) in bytes.split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false).enumerated() {
      let name = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if name.isEmpty { continue }
      guard !name.contains(0) else { throw WorkError.listLine(path: path, line: index + 1, .notText) }
      let text = String(path: name)
      guard !text.hasSuffix(".npy") else { throw WorkError.listLine(path: path, line: index + 1, .tensor(text)) }
      names.append(text)
    }
    guard !names.isEmpty else { throw ZooError.inputMissing(path: path, what: "path of a picture in this list") }
    return names
  }

  private static func absolute(_ name: String, beside folder: String) -> String {
    name.utf8.first == UInt8(ascii: "/") ? name : folder + name
  }

  private static func list(_ names: [String], of path: String) -> WorkManifest {
    let folder = path.folderOfPath
    var hash = SHA256()
    for name in names { hash.update("\(name.utf8.count):\(name)\n".utf8) }
    return WorkManifest(
      path: path, kind: .list, count: names.count, digest: hash.digest.hexadecimal, naming: { names[$0] },
      source: { .file(absolute(names[$0], beside: folder)) })
  }
}

// MARK: - Tar files

extension WorkManifest {
  /// Whether a file's name ends as that of a tar file, compressed or not.
  private static func isTarName(_ name: String) -> Bool {
    let name = name.lowercased()
    return [".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2"].contains(where: name.hasSuffix)
  }

  /// `nil` where there are none in the folder.
  private static func tars(in path: String, for task: WorkTask.Name) throws -> WorkManifest? {
    let names = try FileSystem.list(path).filter(isTarName).sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else { return nil }
    return try tars(names.map { "\(path)/\($0)" }, below: "\(path)/", path, for: task)
  }

  private static func tars(
    _ files: [String], below folder: String, _ path: String, for task: WorkTask.Name
  ) throws -> WorkManifest {
    let files = files.map { file in
      (file, prefix: files.count == 1 ? "" : String(Substring(file.utf8.dropFirst(folder.utf8.count))) + "/")
    }
    return try tars(TarShelf(files, withLabels: task != .infer), path, for: task)
  }

  private static func tars(_ shelf: TarShelf, _ path: String, for task: WorkTask.Name) throws -> WorkManifest {
    guard shelf.count > 0 else { throw ZooError.inputMissing(path: path, what: "JPEG or PNG file in this tar file") }
    let labels = task == .infer ? nil : try labels(shelf, for: task)
    var hash = SHA256()
    hash.update(shelf.digest.utf8)
    for label in labels ?? [] { hash.update("\(label)\n".utf8) }
    return WorkManifest(
      path: path, kind: .tar, count: shelf.count, digest: hash.digest.hexadecimal, labels: labels,
      leftOut: shelf.leftOut, naming: { shelf.name(at: $0) }, source: { _ in .tar(shelf) })
  }

  private static func labels(_ shelf: TarShelf, for task: WorkTask.Name) throws(WorkError) -> [Int]? {
    var labels: [Int] = []
    labels.reserveCapacity(shelf.count)
    for index in 0..<shelf.count {
      guard let label = shelf.label(at: index) else {
        guard task == .eval else { return nil }
        throw .labelMissing(path: shelf.path(at: index), picture: shelf.name(at: index))
      }
      labels.append(label)
    }
    return labels
  }
}
