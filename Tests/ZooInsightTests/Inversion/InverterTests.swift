import Testing
import ZooImages
import ZooInsight
import ZooKit
import ZooTensor

@Suite("Inversion of codes") struct InverterTests {
  /// A three of strokes, as a scanned digit has them.
  private static func digit() throws -> PixelImage {
    var pixels = [UInt8](repeating: 0, count: 28 * 28)
    for row in 5..<23 {
      for column in 8..<20 where row < 8 || row > 19 || column > 16 || (13..<16).contains(row) {
        pixels[row * 28 + column] = row % 3 == 0 ? 180 : 255
      }
    }
    return try PixelImage(width: 28, height: 28, layout: .grey, pixels: pixels)
  }

  /// Levels that are black to the last bit are far away for a sigmoid.
  @Test(
    "A picture made of LeNet's first pooled maps has their code and is the picture",
    arguments: [(PictureParameterization.pixels, 0.05, 8.0), (.fourier, 0.25, 40)])
  func pool1(_ kind: PictureParameterization, bound: Double, difference: Double) throws {
    let model = try Model("lenet-digits")
    let picture = try Self.digit()
    var options = Inverter.Options()
    options.search.parameterization = kind
    let inversion = try Inverter(model, layer: "pool1", options: options).inversion(of: model.input(for: picture))
    #expect(inversion.codeError < bound, "\(kind)")
    #expect(try #require(inversion.pictureCodeError) < bound, "\(kind)")
    #expect(inversion.original == picture)
    #expect(inversion.codeShape == [20, 12, 12])
    let made = try #require(inversion.picture)
    #expect(made.extent == picture.extent && made.layout == .grey)
    let distance = zip(made.pixels, picture.pixels).reduce(0.0) { $0 + abs(Double($1.0) - Double($1.1)) } / 784
    #expect(distance < difference, "\(kind): the mean difference of pixels")
    // What is said of the written picture is what the network answers when it is read.
    let again = try Model("lenet-digits", outputs: ["pool1"])
    let codes = try again.values(for: [picture, made])["pool1"]?.floats ?? []
    let (code, found) = (codes.prefix(2880), codes.dropFirst(2880))
    let norm = code.reduce(0.0) { $0 + Double($1) * Double($1) }
    let squares = zip(code, found).reduce(0.0) { $0 + (Double($1.0) - Double($1.1)) * (Double($1.0) - Double($1.1)) }
    let error = (squares / norm).squareRoot()
    #expect(abs(error - (inversion.pictureCodeError ?? 0)) < 1e-5, "\(kind)")
    #expect(inversion.curve.count == inversion.iteration || inversion.end != .reached)
    #expect(inversion.curve.map(\.iteration) == Array(1...inversion.curve.count))
  }

