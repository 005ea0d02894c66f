import Testing
import ZooSpec
import ZooTestSupport
import ZooTraining
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

struct RunFolderTests {
  private let scratch = ScratchFolder()

  @Test func `a run writes its folder and goes on from it`() throws {
    let path = scratch.path + "/runs/first"
    let folder = try RunFolder.create(path)
    var random = SplitMix64(seed: 2)
    let recipe = random.recipe()
    try folder.write(recipe)
    try folder.write(RunLog(RunLogTests.records))
    for step in 1...20 { try folder.append([("loss/train", Float(step))], step: step * 100, wallTime: Double(step)) }
    try folder.write(RunLog(RunLogTests.records).curves(title: "x"), as: RunFolder.curvesName)
    #expect(
      ScratchFolder.names(in: path) == ["curves.svg", "events.out.tfevents.zoo", "log.csv", "recipe.yaml"])

    let again = try RunFolder.open(path)
    #expect(try again.recipe() == recipe)
    try again.truncate(toStep: 938)
    #expect(try again.log().records.map(\.epoch) == [1, 2])
    try again.append([("loss/train", 1)], step: 939, wallTime: 99)
    let events = try RunEvents(try again.read(RunFolder.eventsName))
    #expect(events.version == "brain.Event:2")
    #expect(events.steps == Array(stride(from: 100, through: 900, by: 100)) + [939])
  }

  @Test func `events that were cut off are left out`() throws {
    let folder = try RunFolder.create(scratch.path)
    for step in 1...3 { try folder.append([("a", 1)], step: step, wallTime: 0) }
    let bytes = try folder.read(RunFolder.eventsName)
    for count in [bytes.count - 1, bytes.count - 5, 60, 3] {
      try folder.write(Array(bytes.prefix(count)), as: RunFolder.eventsName)
      try folder.truncate(toStep: 3)
      try folder.append([("a", 2)], step: 9, wallTime: 0)
      let events = try RunEvents(try folder.read(RunFolder.eventsName))
      #expect(events.version == "brain.Event:2", "\(count) bytes")
      #expect(events.steps.last == 9)
      #expect(events.steps.dropLast().allSatisfy { $0 < 3 })
    }
  }

  @Test func `folders that will not do are refused`() throws {
    let folder = try RunFolder.create(scratch.path)
    let none = #expect(throws: RunError.self) { try RunFolder.open(scratch.path) }
    #expect(none?.message == "\(scratch.path): no run is in this folder; it has no 'recipe.yaml'")
    try folder.write(Recipe())
    let taken = #expect(throws: RunError.self) { try RunFolder.create(scratch.path) }
    #expect(taken?.message == "\(scratch.path): a run is in this folder already; choose another, or go on with it")
    let file = #expect(throws: RunError.self) { try RunFolder.create(folder.path(of: "recipe.yaml")) }
    #expect(file?.message == "\(scratch.path)/recipe.yaml: this is no folder")
    let inside = #expect(throws: RunError.self) { try RunFolder.create(folder.path(of: "recipe.yaml") + "/x") }
    #expect(inside?.message.contains("cannot create") == true)
    try folder.write("lr: fast\n", as: RunFolder.recipeName)
    let broken = #expect(throws: RunError.self) { try folder.recipe() }
    #expect(broken?.message.contains("recipe.yaml:1:5: error: 'lr' must be a number") == true)
    let missing = #expect(throws: RunError.self) { try folder.read("no.txt") }
    #expect(missing?.message == "\(scratch.path)/no.txt: there is no such file; check the path")
    #expect(
      RunError.log(line: 4).message
        == "line 4 of 'log.csv' is not what zoo writes; a row has the epoch, the step and seven numbers")
    #expect(
      RunError.tooLarge("x", limit: 9).message == "x: the file has more than 9 bytes, which no run writes")
  }

  /// Whatever call fails, the old file is there, and nothing else.
  @Test func `a write that fails leaves what was there`() throws {
    let folder = try RunFolder.create(scratch.path)
    try folder.write(RunLog(RunLogTests.records))
    let before = try folder.read(RunFolder.logName)
    var failures: [FileCalls] = []
    for index in 0..<4 {
      var calls = FileCalls()
      switch index {
      case 0: calls.create = { _ in fail(ENOSPC) }
      case 1: calls.write = { _, _ in fail(ENOSPC) }
      case 2: calls.flush = { _ in fail(EIO) }
      default: calls.rename = { _, _ in fail(EACCES) }
      }
      failures.append(calls)
    }
    for (index, calls) in failures.enumerated() {
      FileCalls.$current.withValue(calls) {
        _ = #expect(throws: RunError.self, "call \(index)") { try folder.write(RunLog()) }
      }
      #expect(try folder.read(RunFolder.logName) == before, "call \(index)")
      #expect(ScratchFolder.names(in: scratch.path) == ["log.csv"], "call \(index)")
    }
  }
}

private func fail(_ error: CInt) -> CInt {
  errno = error
  return -1
}

private func fail(_ error: CInt) -> Int {
  errno = error
  return -1
}
