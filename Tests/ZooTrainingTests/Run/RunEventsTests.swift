import Testing
import ZooTestSupport
import ZooTraining

struct RunEventsTests {
  @Test func `the reader's checksum is that of RFC 3720`() {
    #expect(RunEvents.checksum(Array("123456789".utf8)) == 0xE306_9283)
    #expect(RunEvents.checksum(Array(repeating: 0, count: 32)) == 0x8A91_36AA)
  }

  @Test func `events read back as they were`() throws {
    var bytes = EventLog.header(wallTime: 1.5)
    bytes += EventLog.record([("loss/train", 0.25), ("lr", 1e-3)], step: 1, wallTime: 2)
    bytes += EventLog.record([("accuracy/validation", .nan)], step: 300, wallTime: 3)
    bytes += EventLog.record([], step: 5_000_000_000, wallTime: 4)
    let events = try RunEvents(bytes)
    #expect(events.version == "brain.Event:2")
    #expect(events.steps == [1, 300, 5_000_000_000])
    #expect(events.times == [2, 3, 4])
    #expect(events.scalars[0].map(\.tag) == ["loss/train", "lr"])
    #expect(events.scalars[0].map(\.value) == [0.25, 1e-3])
    #expect(events.scalars[1].first?.value.isNaN == true)
  }

  /// As tensorboard 2 writes it: `Event(wall_time=1, step=2, summary=Summary(value=[Value(tag="a", simple_value=1)]))`.
  @Test func `the bytes are those of the format`() {
    let data: [UInt8] = [
      0x09, 0, 0, 0, 0, 0, 0, 0xF0, 0x3F, 0x10, 2, 0x2A, 10, 0x0A, 8, 0x0A, 1, 0x61, 0x15, 0, 0, 0x80, 0x3F,
    ]
    let record = EventLog.record([("a", 1)], step: 2, wallTime: 1)
    #expect(Array(record[..<8]) == [UInt8(data.count), 0, 0, 0, 0, 0, 0, 0])
    #expect(Array(record[12..<12 + data.count]) == data)
    #expect(record.count == 16 + data.count)
  }

  @Test func `truncation keeps whole records up to a step`() throws {
    let header = EventLog.header(wallTime: 0)
    let records = [10, 20, 300].map { EventLog.record([("x", 1)], step: $0, wallTime: 0) }
    let file = header + records.flatMap { $0 }
    #expect(EventLog.truncated(file, toStep: 300) == file)
    #expect(EventLog.truncated(file, toStep: 299) == header + records[0] + records[1])
    #expect(EventLog.truncated(file, toStep: 0) == header)
    #expect(EventLog.truncated(file.dropLast(1), toStep: 300) == header + records[0] + records[1])
    var random = SplitMix64(seed: 4)
    for _ in 0..<200 {
      var damaged = file
      let place = random.integer(0...file.count - 1)
      damaged[place] ^= UInt8(1 << random.integer(0...7))
      let kept = EventLog.truncated(damaged, toStep: 300)
      #expect(kept.count <= place && file.starts(with: kept), "byte \(place)")
      _ = EventLog.truncated(random.bytes(random.integer(0...64)), toStep: 1)
    }
  }
}
