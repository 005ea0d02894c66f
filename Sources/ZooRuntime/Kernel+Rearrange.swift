import ZooGraph
import ZooKernels
import ZooTensor

/// Reads the images of a run as maps in blocks.
struct PackKernel: Kernel {
  /// Which of the network's inputs.
  let input: Int

  var description: String { "pack" }
  var writesHalo: Bool { true }

  func run(_ operands: Operands, on machine: Machine) {
    machine.pack(operands.images(of: input), into: operands.output)
  }
}

/// Reads the images of a run as planes.
struct PackPlanesKernel: Kernel {
  /// Which of the network's inputs.
  let input: Int

  var description: String { "pack planes" }
  var writesHalo: Bool { true }

  func run(_ operands: Operands, on machine: Machine) {
    machine.pack(operands.images(of: input), into: operands.planarOutput)
  }
}

struct ConcatenateKernel: Kernel {
  var description: String { "concatenate" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.concatenate(operands.inputs, into: operands.output)
  }
}

struct FlattenKernel: Kernel {
  var description: String { "flatten" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.flatten(operands.input, into: operands.output)
  }
}

/// Channels of maps, each from a given one of all inputs', or zeros.
struct SelectChannelsKernel: Kernel {
  let name: String
  let channels: [Int?]

  var description: String { name }

  func run(_ operands: Operands, on machine: Machine) {
    machine.selectChannels(channels, of: operands.inputs, into: operands.output)
  }
}

struct SubsampleKernel: Kernel {
  let subsample: Subsample

  var description: String { "subsample" }

  func run(_ operands: Operands, on machine: Machine) {
    machine.subsample(
      stride: subsample.stride, channelsBefore: subsample.channelsBefore, operands.input, into: operands.output)
  }
}

/// Padding, upsampling or the gradient of one of them.
struct ResamplingKernel: Kernel {
  private let tables: ResamplingTables
  let description: String

  /// `what`: the operation.
  init(_ resampling: Resampling, what: String) {
    tables = ResamplingTables(resampling)
    description = "\(what) to \(resampling.output)"
  }

  init(gradientOf resampling: Resampling, what: String) {
    tables = ResamplingTables(transposing: resampling)
    description = "\(what) gradient to \(resampling.input)"
  }

  func run(_ operands: Operands, on machine: Machine) {
    machine.resample(tables, operands.input, into: operands.output)
  }
}
