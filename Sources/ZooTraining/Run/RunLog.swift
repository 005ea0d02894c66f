/// The epochs of a run as they stand in `log.csv`: a line of names and a line an epoch, numbers with all their digits,
/// nothing between the commas for what was not measured.
public struct RunLog: Hashable, Sendable {
  /// The first line of `log.csv`.
  public static let header = "epoch,step,lr,train_loss,train_top1,val_loss,val_top1,val_top5,seconds"

  /// Numbers that an epoch can have in a file and in a picture.
  static let epochs = 0...1_000_000_000

  /// In the order of epochs.
  public var records: [EpochRecord]

  /// A log of these epochs, in their order.
  public init(_ records: [EpochRecord] = []) {
    self.records = records
  }

  /// Reads what `text` wrote.
  ///
  /// - Throws: `RunError.log` for the first line that is not of that form.
  public init(text: String) throws(RunError) {
    records = []
    let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
    guard lines.first.map(String.init) == Self.header else { throw .log(line: 1) }
    for (index, line) in lines.enumerated().dropFirst() where !(line.isEmpty && index == lines.count - 1) {
      guard let record = Self.record(line) else { throw .log(line: index + 1) }
      records.append(record)
    }
  }

  /// As `log.csv` has it.
  public var text: String {
    ([Self.header] + records.map(Self.line)).joined(separator: "\n") + "\n"
  }

  /// Leaves out what came after a step: a run that goes on from there writes it again.
  public func truncated(toStep step: Int) -> RunLog { RunLog(records.filter { $0.step <= step }) }

  private static func line(_ record: EpochRecord) -> String {
    let measured = [
      record.trainingTop1, record.validationLoss, record.validationTop1, record.validationTop5,
    ].map { $0.map { "\($0)" } ?? "" }
    return
      (["\(record.epoch)", "\(record.step)", "\(record.rate)", "\(record.trainingLoss)"] + measured
      + ["\(record.seconds)"]).joined(separator: ",")
  }

  private static func record(_ line: Substring) -> EpochRecord? {
    let fields = line.split(separator: ",", omittingEmptySubsequences: false)
    guard fields.count == 9, let epoch = Int(fields[0]), let step = Int(fields[1]), Self.epochs.contains(epoch),
      step >= 0
    else { return nil }
    let numbers = fields[2...].map { Double($0) }
    for (field, number) in zip(fields[2...], numbers) where number == nil && !field.isEmpty { return nil }
    guard let rate = numbers[0], let loss = numbers[1], let seconds = numbers[6] else { return nil }
    return EpochRecord(
      epoch: epoch, step: step, rate: rate, trainingLoss: loss, trainingTop1: numbers[2], validationLoss: numbers[3],
      validationTop1: numbers[4], validationTop5: numbers[5], seconds: seconds)
  }
}
