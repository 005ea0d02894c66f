import Testing
import ZooTensor
import ZooTestSupport
import ZooWeights

/// The encoding that Caffe's and ONNX' files have in common.
@Suite struct ProtobufTests {
  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: ProtobufProblem

    init(_ name: String, _ expected: ProtobufProblem, _ bytes: [UInt8]) {
      testDescription = name
      self.bytes = bytes
      self.expected = expected
    }
  }

  private static let endless = [UInt8](repeating: 0xFF, count: 11)

  static let cases: [Case] = [
    Case("field 0", .fieldNumber(0, offset: 0), [0x00, 0x01]),
    Case("a field above 2^29", .fieldNumber(1 << 29, offset: 0), [0x80, 0x80, 0x80, 0x80, 0x10, 0x00]),
    Case("a group begins", .wireType(3, offset: 0), [0x4B, 0x4C]),
    Case("a group ends", .wireType(4, offset: 2), [0x48, 0x01, 0x4C]),
    Case("wire type 6", .wireType(6, offset: 0), [0x4E]),
    Case("wire type 7", .wireType(7, offset: 0), [0x4F]),
    Case("a tag without end", .varintTooLong(offset: 0), endless),
    Case("a number of eleven bytes", .varintTooLong(offset: 1), [0x48] + endless),
    Case("a number of 65 bits", .varintTooLong(offset: 1), [0x48] + [UInt8](repeating: 0xFF, count: 9) + [0x02]),
    Case("a number cut short", .cutShort(offset: 1), [0x48, 0x80]),
    Case("no number", .cutShort(offset: 1), [0x48]),
    Case("four bytes cut short", .cutShort(offset: 1), [0x4D, 1, 2, 3]),
    Case("eight bytes cut short", .cutShort(offset: 1), [0x49, 1, 2, 3, 4, 5, 6, 7]),
    Case("bytes past the end", .lengthPastEnd(length: 3, offset: 0, end: 4), [0x4A, 3, 1, 2]),
    Case(
      "2^64 - 1 bytes", .lengthPastEnd(length: .max, offset: 0, end: 11),
      [0x4A] + [UInt8](repeating: 0xFF, count: 9) + [0x01]),
    Case(
      "a field past its message, not past the file", .lengthPastEnd(length: 3, offset: 3, end: 5),
      [0xA2, 0x06, 2, 0x0A, 3, 1, 2, 3, 4]),
    Case("text that is not UTF-8", .textNotUTF8(offset: 0), [0x0A, 1, 0xFF]),
    Case(
      "long text", .textTooLong(limit: 4096, offset: 0), [0x0A, 0x81, 0x20] + [UInt8](repeating: 0x61, count: 4097)),
    Case("a number for text", .unexpectedType(field: 1, offset: 0), [0x08, 0x05]),
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) {
    #expect(
      problem { _ = try Checkpoint.open(bytes: item.bytes, name: "a.caffemodel") } == .protobuf(item.expected))
  }

  @Test("Fields that nobody asks for are passed over, whatever their type; the largest number counts")
  func unknownFields() throws {
    let bytes = ForgedProtobuf { net in
      net.integer(536_870_911, -1)
      net.float(999, 1)
      net.double(998, 1)
      net.data(997, [0xFF])
      net.message(100) { layer in
        layer.text(1, "a")
        layer.text(2, "Bias")
        layer.message(7, ForgedCaffe.Blob.shaped([2], [1, 2]).write)
      }
    }.bytes
    #expect(try Checkpoint.open(bytes: bytes, name: "a.caffemodel").tensor(named: "a.bias").floats == [1, 2])
  }

  @Test("Numbers scattered over too many places are refused")
  func scattered() throws {
    func bytes(_ runs: Int) -> [UInt8] {
      ForgedProtobuf { net in
        net.message(100) { layer in
          layer.text(1, "a")
          layer.text(2, "Bias")
          layer.message(7) { blob in
            for number in 0..<runs { blob.floats(5, [Float(number)]) }
            blob.message(7) { $0.integer(1, runs) }
          }
        }
      }.bytes
    }
    let checkpoint = try Checkpoint.open(bytes: bytes(4096), name: "a.caffemodel")
    #expect(try checkpoint.tensor(named: "a.bias").floats == counting(4096))
    let found = problem { _ = try Checkpoint.open(bytes: bytes(4097), name: "a.caffemodel") }
    guard case .protobuf(.scattered(limit: 4096, _)) = found else {
      Issue.record("\(String(describing: found))")
      return
    }
  }

  static let seeds = ForgedCaffe.seeds + ForgedONNX.seeds

  @Test("Cut off after any byte, a file is refused or lacks whole fields", arguments: seeds.indices)
  func truncation(position: Int) throws {
    let (name, bytes) = Self.seeds[position]
    let whole = try readAll(Checkpoint.open(bytes: bytes, name: name))
    var refused = 0
    for length in 0..<bytes.count {
      do {
        let part = try readAll(Checkpoint.open(bytes: Array(bytes[..<length]), name: name))
        // Protobuf does not say how many fields there are.
        #expect(part.count <= whole.count, "\(length) of \(bytes.count) bytes")
        #expect(zip(part, whole).allSatisfy { $0.bytes == $1.bytes }, "\(length) of \(bytes.count) bytes")
      } catch is WeightsError {
        refused += 1
      }
    }
    #expect(refused > bytes.count * 9 / 10)
  }

  @Test("Changed anywhere, a file is read or refused", arguments: seeds.indices)
  func mutation(position: Int) throws {
    let (name, bytes) = Self.seeds[position]
    var random = SplitMix64(seed: position)
    let limits = WeightsLimits(maximumBytes: 1 << 20)
    var refused = 0
    for _ in 0..<2000 {
      var changed = bytes
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: 0..<changed.count, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: changed[place] = UInt8.random(in: 0...255, using: &random)
        case 1: changed[place] ^= 1 << UInt8.random(in: 0..<8, using: &random)
        case 2: changed.insert(UInt8.random(in: 0...255, using: &random), at: place)
        default: if changed.count > 1 { changed.remove(at: place) }
        }
      }
      do {
        _ = try readAll(Checkpoint.open(bytes: changed, name: name, limits: limits))
      } catch is WeightsError {
        refused += 1
      }
    }
    #expect(refused > 100)
  }
}
