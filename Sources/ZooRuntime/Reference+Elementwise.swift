import ZooGraph

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension Reference {
  func copy(_ input: Input, _ output: Output) {
    for index in output.indices { output[index] = input[index] }
  }

  func activate(_ activation: Activation, _ input: Input, _ output: Output) {
    for index in output.indices { output[index] = Float(activation(Double(input[index]))) }
  }

  /// The sum of the inputs, then the activation.
  func add(_ inputs: [Input], _ activation: Activation?, _ output: Output) {
    for index in output.indices {
      let sum = inputs.reduce(0.0) { $0 + Double($1[index]) }
      output[index] = Float(activation?(sum) ?? sum)
    }
  }
}

extension Activation {
  /// The function itself.
  func callAsFunction(_ x: Double) -> Double {
    switch self {
    case .relu: max(0, x)
    case .leakyRelu(let slope): x > 0 ? x : Double(slope) * x
    case .tanh: tanh_(x)
    case .sigmoid: 1 / (1 + exp(-x))
    }
  }
}

/// The library function, which the case of the same name hides.
private func tanh_(_ x: Double) -> Double { tanh(x) }
