import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

@Suite("Parameter expressions")
struct ParameterEvaluatorTests {
  private static let tensors: [String: Tensor] = [
    "w": Tensor(shape: [2, 1, 1, 2], floats: [1, 2, 3, 4]),
    "b": Tensor(shape: [2], floats: [10, 20]),
    "scale": Tensor(shape: [2], floats: [2, -3]),
    "shift": Tensor(shape: [2], floats: [0.5, 0.25]),
    "mean": Tensor(shape: [2], floats: [1, 2]),
    "variance": Tensor(shape: [2], floats: [3, 8]),
    "dead": Tensor(shape: [2], floats: [1, -8]),
    "half": Tensor(shape: [2], elementType: .float16) { $0.storeBytes(of: 0xC000_3C00, as: UInt32.self) },
    "nan": Tensor(shape: [2, 3], floats: [0, 0, 0, 0, 0, .nan]),
    "overflow": Tensor(shape: [2], elementType: .float64) { $0.bindMemory(to: Double.self)[1] = -1e300 },
  ]

  private struct Missing: Error, Equatable { let name: String }

  private static var evaluator: ParameterEvaluator {
    ParameterEvaluator(source: source(elements: nil))
  }

  /// Hands tensors over in parts of the fewest elements allowed but at least `elements`, or whole.
  private static func source(elements: Int?) -> ParameterSource {
    @Sendable func tensor(_ name: String) throws -> Tensor {
      guard let tensor = tensors[name] else { throw Missing(name: name) }
      return tensor
    }
    guard let elements else { return ParameterSource(tensor) }
    return ParameterSource(whole: tensor) { name, wanted, unit, body in
      let tensor = try tensor(name)
      let wanted = wanted ?? 0..<tensor.shape.elementCount
      let step = (elements + unit - 1) / unit * unit
      for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: step) {
        let range = start..<min(start + step, wanted.upperBound)
        try tensor.withWholePart { try body($0[range]) }
      }
    }
  }

  private static func vector(_ name: String) -> ParameterValue { .tensor(name, [2]) }

  private static func norm(variance: String = "variance") -> BatchNormParameters {
    BatchNormParameters(
      scale: vector("scale"), shift: vector("shift"), mean: vector("mean"), variance: vector(variance), epsilon: 1)
  }

  static let values: [(ParameterValue, Shape, [Float])] = [
    (.tensor("w", [2, 1, 1, 2]), [2, 1, 1, 2], [1, 2, 3, 4]),
    (.reshaped(.tensor("w", [2, 1, 1, 2]), [4, 1]), [4, 1], [1, 2, 3, 4]),
    (vector("half"), [2], [1, -2]),
    // 2 / √(3 + 1) = 1, −3 / √(8 + 1) = −1
    (.scaled(.tensor("w", [2, 1, 1, 2]), by: norm()), [2, 1, 1, 2], [1, 2, -3, -4]),
    (.scaled(.scaled(.tensor("w", [2, 1, 1, 2]), by: norm()), by: norm()), [2, 1, 1, 2], [1, 2, 3, 4]),
    (.shifted(vector("b"), by: norm()), [2], [9.5, -17.75]),
    (.shifted(nil, by: norm()), [2], [-0.5, 2.25]),
    (.shifted(.shifted(nil, by: norm()), by: norm()), [2], [-1, 0]),
  ]

  @Test(arguments: values.indices)
  func value(_ index: Int) throws {
    let (value, shape, floats) = Self.values[index]
    let tensor = try Self.evaluator.tensor(value)
    #expect(tensor.shape == shape, "\(value)")
    #expect(tensor.floats == floats, "\(value)")
  }

  @Test("Parts put together are the whole", arguments: values.indices)
  func parts(_ index: Int) throws {
    let (value, shape, floats) = Self.values[index]
    for elements in 1...shape.elementCount {
      for unit in 1...shape.elementCount {
        var found: [Float] = []
        try ParameterEvaluator(source: Self.source(elements: elements)).forEachPart(of: value, unit: unit) {
          range, part in
          #expect(range.lowerBound == found.count && range.count == part.count, "\(value)")
          #expect(range.lowerBound % unit == 0, "\(value)")
          found += part
        }
        #expect(found == floats, "\(value) in parts of \(elements), unit \(unit)")
      }
    }
  }

  @Test("Some elements are those of the whole", arguments: values.indices)
  func ranges(_ index: Int) throws {
    let (value, shape, floats) = Self.values[index]
    for source in [Self.source(elements: nil), Self.source(elements: 1), Self.source(elements: 3)] {
      for start in 0..<shape.elementCount {
        for end in start + 1...shape.elementCount {
          var found: [Float] = []
          try ParameterEvaluator(source: source).forEachPart(of: value, elements: start..<end, unit: 1) { range, part in
            #expect(range == start + found.count..<start + found.count + part.count, "\(value)")
            found += part
          }
          #expect(found == Array(floats[start..<end]), "elements \(start)..<\(end) of \(value)")
        }
      }
    }
  }

  @Test("What is wrong with a part is said as of the whole", arguments: [1, 2, 6])
  func refusesPart(elements: Int) {
    let evaluator = ParameterEvaluator(source: Self.source(elements: elements))
    func refusal(_ value: ParameterValue) -> RuntimeError? {
      #expect(throws: RuntimeError.self) { try evaluator.forEachPart(of: value, unit: 1) { _, _ in } }
    }
    for (value, error) in Self.errors { #expect(refusal(value) == error, "\(value)") }
  }

  @Test("Folding rounds once")
  func roundsOnce() throws {
    let third: Float = 1 / 3
    let vectors: [String: Float] = ["scale": third, "shift": 0, "mean": 0, "variance": 2]
    let evaluator = ParameterEvaluator(
      source: ParameterSource { name in
        name == "w" ? Tensor(shape: [1, 1], floats: [0.1]) : Tensor(shape: [1], floats: [vectors[name] ?? 0])
      })
    func one(_ name: String) -> ParameterValue { .tensor(name, [1]) }
    let norm = BatchNormParameters(
      scale: one("scale"), shift: one("shift"), mean: one("mean"), variance: one("variance"), epsilon: 1e-5)
    let once = Double(third) / (2 + 1e-5).squareRoot()
    #expect(
      try evaluator.tensor(.scaled(.scaled(.tensor("w", [1, 1]), by: norm), by: norm)).floats
        == [Float(Double(Float(0.1)) * (once * once))])
  }

  static let errors: [(ParameterValue, RuntimeError)] = [
    (.tensor("b", [3]), .shapeDiffers(tensor: "b", expected: [3], found: [2])),
    (.tensor("nan", [2, 3]), .notFinite(tensor: "nan", index: [1, 2], value: .notANumber)),
    (vector("overflow"), .notFinite(tensor: "overflow", index: [1], value: .negativeInfinity)),
    (
      .shifted(nil, by: norm(variance: "dead")),
      .varianceNotPositive(tensor: "dead", channel: 1, value: -8, epsilon: 1)
    ),
  ]

  @Test(arguments: errors.indices)
  func refuses(_ index: Int) {
    let (value, error) = Self.errors[index]
    #expect(throws: error, "\(value)") { try Self.evaluator.tensor(value) }
  }

  @Test("What the source throws comes through")
  func missing() {
    #expect(throws: Missing(name: "gone")) { try Self.evaluator.tensor(.tensor("gone", [1])) }
  }

  @Test("Numbers that are not finite can be let through")
  func allowed() throws {
    let evaluator = ParameterEvaluator(
      allowsNonFinite: true, source: ParameterSource { _ in Tensor(shape: [1], floats: [.infinity]) })
    #expect(try evaluator.tensor(.tensor("w", [1])).floats == [.infinity])
  }
}
