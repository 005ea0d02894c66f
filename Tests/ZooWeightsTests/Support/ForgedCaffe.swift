/// Files of Caffe's, by the numbers of `caffe.proto`.
enum ForgedCaffe {
  struct Blob {
    var shape: [Int]?
    /// Num, channels, height and width.
    var legacy: [Int]?
    var floats: [Float] = []
    var doubles: [Double] = []
    /// Each number after a tag of its own.
    var isUnpacked = false
    /// Two runs of packed numbers in place of one.
    var isSplit = false

    static func shaped(_ shape: [Int], _ floats: [Float]) -> Blob { Blob(shape: shape, floats: floats) }
    static func legacy(_ dimensions: [Int], _ floats: [Float]) -> Blob { Blob(legacy: dimensions, floats: floats) }

    func write(to message: inout ForgedProtobuf) {
      for (number, dimension) in (legacy ?? []).enumerated() { message.integer(number + 1, dimension) }
      if isUnpacked {
        for value in floats { message.float(5, value) }
        for value in doubles { message.double(8, value) }
      } else if isSplit {
        message.floats(5, Array(floats.prefix(2)))
        message.floats(6, floats)
        message.floats(5, Array(floats.dropFirst(2)))
      } else {
        if !floats.isEmpty { message.floats(5, floats) }
        if !doubles.isEmpty { message.doubles(8, doubles) }
      }
      if let shape {
        message.message(7) { inner in
          if isUnpacked { for dimension in shape { inner.integer(1, dimension) } } else { inner.integers(1, shape) }
        }
      }
    }

    var bytes: [UInt8] { ForgedProtobuf(write).bytes }
  }

  struct Layer {
    var name: String
    var type: String
    var blobs: [Blob] = []
    /// Writes what else the layer has.
    var extra: @Sendable (inout ForgedProtobuf) -> Void = { _ in }
  }

  static func model(name: String? = "net", _ layers: [Layer]) -> [UInt8] {
    ForgedProtobuf { net in
      if let name { net.text(1, name) }
      for layer in layers {
        net.message(100) { message in
          message.text(1, layer.name)
          message.text(2, layer.type)
          message.text(3, "bottom")
          for blob in layer.blobs { message.message(7, blob.write) }
          layer.extra(&message)
        }
      }
    }.bytes
  }

  /// The same in the form from before the summer of 2014; types are numbers.
  static func oldModel(name: String? = "net", _ layers: [Layer]) -> [UInt8] {
    ForgedProtobuf { net in
      if let name { net.text(1, name) }
      for layer in layers {
        net.message(2) { message in
          message.text(2, "bottom")
          message.text(4, layer.name)
          message.integer(5, Int(layer.type) ?? 0)
          for blob in layer.blobs { message.message(6, blob.write) }
          layer.extra(&message)
        }
      }
    }.bytes
  }

  /// A layer of every kind.
  static let everything: [Layer] = [
    Layer(name: "data", type: "Data") { layer in
      layer.message(100) { transform in
        transform.float(1, 0.017)
        transform.integer(3, 227)
        for mean: Float in [104, 117, 123] { transform.float(5, mean) }
      }
    },
    Layer(
      name: "conv1", type: "Convolution",
      blobs: [.shaped([2, 1, 2, 2], counting(8)), .shaped([2], counting(2, from: 100))]),
    Layer(
      name: "bn1", type: "BatchNorm",
      blobs: [.shaped([2], [4, 6]), .shaped([2], [8, 10]), .shaped([1], [2])]),
    Layer(name: "scale1", type: "Scale", blobs: [.shaped([2], [1, 2]), .shaped([2], [3, 4])]),
    Layer(name: "relu1", type: "ReLU"),
    Layer(name: "prelu", type: "PReLU", blobs: [.shaped([2], [0.25, 0.5])]),
    Layer(
      name: "ip/1", type: "InnerProduct",
      blobs: [.legacy([1, 1, 3, 2], counting(6)), .legacy([1, 1, 1, 3], counting(3))]),
    Layer(name: "add", type: "Bias", blobs: [.shaped([3], [7, 8, 9])]),
    Layer(name: "custom", type: "Custom", blobs: [.shaped([], [5]), .shaped([1, 2], [6, 7])]),
    Layer(name: "loss", type: "SoftmaxWithLoss"),
  ]

  /// Small files that are as they should be, by the name they may have.
  static let seeds: [(name: String, bytes: [UInt8])] = [
    ("current.caffemodel", model(everything)),
    (
      "old.caffemodel",
      oldModel([
        Layer(
          name: "conv", type: "4",
          blobs: [.legacy([2, 1, 2, 2], counting(8)), .legacy([1, 1, 1, 2], counting(2))]),
        Layer(name: "fc", type: "14", blobs: [.legacy([1, 1, 2, 3], counting(6))]),
      ])
    ),
    (
      "unpacked.caffemodel",
      model(
        name: nil,
        [
          Layer(
            name: "conv", type: "Convolution",
            blobs: [
              Blob(shape: [2, 1, 2, 2], floats: counting(8), isUnpacked: true),
              Blob(shape: [2], doubles: [0.1, 0.2], isUnpacked: true),
            ])
        ])
    ),
    ("mean.binaryproto", Blob.legacy([1, 3, 2, 2], counting(12)).bytes),
  ]
}
