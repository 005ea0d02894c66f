import ZooKit
import ZooTraining

/// What `zoo train --plan` prints.
enum TrainingPlanReport {
  static func print(_ plan: TrainingPlan) {
    var table = TextTable([
      .init("PROCESSES", .right), .init("MACHINES", .right), .init("STEP MS", .right), .init("NETWORK MS", .right),
      .init("EPOCH", .right), .init("EFFICIENCY %", .right), .init("MEMORY OF A MACHINE MB", .right, droppedAs: 2),
      .init("SENT MB", .right, droppedAs: 3), .init("BUSIEST LINK MB", .right), .init("WAITS FOR", .left, droppedAs: 1),
    ])
    for row in plan.rows {
      table.append([
        .count(row.workers), .count(row.machines), .text(NumberFormat.fixed(1000 * row.stepSeconds, 1)),
        .text(NumberFormat.fixed(1000 * row.networkSeconds, 1)),
        TextTable.Cell(StatusCommand.duration(row.epochSeconds), plain: NumberFormat.fixed(row.epochSeconds, 3)),
        .text(NumberFormat.fixed(100 * row.efficiency, 1)), .megabytes(row.memoryPerMachine), .megabytes(row.bytesSent),
        .megabytes(row.bytesOnLink), .text(row.boundBy.rawValue),
      ])
    }
    table.print(plain: false)
    let (work, measured) = (plan.work, plan.measured)
    func milliseconds(_ seconds: Double) -> String { "\(NumberFormat.fixed(1000 * seconds, 2)) ms" }
    Console.result("")
    Console.result(
      "run      \(NumberFormat.grouped(work.epochs)) epochs of \(NumberFormat.grouped(work.steps)) steps of \(work.batch) pictures in \(work.slices) slices; \(NumberFormat.grouped(work.numbers)) numbers learn"
    )
    Console.result(
      "process  \(plan.threads) threads; \(milliseconds(measured.sliceSeconds)) a slice, \(milliseconds(measured.updateSeconds + measured.commonSeconds)) the rest of a step, \(NumberFormat.fixed(1e6 * measured.pictureSeconds, 1)) µs a picture (\(measured.steps) steps timed)"
    )
    Console.result("machine  like this one, \(plan.processors) processors, with nobody else on it")
    Console.result(
      "network  \(NumberFormat.bytes(Int(plan.network.bytesPerSecond))) a second in each direction, \(NumberFormat.fixed(1000 * plan.network.latency, 3)) ms a message"
    )
  }
}
