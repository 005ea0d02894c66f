import Testing
import ZooTensor
import ZooWeights

@Suite struct DarknetTests {
  /// The file stays open when its directory is removed.
  private func open(_ bytes: [UInt8], layers: [DarknetLayer] = ForgedDarknet.layers) throws -> Checkpoint {
    let scratch = try Scratch()
    return try withExtendedLifetime(scratch) {
      try Checkpoint.openDarknet(scratch.write(bytes, to: "a.weights"), layers: layers)
    }
  }

  /// The numbers of the file are 0, 1, 2, …: where a tensor begins is its first element.
  private static let expected: [(name: String, shape: Shape, first: Float)] = [
    ("bn1.bias", [2], 0), ("bn1.weight", [2], 2), ("bn1.running_mean", [2], 4), ("bn1.running_var", [2], 6),
    ("conv1.weight", [2, 1, 2, 3], 8), ("conv2.bias", [1], 20), ("conv2.weight", [1, 2, 1, 2], 21),
    ("bn2.bias", [3], 25),
    ("fc1.weight", [3, 2], 28), ("bn2.weight", [3], 34), ("bn2.running_mean", [3], 37), ("bn2.running_var", [3], 40),
    ("fc2.bias", [2], 43), ("fc2.weight", [2, 3], 45),
  ]

  @Test("Names come from the layers, places from their order", arguments: ForgedDarknet.seeds.indices)
  func order(position: Int) throws {
    let (name, bytes) = ForgedDarknet.seeds[position]
    let checkpoint = try open(bytes)
    #expect(checkpoint.format == .darknet)
    #expect(checkpoint.entries.map(\.name) == Self.expected.map(\.name))
    for (tensorName, shape, first) in Self.expected {
      let tensor = try checkpoint.tensor(named: tensorName)
      #expect(tensor.shape == shape, "\(tensorName)")
      var floats = counting(shape.elementCount, from: first)
      if name == "transposed.weights" {
        if tensorName == "fc1.weight" { floats = [28, 31, 29, 32, 30, 33] }
        if tensorName == "fc2.weight" { floats = [45, 47, 49, 46, 48, 50] }
      }
      #expect(tensor.floats == floats, "\(tensorName)")
    }
    let versions = ["wide.weights": "0.2.0", "narrow.weights": "0.1.0", "transposed.weights": "1001.0.0"]
    #expect(checkpoint.metadata == ["darknet.version": versions[name], "darknet.seen": "320"])
  }

  @Test("Tensors of several pieces, through an archive")
  func pieces() throws {
    let scratch = try Scratch()
    let count = ArchiveLayout.chunkElements + 3
    let layers: [DarknetLayer] = [
      .convolution("c", outputs: 1, inputsPerGroup: count, kernelHeight: 1, kernelWidth: 1)
    ]
    let checkpoint = try open(ForgedDarknet.file(counting(count + 1)), layers: layers)
    try checkpoint.pack(to: scratch.path("a.zoow"))
    #expect(
      try Checkpoint.open(scratch.path("a.zoow")).tensor(named: "c.weight").floats == counting(count, from: 1))
  }

  @Test("Alone, a file is known and asks for its network")
  func alone() throws {
    let wide = ForgedDarknet.seeds[0].bytes
    #expect(problem { _ = try Checkpoint.open(bytes: wide, name: "a") } == .darknet(.needsNetwork))
    #expect(problem { _ = try Checkpoint.open(bytes: wide, name: "a.weights") } == .darknet(.needsNetwork))
    let transposed = ForgedDarknet.seeds[2].bytes
    #expect(problem { _ = try Checkpoint.open(bytes: transposed, name: "a.weights") } == .darknet(.needsNetwork))
    #expect(problem { _ = try Checkpoint.open(bytes: [1, 2], name: "a.weights") } == .darknet(.tooShort(size: 2)))
    #expect(
      problem { _ = try Checkpoint.open(bytes: [UInt8](repeating: 0xFF, count: 40), name: "a.weights") }
        == .darknet(.version(major: -1, minor: -1)))
  }

  @Test("Refused")
  func refused() throws {
    #expect(
      problem { _ = try open(ForgedDarknet.file(counting(40))) }
        == .darknet(.layerPastEnd(layer: "fc1", offset: 120, needed: 72, found: 60)))
    #expect(
      problem { _ = try open(ForgedDarknet.file(counting(52))) }
        == .darknet(.bytesLeft(layer: "fc2", offset: 224, count: 4)))
    #expect(
      problem { _ = try open(ForgedDarknet.file(counting(1)), layers: []) }
        == .darknet(.bytesLeft(layer: nil, offset: 20, count: 4)))
    #expect(problem { _ = try open(Array(ForgedDarknet.file([])[..<19])) } == .darknet(.tooShort(size: 19)))
    #expect(
      problem {
        _ = try open(ForgedDarknet.file([]), layers: [.fullyConnected("w", outputs: 1 << 40, inputs: 1 << 40)])
      }
        == .tooManyBytes(limit: 16 << 30))
    #expect(
      problem { _ = try open(ForgedDarknet.file([]), layers: [.fullyConnected("w", outputs: 4, inputs: .max)]) }
        == .darknet(.tooManyElements(tensor: "w.weight", [4, .max])))
    #expect(
      problem {
        let layer = DarknetLayer.fullyConnected("w", outputs: 1, inputs: 1)
        _ = try open(ForgedDarknet.file(counting(4)), layers: [layer, layer])
      } == .name(.duplicate("w.bias")))
  }

  @Test("Cut off after any byte, a file is refused", arguments: ForgedDarknet.seeds.indices)
  func truncation(position: Int) throws {
    let bytes = ForgedDarknet.seeds[position].bytes
    for length in 0..<bytes.count {
      #expect(problem("\(length)") { _ = try open(Array(bytes[..<length])) } != nil)
    }
  }
}
