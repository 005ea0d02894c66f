import ZooSpec
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The folder of a training run.
///
/// Files are replaced as a whole: each is written under a temporary name, brought to the disk and renamed, so that whoever
/// looks, and whoever goes on after a crash, sees the old one or the new one. Only events are appended; what was cut off at
/// their end is left out when a run goes on.
public struct RunFolder: Hashable, Sendable {
  /// Everything that decides the run.
  public static let recipeName = "recipe.yaml"
  /// A line for each epoch.
  public static let logName = "log.csv"
  /// Events for TensorBoard.
  public static let eventsName = "events.out.tfevents.zoo"
  /// Losses and accuracies as a picture.
  public static let curvesName = "curves.svg"
  /// The confusion matrix as a picture.
  public static let confusionName = "confusion.svg"
  /// The weights of the best epoch, with definition, preprocessing and labels.
  public static let bestName = "best.zoow"
  /// The weights after the last step, with the optimiser's state.
  public static let lastName = "last.zoow"

  /// No log or events file is longer.
  private static let maximumBytes = 1 << 30

  /// Where it is, as it was given.
  public let path: String

  /// A folder for a new run, which is made if there is none, with the folders around it.
  ///
  /// - Throws: `RunError.runExists` for one with a recipe in it.
  public static func create(_ path: String) throws(RunError) -> RunFolder {
    let folder = RunFolder(path: path)
    if folder.has(recipeName) { throw .runExists(path) }
    let names = path.split(separator: "/", omittingEmptySubsequences: false)
    for count in 1...names.count {
      let part = names[..<count].joined(separator: "/")
      if part.isEmpty || FileKind(path: part) == .directory { continue }
      guard part.withPath({ mkdir($0, 0o777) }) == 0 || errno == EEXIST else {
        throw .file(WeightsError(path: path, .file(.cannotCreate(part, SystemError(errno)))))
      }
    }
    guard FileKind(path: path) == .directory else { throw .notFolder(path) }
    return folder
  }

  /// The folder of a run that goes on.
  ///
  /// - Throws: `RunError.noRun` for one without a recipe.
  public static func open(_ path: String) throws(RunError) -> RunFolder {
    let folder = RunFolder(path: path)
    guard folder.has(recipeName) else { throw .noRun(path) }
    return folder
  }

  private init(path: String) {
    self.path = path
  }

  /// The path of a file in the folder.
  public func path(of name: String) -> String { path.hasSuffix("/") ? path + name : "\(path)/\(name)" }

  /// Whether a file of this name is in it.
  public func has(_ name: String) -> Bool { FileKind(path: path(of: name)) == .regular }

  // MARK: What a run writes

  /// Writes `recipe.yaml`. Throws `RunError` with the path when it cannot be written.
  public func write(_ recipe: Recipe) throws(RunError) { try write(recipe.text, as: Self.recipeName) }

  /// Writes `log.csv`. Throws `RunError` with the path when it cannot be written.
  public func write(_ log: RunLog) throws(RunError) { try write(log.text, as: Self.logName) }

  /// Reads `recipe.yaml`. Throws `RunError` when it is missing or is not a recipe.
  public func recipe() throws(RunError) -> Recipe {
    let source = SourceFile(path: path(of: Self.recipeName), bytes: try read(Self.recipeName))
    do throws(DefinitionErrors) {
      return try Recipe.read(source)
    } catch {
      throw .recipe(error)
    }
  }

  /// The log, empty where there is none yet.
  public func log() throws(RunError) -> RunLog {
    guard has(Self.logName) else { return RunLog() }
    return try RunLog(text: String(decoding: try read(Self.logName), as: UTF8.self))
  }

  /// Adds scalars of a step to the events.
  ///
  /// - Parameters:
  ///   - scalars: numbers with the names under which TensorBoard draws them.
  ///   - step: of the optimiser.
  ///   - wallTime: seconds since 1970.
  /// - Throws: `RunError` with the path when the file cannot be written.
  public func append(_ scalars: [(tag: String, value: Float)], step: Int, wallTime: Double) throws(RunError) {
    let start = has(Self.eventsName) ? [] : EventLog.header(wallTime: wallTime)
    try append(start + EventLog.record(scalars, step: step, wallTime: wallTime), to: Self.eventsName)
  }

  /// Leaves out what the log and the events have of later steps, before a run goes on from there.
  public func truncate(toStep step: Int) throws(RunError) {
    if has(Self.logName) { try write(try log().truncated(toStep: step)) }
    guard has(Self.eventsName) else { return }
    let events = EventLog.truncated(try read(Self.eventsName), toStep: step)
    // A file without its header starts anew.
    if events.isEmpty {
      _ = path(of: Self.eventsName).withPath { unlink($0) }
    } else {
      try write(events, as: Self.eventsName)
    }
  }

  // MARK: Files

  /// Replaces a file as a whole. Throws `RunError` with the path when it cannot be written.
  public func write(_ text: String, as name: String) throws(RunError) { try write(Array(text.utf8), as: name) }

  /// Replaces a file as a whole. Throws `RunError` with the path when it cannot be written.
  public func write(_ bytes: [UInt8], as name: String) throws(RunError) {
    let path = path(of: name)
    do throws(WeightsProblem) {
      try OutputFile.write(bytes, to: path, overwrite: true)
    } catch {
      throw .file(WeightsError(path: path, error))
    }
  }

  /// The bytes of a file. Throws `RunError` with the path when it cannot be read.
  public func read(_ name: String) throws(RunError) -> [UInt8] {
    let path = path(of: name)
    guard let file = path.withPath({ fopen($0, "rb") }) else {
      throw .file(WeightsError(path: path, .file(errno == ENOENT ? .missing : .cannotOpen(SystemError(errno)))))
    }
    defer { fclose(file) }
    var bytes: [UInt8] = []
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    while true {
      let count = fread(&buffer, 1, buffer.count, file)
      if count == 0, ferror(file) != 0 {
        throw .file(WeightsError(path: path, .file(.cannotRead(offset: bytes.count, SystemError(errno)))))
      }
      guard count > 0 else { return bytes }
      guard bytes.count + count <= Self.maximumBytes else { throw .tooLarge(path, limit: Self.maximumBytes) }
      bytes += buffer[..<count]
    }
  }

  private func append(_ bytes: [UInt8], to name: String) throws(RunError) {
    let path = path(of: name)
    func failure() -> RunError { .file(WeightsError(path: path, .file(.cannotWrite(SystemError(errno))))) }
    guard let file = path.withPath({ fopen($0, "ab") }) else { throw failure() }
    let isWritten = fwrite(bytes, 1, bytes.count, file) == bytes.count && fflush(file) == 0
    let error = failure()
    guard fclose(file) == 0, isWritten else { throw error }
  }
}
