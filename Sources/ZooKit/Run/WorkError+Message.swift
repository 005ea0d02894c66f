import ZooTensor

extension WorkError: ZooFailure {
  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .standardInput, .mixedList, .classesUnknown, .onePicture, .partSize, .format, .errorLimit, .otherRun, .share,
      .variable, .countUnknown, .launchersDisagree, .indexBeyond, .irregularArray, .unquotable, .workers,
      .lease:
      .usage
    case .listLine, .labelMissing, .notAKey, .damagedRecord, .tooManyErrors, .partTooLarge, .partsMissing, .partChanged:
      .badData
    case .notARun: .inputMissing
    case .partsDiffer: .internalError
    }
  }
}

extension WorkError: CustomStringConvertible {
  /// What is wrong, for a person, and what to do about it. It names no option of the command line.
  public var description: String { words + (remedy ?? "") }

  /// What can be done where a program has options of its own for it. `description` ends with this.
  public var remedy: String? {
    switch self {
    case .countUnknown: "give their number"
    case .launchersDisagree: "say which worker this is, and of how many"
    case .irregularArray: "give the number of workers that the work was shared out among"
    case .tooManyErrors: "mend or leave out these pictures, or allow more errors"
    case .partsMissing: "Begin the same work again; what is there is not done again."
    default: nil
    }
  }

  private var words: String {
    switch self {
    case .standardInput:
      "pictures of standard input cannot be shared out, as only one worker reads it; give a folder or a list of paths"
    case .mixedList(let path, let tars, let count):
      "\(path): \(tars) of \(count) lines name tar files and the others do not; make one list of tar files and one of pictures"
    case .labelMissing(let path, let picture):
      "\(path): nothing says of which class '\(picture)' is; a member with the same name up to the first dot and the ending .cls has the number of the class, from 0"
    case .classesUnknown(let path):
      "\(path): a list of pictures does not say of which class each is; give a data set: a folder for each class, IDX files, CIFAR batches, or tar files with .cls members"
    case .onePicture(let path):
      "\(path): one picture is not worth a run in parts; give a folder, or a text file with a path in each line"
    case .listLine(let path, let line, .notText):
      "\(path):\(line): a zero byte, which no path has; the list is a text file with the path of a picture in each line"
    case .listLine(let path, let line, .tensor(let name)):
      "\(path):\(line): '\(name)' is a tensor, and a list names pictures; leave it out"
    case .notAKey(let name):
      "'\(name.replacing("\n", with: "\\n"))': codes are written with a line of keys for each, and so no name may have a tab or a line break in it; rename it"
    case .partSize(let size, let allowed):
      "parts of \(size) pictures; a part has \(allowed.lowerBound) to \(allowed.upperBound)"
    case .format(let format, let task):
      "\(task.rawValue) writes no \(format.rawValue); it writes \(task.formats.map(\.rawValue).joined(separator: " or "))"
    case .errorLimit(let text):
      "'\(text)' is no limit of errors; give a number of pictures of each part, as 5, or a percentage of them, as 1%"
    case .otherRun(let folder, let differences):
      "\(folder): holds a run of something else; take another folder, or do it with what it was begun with:\n"
        + differences.map { "  \($0.field): \($0.before), now \($0.now)" }.joined(separator: "\n")
    case .notARun(let folder): "\(folder): no run was begun in this folder, which would have a file run.json"
    case .damagedRecord(let path):
      "\(path): this is not what this version of zoo writes when it begins a run; begin one in another folder"
    case .share(let text): "'\(text)' is no share of the work; give I/N with I from 0 to N − 1, as 0/16"
    case .variable(let name, let value): "\(name) is '\(value)'; expected a number as the launcher gives it"
    case .countUnknown(let variable):
      "\(variable) says which worker this is, and nothing says of how many; "
    case .launchersDisagree(let one, let other):
      "two launchers say which worker this is, and they disagree: \(one), and \(other); "
    case .indexBeyond(let variable, let index, let count):
      "\(variable) makes this worker \(index) of \(count), and they are counted from 0 to \(count - 1)"
    case .irregularArray(let text):
      "\(text): the numbers of this array are no regular range, so that they do not say which worker this is; "
    case .tooManyErrors(let part, let errors, let allowed, let pictures, let report):
      "part \(part): \(errors) of \(pictures) pictures could not be read, and \(allowed) may be; they are named in \(report); "
    case .partTooLarge(let part, let limit):
      "part \(part): its rows take more than \(limit) bytes; begin the run in another folder with fewer pictures in each part"
    case .partsMissing(let folder, let parts, let count, let damaged, let shards):
      missing(folder, parts, count, damaged, shards)
    case .partChanged(let path): "\(path): changed while it was read; look whether a worker is still at work"
    case .partsDiffer(let path, let hosts):
      "\(path): \(hosts.joined(separator: " and ")) made this part with different rows, which the same pictures, weights and options never give; look whether pictures were changed meanwhile, and test the memory of these machines"
    case .lease(let seconds, let allowed):
      "a claim that holds \(seconds) seconds; give \(allowed.lowerBound) to \(allowed.upperBound)"
    case .unquotable(let text, let reason): "'\(text)' cannot stand in this submission file: \(reason)"
    case .workers(let count, let allowed):
      "\(count) workers; give \(allowed.lowerBound) to \(allowed.upperBound)"
    }
  }

  private func missing(_ folder: String, _ parts: [Int], _ count: Int, _ damaged: [Int], _ shards: [Int]?) -> String {
    var lines = [
      "\(folder): \(parts.count) of \(count) parts \(parts.count == 1 ? "is" : "are") missing: \(NumberRanges.text(parts))"
    ]
    if !damaged.isEmpty { lines.append("  of these are there and damaged: \(NumberRanges.text(damaged))") }
    if let shards { lines.append("  their workers: \(NumberRanges.text(shards))") }
    return lines.joined(separator: "\n") + "\n"
  }
}

/// Whole numbers as schedulers write them.
enum NumberRanges {
  /// `3,7-9`, of numbers in ascending order.
  static func text(_ numbers: [Int]) -> String {
    var ranges: [ClosedRange<Int>] = []
    for number in numbers {
      if let last = ranges.last, last.upperBound + 1 == number {
        ranges[ranges.count - 1] = last.lowerBound...number
      } else {
        ranges.append(number...number)
      }
    }
    return ranges.map { $0.count == 1 ? "\($0.lowerBound)" : "\($0.lowerBound)-\($0.upperBound)" }
      .joined(separator: ",")
  }
}
