import Testing
import ZooGraph
import ZooTensor

@Suite struct GraphDescriptionTests {
  @Test(
    "one line of attributes",
    arguments: [
      (Operation.input([3, 8, 8]), "input", "", ""),
      (.convolution(Convolution(outputChannels: 8, kernel: Extent(1))), "convolution", "1×1", ""),
      (
        .convolution(
          Convolution(
            outputChannels: 8, kernel: Extent(height: 3, width: 5), stride: Extent(2),
            padding: Padding(top: 1, left: 2, bottom: 1, right: 2), dilation: Extent(height: 1, width: 2), groups: 2,
            activation: .relu, addsInput: true)),
        "convolution", "3×5, stride 2, padding 1×2, dilation 1×2, groups 2", "+ input + relu"
      ),
      (
        .locallyConnected(
          LocallyConnected(outputChannels: 8, kernel: Extent(3), stride: Extent(2), padding: Padding(1))),
        "locally connected", "3×3, stride 2, padding 1", ""
      ),
      (.fullyConnected(FullyConnected(outputFeatures: 10, activation: .tanh)), "fully connected", "10", "+ tanh"),
      (
        .maxPool(Pooling(kernel: Extent(3), stride: Extent(2), rounding: .caffe)), "max pool",
        "3×3, stride 2, caffe rounding", ""
      ),
      (
        .averagePool(Pooling(kernel: Extent(3), stride: Extent(1), padding: Padding(1)), countsPadding: false),
        "average pool", "3×3, padding 1, without padding in the mean", ""
      ),
      (
        .averagePool(Pooling(kernel: Extent(3), stride: Extent(1), padding: Padding(1)), countsPadding: true),
        "average pool", "3×3, padding 1", ""
      ),
      (.globalAveragePool, "global average pool", "", ""),
      (.adaptiveAveragePool(Extent(6)), "adaptive average pool", "to 6×6", ""),
      (.globalMaxPool, "global max pool", "", ""), (.adaptiveMaxPool(Extent(6)), "adaptive max pool", "to 6×6", ""),
      (.pad(Pad(.fixed(Padding(3)), mode: .reflect)), "pad", "padding 3, reflect", ""),
      (.upsample(Upsample(factor: Extent(2))), "upsample", "factor 2, nearest", ""),
      (
        .upsample(Upsample(output: Extent(7), mode: .bilinear, alignsCorners: true)), "upsample",
        "out 7, bilinear, corners aligned", ""
      ),
      (
        .transposedConvolution(
          TransposedConvolution(
            outputChannels: 6, kernel: Extent(3), stride: Extent(2), outputPadding: Extent(1), activation: .relu)),
        "transposed convolution", "3×3, stride 2, output_padding 1", "+ relu"
      ),
      (.mean(.space), "mean", "over space", ""), (.mean(.width), "mean", "over width", ""),
      (.activation(.relu), "relu", "", ""), (.activation(.leakyRelu(slope: 0.1)), "leaky relu", "slope 0.1", ""),
      (.activation(.tanh), "tanh", "", ""), (.activation(.sigmoid), "sigmoid", "", ""),
      (.activation(.clamp(lower: 0, upper: 6)), "relu6", "", ""),
      (.activation(.clamp(lower: -1, upper: 0.5)), "clamp", "lower -1, upper 0.5", ""),
      (.activation(.silu), "silu", "", ""), (.activation(.hardswish), "hardswish", "", ""),
      (.activation(.gelu), "gelu", "", ""), (.activation(.geluTanh), "gelu tanh", "", ""),
      (.activation(.elu(alpha: 1.5)), "elu", "alpha 1.5", ""),
      (.activation(.hardsigmoid), "hardsigmoid", "", ""), (.prelu(isShared: false), "prelu", "", ""),
      (.prelu(isShared: true), "prelu", "one slope", ""), (.multiply, "multiply", "", ""),
      (.add(.clamp(lower: 0, upper: 6)), "add", "", "+ relu6"),
      (.batchNorm(BatchNorm()), "batch norm", "", ""),
      (.batchNorm(BatchNorm(isAffine: false)), "batch norm", "without scale and shift", ""),
      (.batchNorm(.scale()), "scale", "", ""), (.batchNorm(.scale(shift: false)), "scale", "without shift", ""),
      (
        .localResponseNorm(LocalResponseNorm(size: 5, alpha: 1e-4, beta: 0.75, k: 1, convention: .mean)),
        "local response norm", "5 channels, alpha 0.0001, beta 0.75, k 1", ""
      ),
      (
        .localResponseNorm(LocalResponseNorm(size: 5, alpha: 1e-4, beta: 0.75, k: 2.5, convention: .sum)),
        "local response norm", "5 channels, alpha 0.0001 of the sum, beta 0.75, k 2.5", ""
      ),
      (.normalization(Normalization()), "layer norm", "", ""),
      (.normalization(Normalization(groups: 4)), "group norm", "4 groups", ""),
      (.dropout(probability: 0.5), "dropout", "0.5", ""), (.softmax, "softmax", "", ""), (.concat, "concat", "", ""),
      (.add(nil), "add", "", ""), (.add(.relu), "add", "", "+ relu"), (.flatten, "flatten", "", ""),
      (
        .subsample(Subsample(stride: Extent(2), channelsBefore: 8, channelsAfter: 8)), "subsample",
        "stride 2, zero channels 8 + 8", ""
      ),
      (.selectChannels(.slice(first: 58, channels: 58)), "slice", "channels 58 to 115", ""),
      (.selectChannels(.shuffle(groups: 2)), "channel shuffle", "groups 2", ""),
      (.selectChannels(.listed([2, 0])), "channels", "", ""),
      (.subsample(Subsample(stride: Extent(1))), "subsample", "", ""),
    ] as [(Operation, String, String, String)])
  func operations(operation: Operation, kind: String, attributes: String, fused: String) {
    #expect(operation.kind.name == kind)
    #expect(operation.attributesText == attributes, "\(kind)")
    #expect(operation.fusedText == fused, "\(kind)")
  }

  @Test func lines() throws {
    var net = try NetworkBuilder("lines", input: [3, 16, 16])
    let input = net.last
    try net.convolution("stem/conv", 8, 3, stride: 2, padding: 1)
    let norm = try net.batchNorm("bn")
    let pool = try net.maxPool("pool", 2, 2, from: input)
    try net.add("join", .concat, from: [norm, pool])
    try net.fullyConnected("fc", 10)
    var graph = net.classifier()
    try graph.append(.softmax, name: "aux", inputs: [net.last], isTrainingOnly: true)
    graph.outputs.append(Output(name: "aux", role: .auxiliary, value: NodeID(index: 6)))
    #expect(
      graph.description == """
        %0 input = input() : 3×16×16
        %1 stem/conv = convolution(%0) 3→8, 3×3, stride 2, padding 1 : 8×8×8
        %2 bn = batch norm(%1) : 8×8×8
        %3 pool = max pool(%0) 2×2, stride 2 : 3×8×8
        %4 join = concat(%2, %3) : 11×8×8
        %5 fc = fully connected(%4) 704→10 : 10
        %6 aux = softmax(%5) : 10 (training only)
        logits logits = %5
        auxiliary aux = %6
        """)
  }
}
