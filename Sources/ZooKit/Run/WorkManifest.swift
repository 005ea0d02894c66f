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
  }

  /// As it was given.
  public let path: String
  /// How the pictures were given.
  public let kind: Kind
  /// How many pictures there are.
  public let count: Int
  /// SHA-256, in 64 hexadecimal digits, of what tells these pictures from others: of a folder the paths below it and the sizes of
  /// the files, of a list its lines, of a data set what `DataSet.digest` takes.
  public let digest: String
  /// The classes, where they are known.
  public let data: DataSet?
  private let naming: @Sendable (Int) -> String
  private let decoding: @Sendable (Int) throws -> PixelImage

  /// What the picture at `index` is called: its path below the folder, its line of the list, or its name in the data set.
  public func name(at index: Int) -> String { naming(index) }

  /// The picture at `index`, decoded.
  ///
  /// - Throws: `ImageError`, with the name that the picture has here.
  public func picture(at index: Int) throws -> PixelImage {
    do {
      return try decoding(index)
    } catch let error as ImageError {
      throw ImageError(name: naming(index), fact: error.fact)
    }
  }

  /// The largest list that is read, in bytes.
  public static let maximumListSize = 4 << 30

  /// Finds the pictures that a path names.
  ///
  /// A folder is a data set where `DataSet.open` recognises one, for `infer` only as IDX or CIFAR; else all JPEG and PNG files below
  /// it are taken, in the order of the bytes of their paths. A file is a list of paths, one in a line, in the list's own order;
  /// those that do not begin with `/` are looked for beside the list.
  ///
  /// - Parameters:
  ///   - path: a folder or a list.
  ///   - task: what is asked of the pictures; `eval` needs a data set.
  ///   - split: which part of a data set is taken.
  /// - Throws: `WorkError`, `ZooError`, `DataSetError`, `DataSetProblem`.
  /// - Returns: The pictures, in their order.
  public static func open(_ path: String, for task: WorkTask.Name, split: DataSet.Split = .test) throws -> WorkManifest
  {
    if path == "-" { throw WorkError.standardInput }
    let lower = path.lowercased()
    if [".tar", ".tar.gz", ".tgz"].contains(where: lower.hasSuffix) { throw WorkError.archive(path: path) }
    guard FileSystem.exists(path) else { throw ZooError.inputMissing(path: path, what: "folder or list of pictures") }
    guard FileSystem.isDirectory(path) else {
      if task == .eval { throw WorkError.classesUnknown(path: path) }
      if ImageSource.isOne(path) { throw WorkError.onePicture(path: path) }
      return try list(path)
    }
    switch task {
    case .eval: return try WorkManifest(DataSet.open(path, split: split), path: path)
    case .features:
      do {
        return try WorkManifest(DataSet.open(path, split: split), path: path)
      } catch ZooError.dataSetNotRecognised {
        return try folder(path)
      }
    case .infer:
      let data = try DataSet.idx(path, split: split) ?? DataSet.cifar10(path, split: split)
      if let data = try data ?? DataSet.cifar100(path, split: split) { return try WorkManifest(data, path: path) }
      return try folder(path)
    }
  }

  private init(_ data: DataSet, path: String) throws {
    self.init(
      path: path, kind: .dataSet(data.kind), count: data.count, digest: try data.digest(), data: data,
      naming: { data.name(at: $0) }, decoding: { try data.picture(at: $0) })
  }

  private init(
    path: String, kind: Kind, count: Int, digest: String, data: DataSet?, naming: @escaping @Sendable (Int) -> String,
    decoding: @escaping @Sendable (Int) throws -> PixelImage
  ) {
    self.path = path
    self.kind = kind
    self.count = count
    self.digest = digest
    self.data = data
    self.naming = naming
    self.decoding = decoding
  }

  private static func folder(_ path: String) throws -> WorkManifest {
    let names = try FileSystem.images(below: path)
      .map { String(Substring($0.utf8.dropFirst(path.utf8.count + 1))) }
      .sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
    guard !names.isEmpty else { throw ZooError.inputMissing(path: path, what: "JPEG or PNG file in this folder") }
    var hash = SHA256()
    for name in names { hash.update("\(FileSystem.size(of: "\(path)/\(name)")) \(name.utf8.count):\(name)\n".utf8) }
    return WorkManifest(
      path: path, kind: .folder, count: names.count, digest: hash.digest.hexadecimal, data: nil,
      naming: { names[$0] }, decoding: { try PixelImage(path: "\(path)/\(names[$0])") })
  }

  private static func list(_ path: String) throws -> WorkManifest {
    let bytes = try FileSystem.read(path, limit: maximumListSize)
    let folder = path.folderOfPath
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
    var hash = SHA256()
    for name in names { hash.update("\(name.utf8.count):\(name)\n".utf8) }
    let pictures = names
    return WorkManifest(
      path: path, kind: .list, count: names.count, digest: hash.digest.hexadecimal, data: nil,
      naming: { pictures[$0] },
      decoding: { index in
        let name = pictures[index]
        return try PixelImage(path: name.utf8.first == UInt8(ascii: "/") ? name : folder + name)
      })
  }
}
