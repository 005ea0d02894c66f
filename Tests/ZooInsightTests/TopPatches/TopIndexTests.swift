import Testing
import ZooInsight
import ZooKit
import ZooTensor
import ZooTestSupport
import ZooWeights

/// One run, in parts, interrupted: the same bytes; and bytes of strangers.
@Suite("The index of top patches") struct TopIndexTests {
  let model: Model

  init() throws {
    model = try Model(
      Network(yaml: TinyNetwork.yaml, path: "tiny.yaml"), weights: .synthetic(seed: 3), outputs: ["relu"])
  }

  private func folder(_ count: Int = 45) throws -> PictureFolder {
    let folder = try PictureFolder()
    // Twins, so that values tie: the name decides.
    for index in 0..<count { try folder.add("data/\(index % 3)/\(index).png", seed: UInt64(index % 20)) }
    return folder
  }

  @Test("entries are the largest values of each picture's map, ties by name; statistics are those of all values")
  func values() throws {
    let folder = try folder()
    let pictures = try PictureSet("\(folder.path)/data")
    let index = try TopPatches(model, layer: "relu", capacity: 4).run(over: pictures, to: nil).index
    let inputs = try (0..<pictures.count).map { try model.input(for: pictures.picture(at: $0)) }
    let maps = try inputs.map { try #require(try model.values(for: $0)["relu"]).floats }
    for unit in 0..<5 {
      let areas = maps.map { Array($0[unit * 64..<unit * 64 + 64]) }
      let best = areas.indices.sorted { (areas[$1].max()!, $0) < (areas[$0].max()!, $1) }.prefix(4)
      let entries = index.units[unit].entries
      #expect(entries.map(\.picture) == Array(best), "unit \(unit)")
      #expect(entries.map(\.value) == best.map { areas[$0].max()! }, "unit \(unit)")
      #expect(
        entries.map { $0.row * 8 + $0.column } == best.map { areas[$0].firstIndex(of: areas[$0].max()!)! },
        "unit \(unit)")
      let (all, statistics) = (areas.flatMap(\.self), index.units[unit].statistics)
      #expect(statistics.count == all.count && statistics.positive == all.count { $0 > 0 }, "unit \(unit)")
      #expect(abs(statistics.mean - all.reduce(0.0) { $0 + Double($1) } / Double(all.count)) < 1e-12, "unit \(unit)")
    }
  }

  @Test("interrupted after any batch and gone on with, or merged from parts in any order: the same bytes as one run")
  func sameBytes() throws {
    let folder = try folder()
    let pictures = try PictureSet("\(folder.path)/data")
    let top = try TopPatches(model, layer: "relu", capacity: 5)
    let whole = try top.run(over: pictures, to: "\(folder.path)/whole.zootop").index
    let expected = try folder.bytes(of: "whole.zootop")
    #expect(whole.bytes == expected)
    #expect(try TopIndex(path: "\(folder.path)/whole.zootop") == whole)
    let path = "\(folder.path)/parts.zootop"
    var (runs, last) = (0, 0)
    while !folder.exists("parts.zootop"), runs < 10 {
      runs += 1
      let outcome = try top.run(over: pictures, to: path) { _, _ in false }
      #expect(outcome.continuedFrom == last)
      last = outcome.index.done
    }
    #expect(runs == 3 && last == 45, "batches of 16")
    #expect(try folder.bytes(of: "parts.zootop") == expected)
    #expect(!folder.exists("parts.zootop.partial"))
    let parts = try (1...4).map { number in
      (path: "\(number)", index: try top.run(over: pictures.part(number, of: 4), to: nil).index)
    }
    #expect(try TopIndex.merged(parts).bytes == expected)
    #expect(try TopIndex.merged(parts.reversed()).bytes == expected)
    let again = try top.run(over: pictures, to: path) { _, _ in false }
    #expect(again.continuedFrom == 45, "what is complete is read and not made again")
  }

