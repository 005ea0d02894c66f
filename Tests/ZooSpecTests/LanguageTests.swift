import Testing
import ZooGraph
import ZooSpec
import ZooTensor

/// What the constructs of the language mean, by the graph that they give.
///
/// A node is written `path <- inputs`, with `!` after a node that exists only in training.
struct LanguageTests {
  private func nodes(_ text: String, input: Shape? = nil) throws -> [String] {
    let source = SourceFile(path: "net.yaml", text: "zoo: 1\nname: net\ninput: [3, 16, 16]\n" + text)
    let graph = try Definition.parse(source).graph(input: input)
    return graph.nodes.dropFirst().map { node in
      "\(node.name)\(node.isTrainingOnly ? "!" : "") <- "
        + node.inputs.map { graph[$0].name }.joined(separator: ", ")
    }
  }

  private func graph(_ text: String) throws -> Graph {
    try Definition.parse(
      SourceFile(path: "net.yaml", text: "zoo: 1\nname: net\ninput: [3, 16, 16]\n" + text)
    ).graph()
  }

  @Test func `layers read the one before and are named after their operation`() throws {
    let nodes = try nodes(
      """
      layers:
        - relu
        - relu: {name: relu_3}
        - relu
        - relu
        - tanh
      """)
    #expect(
      nodes == [
        "relu <- input", "relu_3 <- relu", "relu_2 <- relu_3", "relu_4 <- relu_2", "tanh <- relu_4",
      ])
  }

  @Test func `a sequential numbers its layers as PyTorch does, named ones counting`() throws {
    let nodes = try nodes(
      """
      blocks:
        pair: {layers: [relu, {tanh: {when: false}}, sigmoid]}
      layers:
        - sequential:
            name: features
            layers:
              - relu
              - use: {block: pair, repeat: 2}
              - tanh: {name: last}
              - sequential: [relu, softmax]
              - use: {block: pair, name: tail}
        - relu: {from: features.6.0}
      """)
    #expect(
      nodes == [
        "features.0 <- input", "features.1 <- features.0", "features.2 <- features.1",
        "features.3 <- features.2", "features.4 <- features.3", "features.last <- features.4",
        "features.6.0 <- features.last", "features.6.1 <- features.6.0",
        "features.tail.relu <- features.6.1", "features.tail.sigmoid <- features.tail.relu", "relu <- features.6.0",
      ])
  }

  @Test func `a block and a sequential read their own input`() throws {
    let nodes = try nodes(
      """
      blocks:
        residual:
          layers:
            - relu
            - sequential:
                name: inner
                layers:
                  - tanh: {from: input}
                  - sigmoid: {from: relu}
            - add: {from: [inner, input]}
      layers:
        - tanh: {name: stem}
        - use: {block: residual, name: "r{i}", repeat: 2}
        - add: {name: sum, from: [r0, r1.inner.0, stem, input]}
      """)
    #expect(
      nodes == [
        "stem <- input", "r0.relu <- stem", "r0.inner.0 <- r0.relu", "r0.inner.1 <- r0.relu",
        "r0.add <- r0.inner.1, stem", "r1.relu <- r0.add", "r1.inner.0 <- r1.relu", "r1.inner.1 <- r1.relu",
        "r1.add <- r1.inner.1, r0.add", "sum <- r0.add, r1.inner.0, stem, input",
      ])
  }

  @Test func `the name of a layer left out stands for what it would read`() throws {
    let nodes = try nodes(
      """
      parameters: {project: false, n: 0}
      blocks:
        project: {layers: [tanh]}
      layers:
        - relu: {name: a}
        - use: {block: project, name: shortcut, from: input, when: $project}
        - sigmoid
        - sequential: {name: s, from: a, when: $n * 2, layers: [relu]}
        - softmax: {name: s, when: $n}
        - add: {from: [sigmoid, shortcut, s, a]}
        - relu: {name: a, from: s, when: 0}
        - tanh: {from: a}
      """)
    #expect(
      nodes == ["a <- input", "sigmoid <- input", "add <- sigmoid, input, a, a", "tanh <- a"])
  }

  @Test func `a layer that is there takes the name of one left out`() throws {
    let nodes = try nodes(
      """
      parameters: {deep: true}
      layers:
        - relu: {name: stem, when: false}
        - tanh: {name: stem, when: $deep}
        - softmax: {from: stem}
      """)
    #expect(nodes == ["stem <- input", "softmax <- stem"])
  }

  @Test func `repetitions chain, and their index, first and nesting work`() throws {
    let graph = try graph(
      """
      parameters: {n: 2, width: 2}
      blocks:
        stage:
          parameters: {out: int, count: int}
          layers:
            - use: {block: unit, name: "u{i}", repeat: $count, with: {out: $out + $i}, first: {stride: 2}}
        unit:
          parameters: {out: int, stride: 1}
          layers:
            - conv: {name: conv, out: $out, kernel: 1, stride: $stride}
      layers:
        - use: {block: stage, name: "s{i}", repeat: $n, from: input, with: {out: $width * ($i + 1), count: $n}}
        - use: {block: unit, name: "none{i}", repeat: $n - 2, with: {out: 1}}
      """)
    #expect(
      graph.nodes.map { "\($0.name) \($0.shape)" } == [
        "input 3×16×16", "s0.u0.conv 2×8×8", "s0.u1.conv 3×8×8", "s1.u0.conv 4×4×4", "s1.u1.conv 5×4×4",
      ])
    #expect(graph.nodes.dropFirst().map { $0.inputs[0].index } == [0, 1, 2, 3])
  }

  @Test func `names take parameters and arithmetic`() throws {
    let nodes = try nodes(
      """
      parameters: {n: 3, kind: left}
      blocks:
        unit: {parameters: {b: int}, layers: [relu: {name: "branch$b"}, tanh: {name: "{b}.{b * 2}_x"}]}
      layers:
        - use: {block: unit, name: "denselayer{i + 1}", repeat: 2, with: {b: $i + 4}}
        - relu: {name: "$kind{n - 1}"}
      """)
    #expect(
      nodes == [
        "denselayer1.branch4 <- input", "denselayer1.4.8_x <- denselayer1.branch4",
        "denselayer2.branch5 <- denselayer1.4.8_x", "denselayer2.5.10_x <- denselayer2.branch5",
        "left2 <- denselayer2.5.10_x",
      ])
  }

  @Test func `what joins values stands for the first when it is left out`() throws {
    let nodes = try nodes(
      """
      blocks:
        unit:
          parameters: {out: int, stride: 1}
          layers:
            - conv: {name: conv, out: $out, kernel: 1, stride: $stride}
            - add: {name: sum, from: [conv, input], when: $stride == 1 and $in == $out}
            - relu: {from: sum}
      layers:
        - use: {block: unit, name: "u{i}", repeat: {out: [3, 3, 4], stride: [1, 2, 1]}}
        - multiply: {from: [u2, u1], when: false}
        - tanh
      """)
    #expect(
      nodes == [
        "u0.conv <- input", "u0.sum <- u0.conv, input", "u0.relu <- u0.sum", "u1.conv <- u0.relu",
        "u1.relu <- u1.conv", "u2.conv <- u1.relu", "u2.relu <- u2.conv", "tanh <- u2.relu",
      ])
  }

  @Test func `a repetition takes one item of each list, and nests`() throws {
    let graph = try graph(
      """
      parameters: {widths: [2, 4], flags: [true, false], kinds: [a, b], rates: [0.25, 0.5], n: 2}
      blocks:
        a: {parameters: {width: int}, layers: [conv: {name: conv, out: $width, kernel: 1}, relu]}
        b: {parameters: {width: int}, layers: [conv: {name: conv, out: $width + $in, kernel: 1}]}
      layers:
        - sequential:
            name: "s{i + 1}"
            repeat: {width: $widths, count: [1, $n], flag: $flags, kind: $kinds, rate: $rates}
            layers:
              - tanh: {when: $flag}
              - use: {block: $kind, name: "u{i}", repeat: $count, with: {width: $width + $i}}
              - dropout: {probability: $rate * ($i + 1) / 2}
        - use: {block: a, name: "t{width}", repeat: {width: [5, 6]}, from: input}
      """)
    #expect(
      graph.nodes.map { "\($0.name) \($0.shape)" } == [
        "input 3×16×16", "s1.0 3×16×16", "s1.u0.conv 2×16×16", "s1.u0.relu 2×16×16", "s1.2 2×16×16",
        "s2.u0.conv 6×16×16", "s2.u1.conv 11×16×16", "s2.2 11×16×16", "t5.conv 5×16×16", "t5.relu 5×16×16",
        "t6.conv 6×16×16", "t6.relu 6×16×16",
      ])
    #expect(graph.nodes[4].operation == .dropout(probability: 0.125))
    #expect(graph.nodes[7].operation == .dropout(probability: 0.5))
    #expect(graph.nodes.dropFirst().map { $0.inputs[0].index } == [0, 1, 2, 3, 4, 5, 6, 0, 8, 9, 10])
  }

  @Test func `in is what the group reads, unless a parameter is called so`() throws {
    let graph = try graph(
      """
      parameters: {}
      blocks:
        gate:
          layers:
            - global_average_pool
            - conv: {name: squeeze, out: $in / 2, kernel: 1}
            - conv: {name: widen, out: $in, kernel: 1}
            - multiply: {from: [input, widen]}
        own: {parameters: {in: int}, layers: [conv: {name: conv, out: $in, kernel: 1}]}
      layers:
        - conv: {name: a, out: $in * 2, kernel: 1}
        - use: {block: gate, name: gate}
        - sequential: {name: s, layers: [conv: {out: $in + 2, kernel: 1}, conv: {out: $in, kernel: 1}]}
        - use: {block: own, name: own, with: {in: $in}}
        - flatten
        - sequential: {name: t, layers: [fc: {out: $in}]}
      """)
    #expect(graph.nodes.map { $0.shape.dimensions[0] } == [3, 6, 6, 3, 6, 6, 8, 6, 3, 768, 768])
  }

  @Test func `a variant replaces lists and decimal numbers`() throws {
    let base = """
      zoo: 1
      name: base
      input: [3, 16, 16]
      parameters: {widths: [4, 8], rate: 0.5}
      blocks: {b: {parameters: {out: int}, layers: [fc: {name: fc, out: $out}, dropout: {probability: $rate}]}}
      layers: [use: {block: b, name: "b{i}", repeat: {out: $widths}}]
      """
    let source = SourceFile(
      path: "n.yaml", text: "zoo: 1\nname: n\nvariant_of: base.yaml\nwith: {widths: [2, 3, 4], rate: 0}")
    let definition = try Definition.parse(source) { name, _ in SourceFile(path: name, text: base) }
    #expect(try definition.graph().nodes.map { $0.shape.dimensions[0] } == [3, 2, 2, 3, 3, 4, 4])
    #expect(try definition.graph().nodes[2].operation == .dropout(probability: 0))
    let given = try definition.graph(parameters: ["widths": .list([.integer(7)]), "rate": .integer(0)])
    #expect(given.nodes.map { $0.shape.dimensions[0] } == [3, 7, 7])
  }

  @Test func `what exists only in training is a side branch`() throws {
    let nodes = try nodes(
      """
      blocks:
        head: {layers: [flatten, {fc: {name: fc, out: 2}}]}
      layers:
        - relu
        - use: {block: head, name: aux, training_only: true}
        - tanh
        - use: {block: head, name: "late{i}", from: relu, repeat: 2, training_only: true}
        - fc: {name: fc, out: 2}
      outputs:
        logits: fc
        aux: {from: aux, role: auxiliary, loss_weight: 0.3}
      """)
    #expect(
      nodes == [
        "relu <- input", "aux.flatten! <- relu", "aux.fc! <- aux.flatten", "tanh <- relu",
        "late0.flatten! <- relu", "late0.fc! <- late0.flatten", "late1.flatten! <- late0.fc",
        "late1.fc! <- late1.flatten", "fc <- tanh",
      ])
  }

  @Test func `outputs have the roles of their names unless they say otherwise`() throws {
    let graph = try graph(
      """
      layers:
        - fc: {name: fc, out: 5}
        - softmax: {name: p}
      outputs: {logits: fc, probabilities: p, codes: input, other: {from: fc, role: logits, loss_weight: 2}}
      """)
    #expect(
      graph.outputs == [
        Output(name: "logits", role: .logits, value: NodeID(index: 1)),
        Output(name: "probabilities", role: .probabilities, value: NodeID(index: 2)),
        Output(name: "codes", role: .features, value: NodeID(index: 0)),
        Output(name: "other", role: .logits, value: NodeID(index: 1), lossWeight: 2),
      ])
  }

  @Test func `without outputs the last layer that inference has is logits`() throws {
    let graph = try graph(
      "layers: [{fc: {name: a, out: 2}}, {fc: {name: b, out: 3, from: input, training_only: true}}]")
    #expect(graph.outputs == [Output(name: "logits", role: .logits, value: NodeID(index: 1))])
  }

  @Test func `anchors, aliases and merges repeat what they name`() throws {
    let graph = try graph(
      """
      defaults:
        conv: &small {kernel: 3, padding: 1, bias: false}
      blocks:
        b: {layers: &tail [relu, {conv: {<<: *small, name: conv, out: 4, padding: 0}}]}
      layers:
        - conv: {<<: [{stride: 2}, *small, {stride: 3}], name: a, out: 2}
        - sequential: {name: s, layers: *tail}
      """)
    #expect(graph.nodes.map(\.shape) == [[3, 16, 16], [2, 8, 8], [2, 8, 8], [4, 6, 6]])
    #expect(graph.nodes.last?.parameters.count == 1)
    #expect(graph.nodes.last?.origin == Origin(file: "net.yaml", line: 10, column: 35))
  }

  @Test func `every operation and every attribute comes out as written`() throws {
    let graph = try graph(
      """
      layers:
        - conv: {name: a, out: 4, kernel: [3, 5], stride: [1, 2], padding: {top: 2, right: 3}, dilation: [2, 1], groups: 1, bias: false}
        - conv: {name: b, out: 4, kernel: 3, padding: [1, 0], groups: 4}
        - locally_connected: {name: c, out: 6, kernel: 3, stride: 2, bias: false}
        - batch_norm: {name: d, epsilon: 0.001}
        - batch_norm: {name: f, affine: false}
        - scale: {name: g}
        - scale: {name: h, shift: false}
        - layer_norm: {name: i, epsilon: 1e-6}
        - group_norm: {name: j, groups: 3}
        - leaky_relu
        - leaky_relu: {slope: 0.2}
        - subsample: {stride: 1, channels_before: 1, channels_after: 2}
        - channel_shuffle: {groups: 3}
        - slice: {first: 2, channels: 6}
        - slice: {channels: 5}
        - lrn: {size: 3, alpha: 1e-4, beta: 0.75, k: 2, convention: sum}
        - average_pool: {kernel: 2, stride: 1, padding: 1, rounding: ceil, count_padding: false}
        - max_pool: {kernel: 2}
        - adaptive_average_pool: {out: [2, 1]}
        - global_average_pool
        - dropout
        - flatten
        - fc: {name: e, out: 3, bias: false}
        - softmax
      """)
    let operations = graph.nodes.dropFirst().map(\.operation)
    #expect(
      operations == [
        .convolution(
          Convolution(
            outputChannels: 4, kernel: Extent(height: 3, width: 5), stride: Extent(height: 1, width: 2),
            padding: Padding(top: 2, left: 0, bottom: 0, right: 3), dilation: Extent(height: 2, width: 1),
            hasBias: false)),
        .convolution(
          Convolution(
            outputChannels: 4, kernel: Extent(3), padding: Padding(top: 1, left: 0, bottom: 1, right: 0), groups: 4)),
        .locallyConnected(
          LocallyConnected(outputChannels: 6, kernel: Extent(3), stride: Extent(2), hasBias: false)),
        .batchNorm(BatchNorm(epsilon: 0.001)), .batchNorm(BatchNorm(isAffine: false)), .batchNorm(.scale()),
        .batchNorm(.scale(shift: false)), .normalization(Normalization(epsilon: 1e-6)),
        .normalization(Normalization(groups: 3)), .activation(.leakyRelu(slope: 0.01)),
        .activation(.leakyRelu(slope: 0.2)),
        .subsample(Subsample(stride: Extent(1), channelsBefore: 1, channelsAfter: 2)),
        .selectChannels(.shuffle(groups: 3)), .selectChannels(.slice(first: 2, channels: 6)),
        .selectChannels(.slice(first: 0, channels: 5)),
        .localResponseNorm(LocalResponseNorm(size: 3, alpha: 1e-4, beta: 0.75, k: 2, convention: .sum)),
        .averagePool(
          Pooling(kernel: Extent(2), stride: Extent(1), padding: Padding(1), rounding: .ceil), countsPadding: false),
        .maxPool(Pooling(kernel: Extent(2), stride: Extent(2))),
        .adaptiveAveragePool(Extent(height: 2, width: 1)), .globalAveragePool, .dropout(probability: 0.5), .flatten,
        .fullyConnected(FullyConnected(outputFeatures: 3, hasBias: false)), .softmax,
      ])
  }

  @Test func `padding same is worked out for each input`() throws {
    let definition = try Definition.parse(
      SourceFile(
        path: "n.yaml",
        text: """
          zoo: 1
          name: n
          input: [1, 8, 9]
          layers:
            - conv: {name: a, out: 2, kernel: 3, stride: 2, padding: same}
            - max_pool: {kernel: [2, 3], stride: 1, padding: same}
          """))
    let graph = try definition.graph()
    #expect(graph.nodes.map(\.shape) == [[1, 8, 9], [2, 4, 5], [2, 4, 5]])
    #expect(graph.details(of: NodeID(index: 1)).hasSuffix("padding same (top 0, left 1, bottom 1, right 1)"))
    #expect(graph.details(of: NodeID(index: 2)).hasSuffix("padding same (top 0, left 1, bottom 1, right 1)"))
    #expect(
      try definition.graph(input: [1, 9, 8]).details(of: NodeID(index: 1)).hasSuffix(
        "(top 1, left 0, bottom 1, right 1)"))
    let text = try DefinitionWriter(graph: graph, card: definition.card).text()
    let again = try Definition.parse(SourceFile(path: "n.yaml", text: text)).graph()
    #expect(again.nodes.map(\.operation) == graph.nodes.map(\.operation))
  }

  @Test func `padding may be wider than the kernel of a convolution`() throws {
    let graph = try graph(
      """
      layers:
        - conv: {name: a, out: 2, kernel: 1, padding: 1}
        - conv: {name: b, out: 2, kernel: 3, padding: 100}
      """)
    #expect(graph.nodes.last?.shape.extent == Extent(16 + 2 + 198))
  }

  @Test func `the input can be given by the caller`() throws {
    let definition = try Definition.parse(
      SourceFile(
        path: "n.yaml", text: "zoo: 1\nname: n\ninput: [3, 8, 8]\nlayers: [{conv: {name: a, out: 2, kernel: 3}}]")
    )
    #expect(try definition.graph().nodes.map(\.shape) == [[3, 8, 8], [2, 6, 6]])
    #expect(try definition.graph(input: [3, 20, 9]).nodes.map(\.shape) == [[3, 20, 9], [2, 18, 7]])
    #expect(throws: DefinitionErrors.self) { try definition.graph(input: [3, 2, 2]) }
  }

  @Test func `parameters can be given by the caller, of the right type`() throws {
    let definition = try Definition.parse(
      SourceFile(
        path: "n.yaml",
        text: "zoo: 1\nname: n\ninput: [3, 8, 8]\nparameters: {width: 4}\nlayers: [{fc: {name: a, out: $width}}]"))
    #expect(try definition.graph(parameters: ["width": .integer(9)]).nodes.last?.shape == [9])
    #expect {
      try definition.graph(parameters: ["widht": .integer(9)])
    } throws: { error in
      "\(error)".hasPrefix("n.yaml:4:13: error: there is no parameter 'widht' (did you mean 'width'?)")
    }
    #expect {
      try definition.graph(parameters: ["width": .string("9")])
    } throws: { error in
      "\(error)".hasPrefix("n.yaml:4:13: error: parameter 'width' is an integer; found '9'")
    }
  }
}
