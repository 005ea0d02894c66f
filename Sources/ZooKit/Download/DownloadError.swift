import ZooTensor

/// What kept published weights from being fetched. The words are in `DownloadError+Message.swift`.
public enum DownloadError: ZooFailure, Sendable, Equatable {
  /// There is no `curl` on the `PATH`.
  case noCurl
  /// `curl`, or a pipe to it, could not be made; the system's words.
  case cannotStart(String)
  /// The definition names no published weights.
  case nothingPublished(model: String)
  /// The definition names no published file so called; `published` are those that it names.
  case notPublished(String, model: String, published: [String])
  /// The definition says where the file is described, or nothing, and not where it is; `page` is what it says.
  case noAddress(file: String, model: String, page: String?, folder: String)
  /// What the definition calls the file is no name of a file in a folder.
  case fileName(String, model: String)
  /// An address that is none, or not of the web.
  case address(String)
  /// The base address of a mirror is none, or not of the web.
  case mirror(String)
  /// There is no folder to put weights into.
  case noFolder
  /// Another process fetches the same file.
  case busy(path: String)
  /// The file that is there has another SHA-256 than its name or the definition says, of which `expected` is the beginning.
  case presentDiffers(path: String, expected: String, found: String)
  /// What was fetched has another SHA-256; it was removed. `resumed` bytes of it were left of an earlier attempt.
  case differs(address: String, expected: String, found: String, byteCount: Int, resumed: Int)
  /// What was fetched is a page for people, not a file of weights; it was removed.
  case page(address: String)
  /// The answer is longer than weights of the network can be; what came of it was removed. `stated` is what the server said.
  case tooLarge(address: String, stated: Int?, limit: Int)
  /// The transfer failed; the file `part` has what came, of `total` bytes where that is known.
  case transfer(address: String, TransferProblem, part: String, byteCount: Int, total: Int?)
  /// The caller asked for an end; the file `part` has what came.
  case cancelled(part: String, byteCount: Int)

  /// What kind of thing went wrong.
  public var category: FailureCategory {
    switch self {
    case .noCurl, .nothingPublished, .noAddress: .weightsUnavailable
    case .notPublished, .mirror: .usage
    case .fileName, .address, .presentDiffers, .differs, .page, .tooLarge: .badData
    case .noFolder, .busy: .cannotCreate
    case .cannotStart, .cancelled: .inputOutput
    case .transfer(_, let problem, _, _, _): problem.category
    }
  }
}

/// What failed in a transfer, by the exit status of `curl`. The associated words are its own.
public enum TransferProblem: Sendable, Equatable {
  case proxyNotFound(String)
  case hostNotFound(String)
  case noConnection(String)
  /// An HTTP status of 400 or more.
  case status(Int?)
  /// Nothing to speak of came for so many seconds.
  case stalled(seconds: Int)
  /// The connection ended before the file did.
  case cut(String)
  case security(String)
  /// Too many redirections, or one to something else than the web.
  case redirection(String)
  /// Something else; `code` is the exit status, `nil` when `curl` was ended.
  case other(code: Int32?, String)

  /// - Parameters:
  ///   - code: not 0.
  ///   - status: of the last response.
  ///   - words: the last complaint of `curl`.
  ///   - patience: after how many seconds without an answer it gave up.
  init(code: Int32?, status: Int?, words: String, patience: Int) {
    self =
      switch code {
      case 5: .proxyNotFound(words)
      case 6: .hostNotFound(words)
      case 7: .noConnection(words)
      case 22: .status(status)
      case 28: .stalled(seconds: patience)
      case 18, 52, 55, 56, 92, 95: .cut(words)
      case 35, 51, 53, 54, 58, 59, 60, 66, 77, 80, 82, 83, 90, 91, 98: .security(words)
      case 1, 47: .redirection(words)
      default: .other(code: code, words)
      }
  }

  var category: FailureCategory {
    switch self {
    case .proxyNotFound, .hostNotFound, .noConnection, .status, .security: .weightsUnavailable
    case .redirection: .badData
    case .stalled, .cut, .other: .inputOutput
    }
  }
}
