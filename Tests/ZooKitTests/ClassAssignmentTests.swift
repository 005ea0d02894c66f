import FoundationEssentials
import Testing
import ZooImages
import ZooKit
import ZooRuntime
import ZooTensor
import ZooWeights

@Suite struct ClassAssignmentTests {
  private static let animals = "cat\ndog\ngreat white shark\nant"

  /// The classes of folders, and how they were found.
  private static func assign(
    _ folders: [String], amongst family: [String] = [], labels: String? = animals, outputs: Int = 4
  ) throws(ClassFolderProblem) -> ClassAssignment {
    try ClassAssignment(
      folders: folders, amongst: family, labels: labels.map(Labels.init(text:)), outputs: outputs)
  }

  @Test("by label, whatever the order and whichever are there")
  func labels() throws {
    let all = try Self.assign(["ant", "cat", "dog", "great white shark"])
    #expect(all.classes == [3, 0, 1, 2] && all.bases == [.label] && all.respellings.isEmpty)
    #expect("\(all)" == "matched by label")
    #expect(try Self.assign(["dog"]).classes == [1])
  }

  @Test("a label in another spelling is found, and that is told")
  func spelling() throws {
    let found = try Self.assign(["Cat", "dog", "Great_White_shark"])
    #expect(found.classes == [0, 1, 2] && found.bases == [.label])
    #expect(found.respellings.map(\.folder) == ["Cat", "Great_White_shark"])
    #expect(found.respellings.map(\.label) == ["cat", "great white shark"])
    // The exact label comes first; of several others none is meant.
    let polish = "Polish\npolish"
    #expect(try Self.assign(["polish"], labels: polish, outputs: 2).classes == [1])
    #expect(throws: ClassFolderProblem.ambiguous(folder: "POLISH", classes: [0, 1])) {
      try Self.assign(["POLISH"], labels: polish, outputs: 2)
    }
  }

  @Test("by WordNet identifier, beside labels too")
  func identifiers() throws {
    let labels = "n01440764\ttench\nn01443537\tgoldfish\nn02012849\tcrane\nn03126707\tcrane"
    let ids = try Self.assign(["n01443537", "n03126707"], labels: labels)
    #expect(ids.classes == [1, 3] && ids.bases == [.wordNetID])
    #expect("\(ids)" == "matched by WordNet identifier")
    let both = try Self.assign(["n02012849", "tench"], labels: labels)
    #expect(both.classes == [2, 0] && both.bases == [.label, .wordNetID])
    #expect("\(both)" == "matched by label and WordNet identifier")
    #expect(throws: ClassFolderProblem.ambiguous(folder: "crane", classes: [2, 3])) {
      try Self.assign(["crane", "tench"], labels: labels)
    }
    #expect(throws: ClassFolderProblem.sameClass(folders: ["n01440764", "tench"], index: 0, label: "tench")) {
      try Self.assign(["n01440764", "tench"], labels: labels)
    }
  }

  @Test("by number, not in the order of strings", arguments: [animals + "\nx\ny\nz\nu\nv\nw\nr\ns", nil])
  func numbers(labels: String?) throws {
    let names = (0..<12).map(String.init).sorted()
    #expect(names[2] == "10")
    let found = try Self.assign(names, labels: labels, outputs: 12)
    #expect(found.classes == names.compactMap { Int($0) } && found.bases == [.number])
    #expect("\(found)" == "matched by number")
    #expect(try Self.assign(["003", "007"], labels: labels, outputs: 12).classes == [3, 7])
    #expect(throws: ClassFolderProblem.numberOutOfRange(folder: "12", outputs: 12)) {
      try Self.assign(["0", "12"], labels: labels, outputs: 12)
    }
    #expect(throws: ClassFolderProblem.numberOutOfRange(folder: "99999999999999999999", outputs: 12)) {
      try Self.assign(["0", "99999999999999999999"], labels: labels, outputs: 12)
    }
    #expect(throws: ClassFolderProblem.sameClass(folders: ["07", "7"], index: 7, label: labels.map { _ in "u" })) {
      try Self.assign(["0", "07", "7"], labels: labels, outputs: 12)
    }
  }

  @Test("numbers from 1 on are refused, unless another part of the data has a 0")
  func numbersFromOne() throws {
    #expect(throws: ClassFolderProblem.numberedFromOne(last: 4, outputs: 4)) {
      try Self.assign(["1", "2", "3", "4"])
    }
    #expect(throws: ClassFolderProblem.numberedFromOne(last: 2, outputs: 4)) {
      try Self.assign(["01", "02"], labels: nil)
    }
    #expect(try Self.assign(["1", "2"], amongst: ["0", "1", "2"], labels: nil).classes == [1, 2])
    #expect(try Self.assign(["1", "3"], labels: nil).classes == [1, 3])
  }

  @Test("labels that are numbers are labels")
  func numericLabels() throws {
    let labels = (1...12).map(String.init).joined(separator: "\n")
    #expect(try Self.assign(["1", "10", "2"], labels: labels, outputs: 12).classes == [0, 9, 1])
    let padded = try Self.assign(["01", "10"], labels: labels, outputs: 12)
    #expect(padded.classes == [0, 9] && padded.bases == [.label])
    #expect(throws: ClassFolderProblem.unmatched(folders: ["0"], matched: 1, suggestions: [])) {
      try Self.assign(["0", "1"], labels: labels, outputs: 12)
    }
    #expect(throws: ClassFolderProblem.unmatched(folders: ["1", "2"], matched: 0, suggestions: [])) {
      try Self.assign(["1", "2"], labels: "20\n30\n40", outputs: 3)
    }
  }

  @Test("a folder that means nothing beside others that do is refused")
  func strays() throws {
    #expect(throws: ClassFolderProblem.unmatched(folders: ["dgo"], matched: 3, suggestions: ["dog"])) {
      try Self.assign(["ant", "cat", "dgo", "great white shark"])
    }
    #expect(throws: ClassFolderProblem.unmatched(folders: ["7", "notes"], matched: 1, suggestions: [])) {
      try Self.assign(["7", "cat", "notes"])
    }
    #expect(throws: ClassFolderProblem.sameClass(folders: ["Cat", "cat"], index: 0, label: "cat")) {
      try Self.assign(["Cat", "cat"])
    }
  }

  @Test("in the order of their names, where no name says more and there is one for each class")
  func order() throws {
    let found = try Self.assign(["w", "x", "y", "z"])
    #expect(found.classes == [0, 1, 2, 3] && found.bases == [.order])
    #expect("\(found)" == "in the order of their names")
    // A part of the data may lack a class that another part has.
    #expect(try Self.assign(["w", "z"], amongst: ["w", "x", "y", "z"], labels: nil).classes == [0, 3])
    #expect(
      throws: ClassFolderProblem.unknown(folders: ["cats", "z"], outputs: 4, hasLabels: true, suggestions: ["cat"])
    ) { try Self.assign(["cats", "z"]) }
    #expect(throws: ClassFolderProblem.unknown(folders: ["z"], outputs: 4, hasLabels: false, suggestions: [])) {
      try Self.assign(["z"], labels: nil)
    }
  }
}

