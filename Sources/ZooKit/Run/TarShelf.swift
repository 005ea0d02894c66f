import Synchronization
import ZooImages
import ZooTensor
import ZooWeights

/// The pictures of one tar file or several, read where they lie.
final class TarShelf: Sendable {
  /// A tar file as it was when its pictures were found.
  private struct Volume: Sendable {
    let path: String
    /// What its pictures have before their names, `name.tar/`; empty where there is one tar file alone.
    let prefix: String
    let size: Int
    /// Where its pictures begin.
    let first: Int
    let pictures: TarPictures
  }

  /// How many files are kept open.
  private static let openCount = 8

  private let volumes: [Volume]
  /// How many pictures there are.
  let count: Int
  /// SHA-256 of the names of the tar files and all their headers, in hexadecimal digits.
  let digest: String
  /// How many pictures were left out as something about another.
  let leftOut: Int
  private let open: Mutex<[(volume: Int, file: InputFile)]>

  /// - Parameters:
  ///   - files: paths with what the pictures in each have before their names.
  ///   - withLabels: whether the classes are read as well.
  /// - Throws: `WeightsError`, naming the tar file.
  init(_ files: [(path: String, prefix: String)], withLabels: Bool) throws(WeightsError) {
    var volumes: [Volume] = []
    for (path, prefix) in files {
      let file = try Self.open(path)
      volumes.append(try Self.volume(path, prefix, file, first: volumes.last, withLabels: withLabels))
    }
    self.volumes = volumes
    open = Mutex([])
    (count, digest, leftOut) = Self.summary(of: volumes)
  }

  /// The pictures of a tar file that comes through a descriptor.
  init(stream descriptor: CInt, scratch: String, withLabels: Bool) throws(WeightsError) {
    let name = "standard input"
    let file: InputFile
    do throws(WeightsProblem) {
      file = try InputFile(stream: descriptor, name: name, scratch: scratch)
    } catch {
      throw WeightsError(path: name, error)
    }
    volumes = [try Self.volume(name, "", file, first: nil, withLabels: withLabels)]
    open = Mutex([(0, file)])
    (count, digest, leftOut) = Self.summary(of: volumes)
  }

