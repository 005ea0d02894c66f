import Testing
import ZooTensor

@Suite struct ActivationNameTests {
  @Test func namesOfOtherFrameworksFindTheFunctionThatTheyMean() {
    let names: [(name: String, function: Activation)] = [
      ("relu", .relu), ("ReLU6", .clamp(lower: 0, upper: 6)), ("Swish", .silu), ("SiLU", .silu),
      ("hard_swish", .hardswish), ("hard_silu", .hardswish), ("HSwish", .hardswish), ("hard-sigmoid", .hardsigmoid),
      ("logistic", .sigmoid), ("TanH", .tanh), ("gelu", .gelu), ("gelu_new", .geluTanh),
    ]
    for (name, function) in names { #expect(Activation(named: name) == function, "\(name)") }
  }

  @Test func whatTakesANumberIsNotGuessed() {
    for name in ["leaky_relu", "LeakyReLU", "elu", "clip", "hardtanh", "linear", "mish", "selu", ""] {
      #expect(Activation(named: name) == nil, "\(name)")
    }
  }

  @Test func aFunctionIsFoundUnderItsOwnWord() {
    for function in Activation.plain { #expect(Activation(named: function.spelling.word) == function) }
    #expect(Activation.plain.count == Activation.kinds.count { $0.parameters.isEmpty })
  }
}
