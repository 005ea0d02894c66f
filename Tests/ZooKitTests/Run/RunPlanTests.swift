import Testing
import ZooKit

/// How long more workers take.
@Suite struct RunPlanTests {
  /// 297 pictures in six parts, the last of 47.
  private static func plan(
    _ workers: [Int], threads: Int = 1, machines: RunPlan.Machines = RunPlan.Machines(processors: 2),
    network: RunPlan.Network? = nil
  ) throws -> RunPlan {
    let work = try PictureWork(
      .infer(top: 1), WorkManifest.open("\(Fixtures.folder)/digits", for: .infer), Network.find("lenet-digits"),
      partSize: 50)
    return try RunPlan(
      work.record, workers: workers, threads: threads, memory: 1000,
      measured: RunPlan.Measured(
        source: .pictures, pictures: 1, picturesPerSecond: 2, startSeconds: 10, bytesPerPicture: 100,
        bytesPerWorker: 1000),
      machines: machines, network: network)
  }

  @Test(
    "the worker with most pictures ends last",
    arguments: [(1, 297), (2, 150), (3, 100), (4, 100), (5, 97), (6, 50), (7, 50), (1024, 50)])
  func shares(workers: Int, pictures: Int) throws {
    let row = try #require(try Self.plan([workers]).rows.first)
    #expect(row.seconds == 10 + Double(pictures) / 2)
    #expect(row.efficiency == 158.5 / (Double(workers) * row.seconds))
    #expect(row.machines == (workers + 1) / 2 && row.memoryPerMachine == (workers == 1 ? 1000 : 2000))
    #expect(row.bytesRead == 29_700 + 1000 * workers && !row.isBoundByNetwork)
  }

  @Test("the share that is planned is the largest there is")
  func largest() throws {
    let record = try PictureWork(
      .infer(top: 1), WorkManifest.open("\(Fixtures.folder)/digits", for: .infer), Network.find("lenet-digits"),
      partSize: 50
    ).record
    for workers in 1...8 {
      let shares = (0..<workers).map { index in
        (0..<record.partCount).filter { WorkShare(index: index, count: workers).has($0) }
          .reduce(0) { $0 + record.pictures(of: $1).count }
      }
      let row = try Self.plan([workers]).rows[0]
      #expect(row.seconds == 10 + Double(shares.max() ?? 0) / 2, "\(workers) workers")
    }
  }

  @Test("workers that share processors are slower; machines that are given are what there is")
  func crowded() throws {
    let one = RunPlan.Machines(processors: 2, count: 1)
    #expect(try Self.plan([1, 2, 3, 4], machines: one).rows.map(\.seconds) == [158.5, 85, 90, 120])
    #expect(try Self.plan([2], threads: 2, machines: one).rows.map(\.seconds) == [170])
    #expect(try Self.plan([4], threads: 2).rows.map(\.machines) == [4])
    #expect(try Self.plan([1], machines: RunPlan.Machines(processors: 2, count: 9)).rows.map(\.machines) == [1])
  }

  @Test("a network is waited for, and gives no more than it has")
  func network() throws {
    let slow = RunPlan.Network(bytesPerSecond: 100, latency: 0.5)
    let rows = try Self.plan([1, 6], network: slow).rows
    // 297 times a half and a half; then 35,700 bytes.
    #expect(rows.map(\.seconds) == [307, 357] && rows.map(\.isBoundByNetwork) == [false, true])
    #expect(rows[1].bytesReadPerSecond == 100)
  }

  @Test("numbers of workers beyond what is planned are refused", arguments: [0, -1, 1025])
  func refused(workers: Int) {
    #expect(throws: WorkError.workers(workers, allowed: 1...1024)) { try Self.plan([workers]) }
  }

  @Test("parts that are there are what is measured, else some pictures")
  func measured() throws {
    try Fixtures.withTemporaryFolder { path in
      let work = try PictureWork(
        .infer(top: 1), WorkManifest.open("\(Fixtures.folder)/digits", for: .infer), Network.find("lenet-digits"),
        partSize: 50)
      let now = try work.measured(batch: 16, seconds: 0, startSeconds: 1)
      #expect(now.source == .pictures && now.pictures == 16 && now.picturesPerSecond > 0)
      let folder = try WorkFolder(path, for: work.record)
      #expect(try work.measured(folder, batch: 16, seconds: 0, startSeconds: 1).source == .pictures)
      try work.run(in: folder, share: WorkShare("1/3"))
      let parts = try work.measured(folder, batch: 16, startSeconds: 1)
      #expect(parts.source == .parts && parts.pictures == 100 && parts.startSeconds == 1)
      // All pictures are in two files, which every worker reads.
      #expect(parts.bytesPerPicture == 0 && parts.bytesPerWorker > 297 * 64)
    }
  }
}