  @Test("has the same bits on any number of threads, and others of another seed")
  func determinism() throws {
    let layers = """
      - conv: {name: a, out: 4, kernel: 3, stride: 2}
      - relu: {name: r}
      - conv: {name: b, out: 5, kernel: 3}
      - relu: {name: s}
      - fc: {name: f, out: 3}
      """
    func inversion(threads: Int, seed: UInt64) throws -> Inversion {
      let model = try Model.small(layers, input: "[2, 12, 11]", options: Model.Options(threads: threads))
      var options = Inverter.Options()
      options.search.iterations = 20
      options.search.jitter = 2
      options.search.parameterization = .fourier
      options.search.seed = seed
      options.tolerance = 0
      return try Inverter(model, layer: "s", options: options).inversion(of: model.randomInput())
    }
    let (one, three) = (try inversion(threads: 1, seed: 1), try inversion(threads: 3, seed: 1))
    #expect(one.values.floats == three.values.floats)
    #expect(one.curve == three.curve)
    #expect(try inversion(threads: 1, seed: 2).values.floats != one.values.floats)
    // A model without preprocessing: within the range of the input's channels, and no picture.
    #expect(one.picture == nil && one.original == nil && one.pictureCodeError == nil)
    let input = try Model.small(layers, input: "[2, 12, 11]").randomInput().floats
    for channel in 0..<2 {
      let part = channel * 132..<(channel + 1) * 132
      let (low, high) = (try #require(input[part].min()), try #require(input[part].max()))
      #expect(one.values.floats[part].allSatisfy { ($0 - low) > -1e-6 && ($0 - high) < 1e-6 }, "channel \(channel)")
    }
    // The last half is without jitter.
    #expect(one.iteration > 10)
  }

  @Test("is the same by the interpreter but for rounding")
  func interpreter() throws {
    func inversion(_ usesInterpreter: Bool) throws -> Inversion {
      let model = try Model.small(
        "- conv: {name: a, out: 4, kernel: 3}\n- fc: {name: f, out: 3}",
        options: Model.Options(usesInterpreter: usesInterpreter))
      var options = Inverter.Options()
      options.search.iterations = 10
      return try Inverter(model, layer: "a", options: options).inversion(of: model.randomInput())
    }
    let (slow, fast) = (try inversion(true), try inversion(false))
    #expect(zip(slow.curve, fast.curve).allSatisfy { abs($0.loss - $1.loss) < 1e-4 * $0.loss })
  }

  @Test("ends with the best picture so far when it is not to go on, and says where")
  func interrupted() throws {
    let model = try Model("lenet-digits")
    let inverter = try Inverter(model, layer: "pool1")
    let input = try model.input(for: Self.digit())
    let short = try inverter.inversion(of: input) { $0.iteration < 7 }
    #expect(short.end == .interrupted && short.curve.count == 7)
    let losses = short.curve.map(\.loss)
    #expect(losses[short.iteration - 1] == losses.min())
    #expect(abs(short.codeError - short.curve[short.iteration - 1].measure) < 1e-6)
  }

  @Test("A code of zeros is refused, as one with numbers that are not finite and a layer that is not there")
  func refusals() throws {
    let layers = """
      - conv: {name: conv, out: 1, kernel: 1}
      - relu: {name: dead}
      - fc: {name: f, out: 2, bias: false}
      """
    let dead: [String: [Float]] = [
      "conv.weight": [1, 1], "conv.bias": [-100], "f.weight": [Float](repeating: 1, count: 72),
    ]
    let model = try Model.small(layers, weights: dead)
    let zero = #expect(throws: InversionError.zeroCode(layer: "dead")) {
      try Inverter(model, layer: "dead").inversion(of: model.randomInput())
    }
    #expect(
      zero?.description == "every number of the code of 'dead' is zero for this picture, which tells nothing about it; "
        + "choose an earlier layer or another picture")
    let huge: [String: [Float]] = [
      "conv.weight": [3e38, 3e38], "conv.bias": [3e38], "f.weight": [Float](repeating: 3e38, count: 72),
    ]
    let overflowing = try Model.small(layers, weights: huge)
    let ones = Tensor(shape: [2, 6, 6], floats: [Float](repeating: 1, count: 72))
    let infinite = #expect(throws: InversionError.codeNotFinite(layer: "f")) {
      try Inverter(overflowing, layer: "f").inversion(of: ones)
    }
    #expect(
      infinite?.description
        == "the code of 'f' has numbers that are not finite, which no picture can be compared with; "
        + "check the weights and the input")
    #expect(throws: ZooError.layerNotFound("conb", model: "small", suggestions: ["conv"])) {
      try Inverter(model, layer: "conb")
    }
    #expect(throws: ZooError.self) {
      try Inverter(model, layer: "conv").inversion(
        of: Tensor(shape: [2, 5, 6], floats: [Float](repeating: 0, count: 60)))
    }
  }

  @Test("Options beyond what they can be are refused in words")
  func options() throws {
    let model = try Model.small("- fc: {name: f, out: 3}")
    func message(_ change: (inout Inverter.Options) -> Void) -> String {
      var options = Inverter.Options()
      change(&options)
      do {
        _ = try Inverter(model, layer: "f", options: options)
        return "nothing"
      } catch { return "\(error)" }
    }
    #expect(message { $0.search.iterations = 0 } == "the number of iterations should be from 1 to 1,000,000")
    #expect(message { $0.search.rate = .infinity } == "the step of an iteration should be a number above zero")
    #expect(message { $0.search.jitter = 7 } == "the jitter should be from 0 to 6 pixels, the input's shorter side")
    #expect(message { $0.search.alphaNorm = -1 } == "the weight of the 6-norm should be zero or more")
    #expect(message { $0.search.totalVariation = .nan } == "the weight of the total variation should be zero or more")
    #expect(
      message { $0.search.totalVariationExponent = 0.5 } == "the exponent of the total variation should be from 1 to 8")
    #expect(message { $0.tolerance = -1 } == "the code error at which the search ends should be zero or more")
    #expect(message { $0.search.jitter = 6 } == "nothing")
  }
}
