import Testing
import ZooTensor
import ZooWeights

@Suite struct CaffeTests {
  private typealias Blob = ForgedCaffe.Blob
  private typealias Layer = ForgedCaffe.Layer

  private func open(_ bytes: [UInt8], _ name: String = "a.caffemodel") throws -> Checkpoint {
    try Checkpoint.open(bytes: bytes, name: name)
  }

  @Test("Layers of every kind, and what their tensors are called")
  func everything() throws {
    let checkpoint = try open(ForgedCaffe.model(ForgedCaffe.everything))
    let expected: [(name: String, shape: Shape, floats: [Float])] = [
      ("conv1.weight", [2, 1, 2, 2], counting(8)), ("conv1.bias", [2], [100, 101]), ("bn1.running_mean", [2], [2, 3]),
      ("bn1.running_var", [2], [4, 5]), ("scale1.weight", [2], [1, 2]), ("scale1.bias", [2], [3, 4]),
      ("prelu.weight", [2], [0.25, 0.5]), ("ip/1.weight", [3, 2], counting(6)), ("ip/1.bias", [3], counting(3)),
      ("add.bias", [3], [7, 8, 9]), ("custom.blobs.0", [], [5]), ("custom.blobs.1", [1, 2], [6, 7]),
    ]
    #expect(checkpoint.format == .caffe)
    #expect(checkpoint.entries.map(\.name) == expected.map(\.name))
    for (name, shape, floats) in expected {
      let tensor = try checkpoint.tensor(named: name)
      #expect(tensor.shape == shape, "\(name)")
      #expect(tensor.floats == floats, "\(name)")
    }
    #expect(
      checkpoint.metadata == [
        "caffe.net": "net", "caffe.scale": "0.017", "caffe.crop_size": "227", "caffe.mean_value": "104.0, 117.0, 123.0",
      ])
  }

  @Test("Numbers in one run, in two, one by one, in double precision")
  func encodings() throws {
    let values = counting(8)
    let blobs = [
      Blob(shape: [2, 1, 2, 2], floats: values), Blob(shape: [2, 1, 2, 2], floats: values, isUnpacked: true),
      Blob(shape: [2, 1, 2, 2], floats: values, isSplit: true),
      Blob(shape: [2, 1, 2, 2], doubles: values.map(Double.init)),
      Blob(shape: [2, 1, 2, 2], doubles: values.map(Double.init), isUnpacked: true),
      // Caffe goes by the old dimensions where there are both.
      Blob(shape: [8], legacy: [2, 1, 2, 2], floats: values),
    ]
    for (number, blob) in blobs.enumerated() {
      let checkpoint = try open(ForgedCaffe.model([Layer(name: "c", type: "Convolution", blobs: [blob])]))
      let tensor = try checkpoint.tensor(named: "c.weight")
      #expect(tensor.shape == [2, 1, 2, 2], "\(number)")
      #expect(tensor.elementType == (blob.doubles.isEmpty ? .float32 : .float64), "\(number)")
      #expect(tensor.convertedToFloat32().floats == values, "\(number)")
    }
  }

  @Test("Tensors of several pieces, packed and not, through an archive", arguments: [false, true])
  func pieces(isUnpacked: Bool) throws {
    let count = 2 * ArchiveLayout.chunkElements + 5
    let scratch = try Scratch()
    let values = counting(count)
    let layers = [
      Layer(
        name: "fc", type: "InnerProduct", blobs: [Blob(shape: [1, count], floats: values, isUnpacked: isUnpacked)]),
      Layer(
        name: "bn", type: "BatchNorm",
        blobs: [
          Blob(shape: [count], floats: values, isSplit: true), Blob(shape: [count], floats: values),
          .shaped([1], [4]),
        ]),
    ]
    let checkpoint = try Checkpoint.open(scratch.write(ForgedCaffe.model(layers), to: "a.caffemodel"))
    try checkpoint.pack(to: scratch.path("a.zoow"))
    let archive = try Checkpoint.open(scratch.path("a.zoow"))
    for checkpoint in [checkpoint, archive] {
      #expect(try checkpoint.tensor(named: "fc.weight").floats == values)
      #expect(try checkpoint.tensor(named: "bn.running_mean").floats == values.map { $0 * 0.25 })
      #expect(try checkpoint.tensor(named: "bn.running_var").floats == values.map { $0 * 0.25 })
    }
    #expect(archive.metadata["caffe.net"] == "net")
  }

  @Test(
    "Sums become averages as in Caffe",
    arguments: [
      (Float(2), [1.5, 3.5]), (0, [0, 0]), (1, [3, 7]), (999.98236, [3 * (1 / 999.98236), 7 * (1 / 999.98236)]),
    ] as [(Float, [Float])])
  func statistics(factor: Float, mean: [Float]) throws {
    func layer(_ factor: Blob) -> Layer {
      Layer(name: "bn", type: "BatchNorm", blobs: [.shaped([2], [3, 7]), .legacy([1, 1, 1, 2], [3, 7]), factor])
    }
    let checkpoint = try open(ForgedCaffe.model([layer(.shaped([1], [factor]))]))
    #expect(try checkpoint.tensor(named: "bn.running_mean").floats == mean)
    #expect(try checkpoint.tensor(named: "bn.running_var").floats == mean)
    #expect(checkpoint.entries.map(\.shape) == [[2], [2]])
    let doubles = Blob(shape: [2], doubles: [3, 7])
    let wide = Layer(
      name: "bn", type: "BatchNorm", blobs: [doubles, doubles, Blob(shape: [1], doubles: [Double(factor)])])
    let average = try open(ForgedCaffe.model([wide])).tensor(named: "bn.running_var").convertedToFloat32().floats
    for (value, expected) in zip(average, mean) { #expect(abs(value - expected) <= expected * 1e-6) }
  }

  @Test("The kind from before the summer of 2014, whose types are numbers")
  func old() throws {
    let layers = [
      Layer(name: "data", type: "5") { layer in
        layer.message(11) { data in
          data.float(2, 0.5)
          data.text(3, "mean.binaryproto")
          data.integer(5, 224)
        }
      },
      Layer(
        name: "conv1", type: "4",
        blobs: [.legacy([2, 1, 2, 2], counting(8)), .legacy([1, 1, 1, 2], [5, 6])]),
      Layer(name: "fc6", type: "14", blobs: [.legacy([1, 1, 2, 3], counting(6)), .legacy([1, 1, 1, 2], [5, 6])]),
      Layer(name: "up", type: "39", blobs: [.legacy([1, 2, 1, 2], counting(4))]),
      Layer(name: "odd", type: "26", blobs: [.legacy([1, 1, 1, 2], [5, 6])]),
    ]
    for name in ["net", nil] {
      let checkpoint = try open(ForgedCaffe.oldModel(name: name, layers), "weights")
      #expect(
        checkpoint.entries.map { "\($0.name) \($0.shape)" } == [
          "conv1.weight 2×1×2×2", "conv1.bias 2", "fc6.weight 2×3", "fc6.bias 2", "up.weight 1×2×1×2",
          "odd.blobs.0 1×1×1×2",
        ])
      #expect(try checkpoint.tensor(named: "fc6.weight").floats == counting(6))
      #expect(checkpoint.metadata["caffe.mean_file"] == "mean.binaryproto")
      #expect(checkpoint.metadata["caffe.scale"] == "0.5")
      #expect(checkpoint.metadata["caffe.crop_size"] == "224")
    }
  }

  @Test("A vector is one-dimensional however many ones surround it")
  func vectors() throws {
    let cases: [(dimensions: [Int], shape: Shape)] = [
      ([1, 1, 1, 3], [3]), ([3], [3]), ([3, 1, 1], [3]), ([1, 1, 1, 1], [1]), ([1], [1]), ([], []), ([3, 2], [3, 2]),
    ]
    for (dimensions, shape) in cases {
      let floats = counting(dimensions.reduce(1, *))
      let layer = Layer(name: "s", type: "Scale", blobs: [.shaped(dimensions, floats)])
      #expect(try open(ForgedCaffe.model([layer])).entries.map(\.shape) == [shape], "\(dimensions)")
    }
  }

  // MARK: Means

  @Test("A mean image")
  func mean() throws {
    let scratch = try Scratch()
    for (number, blob) in [
      Blob.legacy([1, 3, 2, 2], counting(12)), .shaped([1, 3, 2, 2], counting(12)), .shaped([3, 2, 2], counting(12)),
      Blob(legacy: [1, 3, 2, 2], doubles: counting(12).map(Double.init)),
    ].enumerated() {
      let path = try scratch.write(blob.bytes, to: "\(number).binaryproto")
      let mean = try CaffeMean.open(path)
      #expect(mean.image.shape == [3, 2, 2])
      #expect(mean.image.floats == counting(12))
      #expect(mean.channelMeans == [1.5, 5.5, 9.5])
      let checkpoint = try Checkpoint.open(path)
      #expect(checkpoint.format == .caffeMean)
      #expect(checkpoint.entries.map(\.name) == ["mean"])
      #expect(checkpoint.entries[0].shape == [3, 2, 2])
    }
    // By its contents alone.
    let path = try scratch.write(Blob.legacy([1, 3, 2, 2], counting(12)).bytes, to: "mean")
    #expect(try Checkpoint.open(path).format == .caffeMean)
  }

  @Test("What is no mean image", arguments: [[2, 3, 2, 2], [12], [], [1, 3, 0, 2]])
  func meanShape(dimensions: [Int]) throws {
    let scratch = try Scratch()
    let blob = Blob.shaped(dimensions, counting(dimensions.reduce(1, *)))
    let path = try scratch.write(blob.bytes, to: "a.binaryproto")
    #expect(problem { _ = try CaffeMean.open(path) } == .caffe(.meanShape(dimensions)))
    #expect(problem { _ = try Checkpoint.open(path) } == .caffe(.meanShape(dimensions)))
  }

  // MARK: Refused

  struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let expected: WeightsProblem

    init(_ name: String, _ expected: WeightsProblem, _ bytes: [UInt8]) {
      testDescription = name
      self.bytes = bytes
      self.expected = expected
    }

    init(_ name: String, _ expected: CaffeProblem, _ layers: ForgedCaffe.Layer...) {
      self.init(name, .caffe(expected), ForgedCaffe.model(layers))
    }
  }

  static let cases: [Case] = [
    Case(
      "layers inside layers", .caffe(.nestedLayers),
      ForgedCaffe.oldModel([ForgedCaffe.Layer(name: "a", type: "4") { $0.message(1) { $0.text(1, "a") } }])),
    Case("no layers", .caffe(.noBlobs(layers: [])), ForgedCaffe.model([])),
    Case(
      "no blobs", .noBlobs(layers: ["a", "b"]), ForgedCaffe.Layer(name: "a", type: "ReLU"),
      ForgedCaffe.Layer(name: "b", type: "Convolution")),
    Case(
      "one name twice", .duplicateLayer("a"), ForgedCaffe.Layer(name: "a", type: "Bias", blobs: [.shaped([1], [1])]),
      ForgedCaffe.Layer(name: "a", type: "Scale", blobs: [.shaped([1], [1])])),
    Case(
      "no name", .name(.empty),
      ForgedCaffe.model([ForgedCaffe.Layer(name: "", type: "Bias", blobs: [.shaped([1], [1])])])),
    Case(
      "elements missing", .elementCount(tensor: "a.weight", expected: [2, 3], found: 5),
      ForgedCaffe.Layer(name: "a", type: "InnerProduct", blobs: [.shaped([2, 3], counting(5))])),
    Case(
      "elements left over", .elementCount(tensor: "a.bias", expected: [2], found: 3),
      ForgedCaffe.Layer(name: "a", type: "Bias", blobs: [.shaped([2], counting(3))])),
    Case(
      "no shape", .elementCount(tensor: "a.bias", expected: [], found: 3),
      ForgedCaffe.Layer(name: "a", type: "Bias", blobs: [ForgedCaffe.Blob(floats: counting(3))])),
    Case(
      "an overflowing shape", .tooManyElements(tensor: "a.blobs.0", [1 << 40, 1 << 40]),
      ForgedCaffe.Layer(name: "a", type: "X", blobs: [.shaped([1 << 40, 1 << 40], [1])])),
    Case(
      "a negative dimension", .tooManyElements(tensor: "a.blobs.0", [-1, 1]),
      ForgedCaffe.Layer(name: "a", type: "X", blobs: [.shaped([-1, 1], [1])])),
    Case(
      "33 dimensions", .tooManyDimensions,
      ForgedCaffe.Layer(name: "a", type: "X", blobs: [.shaped([Int](repeating: 1, count: 33), [1])])),
    Case(
      "floats and doubles", .floatsAndDoubles(tensor: "a.blobs.0"),
      ForgedCaffe.Layer(name: "a", type: "X", blobs: [ForgedCaffe.Blob(shape: [1], floats: [1], doubles: [1])])),
    Case(
      "three blobs", .blobCount(layer: "a", type: "Convolution", expected: 1...2, found: 3),
      ForgedCaffe.Layer(
        name: "a", type: "Convolution", blobs: [.shaped([1], [1]), .shaped([1], [1]), .shaped([1], [1])])),
    Case(
      "two blobs of a batch norm", .blobCount(layer: "a", type: "BatchNorm", expected: 3...3, found: 2),
      ForgedCaffe.Layer(name: "a", type: "BatchNorm", blobs: [.shaped([1], [1]), .shaped([1], [1])])),
    Case(
      "a factor per channel", .elementCount(tensor: "a.blobs.2", expected: [1], found: 2),
      ForgedCaffe.Layer(
        name: "a", type: "BatchNorm", blobs: [.shaped([2], [1, 1]), .shaped([2], [1, 1]), .shaped([2], [1, 1])])),
    Case(
      "a transposed weight", .transposed(layer: "a"),
      ForgedCaffe.Layer(name: "a", type: "InnerProduct", blobs: [.shaped([2, 2], counting(4))]) { layer in
        layer.message(117) { $0.integer(6, 1) }
      }),
    Case(
      "numbers cut short", .protobuf(.packedLength(3, elementSize: 4, offset: 19)),
      ForgedProtobuf { net in
        net.text(1, "net")
        net.message(100) { layer in
          layer.text(1, "a")
          layer.text(2, "Bias")
          layer.message(7) { $0.data(5, [1, 2, 3]) }
        }
      }.bytes),
    Case(
      "a layer that is a number", .protobuf(.unexpectedType(field: 100, offset: 5)),
      ForgedProtobuf { net in
        net.text(1, "net")
        net.integer(100, 7)
      }.bytes),
  ]

  @Test("Refused", arguments: cases)
  func refused(_ item: Case) {
    #expect(problem { _ = try Checkpoint.open(bytes: item.bytes, name: "a.caffemodel") } == item.expected)
  }

  @Test("The state of the solver is named")
  func solverState() {
    let state = ForgedProtobuf { state in
      state.integer(1, 10000)
      state.text(2, "lenet_iter_10000.caffemodel")
      state.message(3, ForgedCaffe.Blob.shaped([1], [1]).write)
    }.bytes
    #expect(problem { _ = try Checkpoint.open(bytes: state, name: "a") } == .foreign(.caffeSolverState))
    #expect(problem { _ = try Checkpoint.open(bytes: [1, 2], name: "a.solverstate") } == .foreign(.caffeSolverState))
  }

  @Test("More than the caller allows is refused before it is read")
  func limit() throws {
    let bytes = ForgedCaffe.model(ForgedCaffe.everything)
    let total = try open(bytes).byteCount
    #expect(throws: Never.self) {
      try Checkpoint.open(bytes: bytes, name: "a", limits: WeightsLimits(maximumBytes: total))
    }
    #expect(
      problem { _ = try Checkpoint.open(bytes: bytes, name: "a", limits: WeightsLimits(maximumBytes: total - 1)) }
        == .tooManyBytes(limit: total - 1))
  }
}