/// Pictures whose class is known by construction: class `k` is a grey of `20 k`, and the score of class `k` for a picture
/// of mean `x` is `2 k x − k²`, highest where `x` is `k`.
@Suite struct FolderEvaluationTests {
  private static let names = ["cat", "dog", "bird", "fish", "ant", "bee", "cow", "elk", "fox", "gnu", "hen", "ibis"]

  private static func model(hasLabels: Bool = true) throws -> Model {
    let labels = hasLabels ? "\nlabels: [\(names.joined(separator: ", "))]" : ""
    let network = try Network(
      yaml: """
        zoo: 1
        name: greys
        input: [1, 2, 2]
        preprocess: {channels: grey, divide_by: 20, resize: {to: [2, 2]}}\(labels)
        layers: [global_average_pool, {fc: {name: fc, out: 12}}]
        """, path: "greys.yaml")
    let checkpoint = try Checkpoint([
      ("fc.weight", Tensor(shape: [12, 1], floats: (0..<12).map { 2 * Float($0) })),
      ("fc.bias", Tensor(shape: [12], floats: (0..<12).map { -Float($0 * $0) })),
    ])
    return try Fixtures.withTemporaryFolder { folder in
      try checkpoint.unpack(to: "\(folder)/w.safetensors")
      return try Model(network, weights: .file("\(folder)/w.safetensors"))
    }
  }

