import ZooSpec

/// The best epoch of a run, and how long ago it was.
public struct BestSoFar: Hashable, Sendable {
  /// Higher is better; `nil` before the first number.
  public private(set) var metric: Double?
  /// That of the metric; 0 before the first number.
  public private(set) var epoch = 0
  /// Epochs since then.
  public private(set) var waited = 0
  /// Epochs without a better metric after which the run ends; 0 for never.
  public let patience: Int

  /// - Parameter patience: after how many epochs without a better one training stops; 0 for never.
  public init(patience: Int = 0) {
    self.patience = patience
  }

  /// Takes note of an epoch.
  ///
  /// - Parameters:
  ///   - metric: what is not a number is not better than anything.
  ///   - epoch: its number.
  /// - Returns: whether this is the best epoch so far; of equal ones it is the first.
  public mutating func update(metric: Double, epoch: Int) -> Bool {
    guard !metric.isNaN, self.metric.map({ metric > $0 }) ?? true else {
      waited += 1
      return false
    }
    (self.metric, self.epoch, waited) = (metric, epoch, 0)
    return true
  }

  /// Whether there has been no better epoch for `patience` of them.
  public var shouldStop: Bool { patience > 0 && waited >= patience }

  /// How many more epochs without a better metric the run goes on; `nil` for as many as it has.
  public var patienceLeft: Int? { patience > 0 ? max(0, patience - waited) : nil }
}

extension BestSoFar {
  /// A line of JSON that `init(text:)` reads. An infinite metric is the largest finite number.
  public var text: String {
    let number = metric.map { "\(min(max($0, -Double.greatestFiniteMagnitude), Double.greatestFiniteMagnitude))" }
    return "{\"metric\": \(number ?? "null"), \"epoch\": \(epoch), \"waited\": \(waited), \"patience\": \(patience)}"
  }

  /// - Returns: `nil` for text that is not of that form.
  public init?(text: String) {
    let (root, diagnostics) = YAMLReader.read(SourceFile(path: "best", text: text))
    guard diagnostics.isEmpty, case .mapping(let pairs)? = root?.content, pairs.count == 4 else { return nil }
    var values: [String: YAMLScalar] = [:]
    for pair in pairs { values[pair.name] = pair.value.scalar }
    guard case .integer(let epoch)? = values["epoch"], case .integer(let waited)? = values["waited"],
      case .integer(let patience)? = values["patience"], min(epoch, waited, patience) >= 0
    else { return nil }
    switch values["metric"] {
    case .null?: metric = nil
    case .integer(let value)?: metric = Double(value)
    case .number(let value)? where value.isFinite: metric = value
    default: return nil
    }
    self.epoch = epoch
    self.waited = waited
    self.patience = patience
  }
}
