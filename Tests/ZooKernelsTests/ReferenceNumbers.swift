import ZooKernels
import ZooTensor

/// What plain loops compute for each image of a batch. `inputs`: the numbers of all images, one input after the other.
/// `count`: how many numbers there are for each image.
func reference(
  images: Int, _ inputs: [[Float]], count: Int,
  _ loops: (_ inputs: [Reference.Input], _ output: Reference.Output) -> Void
) -> [Float] {
  (0..<images).flatMap { image in
    let inputs = inputs.map { input in
      let size = input.count / images
      return Array(input[image * size..<(image + 1) * size])
    }
    var output = [Double](repeating: .nan, count: count)
    output.withUnsafeMutableBufferPointer { output in
      withPointers(to: inputs[...]) { loops($0, output) }
    }
    return output.map(Float.init)
  }
}

/// What plain loops compute, and how much of it may be lost: the loops run once as they are, and once with the
/// magnitudes of all numbers and without the function, which gives the sum of the magnitudes of all terms.
/// `parameters`: what is the same for all images. `activation`: a function whose slope is at most 1.5.
func expected(
  images: Int, _ inputs: [[Float]], parameters: [[Float]] = [], count: Int, _ activation: Activation? = nil,
  _ loops: (
    _ inputs: [Reference.Input], _ parameters: [Reference.Input], _ activation: Activation?, _ output: Reference.Output
  ) -> Void
) -> [Expected] {
  let values = withPointers(to: parameters[...]) { parameters in
    reference(images: images, inputs, count: count) { loops($0, parameters, activation, $1) }
  }
  func magnitudes(_ numbers: [[Float]]) -> [[Float]] { numbers.map { $0.map(abs) } }
  let terms = withPointers(to: magnitudes(parameters)[...]) { parameters in
    reference(images: images, magnitudes(inputs), count: count) { loops($0, parameters, nil, $1) }
  }
  return zip(values, terms).map { value, terms in
    let magnitude = Double(terms) * (activation == nil ? 1 : 1.5)
    return Expected(Double(value), magnitude: max(magnitude, abs(Double(value))))
  }
}

/// Calls `body` with pointers to the numbers of all arrays, in double precision.
func withPointers<Result>(to arrays: ArraySlice<[Float]>, _ body: ([Reference.Input]) -> Result) -> Result {
  guard let first = arrays.first else { return body([]) }
  return first.map(Double.init).withUnsafeBufferPointer { first in
    withPointers(to: arrays.dropFirst()) { body([first] + $0) }
  }
}
