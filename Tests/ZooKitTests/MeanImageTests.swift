import FoundationEssentials
import Testing
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

/// `mean_image` of a definition: where it is read from, and that it goes wherever the network goes.
@Suite struct MeanImageTests {
  private static let picture = SlidingNetworks.picture(11, 13)
  private static let resized = Extent(height: 8, width: 9)
  private static let mean = Tensor(
    shape: [3, 8, 9], floats: (0..<216).map { Float($0 * 7 % 200) + 0.25 })

  private static func yaml(_ preprocess: String, more: String = "") -> String {
    """
    zoo: 1
    name: small
    input: [3, 6, 5]
    \(preprocess)
    \(more)
    layers:
      - conv: {name: conv, out: 4, kernel: 3}
      - relu
      - fc: {name: fc, out: 2}
    outputs: {logits: fc}
    """
  }

  private static func preprocess(_ file: String) -> String {
    "preprocess: {resize: {to: [8, 9]}, crop: [6, 5], channels: bgr, mean_image: \(file), divide_by: 2}"
  }

  /// A `BlobProto` of 1×C×H×W.
  private static func binaryProto(_ tensor: Tensor) -> [UInt8] {
    func varint(_ value: Int) -> [UInt8] {
      value < 0x80 ? [UInt8(value)] : [UInt8(value & 0x7F) | 0x80] + varint(value >> 7)
    }
    let bytes = tensor.withUnsafeBytes { Array($0) }
    var blob: [UInt8] = [0x08, 0x01]
    for (tag, dimension) in zip([0x10, 0x18, 0x20] as [UInt8], tensor.shape.dimensions) {
      blob.append(tag)
      blob += varint(dimension)
    }
    blob.append(0x2A)
    return blob + varint(bytes.count) + bytes
  }

  /// A folder with a definition of this preprocessing, and the mean image in two forms.
  private static func inFolder(
    _ preprocess: String, more: String = "", _ body: (_ folder: String, _ definition: String) throws -> Void
  ) throws {
    try Fixtures.withTemporaryFolder { folder in
      let nets = "\(folder)/nets"
      try FileManager.default.createDirectory(atPath: nets, withIntermediateDirectories: true)
      try FileSystem.write(yaml(preprocess, more: more).utf8, to: "\(nets)/small.yaml")
      try FileSystem.write(NumPyFile.encoded(mean), to: "\(nets)/mean.npy")
      try FileSystem.write(binaryProto(mean), to: "\(nets)/mean.binaryproto")
      try body(folder, "\(nets)/small.yaml")
    }
  }

  /// The input for the crop whose upper left pixel is at `row` and `column`, of the resized picture and the mean.
  private static func input(row: Int, column: Int) throws -> [Float] {
    let image = try picture.resized(to: resized, filter: .bilinear)
    let means = mean.floats
    var values: [Float] = []
    for channel in 0..<3 {
      for y in row..<row + 6 {
        for x in column..<column + 5 {
          let pixel = Float(image.pixels[(y * 9 + x) * 3 + 2 - channel])
          values.append((pixel - means[(channel * 8 + y) * 9 + x]) / 2)
        }
      }
    }
    return values
  }

  @Test("read from beside the definition", arguments: ["mean.npy", "mean.binaryproto"])
  func files(name: String) throws {
    try Self.inFolder(Self.preprocess(name)) { _, definition in
      let model = try Model(definition, weights: .synthetic(seed: 1))
      #expect(try model.input(for: Self.picture).floats == Self.input(row: 1, column: 2))
    }
  }

  @Test("NumPy arrays of doubles with a leading 1, as pycaffe's users write them")
  func doubles() throws {
    try Self.inFolder(Self.preprocess("double.npy")) { folder, definition in
      let values = Self.mean.floats.map(Double.init)
      let double = Tensor(shape: [1, 3, 8, 9], elementType: .float64) { bytes in
        values.withUnsafeBytes { bytes.copyMemory(from: $0) }
      }
      try FileSystem.write(NumPyFile.encoded(double), to: "\(folder)/nets/double.npy")
      let model = try Model(definition, weights: .synthetic(seed: 1))
      #expect(try model.input(for: Self.picture).floats == Self.input(row: 1, column: 2))
    }
  }

