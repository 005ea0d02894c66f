/// What a person calls a checkpoint: a path, and for a PyTorch file that holds several dictionaries of tensors, after a `#`,
/// the keys of the one that is meant with dots between them.
public struct CheckpointReference: Hashable, Sendable {
  /// Where the file is; without the `#` and what follows.
  public let path: String
  /// The keys with dots between them, without the `#`; `nil` where none is named.
  public let dictionary: String?

  /// Reads `PATH` or `PATH#KEYS`. Where there is a file whose name has the `#` in it, that is the path.
  public init(_ text: String) {
    if FileKind(path: text) == nil {
      for mark in text.indices.reversed() where text[mark] == "#" {
        let path = String(text[..<mark])
        guard FileKind(path: path) != nil else { continue }
        self.path = path
        dictionary = String(text[text.index(after: mark)...])
        return
      }
    }
    path = text
    dictionary = nil
  }

  /// Whether the file is of a kind that holds weights, be they whole or damaged.
  public var namesCheckpoint: Bool {
    do throws(WeightsError) {
      _ = try Checkpoint.open(path)
    } catch {
      switch error.problem {
      case .unrecognised, .foreign, .file: return false
      default: break
      }
    }
    return true
  }
}
