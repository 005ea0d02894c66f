import ZooGraph
import ZooTensor

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
