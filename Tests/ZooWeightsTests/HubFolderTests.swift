import Testing
import ZooTensor
import ZooWeights

/// Folders as the Hugging Face hub has them.
@Suite struct HubFolderTests {
  private func tensor(_ values: Float...) -> Tensor { Tensor(shape: Shape([values.count]), floats: values) }

  private func writeShard(_ scratch: Scratch, _ name: String, _ tensors: [(String, Tensor)]) throws {
    try Checkpoint(tensors.map { (name: $0.0, tensor: $0.1) }, metadata: ["format": "pt"])
      .unpack(to: scratch.path(name))
  }

  @Test("a folder is written whole, and read back")
  func roundTrip() throws {
    let scratch = try Scratch()
    let path = scratch.path("out")
    let checkpoint = try Checkpoint([("a", tensor(1, 2)), ("b", tensor(3))], metadata: ["format": "pt"])
    try checkpoint.writeFolder([("config.json", "{}\n")], to: "\(path)/")
    #expect(try scratch.contents == ["out"])
    #expect(try scratch.read("out/config.json") == Array("{}\n".utf8))
    let back = try Checkpoint.open(path)
    #expect(back.format == .safetensors && back.metadata == ["format": "pt"])
    #expect(try readAll(back).map(\.floats) == [[1, 2], [3]])
    #expect(try back.fileDigest()?.count == 64)
    #expect(problem { try checkpoint.writeFolder([], to: path) } == .file(.exists))
    let reserved = try Checkpoint([("__metadata__", tensor(1))])
    #expect(problem { try reserved.writeFolder([("x", "y")], to: scratch.path("no")) } == .safetensors(.reservedName))
    #expect(try scratch.contents == ["out"])
  }

  @Test("several files with an index")
  func shards() throws {
    let scratch = try Scratch()
    try writeShard(scratch, "model-00001-of-00002.safetensors", [("b", tensor(2, 3))])
    try writeShard(scratch, "model-00002-of-00002.safetensors", [("a", tensor(1))])
    let index = """
      {"metadata": {"total_size": 12, "x": [1.5e3, {"y": null}, "z", true, []]},
       "weight_map": {"a": "model-00002-of-00002.safetensors", "b": "model-00001-of-00002.safetensors"}}
      """
    try scratch.write(Array(index.utf8), to: "model.safetensors.index.json")
    let checkpoint = try Checkpoint.open(scratch.path)
    #expect(checkpoint.entries.map(\.name) == ["b", "a"])
    #expect(try readAll(checkpoint, threads: 2).map(\.floats) == [[2, 3], [1]])
    let limits = WeightsLimits(maximumBytes: 11)
    #expect(problem { _ = try Checkpoint.open(scratch.path, limits: limits) } == .tooManyBytes(limit: 11))
  }

  static let broken: [(index: String, problem: SafetensorsProblem, text: String)] = [
    (
      #"{"metadata": {}}"#, .inFile("model.safetensors.index.json", .safetensors(.noWeightMap)),
      "model.safetensors.index.json: the index has no 'weight_map', which says what is in which file"
    ),
    (
      #"{"weight_map": {"a": "../a.safetensors"}}"#,
      .inFile("model.safetensors.index.json", .safetensors(.shardName(tensor: "a", file: "../a.safetensors"))),
      "model.safetensors.index.json: the index puts tensor 'a' into '../a.safetensors', which is not the name of a file of weights beside it"
    ),
    (
      #"{"weight_map": {"a": "/etc/passwd"}}"#,
      .inFile("model.safetensors.index.json", .safetensors(.shardName(tensor: "a", file: "/etc/passwd"))),
      "model.safetensors.index.json: the index puts tensor 'a' into '/etc/passwd', which is not the name of a file of weights beside it"
    ),
    (
      #"{"weight_map": {"a": "none.safetensors"}}"#, .inFile("none.safetensors", .file(.missing)),
      "none.safetensors: there is no such file; check the path"
    ),
    (
      #"{"weight_map": {"a": "one.safetensors", "c": "one.safetensors"}}"#,
      .notInShard(tensor: "c", file: "one.safetensors"),
      "the index puts tensor 'c' into one.safetensors, which does not have it; fetch both files again"
    ),
    (
      #"{"weight_map": {"c": "one.safetensors"}}"#, .notInIndex(tensor: "a", file: "one.safetensors"),
      "one.safetensors has tensor 'a', which the index does not put there; fetch both files again"
    ),
  ]

  @Test("indices that cannot be trusted", arguments: broken.indices)
  func brokenIndex(position: Int) throws {
    let (index, expected, text) = Self.broken[position]
    let scratch = try Scratch()
    try writeShard(scratch, "one.safetensors", [("a", tensor(1))])
    try scratch.write(Array(index.utf8), to: "model.safetensors.index.json")
    #expect(problem { _ = try Checkpoint.open(scratch.path) } == .safetensors(expected))
    #expect("\(WeightsProblem.safetensors(expected))" == text)
  }

  @Test("an index nested too deeply, and one of too many files")
  func limits() throws {
    let scratch = try Scratch()
    let deep = #"{"metadata": "# + String(repeating: "[", count: 100_000)
    try scratch.write(Array(deep.utf8), to: "model.safetensors.index.json")
    guard case .safetensors(.inFile(_, .json(let problem)))? = problem(of: { _ = try Checkpoint.open(scratch.path) })
    else { Issue.record("not refused"); return }
    #expect(problem.expected == "fewer levels of brackets")
    let map = (0..<257).map { #""t\#($0)": "\#($0).safetensors""# }.joined(separator: ",")
    try scratch.write(Array(#"{"weight_map": {\#(map)}}"#.utf8), to: "model.safetensors.index.json")
    #expect(self.problem257(scratch) == .safetensors(.tooManyShards(257)))
  }

  private func problem257(_ scratch: Scratch) -> WeightsProblem? {
    problem { _ = try Checkpoint.open(scratch.path) }
  }
}
