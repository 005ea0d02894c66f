import Testing
import ZooTensor
import ZooWeights

/// Files as training scripts write them, all of one small network.
@Suite struct TrainingScriptTests {
  private static let network: [ExpectedTensor] = [
    ("conv1.weight", [4, 3, 3, 3]), ("bn1.weight", [4]), ("bn1.bias", [4]), ("bn1.running_mean", [4]),
    ("bn1.running_var", [4]), ("conv2.weight", [6, 2, 3, 3]), ("conv2.bias", [6]), ("fc.weight", [5, 96]),
    ("fc.bias", [5]),
  ].map { ExpectedTensor(name: $0.0, shape: $0.1) }

  private static func resolve(_ path: String) throws -> MappedCheckpoint {
    try NameMapping().resolve(network, in: Checkpoint.open(path))
  }

  static let files: [(file: String, skipped: [String], removed: String?)] = [
    ("torchvision-reference.pth", ["optimizer", "epoch", "args (argparse.Namespace)"], nil),
    ("numpy-scalar.pth", ["best_acc1", "epoch"], nil), ("path.pth", ["out (pathlib.PurePosixPath)"], nil),
    ("numpy-arrays.pth", [], nil), ("tensor-subclass.pth", ["Python object __main__.P"], nil),
    ("compiled.pth", [], "_orig_mod."), ("compiled-ddp.pth", [], "_orig_mod.module."),
    ("swa-averaged-model.pth", [], "module."), ("lightning-plain.ckpt", ["ema"], "model."),
    ("lightning.ckpt", ["epoch"], "model."), ("deep.pth", [], nil), ("legacy-proto4.pth", [], nil),
    ("trailing-zeros.pth", [], nil),
  ]

  @Test("Every one gives the network's weights", arguments: files.indices)
  func weights(position: Int) throws {
    let (file, skipped, removed) = Self.files[position]
    let mapped = try Self.resolve(fixture("scripts/\(file)"))
    #expect(mapped.checkpoint.skipped == skipped)
    #expect(mapped.report.removedPrefix == removed)
    #expect(try mapped.checkpoint.tensor(named: "fc.bias").floats.first == -0.09128765761852264)
    let plain = try Self.resolve(fixture("scripts/trailing-zeros.pth")).checkpoint
    for tensor in Self.network {
      #expect(
        try mapped.checkpoint.tensor(named: tensor.name).bytes == plain.tensor(named: tensor.name).bytes,
        "\(tensor.name)")
    }
  }

  @Test("What lies beside the network is left out and said")
  func beside() throws {
    let report = try Self.resolve(fixture("scripts/lightning.ckpt")).report
    #expect(report.besidePrefix.map(\.name) == ["criterion.weight"])
    #expect(
      report.lines.last?.description
        == "criterion.weight: ignored (it lacks 'model.', which the model's tensors have)")
    #expect(
      report.note
        == "removed 'model.' from the checkpoint's names, which leaves the model's; left out what lacks it: criterion.weight"
    )
    #expect(report.summary == "9 renamed, 2 ignored; 'model.' removed from the checkpoint's names")
    let averaged = try Self.resolve(fixture("scripts/swa-averaged-model.pth")).report
    #expect(averaged.note == nil)
    #expect(averaged.lines.contains { $0.description == "n_averaged: ignored (a counter)" })
  }

  // MARK: Folders

  @Test("A folder of the hub with PyTorch's file, and one of several files by its index")
  func hub() throws {
    let plain = try Self.resolve(fixture("scripts/trailing-zeros.pth")).checkpoint
    for path in ["hub", "hub/pytorch_model.bin", "sharded", "sharded/model.safetensors.index.json"] {
      let found = try Self.resolve(fixture(path)).checkpoint
      for tensor in Self.network {
        #expect(
          try found.tensor(named: tensor.name).bytes == plain.tensor(named: tensor.name).bytes, "\(path) \(tensor.name)"
        )
      }
    }
  }

  @Test("PyTorch's files with an index")
  func torchShards() throws {
    let scratch = try Scratch()
    var second = ForgedTensor(name: "module.b")
    second.strides = [1, 2]
    for (number, tensor) in [ForgedTensor(name: "a"), second].enumerated() {
      let zip = ForgedZip.torch(ForgedPickle.dictionary([tensor]), storages: [ForgedZip.sixFloats])
      try scratch.write(zip.bytes, to: "pytorch_model-0000\(number + 1)-of-00002.bin")
    }
    let index = """
      {"weight_map": {"a": "pytorch_model-00001-of-00002.bin", "module.b": "pytorch_model-00002-of-00002.bin"}}
      """
    try scratch.write(Array(index.utf8), to: "pytorch_model.bin.index.json")
    let checkpoint = try Checkpoint.open(scratch.path)
    #expect(checkpoint.format == .torchZip)
    #expect(checkpoint.entries.map(\.name) == ["a", "module.b"])
    #expect(try readAll(checkpoint).map(\.floats) == [[0, 1, 2, 3, 4, 5], [0, 2, 4, 1, 3, 5]])
    try scratch.write(Array("hello".utf8), to: "pytorch_model-00001-of-00002.bin")
    #expect(
      problem { _ = try Checkpoint.open(scratch.path) }
        == .safetensors(
          .inFile("pytorch_model-00001-of-00002.bin", .unrecognised(start: Array("hello".utf8)))))
  }

  @Test("One file of several says so")
  func oneShard() throws {
    let path = fixture("sharded/model-00001-of-00002.safetensors")
    let error = #expect(throws: CheckpointMismatch.self) { try Self.resolve(path) }
    #expect(error?.guess == .shard(number: 1, count: 2))
    #expect(
      "\(try #require(error))".hasSuffix(
        "The file is number 1 of 2 that hold the tensors together: give the folder that they are all in."))
  }
}
