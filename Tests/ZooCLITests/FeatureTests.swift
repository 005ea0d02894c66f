import Foundation
import Testing

@Suite("values of a layer, saved") struct FeatureTests {
  private static let digit = Command.sample("test-200-is-5.png")

  /// The numbers of an `.npy` file of float32, after its header of 128 bytes, which says that shape.
  private static func rows(_ path: String, shape: String) throws -> [Float] {
    let data = try Data(contentsOf: URL(filePath: path))
    let header = String(decoding: data.prefix(128), as: UTF8.self)
    #expect(header.contains("'descr': '<f4'") && header.contains("'shape': (\(shape)),"), "\(header)")
    return data.dropFirst(128).withUnsafeBytes { Array($0.bindMemory(to: Float.self)) }
  }

  private static func agree(_ left: [Float], _ right: [Float]) -> Bool {
    let largest = left.map(abs).max() ?? 0
    return left.count == right.count && largest > 0 && zip(left, right).allSatisfy { abs($0 - $1) <= 1e-5 * largest }
  }

  @Test("infer saves what a layer computes, and answers as it would without")
  func saved() throws {
    let plain = try Command(["infer", Self.digit])
    var expected: [Float] = []
    // ip1 is followed by a ReLU, with which it is computed at once when nobody asks.
    for engine in [["--interpreter"], [], ["--numerics", "direct"], ["--isa", "portable"]] {
      let arguments = ["infer", Self.digit, "--features", "ip1", "--save-features", "f.npy"] + engine
      let command = try Command(arguments) { folder in
        let values = try Self.rows("\(folder)/f.npy", shape: "1, 500")
        if expected.isEmpty { expected = values }
        #expect(Self.agree(values, expected), "\(engine)")
        #expect(values.contains { $0 < 0 }, "\(engine): rectified")
      }
      #expect(command.status == 0 && command.output == plain.output && command.errors.isEmpty, "\(command.errors)")
    }
  }

  @Test("one row for each image of a list and of a tensor, beside the logits and the input")
  func several() throws {
    let samples = ["test-103-is-3.png", "test-200-is-5.png"].map(Command.sample)
    let options = [
      "--features", "pool2", "--save-features", "f.npy", "--save-logits", "l.npy", "--save-input", "i.npy",
    ]
    let script = "\"$ZOO\" infer \"$@\" && \"$ZOO\" infer i.npy --features pool2 --save-features again.npy"
    let command = try Command(script: script, samples + options) { folder in
      let values = try Self.rows("\(folder)/f.npy", shape: "2, 50, 4, 4")
      #expect(values.count == 1600 && values.prefix(800) != values.suffix(800))
      #expect(try Self.rows("\(folder)/again.npy", shape: "2, 50, 4, 4") == values)
      #expect(try Self.rows("\(folder)/l.npy", shape: "2, 10").count == 20)
      #expect(try Self.rows("\(folder)/i.npy", shape: "2, 1, 28, 28").count == 1568)
    }
    #expect(command.status == 0, "\(command.errors)")
    let arguments = ["infer", samples[0], "none.png", "--features", "pool2", "--save-features", "f.npy"]
    let failed = try Command(arguments) { folder in
      let values = try Self.rows("\(folder)/f.npy", shape: "1, 50, 4, 4")
      #expect(values.count == 800)
    }
    #expect(failed.status == 65)
  }

  @Test(
    "what cannot be meant is refused",
    arguments: [
      (["--features", "ip1"], "--features asks for the values of a layer; say where to write them with"),
      (
        ["--save-features", "f.npy"], "--save-features writes the values of a layer; say of which with --features LAYER"
      ),
      (["--features", "ip1", "--save-features", "f.txt"], "'f.txt' should end in .npy"),
      (
        ["--features", "ip1", "--save-features", "f.npy", "--save-logits", "f.npy"],
        "'f.npy' is to hold two different things; give each a file of its own"
      ),
      (
        ["--features", "ip1", "--save-features", "f.npy", "--sliding"],
        "--features is for one run per image; leave out --sliding and --crops"
      ),
      (
        ["--features", "ip1", "--save-features", "f.npy", "--crops", "5"],
        "--features is for one run per image; leave out --sliding and --crops"
      ),
      (
        ["--features", "ip3", "--save-features", "f.npy"],
        "no layer 'ip3' in lenet-digits (did you mean 'ip1' or 'ip2'?); `zoo graph MODEL` lists the layers"
      ),
      (
        ["-m", "googlenet", "-w", "synthetic", "--features", "aux1.fc2", "--save-features", "f.npy"],
        "the layer 'aux1.fc2' of googlenet is for training only"
      ),
    ])
  func refused(options: [String], words: String) throws {
    let command = try Command(["infer", Self.digit] + options) { folder in
      #expect(!FileManager.default.fileExists(atPath: "\(folder)/f.npy"))
    }
    #expect(command.status == 64, "\(options)")
    #expect(command.errors.contains(words), "\(command.errors)")
    #expect(command.output.isEmpty)
  }
}
