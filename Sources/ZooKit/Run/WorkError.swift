/// What keeps a run of many parts from being begun, gone on with or merged. The words are in `WorkError+Message.swift`.
public enum WorkError: Error, Hashable, Sendable {
  /// What is wrong with a line of a list of pictures.
  public enum Line: Hashable, Sendable {
    /// It has a zero byte, which no path has.
    case notText
    /// It names a tensor.
    case tensor(String)
  }

  /// What decides the rows, and is another than that the run was begun with.
  public struct Difference: Hashable, Sendable {
    /// What it is, in words.
    public let field: String
    /// As the run was begun with it.
    public let before: String
    /// As it would be.
    public let now: String
  }

  /// Pictures from standard input, which no second worker can read.
  case standardInput
  /// A list of pictures and of tar files.
  case mixedList(path: String, tars: Int, of: Int)
  /// A picture of a tar file has no member beside it that says its class.
  case labelMissing(path: String, picture: String)
  /// A list of pictures does not say of which class they are.
  case classesUnknown(path: String)
  case onePicture(path: String)
  case listLine(path: String, line: Int, Line)
  /// The name of a picture or of a class that cannot stand in a file of keys.
  case notAKey(String)
  /// The size of parts is none.
  case partSize(Int, allowed: ClosedRange<Int>)
  /// A form that the rows of the task are not written in.
  case format(WorkFormat, task: WorkTask.Name)
  /// A limit of errors that is neither a number nor a percentage.
  case errorLimit(String)
  /// The folder has another run than this.
  case otherRun(folder: String, [Difference])
  /// The folder has files and no run.
  case notARun(folder: String)
  /// A run was begun there by another version of zoo, or its record is damaged.
  case damagedRecord(path: String)
  /// A share that is not `i/N` with i below N.
  case share(String)
  /// A variable of a launcher is not what the launcher makes it.
  case variable(String, value: String)
  /// A variable says which worker this is, and nothing says of how many.
  case countUnknown(variable: String)
  /// Two launchers say different things.
  case launchersDisagree(String, String)
  /// The worker's number is not below the number of workers.
  case indexBeyond(variable: String, index: Int, count: Int)
  /// The numbers of a Slurm array are no regular range, so that a worker's place among them is not known.
  case irregularArray(String)
  /// More pictures of a part could not be read than may; `report` names them.
  case tooManyErrors(part: Int, errors: Int, allowed: Int, pictures: Int, report: String)
  /// The rows of a part take more bytes than a part may have.
  case partTooLarge(part: Int, limit: Int)
  /// Two workers made a part, and not the same rows.
  case partsDiffer(path: String, hosts: [String])
  /// How long a claim holds, in seconds.
  case lease(Int, allowed: ClosedRange<Int>)
  /// Parts are not there, or not whole; `shards` are the numbers of the workers that they belong to, where that is known.
  case partsMissing(folder: String, parts: [Int], of: Int, damaged: [Int], shards: [Int]?)
  /// A part was whole when it was looked at, and is another now.
  case partChanged(path: String)
  /// A text that no submission file can hold.
  case unquotable(String, reason: String)
  /// Workers that a submission file is for.
  case workers(Int, allowed: ClosedRange<Int>)
}