  @Test("any number of threads gives the same bytes")
  func threads() throws {
    let folder = try folder(20)
    let pictures = try PictureSet("\(folder.path)/data")
    let bytes = try [1, 2, 5].map { threads in
      let model = try Model(
        model.network, weights: .synthetic(seed: 3), outputs: ["conv"], options: .init(threads: threads))
      return try TopPatches(model, layer: "conv").run(over: pictures, to: nil).index.bytes
    }
    #expect(bytes[0] == bytes[1] && bytes[0] == bytes[2])
  }

  @Test("limits of an index, and a value that is no number, are named")
  func limits() throws {
    #expect(throws: TopIndexError.count(0)) { try TopPatches(model, layer: "relu", capacity: 0) }
    #expect(throws: TopIndexError.count(101)) { try TopPatches(model, layer: "relu", capacity: 101) }
    let folder = try PictureFolder()
    try folder.add("data/a.png", seed: 1)
    let synthetic = try LoadedWeights.load(.synthetic(seed: 3), for: model.network)
    for tensor in ["conv.weight", "conv.bias", "fc.weight", "fc.bias"] {
      var numbers = try synthetic.tensor(tensor)
      // Finite weights whose sums are not.
      if tensor == "conv.bias" { numbers = Tensor(shape: [5], floats: [0, 0, 3e38, 0, 0]) }
      if tensor == "conv.weight" {
        numbers = Tensor(shape: numbers.shape, floats: numbers.floats.enumerated().map { $0 / 9 == 2 ? 3e38 : $1 })
      }
      try folder.write(NumPyFile.encoded(numbers), as: "weights/\(tensor).npy")
    }
    let endless = try Model(
      model.network, weights: .file("\(folder.path)/weights"), outputs: ["relu"], options: .init(usesInterpreter: true))
    let top = try TopPatches(endless, layer: "relu")
    #expect(throws: ValuesError.notFinite(layer: "relu", unit: 2, picture: "a.png")) {
      try top.run(over: PictureSet("\(folder.path)/data"), to: nil)
    }
  }

  @Test("what cannot be put together is refused with its reason")
  func refused() throws {
    let folder = try folder()
    let pictures = try PictureSet("\(folder.path)/data")
    let top = try TopPatches(model, layer: "relu", capacity: 5)
    let first = (path: "a", index: try top.run(over: pictures.part(1, of: 2), to: nil).index)
    let second = (path: "b", index: try top.run(over: pictures.part(2, of: 2), to: nil).index)
    #expect(throws: TopIndexError.nothingToMerge) { try TopIndex.merged([first]) }
    #expect(throws: TopIndexError.pictureInBoth(pictures.names[0])) { try TopIndex.merged([first, second, first]) }
    let fewer = (path: "c", index: try TopPatches(model, layer: "relu", capacity: 2).run(over: pictures, to: nil).index)
    #expect(throws: TopIndexError.differ(["a", "c"], differences: [.count])) { try TopIndex.merged([first, fewer]) }
    let part = try top.run(over: pictures, to: nil) { _, _ in false }.index
    #expect(throws: TopIndexError.incomplete(path: "d", done: 16, of: 45)) {
      try TopIndex.merged([first, (path: "d", index: part)])
    }
    let path = "\(folder.path)/x.zootop"
    _ = try top.run(over: pictures.part(1, of: 2), to: path)
    let error = #expect(throws: TopIndexError.self) { try top.run(over: pictures, to: path) }
    #expect(
      error.map { "\($0)" }
        == "\(path): the index there has other pictures; name another file, or replace it")
    #expect(try top.run(over: pictures, to: path, overwrite: true).index.isComplete)
    _ = try top.run(over: pictures, to: "\(folder.path)/y.zootop") { _, _ in false }
    let other = try TopPatches(model, layer: "relu", capacity: 6)
    #expect(
      throws: TopIndexError.ofSomethingElse(
        path: "\(folder.path)/y.zootop.partial", differences: [.count], isBegun: true)
    ) { try other.run(over: pictures, to: "\(folder.path)/y.zootop") }
  }

  @Test("pictures that cannot be read end the run by name, or are left out, counted and listed")
  func badPictures() throws {
    let folder = try folder(20)
    try folder.write(Array("no picture".utf8), as: "data/1/10.png")
    let pictures = try PictureSet("\(folder.path)/data")
    let top = try TopPatches(model, layer: "relu")
    let path = "\(folder.path)/bad.zootop"
    let error = #expect(throws: (any Error).self) { try top.run(over: pictures, to: path) }
    #expect(error.map { "\($0)".contains("1/10.png") } == true, "\(error.map { "\($0)" } ?? "")")
    let outcome = try top.run(over: pictures, to: path, skipsBad: true)
    #expect(outcome.skipped.map(\.name) == ["1/10.png"])
    #expect(outcome.index.readCount == 19 && outcome.index.units[0].statistics.count == 19 * 64)
    #expect(try TopIndex(path: path).skipped.map(\.name) == ["1/10.png"])
    try folder.write(Array("no picture".utf8), as: "none/1.png")
    let none = try PictureSet("\(folder.path)/none")
    #expect(throws: ValuesError.noPictureLeft(path: none.path)) {
      try top.run(over: none, to: "\(folder.path)/none.zootop", skipsBad: true)
    }
    #expect(!folder.exists("none.zootop") && !folder.exists("none.zootop.partial"))
  }

  @Test("a damaged index is refused: cut anywhere, any byte changed, also under a checksum that fits")
  func hostile() throws {
    let folder = try folder(12)
    let pictures = try PictureSet("\(folder.path)/data")
    let index = try TopPatches(model, layer: "relu", capacity: 3).run(over: pictures, to: nil).index
    let bytes = index.bytes
    #expect(try TopIndex(bytes: bytes, path: "x") == index)
    for length in stride(from: 0, to: bytes.count, by: 7) {
      #expect(throws: TopIndexError.self, "\(length) bytes") {
        try TopIndex(bytes: Array(bytes.prefix(length)), path: "x")
      }
    }
    #expect(throws: TopIndexError.self) { try TopIndex(bytes: bytes + [0], path: "x") }
    var random = SplitMix64(seed: 5)
    var accepted = 0
    for _ in 0..<1500 {
      var changed = bytes
      let place = random.integer(0...bytes.count - 33)
      changed[place] ^= UInt8(1 << random.integer(0...7))
      #expect(throws: TopIndexError.self, "byte \(place)") { try TopIndex(bytes: changed, path: "x") }
      // Whoever makes the checksum too gets an index that holds together, or an error.
      changed.replaceSubrange((changed.count - 32)..., with: SHA256.digest(of: changed.dropLast(32)))
      if let other = try? TopIndex(bytes: changed, path: "x") {
        accepted += 1
        #expect(other.bytes == changed, "byte \(place)")
        #expect(other != index, "byte \(place)")
      }
    }
    #expect(accepted > 0, "names and digests may be anything")
  }

  @Test("counts that promise more than there is are refused before memory is taken")
  func largeCounts() throws {
    let folder = try folder(3)
    let index = try TopPatches(model, layer: "relu", capacity: 3).run(over: PictureSet("\(folder.path)/data"), to: nil)
      .index
    let bytes = index.bytes
    // Behind the texts: units, rows, columns, patches, pictures, done.
    let texts = [
      index.source.model, index.source.modelDigest, index.source.weightsDigest, index.source.layer,
      index.source.numerics,
    ]
    let start = texts.reduce(12) { $0 + 2 + $1.utf8.count }
    for field in 0..<6 {
      for value: UInt32 in [.max, 1 << 31, 1 << 17 + 1, 0] {
        var changed = bytes
        withUnsafeBytes(of: value.littleEndian) {
          changed.replaceSubrange(start + 4 * field..<start + 4 * field + 4, with: $0)
        }
        changed.replaceSubrange((changed.count - 32)..., with: SHA256.digest(of: changed.dropLast(32)))
        #expect(throws: TopIndexError.self, "field \(field), \(value)") { try TopIndex(bytes: changed, path: "x") }
      }
    }
    let error = #expect(throws: TopIndexError.self) { try TopIndex(bytes: Array("zootop".utf8), path: "x") }
    #expect(error.map { "\($0)" } == "x: not an index of top patches; it should begin with 'zootop'")
  }
}
