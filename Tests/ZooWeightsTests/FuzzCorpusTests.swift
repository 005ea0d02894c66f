import FoundationEssentials
import Testing
import ZooTensor
import ZooWeights

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The hostile files of the other suites, which fuzzing starts from: `tools/fuzz/corpus`.
///
/// `ZOO_RECORD=1` writes them anew; the tests then fail, so that nobody records without looking.
@Suite struct FuzzCorpusTests {
  struct Seed: CustomTestStringConvertible, Sendable {
    let target: String
    let name: String
    let bytes: @Sendable () -> [UInt8]

    init(_ target: String, _ description: String, _ bytes: @escaping @Sendable () -> [UInt8]) {
      self.target = target
      name = description.lowercased().split { !$0.isASCII || !($0.isLetter || $0.isNumber) }.joined(separator: "-")
      self.bytes = bytes
    }

    var testDescription: String { "\(target)/\(name)" }
  }

  static let seeds = archiveSeeds + torchSeeds + otherSeeds

  private static let archiveSeeds: [Seed] =
    (ArchiveRejectTests.whenOpened + ArchiveRejectTests.whenRead + [ArchiveRejectTests.whenVerified])
    .map { Seed("archive", $0.testDescription, $0.forge) }
    + [
      Seed("archive", "whole") { ForgedArchive.plain.bytes },
      Seed("archive", "whole compressed") {
        let elements = [UInt8](repeating: 7, count: 1000)
        return ForgedArchive.deflated(deflated(elements), elements: elements).bytes
      },
    ]

  private static let torchSeeds: [Seed] =
    TorchTests.cases.map { Seed("zip", $0.testDescription, $0.bytes) }
    + PickleAttackTests.cases.map { item in Seed("pickle", item.testDescription) { item.bytes } }
    + PickleAttackTests.inert.map { item in Seed("pickle", item.testDescription) { item.bytes } }
    + TorchTarTests.cases.map { Seed("torch", "tar: \($0.testDescription)", $0.bytes) }
    + [
      Seed("pickle", "NumPy array") { PickleObjectTests.bigArray },
      Seed("pickle", "whole") { ForgedPickle.dictionary([ForgedTensor()]) },
      Seed("zip", "whole") { ForgedZip.torch().bytes },
    ]

  private static let otherSeeds: [Seed] =
    SafetensorsTests.cases.map { item in Seed("safetensors", item.testDescription) { item.bytes } }
    + NumPyTests.cases.map { item in Seed("npy", item.testDescription) { item.bytes } }
    + NumPyZipTests.cases.map { item in Seed("npz", item.testDescription) { NumPyZipTests.member(item.change) } }
    + CaffeTests.cases.map { item in Seed("caffemodel", item.testDescription) { item.bytes } }
    + ProtobufTests.cases.map { item in Seed("caffemodel", "protobuf: \(item.testDescription)") { item.bytes } }
    + (ONNXTests.cases + ONNXNodeTests.cases).map { item in Seed("onnx", item.testDescription) { item.bytes } }
    + ForgedDarknet.seeds.map { item in Seed("darknet", item.name) { item.bytes } }
    + [
      Seed("darknet", "layer past the end") { ForgedDarknet.file(counting(40)) },
      Seed("darknet", "bytes left") { ForgedDarknet.file(counting(52)) },
      Seed("darknet", "too short") { Array(ForgedDarknet.file([])[..<19]) },
      Seed("darknet", "version") { [UInt8](repeating: 0xFF, count: 40) },
    ]
    + ForgedCaffe.seeds.map { item in Seed("caffemodel", item.name) { item.bytes } }
    + HDF5Tests.cases.map { item in Seed("hdf5", item.testDescription) { item.bytes } }
    + [false, true].map { deflated in
      Seed("keras", deflated ? "deflated" : "stored") { KerasFileTests.archive(isDeflated: deflated) }
    }
    + HDF5Tests.good.map { item in Seed("hdf5", "good \(item.key)") { item.value } }
    + ForgedONNX.seeds.map { item in Seed("onnx", item.name) { item.bytes } }
    + TarPicturesTests.cases.map { Seed("tar", $0.testDescription, $0.bytes) }
    + TarPicturesTests.odd.map { Seed("tar", $0.testDescription, $0.bytes) }

  /// What takes a million instructions, or bytes, to ask for too much cannot be a small file.
  private static let large: Set<String> = [
    "a-tall-stack", "many-lists", "a-memory-bomb", "names-without-end",
    "a-dictionary-copied-over-and-over", "more-after-the-end-than-pytorch-tolerates", "tar-extended-header-of-1-mib",
  ]

  static let small = seeds.filter { !large.contains($0.name) }

  @Test("A seed is at hand, as it was forged", arguments: small)
  func seed(_ seed: Seed) throws {
    let root = #filePath.split(separator: "/").dropLast(3).joined(separator: "/")
    let folder = "/\(root)/tools/fuzz/corpus/\(seed.target)"
    let bytes = seed.bytes()
    #expect(bytes.count <= 8192)
    if getenv("ZOO_RECORD") != nil {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
      try Data(bytes).write(to: URL(filePath: "\(folder)/\(seed.name)"))
      Issue.record("recorded \(seed.name)")
    } else {
      #expect(try fileBytes("\(folder)/\(seed.name)") == bytes)
    }
  }

  @Test("Seeds have names of their own")
  func names() {
    #expect(Set(Self.seeds.map(\.testDescription)).count == Self.seeds.count)
  }

  /// An error that depends on how the bytes were read is how files slip past a check.
  /// All but the model with weights in a file beside it, which a model in memory does not have.
  @Test(
    "In memory and in a file they meet with the same answer",
    arguments: small.filter { $0.testDescription != "onnx/another-file" })
  func sameAnswer(_ seed: Seed) throws {
    let bytes = seed.bytes()
    let scratch = try Scratch()
    let path = try scratch.write(bytes, to: "seed")
    let inFile = Self.answer { try Checkpoint.open(path) }
    #expect(inFile == Self.answer { try Checkpoint.open(bytes: bytes, name: path) })
  }

  private enum Answer: Equatable {
    case refused(WeightsError)
    case read([Checkpoint.Entry], bytes: [[UInt8]])
  }

  private static func answer(_ open: () throws -> Checkpoint) -> Answer? {
    do {
      let checkpoint = try open()
      return .read(checkpoint.entries, bytes: try readAll(checkpoint).map(\.bytes))
    } catch let error as WeightsError {
      return .refused(error)
    } catch {
      Issue.record("threw \(error)")
      return nil
    }
  }
}