  @Test("every crop has its own window of the mean, and is mirrored afterwards")
  func crops() throws {
    try Self.inFolder(Self.preprocess("mean.npy")) { _, definition in
      let model = try Model(definition, weights: .synthetic(seed: 1))
      let corners = [(0, 0), (0, 4), (2, 0), (2, 4), (1, 2)]
      let five = try corners.flatMap { try Self.input(row: $0.0, column: $0.1) }
      #expect(try model.inputs(for: Self.picture, crops: .five).floats == five)
      let mirrored: [Float] = stride(from: 0, to: five.count, by: 5).flatMap { start -> [Float] in
        five[start..<start + 5].reversed()
      }
      #expect(try model.inputs(for: Self.picture, crops: .ten).floats == five + mirrored)
    }
  }

  /// What is written of a network answers as the network does when the files beside it are gone.
  private func expectTravels(_ preprocess: String, more: String = "", format: CheckpointFormat? = nil) throws {
    try Self.inFolder(preprocess, more: more) { folder, definition in
      let network = try Network.find(definition)
      let tensors = network.graph.tensors.map { (name: $0.name, shape: $0.shape) }
      var metadata: [String: String] = [:]
      metadata[Provenance.formatKey] = format?.description
      let checkpoint = try SyntheticCheckpoint.checkpoint(tensors).replacingMetadata(metadata)
      let weights = try LoadedWeights(checkpoint, for: network, called: "w")
      try Package.write(network, weights: weights, to: "\(folder)/a.zoo")
      try FolderExport(network, weights: weights).write(to: "\(folder)/exported")
      let conversion = try Conversion(network, name: "small-conv")
      try FileSystem.write(conversion.definition.utf8, to: "\(folder)/conv.yaml")
      try conversion.write(weights, to: "\(folder)/conv.zoow")
      _ = try Packing(input: "\(folder)/a.zoo", model: definition).write(to: "\(folder)/c.zoo", overwrite: false)
      try FileManager.default.removeItem(atPath: "\(folder)/nets")
      _ = try Packing(input: "\(folder)/a.zoo", model: "\(folder)/a.zoo").write(to: "\(folder)/b.zoo", overwrite: false)

      let expected = try Self.input(row: 1, column: 2)
      for path in ["a.zoo", "b.zoo", "c.zoo", "exported"] {
        #expect(try Model("\(folder)/\(path)").input(for: Self.picture).floats == expected, "\(path)")
      }
      let converted = try Network.find("\(folder)/conv.yaml")
      let model = try Model(converted, weights: .file("\(folder)/conv.zoow"))
      #expect(try model.input(for: Self.picture).floats == expected)
      let restored = try Restoration(converted).original
      let again = try Model(restored, weights: .file("\(folder)/a.zoo"))
      #expect(try again.input(for: Self.picture).floats == expected)
      let configuration = try FileSystem.read("\(folder)/exported/preprocessor_config.json", limit: 1 << 20).text
      #expect(configuration.contains("\"mean_image\" : true"))
    }
  }

  @Test("it is in the package, in the folder and in the definition of the network that slides")
  func travels() throws {
    try expectTravels(Self.preprocess("mean.binaryproto"))
  }

  @Test("that of particular weights too")
  func travelsWithWeights() throws {
    let special = Self.preprocess("mean.npy").dropFirst("preprocess: ".count)
    try expectTravels(
      "preprocess: {crop: [6, 5]}", more: "weights: [{file: w, format: caffe, preprocess: \(special)}]",
      format: .caffe)
  }

