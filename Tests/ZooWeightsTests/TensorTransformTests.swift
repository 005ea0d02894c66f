import Testing
import ZooTensor
import ZooWeights

/// What rules do to the numbers, against loops over indices that are obviously right.
@Suite struct TensorTransformTests {
  /// The tensor of a network of one tensor `w`, made of the checkpoint's `v` by a rule.
  private static func apply(
    _ transforms: [TensorTransform], to tensor: Tensor, expecting shape: Shape, others: [(String, Tensor)] = []
  ) throws -> Tensor {
    let checkpoint = try Checkpoint([("v", tensor)] + others)
    let mapping = NameMapping(rules: [.rename(from: "v", to: "w", transforms: transforms)])
    let mapped = try mapping.resolve([ExpectedTensor(name: "w", shape: shape)], in: checkpoint)
    #expect(
      mapped.report.lines.first?.status == .transformed(Transformation(from: tensor.shape, steps: transforms)))
    return try mapped.checkpoint.tensor(named: "w")
  }

  private static func counting(_ shape: Shape) -> Tensor {
    Tensor(shape: shape, floats: (0..<shape.elementCount).map { Float($0) })
  }

  /// Calls `body` with every index of a shape, in row-major order.
  private static func forEachIndex(of shape: Shape, _ body: ([Int]) -> Void) {
    var index = [Int](repeating: 0, count: shape.rank)
    for _ in 0..<shape.elementCount {
      body(index)
      for axis in index.indices.reversed() {
        index[axis] += 1
        if index[axis] < shape[axis] { break }
        index[axis] = 0
      }
    }
  }

  private static func offset(_ index: [Int], in shape: Shape) -> Int {
    zip(index, shape.dimensions).reduce(0) { $0 * $1.1 + $1.0 }
  }

  @Test(
    "Transposing, as NumPy does",
    arguments: [[1, 0], [0, 1], [2, 0, 1], [3, 2, 0, 1], [0, 2, 3, 1], [1, 0, 2, 3], [4, 3, 2, 1, 0]])
  func transpose(order: [Int]) throws {
    let shape = Shape(Array([3, 5, 2, 4, 3].prefix(order.count)))
    let source = Self.counting(shape).floats
    let expected = Shape(order.map { shape[$0] })
    var floats: [Float] = []
    Self.forEachIndex(of: expected) { index in
      var original = [Int](repeating: 0, count: index.count)
      for (axis, from) in order.enumerated() { original[from] = index[axis] }
      floats.append(source[Self.offset(original, in: shape)])
    }
    let result = try Self.apply([.transpose(order)], to: Self.counting(shape), expecting: expected)
    #expect(result.shape == expected && result.floats == floats)
  }

  @Test("Transposing elements of other sizes, and more of them than a piece has")
  func transposeTypes() throws {
    for type in [ElementType.float64, .float16, .bfloat16] {
      let source = Tensor(shape: [700, 801], elementType: type) { bytes in
        for index in bytes.indices { bytes[index] = UInt8(truncatingIfNeeded: index &* 37 ^ index >> 8) }
      }
      let result = try Self.apply([.transpose([1, 0])], to: source, expecting: [801, 700])
      #expect(result.elementType == type)
      let size = type.size
      let isRight = result.withUnsafeBytes { target in
        source.withUnsafeBytes { source in
          (0..<801).allSatisfy { row in
            (0..<700).allSatisfy { column in
              target[(row * 700 + column) * size..<(row * 700 + column + 1) * size]
                .elementsEqual(source[(column * 801 + row) * size..<(column * 801 + row + 1) * size])
            }
          }
        }
      }
      #expect(isRight, "\(type)")
    }
  }

  @Test("Flipping the input channels of a stem")
  func flip() throws {
    let shape: Shape = [4, 3, 2, 5]
    let source = Self.counting(shape).floats
    var floats: [Float] = []
    Self.forEachIndex(of: shape) { index in
      floats.append(source[Self.offset([index[0], 2 - index[1], index[2], index[3]], in: shape)])
    }
    #expect(try Self.apply([.flipInputChannels], to: Self.counting(shape), expecting: shape).floats == floats)
    #expect(
      try Self.apply([.flipInputChannels], to: Self.counting([2, 3]), expecting: [2, 3]).floats == [2, 1, 0, 5, 4, 3])
  }

  @Test("The fully connected layer after a map that was flattened with its channels last")
  func flattened() throws {
    // Keras: rows are (height, width, channel), columns are outputs.
    let (height, width, channels, outputs) = (2, 3, 4, 5)
    let source = Self.counting([height * width * channels, outputs])
    var floats: [Float] = []
    for output in 0..<outputs {
      for channel in 0..<channels {
        for row in 0..<height {
          for column in 0..<width {
            floats.append(Float(((row * width + column) * channels + channel) * outputs + output))
          }
        }
      }
    }
    let steps: [TensorTransform] = [
      .reshape([height, width, channels, -1]), .transpose([3, 2, 0, 1]), .reshape([outputs, -1]),
    ]
    let result = try Self.apply(steps, to: source, expecting: [outputs, channels * height * width])
    #expect(result.floats == floats)
    // A convolution's weight is a fully connected layer's without a step of its own.
    #expect(try Self.apply(Array(steps.dropLast()), to: source, expecting: [5, 24]).floats == floats)
  }

  @Test("Reshaping alone keeps the bytes, whatever the type")
  func reshape() throws {
    let half = Tensor(shape: [1, 1, 2, 3], elementType: .float16) { $0.copyBytes(from: 0..<12) }
    let result = try Self.apply([.reshape([2, 3])], to: half, expecting: [2, 3])
    #expect(result.elementType == .float16 && result.withUnsafeBytes { Array($0) } == Array(0..<12))
    #expect(try Self.apply([.reshape([-1])], to: half, expecting: [6]).shape == [6])
  }

  @Test(
    "Dividing by the one number of another tensor, in float32; by zero gives zeros",
    arguments: [999.98236, 1, 0] as [Float])
  func divide(divisor: Float) throws {
    let source: [Float] = [1, -2.5, 0, 1e30]
    let checkpoint = try Checkpoint([
      ("bn1/mean", Tensor(shape: [4], floats: source)), ("bn1/factor", Tensor(shape: [1], floats: [divisor])),
    ])
    let rule = NameRule.rename(from: "*/mean", to: "*.running_mean", transforms: [.divide(by: "*/factor")])
    let mapped = try NameMapping(rules: [rule]).resolve(
      [ExpectedTensor(name: "bn1.running_mean", shape: [4])], in: checkpoint)
    let expected = source.map { divisor == 0 ? 0 : $0 / divisor }
    #expect(try mapped.checkpoint.tensor(named: "bn1.running_mean").floats == expected)
    #expect(
      "\(mapped.report)" == """
        bn1.running_mean: from bn1/mean, divided by bn1/factor from 4
        bn1/factor: ignored (bn1.running_mean has been divided by it)
        """)
    #expect(mapped.report.isComplete)
    let double = Tensor(shape: [2], elementType: .float64) { $0.bindMemory(to: Double.self).update(repeating: 3) }
    let result = try Self.apply(
      [.divide(by: "s")], to: double, expecting: [2], others: [("s", Tensor(shape: [], floats: [2]))])
    #expect(result.elementType == .float32 && result.floats == [1.5, 1.5])
  }

  @Test("Transformed tensors are packed as they are read")
  func packing() throws {
    let scratch = try Scratch()
    let large = Self.counting([600, 3, 11, 17])
    let checkpoint = try Checkpoint([("v", large), ("s", Tensor(shape: [1], floats: [4]))])
    let steps: [TensorTransform] = [.flipInputChannels, .divide(by: "s"), .transpose([0, 1, 3, 2])]
    let mapped = try NameMapping(rules: [.rename(from: "v", to: "w", transforms: steps)])
      .resolve([ExpectedTensor(name: "w", shape: [600, 3, 17, 11])], in: checkpoint).checkpoint
    try mapped.pack(to: scratch.path("a.zoow"))
    let back = try Checkpoint.open(scratch.path("a.zoow")).tensor(named: "w")
    #expect(back.floats == (try mapped.tensor(named: "w").floats))
    // Row 0 of the result is column 0 of the last channel.
    let start = (0..<11).map { row in Float(2 * 187 + row * 17) / 4 }
    #expect(Array(back.floats.prefix(11)) == start)
  }

  // MARK: What goes wrong

  @Test(
    "A transform that does not fit names the rule, the tensor and the shape",
    arguments: [
      (
        TensorTransform.transpose([1, 0]), TransformProblem.axes(order: [1, 0], shape: [2, 3, 4]),
        "transpose [1, 0] does not name each axis of 2×3×4 once"
      ),
      (
        .transpose([0, 1, 1]), .axes(order: [0, 1, 1], shape: [2, 3, 4]),
        "transpose [0, 1, 1] does not name each axis of 2×3×4 once"
      ),
      (
        .reshape([5, -1]), .elements(dimensions: [5, -1], shape: [2, 3, 4]),
        "2×3×4 has 24 elements, and reshape [5, -1] holds another number"
      ),
      (
        .reshape([.max, 2]), .elements(dimensions: [.max, 2], shape: [2, 3, 4]),
        "2×3×4 has 24 elements, and reshape [9223372036854775807, 2] holds another number"
      ),
      (
        .reshape([-1, -1]), .elements(dimensions: [-1, -1], shape: [2, 3, 4]),
        "2×3×4 has 24 elements, and reshape [-1, -1] holds another number"
      ),
      (
        .divide(by: "ones"), .divisorMissing("ones", nearest: "one"),
        "the checkpoint has no 'ones' to divide by; did you mean 'one'?"
      ),
      (.divide(by: "v"), .divisorNotOneNumber("v", [2, 3, 4]), "'v' is 2×3×4, and only one number can divide"),
    ])
  func problems(transform: TensorTransform, problem: TransformProblem, words: String) throws {
    let checkpoint = try Checkpoint([("v", Self.counting([2, 3, 4])), ("one", Self.counting([1]))])
    let rule = NameRule.rename(from: "v", to: "w", transforms: [transform])
    let report = NameMapping(rules: [rule, .ignore("one")]).report(
      [ExpectedTensor(name: "w", shape: [24])], in: checkpoint)
    let line = try #require(report.lines.first)
    #expect(line.status == .notTransformable(problem, rule))
    #expect("\(line)" == "w: the rule {from: v, to: w} does not fit v: \(words)")
    #expect(report.unusable == [line] && !report.isComplete)
  }

  @Test("A vector has no input channels; a result of another shape says what became of it")
  func shapes() throws {
    let checkpoint = try Checkpoint([("v", Self.counting([6])), ("u", Self.counting([3, 3, 2, 4]))])
    let rules: [NameRule] = [
      .rename(from: "v", to: "w", transforms: [.flipInputChannels]),
      .rename(from: "u", to: "x", transforms: [.transpose([3, 2, 0, 1])]),
    ]
    let report = NameMapping(rules: rules).report(
      [ExpectedTensor(name: "w", shape: [6]), ExpectedTensor(name: "x", shape: [4, 3, 3, 3])], in: checkpoint)
    #expect(
      "\(report)" == """
        w: the rule {from: v, to: w} does not fit v: 6 has no second axis of input channels to flip
        x: the model has 4×3×3×3, the checkpoint's u is 4×2×3×3 once transposed [3, 2, 0, 1] from 3×3×2×4
        """)
  }
}
