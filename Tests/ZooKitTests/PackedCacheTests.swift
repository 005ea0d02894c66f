import Foundation
import Testing
import ZooKernels
import ZooKit
import ZooTensor
import ZooWeights

@Suite("packed weights that are kept") struct PackedCacheTests {
  /// Every kind of packed layer: planes, Winograd's forms, direct, grouped, depthwise and locally connected, a batch norm
  /// that is folded and one that is not, and both kinds of fully connected layers.
  private static let text = """
    zoo: 1
    name: every-kind
    input: [3, 24, 24]
    layers:
      - conv: {name: planar, out: 48, kernel: 5, padding: 2}
      - batch_norm: {name: folded}
      - relu
      - conv: {name: winograd3, out: 64, kernel: 3, padding: 1}
      - relu
      - max_pool: {kernel: 2}
      - batch_norm: {name: alone}
      - conv: {name: winograd5, out: 48, kernel: 5, padding: 2}
      - conv: {name: grouped, out: 32, kernel: 3, stride: 2, groups: 2}
      - conv: {name: depthwise, out: 32, kernel: 3, padding: 1, groups: 32}
      - locally_connected: {name: local, out: 20, kernel: 2}
      - fc: {name: hidden, out: 30}
      - fc: {name: fc, out: 7}
    outputs: {logits: fc}
    """

  private struct Setting {
    let folder: String
    let model: String
    let weights: String
    var cache: String { "\(folder)/cache/deep" }

    func load(_ numerics: Numerics = .fast, outputs: [String] = [], cache: String? = nil) throws -> Model {
      try Model(
        .find(model), weights: .file(weights), outputs: outputs,
        options: Model.Options(numerics: numerics, cache: cache ?? self.cache))
    }

    var files: [String] { ((try? FileManager.default.contentsOfDirectory(atPath: cache)) ?? []).sorted() }
  }

  private func with<Result>(_ body: (Setting) throws -> Result) throws -> Result {
    try Fixtures.withTemporaryFolder { folder in
      let setting = Setting(folder: folder, model: "\(folder)/net.yaml", weights: "\(folder)/net.zoow")
      try FileSystem.write(Self.text.utf8, to: setting.model)
      let network = try Network.find(setting.model)
      try LoadedWeights.load(.synthetic(seed: 3), for: network).checkpoint.pack(to: setting.weights)
      return try body(setting)
    }
  }

  private func image(_ model: Model) -> Tensor { SyntheticCheckpoint.input(shape: model.network.input) }

  @Test("the second start reads them, and answers the same bits", arguments: Numerics.allCases)
  func second(_ numerics: Numerics) throws {
    try with { setting in
      let first = try setting.load(numerics)
      let answer = try first.logits(image(first)).floats
      guard case .written(let path, let byteCount) = first.cacheUse else {
        Issue.record("\(String(describing: first.cacheUse))")
        return
      }
      #expect(byteCount == first.compiled?.packedBuffers.reduce(0) { $0 + 4 * $1.count })
      // Nothing of the checkpoint but its index is needed any more.
      let handle = try #require(FileHandle(forUpdatingAtPath: setting.weights))
      try handle.seek(toOffset: 200)
      try handle.write(contentsOf: [UInt8](repeating: 0, count: 64))
      try handle.close()
      let second = try setting.load(numerics)
      #expect(second.cacheUse == .read(path: path))
      #expect(try second.logits(image(second)).floats == answer)
      #expect(second.compiled?.steps.map(\.kernel.description) == first.compiled?.steps.map(\.kernel.description))
      // The file may go while it is in use.
      try FileManager.default.removeItem(atPath: path)
      #expect(try second.logits(image(second)).floats == answer)
    }
  }

  @Test("other weights, another definition and other numerics have files of their own")
  func keys() throws {
    try with { setting in
      _ = try setting.load()
      _ = try setting.load(.direct)
      #expect(setting.files.count == 2)
      try FileSystem.write("# changed\n\(Self.text)".utf8, to: setting.model)
      _ = try setting.load()
      #expect(setting.files.count == 3)
      let network = try Network.find(setting.model)
      try LoadedWeights.load(.synthetic(seed: 4), for: network).checkpoint.pack(to: setting.weights, overwrite: true)
      _ = try setting.load()
      #expect(setting.files.count == 4)
    }
  }

  @Test("so have other layers that are asked for, in whatever order")
  func outputs() throws {
    try with { setting in
      let plain = try setting.load()
      let first = try setting.load(outputs: ["planar", "grouped"])
      let values = try first.values(for: image(first))
      guard case .written(let path, _) = first.cacheUse else {
        Issue.record("\(String(describing: first.cacheUse))")
        return
      }
      let second = try setting.load(outputs: ["grouped", "planar"])
      #expect(second.cacheUse == .read(path: path))
      let again = try second.values(for: image(second))
      #expect(again.mapValues(\.floats) == values.mapValues(\.floats) && values.count == 2)
      guard case .written = try setting.load(outputs: ["planar"]).cacheUse else {
        Issue.record("the file of other layers was read")
        return
      }
      #expect(setting.files.count == 3)
      #expect(try setting.load().logits(image(plain)).floats == plain.logits(image(plain)).floats)
    }
  }

  @Test("a damaged file is made anew")
  func damaged() throws {
    try with { setting in
      let first = try setting.load()
      let answer = try first.logits(image(first)).floats
      let path = "\(setting.cache)/\(try #require(setting.files.first))"
      var bytes = try Data(contentsOf: URL(filePath: path))
      bytes[bytes.count - 1] ^= 1
      try bytes.write(to: URL(filePath: path))
      let second = try setting.load()
      guard case .written(path, _) = second.cacheUse else {
        Issue.record("\(String(describing: second.cacheUse))")
        return
      }
      #expect(try second.logits(image(second)).floats == answer)
      #expect(try setting.load().cacheUse == .read(path: path))
    }
  }

  @Test("where they cannot be kept the model works, and says so")
  func unwritable() throws {
    try with { setting in
      let model = try setting.load(cache: "\(setting.model)/no-folder")
      guard case .failed(let reason) = model.cacheUse else {
        Issue.record("\(String(describing: model.cacheUse))")
        return
      }
      #expect(reason.contains("no-folder"), "\(reason)")
      let plain = try Model(.find(setting.model), weights: .file(setting.weights))
      #expect(plain.cacheUse == nil)
      #expect(try model.logits(image(model)).floats == plain.logits(image(model)).floats)
      let synthetic = try Model(
        .find(setting.model), weights: .synthetic(seed: 1), options: Model.Options(cache: setting.cache))
      #expect(synthetic.cacheUse == .unrecognisable)
      #expect(setting.files.isEmpty)
    }
  }

  /// Files of other versions of zoo would be taken for valid if weights came to lie in another order unnoticed. When this
  /// fails, raise `PackedCache.version` with it.
  @Test("the order of packed weights is that of version 2")
  func order() throws {
    try with { setting in
      let buffers = try #require(try setting.load().compiled?.packedBuffers)
      // FNV-1a over the bits.
      var hash: UInt64 = 0xCBF2_9CE4_8422_2325
      for buffer in buffers {
        for index in 0..<buffer.count {
          hash = (hash ^ UInt64(buffer.floats[index].bitPattern)) &* 0x0000_0100_0000_01B3
        }
      }
      #expect(buffers.count == 17)
      #expect(hash == 6_487_519_415_512_239_138)
    }
  }
}