  private static func write(_ index: Int, to folder: String, name: String = "a.png") throws {
    try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
    let pixels = [UInt8](repeating: UInt8(20 * index), count: 4)
    try PixelImage(width: 2, height: 2, layout: .grey, trusted: pixels).writePNG(to: "\(folder)/\(name)")
  }

  @Test("one folder in another spelling changes no class")
  func spelling() throws {
    try Fixtures.withTemporaryFolder { folder in
      for (index, name) in Self.names.enumerated() {
        try Self.write(index, to: "\(folder)/\(name == "cat" ? "Cat" : name)")
      }
      let result = try Self.model().evaluate(DataSet.open(folder))
      #expect(result.top1 == 12 && result.count == 12)
      #expect(result.assignment?.respellings.map(\.label) == ["cat"])
      try FileManager.default.moveItem(atPath: "\(folder)/dog", toPath: "\(folder)/dgo")
      let problem = ClassFolderProblem.unmatched(folders: ["dgo"], matched: 11, suggestions: ["dog"])
      #expect(throws: ZooError.classFolders(path: folder, problem)) {
        try Self.model().evaluate(DataSet.open(folder))
      }
    }
  }

  @Test("numbered folders are numbers, with labels or without", arguments: [true, false])
  func numbers(hasLabels: Bool) throws {
    try Fixtures.withTemporaryFolder { folder in
      for index in 0..<12 { try Self.write(index, to: "\(folder)/\(index)") }
      let result = try Self.model(hasLabels: hasLabels).evaluate(DataSet.open(folder))
      #expect(result.top1 == 12 && result.count == 12 && result.assignment?.bases == [.number])
    }
  }

  @Test("parts that lack classes, folders without images, images in folders below and beside")
  func layout() throws {
    try Fixtures.withTemporaryFolder { folder in
      for (index, name) in Self.names.sorted().enumerated() { try Self.write(index, to: "\(folder)/train/x-\(name)") }
      try Self.write(11, to: "\(folder)/val/x-ibis/deeper")
      try Self.write(0, to: "\(folder)/val", name: "beside.png")
      try FileManager.default.createDirectory(atPath: "\(folder)/val/x-elk", withIntermediateDirectories: true)
      try FileSystem.write([1], to: "\(folder)/val/x-ibis/notes.txt")
      let data = try DataSet.open(folder)
      #expect(data.count == 1 && data.classNames == ["x-elk", "x-ibis"] && data.imagesWithoutClass == 1)
      #expect(data.classNamesOfAllParts.count == 12)
      let result = try Self.model(hasLabels: false).evaluate(data)
      #expect(result.assignment?.bases == [.order] && result.assignment?.classes == [6, 11])
      #expect((result.top1, result.count) == (1, 1))
      #expect(throws: ZooError.dataSetNotRecognised(path: "\(folder)/val", split: "train")) {
        try FileManager.default.removeItem(atPath: "\(folder)/val/x-ibis")
        return try DataSet.open("\(folder)/val", split: .train)
      }
    }
  }

  @Test("a class called train is a class")
  func train() throws {
    try Fixtures.withTemporaryFolder { folder in
      try Self.write(1, to: "\(folder)/train")
      try Self.write(2, to: "\(folder)/bus")
      #expect(try DataSet.open(folder, split: .train).classNames == ["bus", "train"])
      #expect(try DataSet.open(folder).classNames == ["bus", "train"])
    }
  }

  @Test("a batch of no images is refused")
  func batch() throws {
    try Fixtures.withTemporaryFolder { folder in
      try Self.write(1, to: "\(folder)/dog")
      #expect(throws: RuntimeError.batch(0, expected: 1...65536)) {
        try Self.model().evaluate(DataSet.open(folder), batch: 0)
      }
    }
  }
}
