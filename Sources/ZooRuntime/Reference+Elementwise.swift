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

  func prelu(_ input: Input, _ output: Output) {
    let area = self.input.extent.area
    withParameter(.weight) { slopes in
      for index in output.indices {
        let slope = slopes.map { $0[$0.count == 1 ? 0 : index / area] } ?? 0
        output[index] = Float(input[index] > 0 ? Double(input[index]) : Double(slope) * Double(input[index]))
      }
    }
  }

  /// The mean over the images.
  func average(_ images: [Input], _ output: Output) {
    for index in output.indices {
      output[index] = Float(images.reduce(0.0) { $0 + Double($1[index]) } / Double(images.count))
    }
  }

  /// Inputs with one number per channel stand for maps of it.
  func multiply(_ inputs: [Input], _ output: Output) {
    let area = node.shape.extent.area
    for index in output.indices {
      output[index] = Float(
        inputs.reduce(1.0) { $0 * Double($1[$1.count == output.count ? index : index / area]) })
    }
  }
}
