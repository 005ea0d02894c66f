/// Text about a run on its way, for terminals and logs.
public enum RunProgress {
  /// One line for an epoch that is over.
  ///
  /// - Parameters:
  ///   - record: what the epoch came to.
  ///   - epochs: how many the run has.
  ///   - isBest: whether it is the best so far, which a star says.
  /// - Returns: The line, without a line feed.
  public static func summary(_ record: EpochRecord, epochs: Int, isBest: Bool = false) -> String {
    let width = "\(epochs)".utf8.count
    var parts = ["epoch \(padded("\(record.epoch)", to: width))/\(epochs)", "loss \(number(record.trainingLoss))"]
    if let top1 = record.trainingTop1 { parts.append("top-1 \(percent(top1))") }
    if let loss = record.validationLoss { parts.append("val loss \(number(loss))") }
    if let top1 = record.validationTop1 { parts.append("val top-1 \(percent(top1))") }
    if let top5 = record.validationTop5 { parts.append("val top-5 \(percent(top5))") }
    parts += ["lr \(significant(record.rate))", duration(record.seconds)]
    return parts.joined(separator: "  ") + (isBest ? "  *" : "")
  }

  /// Where a run is that has not come to an end of an epoch.
  public struct Position: Hashable, Sendable {
    /// Epochs that are over.
    public var epoch: Int
    /// That the run has.
    public var epochs: Int
    /// Steps that are over in this epoch.
    public var step: Int
    /// Of the optimiser.
    public var stepsPerEpoch: Int
    /// The mean loss of the epoch so far; `nil` before the first step.
    public var loss: Double?
    /// Pictures a second; `nil` while there is nothing to tell by.
    public var imagesPerSecond: Double?
    /// Until the whole run is over; `nil` while there is nothing to tell by.
    public var secondsLeft: Double?

    /// A place by what is over: epochs, and steps of this one; the estimates are `nil` while there is nothing to tell
    /// by.
    public init(
      epoch: Int, epochs: Int, step: Int, stepsPerEpoch: Int, loss: Double? = nil, imagesPerSecond: Double? = nil,
      secondsLeft: Double? = nil
    ) {
      self.epoch = epoch
      self.epochs = epochs
      self.step = step
      self.stepsPerEpoch = stepsPerEpoch
      self.loss = loss
      self.imagesPerSecond = imagesPerSecond
      self.secondsLeft = secondsLeft
    }

    /// The same with a rate and a time left, by the steps that this process has taken.
    ///
    /// - Parameters:
    ///   - steps: taken in `seconds`, which have those of validation in them.
    ///   - images: seen in these steps.
    ///   - seconds: how long those steps took.
    /// - Returns: A position with both, as far as there is something to tell by.
    public func timed(steps: Int, images: Int, seconds: Double) -> Position {
      guard steps > 0, seconds > 0 else { return self }
      var result = self
      result.imagesPerSecond = Double(images) / seconds
      let left = max(0, (epochs - epoch) * stepsPerEpoch - step)
      result.secondsLeft = seconds / Double(steps) * Double(left)
      return result
    }
  }

  /// A line that is drawn over the one before, of at most `width` characters.
  public static func line(_ position: Position, width: Int = 80) -> String {
    let (step, steps) = (position.step, max(1, position.stepsPerEpoch))
    let head = "epoch \(min(position.epoch + 1, position.epochs))/\(position.epochs)"
    var tail = "\(padded("\(step)", to: "\(steps)".utf8.count))/\(steps)"
    if let loss = position.loss { tail += "  loss \(number(loss))" }
    if let speed = position.imagesPerSecond { tail += "  \(significant(speed)) images/s" }
    if let left = position.secondsLeft { tail += "  \(duration(left)) left" }
    let room = min(30, width - head.utf8.count - tail.utf8.count - 4)
    guard room >= 5 else { return String("\(head) \(tail)".prefix(max(0, width))) }
    let filled = min(room, max(0, room * step / steps))
    return "\(head) [\(String(repeating: "=", count: filled))\(String(repeating: " ", count: room - filled))] \(tail)"
  }

  /// `8.3 s`, `4:05`, `2:03:04`.
  public static func duration(_ seconds: Double) -> String {
    guard seconds.isFinite, seconds >= 0, seconds < 1e12 else { return "?" }
    if (seconds * 10).rounded() < 600 { return "\(decimal(seconds, places: 1)) s" }
    let whole = Int(seconds.rounded())
    let (hours, minutes, rest) = (whole / 3600, whole / 60 % 60, whole % 60)
    let last = rest < 10 ? "0\(rest)" : "\(rest)"
    guard hours > 0 else { return "\(minutes):\(last)" }
    return "\(hours):\(minutes < 10 ? "0" : "")\(minutes):\(last)"
  }

  /// A loss: four decimals.
  static func number(_ value: Double) -> String { decimal(value, places: 4) }

  /// `84.2%`
  static func percent(_ share: Double) -> String { decimal(share * 100, places: 1) + "%" }

  /// With some three digits.
  static func significant(_ value: Double) -> String {
    switch abs(value) {
    case 100...: return decimal(value, places: 0)
    case 10...: return decimal(value, places: 1)
    case 1...: return decimal(value, places: 2)
    case 0.001...: return decimal(value, places: 5)
    case 0: return "0"
    default:
      guard value.isFinite else { return "\(value)" }
      var (mantissa, exponent) = (value, 0)
      while abs(mantissa) < 1, exponent > -400 { (mantissa, exponent) = (mantissa * 10, exponent - 1) }
      return "\(decimal(mantissa, places: 2))e\(exponent)"
    }
  }

  /// A number with so many decimals, rounded to the nearest.
  static func decimal(_ value: Double, places: Int) -> String {
    let power = (0..<places).reduce(1.0) { power, _ in power * 10 }
    guard abs(value) * power < 1e15 else { return "\(value)" }
    guard !value.isNaN else { return "nan" }
    let scaled = Int((abs(value) * power).rounded())
    let sign = value < 0 && scaled > 0 ? "-" : ""
    guard places > 0 else { return "\(sign)\(scaled)" }
    let digits = "\(scaled % Int(power))"
    return "\(sign)\(scaled / Int(power))." + String(repeating: "0", count: places - digits.utf8.count) + digits
  }

  private static func padded(_ text: String, to width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.utf8.count)) + text
  }
}
