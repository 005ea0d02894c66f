import FoundationEssentials
import Testing
import ZooGraph
import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

/// The catalogue against torchvision, whose names and answers `tools/reference/catalogue.py` recorded.
@Suite struct TorchvisionTests {
  private static let folder = Fixtures.folder + "/torchvision"

  /// The tensors of one of torchvision's networks.
  struct Tensors: Sendable, CustomTestStringConvertible {
    let network: String
    let count: Int
    /// FNV-1a of the lines `name shape`, sorted by name; shapes without ones at the end.
    let hash: String
    var testDescription: String { network }
  }

  static let tensors: [Tensors] = {
    let text = (try? String(contentsOf: URL(filePath: "\(folder)/tensors.txt"), encoding: .utf8)) ?? ""
    return text.split(separator: "\n").compactMap { line in
      let fields = line.split(separator: " ").map(String.init)
      guard fields.count == 3, let count = Int(fields[1]) else { return nil }
      return Tensors(network: fields[0], count: count, hash: fields[2])
    }
  }()

  @Test("all of torchvision's families are listed with all their sizes")
  func complete() {
    let families = [
      "alexnet": 1, "convnext": 4, "densenet": 4, "efficientnet": 11, "googlenet": 1, "inception": 1, "mnasnet": 4,
      "mobilenet": 3, "regnet": 15, "resnet": 5, "resnext": 3, "shufflenet": 4, "squeezenet": 2, "vgg": 8, "wide": 2,
    ]
    let found = Dictionary(grouping: Self.tensors.map(\.network)) { name in String(name.prefix { $0.isLetter }) }
    #expect(found.mapValues(\.count) == families)
  }

  @Test("the state dictionary has the names and shapes of the graph's tensors", arguments: tensors)
  func names(_ expected: Tensors) throws {
    let lines = try Network.find(expected.network).graph.tensors.map { tensor in
      // A linear layer at each position, as torchvision has it in ConvNeXt, is a convolution here.
      var dimensions = tensor.shape.dimensions
      while dimensions.count > 1, dimensions.last == 1 { dimensions.removeLast() }
      return "\(tensor.name) \(dimensions.map(String.init).joined(separator: "x"))\n"
    }
    let text = lines.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }.joined()
    var hash: UInt64 = 0xCBF2_9CE4_8422_2325
    for byte in text.utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01B3 }
    let digits = String(hash, radix: 16)
    #expect(lines.count == expected.count, "\(expected.network)")
    #expect(String(repeating: "0", count: 16 - digits.count) + digits == expected.hash, "\(expected.network):\n\(text)")
  }

  /// Scores in double precision, for the weights and the input of `SyntheticCheckpoint`.
  private struct Answer: Decodable {
    var input: [Int]
    var logits: [Double]
  }

  static let answered: [String] = {
    let files = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(".json".count)) }.sorted()
  }()

  /// Plain C takes seconds for each GMAC.
  private static let portableLimit = 50_000_000

  @Test(
    "scores of small images are PyTorch's on every instruction set, with the same bits on one and two threads",
    arguments: answered)
  func scores(name: String) throws {
    let data = try Data(contentsOf: URL(filePath: "\(Self.folder)/\(name).json"))
    let answer = try JSONDecoder().decode(Answer.self, from: data)
    let network = try Network.find(name, input: Shape(answer.input))
    let image = SyntheticCheckpoint.input(shape: network.input)
    for numerics in [Numerics.fast, .direct] {
      var direct: [Float]?
      for instructionSet in InstructionSet.available {
        if instructionSet == .portable, network.totals.multiplyAccumulates > Self.portableLimit { continue }
        var bits: [Float]?
        for threads in [1, 2] {
          let options = Model.Options(instructionSet: instructionSet, threads: threads, numerics: numerics)
          let scores = try Model(network, weights: .synthetic(seed: 0), options: options).logits(image).floats
          let place = "\(name), \(instructionSet.rawValue), \(numerics), \(threads) threads"
          let error = relativeError(scores, answer.logits)
          #expect(error <= 1e-5, "\(place): off by \(error)")
          #expect(scores == bits ?? scores, "\(place): other bits")
          bits = scores
        }
        if numerics == .direct {
          #expect(bits == direct ?? bits, "\(name), \(instructionSet.rawValue): other bits")
          direct = bits
        }
      }
    }
  }
}
