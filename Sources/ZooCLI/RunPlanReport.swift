import ZooKit

/// What `zoo run --plan` prints.
enum RunPlanReport {
  static func print(_ plan: RunPlan, plain: Bool) {
    var table = TextTable([
      .init("WORKERS", .right), .init("MACHINES", .right), .init(plain ? "SECONDS" : "TIME", .right),
      .init("EFFICIENCY %", .right), .init("MEMORY OF A MACHINE MB", .right, droppedAs: 1), .init("READ MB", .right),
      .init("READ MB/S", .right),
    ])
    for row in plan.rows {
      table.append([
        .count(row.workers), .count(row.machines),
        TextTable.Cell(StatusCommand.duration(row.seconds), plain: NumberFormat.fixed(row.seconds, 3)),
        .text(NumberFormat.fixed(100 * row.efficiency, 1)), .megabytes(row.memoryPerMachine), .megabytes(row.bytesRead),
        .megabytes(Int(row.bytesReadPerSecond)),
      ])
    }
    table.print(plain: plain)
    if plain { return }
    let measured = plan.measured
    let rate = NumberFormat.fixed(measured.picturesPerSecond, 1)
    Console.result("")
    Console.result(
      "pictures \(NumberFormat.grouped(plan.pictures)) in \(NumberFormat.grouped(plan.parts)) parts, \(NumberFormat.bytes(Int(measured.bytesPerPicture))) each"
    )
    Console.result(
      "worker   \(plan.threads) threads, \(NumberFormat.bytes(plan.memory)), \(rate) pictures a second (\(source(measured))), \(NumberFormat.fixed(measured.startSeconds, 2)) s to begin"
    )
    Console.result("machine  like this one, \(plan.machines.processors) processors")
    if let network = plan.network {
      Console.result(
        "network  \(NumberFormat.bytes(Int(network.bytesPerSecond))) a second for all, \(NumberFormat.fixed(1000 * network.latency, 2)) ms for a picture's first byte"
      )
      if let first = plan.rows.first(where: \.isBoundByNetwork) {
        Console.result("from \(first.workers) workers on, reading takes longer than computing")
      }
    } else {
      Console.result("network  nobody waits for it; --network says what it gives")
    }
  }

  private static func source(_ measured: RunPlan.Measured) -> String {
    switch measured.source {
    case .parts: "of \(NumberFormat.grouped(measured.pictures)) in parts that are there"
    case .pictures: "of \(NumberFormat.grouped(measured.pictures)) done now"
    }
  }
}