  private static func open(_ path: String) throws(WeightsError) -> InputFile {
    do throws(WeightsProblem) {
      return try InputFile(path)
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  private static func volume(
    _ path: String, _ prefix: String, _ file: InputFile, first previous: Volume?, withLabels: Bool
  ) throws(WeightsError) -> Volume {
    do throws(WeightsProblem) {
      return Volume(
        path: path, prefix: prefix, size: file.size, first: previous.map { $0.first + $0.pictures.count } ?? 0,
        pictures: try TarPictures(file, withLabels: withLabels))
    } catch {
      throw WeightsError(path: path, error)
    }
  }

  private static func summary(of volumes: [Volume]) -> (count: Int, digest: String, leftOut: Int) {
    var hash = SHA256()
    for volume in volumes {
      hash.update("\(volume.prefix.utf8.count):\(volume.prefix) \(volume.pictures.count)\n".utf8)
      hash.update(volume.pictures.digest)
    }
    return (
      volumes.last.map { $0.first + $0.pictures.count } ?? 0, hash.digest.hexadecimal,
      volumes.reduce(0) { $0 + $1.pictures.leftOut }
    )
  }

  /// The tar file that has the picture at `index`.
  private func volume(of index: Int) -> Int {
    var (low, high) = (0, volumes.count - 1)
    while low < high {
      let middle = (low + high + 1) / 2
      if volumes[middle].first <= index { low = middle } else { high = middle - 1 }
    }
    return low
  }

  /// What the picture at `index` is called.
  func name(at index: Int) -> String {
    let volume = volumes[volume(of: index)]
    return volume.prefix + volume.pictures.name(at: index - volume.first)
  }

  /// The class of the picture at `index`, where its sample says it.
  func label(at index: Int) -> Int? {
    let volume = volumes[volume(of: index)]
    return volume.pictures.label(at: index - volume.first)
  }

  /// The tar file with the picture at `index`, for errors.
  func path(at index: Int) -> String { volumes[volume(of: index)].path }

  /// How many bytes the file of the picture at `index` has.
  func size(at index: Int) -> Int {
    let volume = volumes[volume(of: index)]
    return volume.pictures.place(at: index - volume.first)?.count ?? 0
  }

  /// The file of the picture at `index`.
  ///
  /// - Throws: `ImageFact` for what is wrong with the picture, `WeightsError` for a tar file that cannot be read or was changed.
  func bytes(at index: Int) throws -> [UInt8] {
    let number = volume(of: index)
    let volume = volumes[number]
    guard let place = volume.pictures.place(at: index - volume.first) else { throw ImageFact.notFound }
    let limit = ImageLimits.standard.fileSize
    guard place.count <= limit else { throw ImageFact.fileTooLarge(size: place.count, limit: limit) }
    let file = try file(number)
    do throws(WeightsProblem) {
      return try file.bytes(at: place.lowerBound, count: place.count)
    } catch {
      throw WeightsError(path: volume.path, error)
    }
  }

  private func file(_ number: Int) throws(WeightsError) -> InputFile {
    if let file = open.withLock({ open in open.first { $0.volume == number }?.file }) { return file }
    let volume = volumes[number]
    let file = try Self.open(volume.path)
    guard file.size == volume.size else {
      throw WeightsError(path: volume.path, .file(.shrank(expected: volume.size, found: file.size)))
    }
    open.withLock { open in
      if open.count == Self.openCount { open.removeFirst() }
      open.append((number, file))
    }
    return file
  }
}

/// Names with numbers or words in braces, as those of WebDataset are given: `train-{0000..0127}.tar`.
enum BraceRange {
  private static let maximumCount = 1_000_000

  /// All names; `nil` where there are no braces that stand for several, or too many.
  static func names(_ pattern: String) -> [String]? {
    guard let (before, choices, after) = firstBraces(of: pattern) else { return nil }
    let rests = names(after) ?? [after]
    guard choices.count * rests.count <= maximumCount else { return nil }
    return choices.flatMap { choice in rests.map { before + choice + $0 } }
  }

  /// What is before the first braces that stand for several names.
  static func prefix(of pattern: String) -> String { firstBraces(of: pattern)?.before ?? pattern }

  private static func firstBraces(of pattern: String) -> (before: String, choices: [String], after: String)? {
    guard let open = pattern.firstIndex(of: "{"), let close = pattern[open...].firstIndex(of: "}"),
      let choices = choices(pattern[pattern.index(after: open)..<close])
    else { return nil }
    return (String(pattern[..<open]), choices, String(pattern[pattern.index(after: close)...]))
  }

  private static func choices(_ text: Substring) -> [String]? {
    if text.contains(",") { return text.split(separator: ",", omittingEmptySubsequences: false).map(String.init) }
    let ends = text.split(separator: ".", omittingEmptySubsequences: false)
    guard ends.count == 3, ends[1].isEmpty, [ends[0], ends[2]].allSatisfy(isNumber), let first = Int(ends[0]),
      let last = Int(ends[2]), first <= last, last - first < maximumCount
    else { return nil }
    // With a zero before it, a number has as many digits as that.
    let width = [ends[0], ends[2]].contains { $0.count > 1 && $0.first == "0" } ? ends.map(\.count).max() ?? 0 : 0
    return (first...last).map { number in
      let digits = String(number)
      return String(repeating: "0", count: max(0, width - digits.utf8.count)) + digits
    }
  }

  private static func isNumber(_ text: Substring) -> Bool {
    !text.isEmpty && text.utf8.allSatisfy { (0x30...0x39).contains($0) }
  }
}