  @Test("an archive's metadata say whose resize is meant")
  func resizeConvention() throws {
    for (preprocess, expected) in [(Self.preprocess("mean.npy"), "pillow-13"), ("preprocess: {crop: [6, 5]}", nil)] {
      try Self.inFolder(preprocess) { folder, definition in
        let network = try Network.find(definition)
        let weights = try LoadedWeights.load(.synthetic(seed: 1), for: network)
        try Package.write(network, weights: weights, to: "\(folder)/a.zoo")
        #expect(try Checkpoint.open("\(folder)/a.zoo").metadata["zoo.resize"] == expected)
      }
    }
  }

  @Test("a network slides over tensors, not over pictures from which a mean image is to be subtracted")
  func sliding() throws {
    try Self.inFolder(Self.preprocess("mean.npy")) { _, definition in
      let classifier = try SlidingClassifier(.find(definition), weights: .synthetic(seed: 1))
      #expect(throws: SlidingError.meanImage(Self.resized)) { try classifier.classify(Self.picture) }
      _ = try classifier.classify(Tensor(shape: [3, 8, 9], floats: Self.mean.floats))
    }
  }

  @Test("files that are missing or something else")
  func refused() throws {
    func error(_ preprocess: String, more: String = "", _ bytes: [UInt8]? = nil) throws -> String {
      var words = ""
      try Self.inFolder(preprocess, more: more) { folder, definition in
        if let bytes { try FileSystem.write(bytes, to: "\(folder)/nets/other.npy") }
        do {
          _ = try Network.find(definition)
        } catch {
          words = "\(error)".replacing("\(folder)/", with: "")
        }
      }
      return words
    }
    let other = Self.preprocess("other.npy")
    #expect(try error(other) == "other.npy: no such mean image")
    #expect(
      try error("", more: "weights: [{file: w, \(other)}]")
        == "other.npy: no such mean image")
    let expected = "expected a mean image, finite numbers of channels×height×width in an .npy or .binaryproto file"
    func npy(_ shape: Shape, _ value: Float = 0) -> [UInt8] {
      NumPyFile.encoded(Tensor(shape: shape, floats: Array(repeating: value, count: shape.elementCount)))
    }
    #expect(try error(other, npy([8, 9])) == "nets/other.npy: \(expected); found 8×9")
    #expect(try error(other, npy([2, 3, 8, 9])) == "nets/other.npy: \(expected); found 2×3×8×9")
    #expect(try error(other, npy([3, 8, 9], .nan)) == "nets/other.npy: \(expected); found numbers that are not finite")
    let safetensors = Array("\u{2}\0\0\0\0\0\0\0{}".utf8)
    #expect(try error(other, safetensors).hasPrefix("nets/other.npy: "))
    #expect(
      try error(other, npy([8, 9, 3]))
        == "the mean image has 8 channels; expected 3, those of BGR, before height and width")
    #expect(
      try error(other, npy([3, 9, 9]))
        == "the mean image has 9×9 pixels (width × height), but the resized picture has 9×8 and the crop 5×6; "
        + "resize pictures to the size of the mean image, or subtract a mean per channel")
    let embedded = Self.preprocess("\"data:application/x-npy;base64,AAAA\"")
    #expect(try error(embedded).hasPrefix("the mean image in the definition of small: "))
    #expect(try error(Self.preprocess("\"data:application/x-npy;base64,A\"")).contains("empty"))
  }

  @Test("a definition in an archive names no file")
  func outside() throws {
    try Fixtures.withTemporaryFolder { folder in
      let yaml = Self.yaml(Self.preprocess("/etc/mean.npy"))
      let plain = try Network(yaml: Self.yaml("preprocess: {crop: [6, 5]}"), path: "small.yaml")
      let weights = try LoadedWeights.load(.synthetic(seed: 0), for: plain)
      try weights.checkpoint.pack(to: "\(folder)/a.zoo", metadata: ["zoo.definition": yaml])
      #expect(throws: ZooError.outsideReference(path: "\(folder)/a.zoo", name: "/etc/mean.npy")) {
        try Network.find("\(folder)/a.zoo")
      }
    }
  }
}
