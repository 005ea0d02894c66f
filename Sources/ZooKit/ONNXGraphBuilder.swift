import ZooGraph
import ZooRuntime
import ZooTensor
import ZooWeights

/// Writes a graph in ONNX's operators, node by node; `ONNXGraphBuilder+Operations.swift` has the table of operations.
///
/// Nodes are called by the layers' paths, and where an operation takes several, the main one is; the others have a word
/// after it. Names that are taken get a number. A checkpoint's tensors keep theirs whatever happens.
package struct ONNXGraphBuilder {
  /// One of the nodes that make up an operation: each reads what the one before it gives.
  struct Call {
    typealias Operand = (_ value: String) -> [String]

    let type: String
    /// What the node reads, given the value of the call before it.
    let operands: Operand
    /// If not 0, it reads what the step so many before it read, too, and before the value of the last.
    let readsBack: Int
    let attributes: [ONNXGraph.Attribute]
    /// Of the result; `nil` stands for the number of images.
    let dimensions: [Int?]

    init(
      _ type: String, dimensions: [Int?], _ attributes: [ONNXGraph.Attribute] = [], readsBack: Int = 0,
      operands: @escaping Operand = { [$0] }
    ) {
      self.type = type
      self.readsBack = readsBack
      self.dimensions = dimensions
      self.attributes = attributes
      self.operands = operands
    }

    /// `shape`: of the result, for one image.
    init(
      _ type: String, _ shape: Shape, _ attributes: [ONNXGraph.Attribute] = [], readsBack: Int = 0,
      operands: @escaping Operand = { [$0] }
    ) {
      self.init(type, dimensions: [nil] + shape.dimensions, attributes, readsBack: readsBack, operands: operands)
    }
  }

  private let source: Graph
  private let evaluator: ParameterEvaluator
  private var graph: ONNXGraph
  private var nodeNames = UniqueNames()
  private var valueNames = UniqueNames()
  /// The name of each node's value, once it is computed.
  private var values: [String] = []
  /// The names that the values of some nodes have because they are outputs.
  private var outputNames: [NodeID: String] = [:]
  private var writtenParameters: Set<String> = []

  /// The values that `outputs` name become the model's outputs, in that order.
  ///
  /// - Throws: `ShapeError` for a graph that is not well formed.
  package static func build(
    _ source: Graph, outputs: [Output], _ evaluator: ParameterEvaluator, operatorSet: ONNXGraph.OperatorSet = .v17
  ) throws -> ONNXGraph {
    var builder = ONNXGraphBuilder(source, evaluator, operatorSet)
    for name in source.nodes.flatMap({ node in node.parameters.map { builder.name(of: $0, in: node) } }) {
      builder.valueNames.reserve(name)
    }
    let names = outputs.map { builder.valueNames.take($0.name) }
    for (output, name) in zip(outputs, names) where builder.outputNames[output.value] == nil {
      if builder.computesValue(output.value) { builder.outputNames[output.value] = name }
    }
    for id in source.ids { try builder.append(id) }
    for (output, name) in zip(outputs, names) { builder.append(output, called: name) }
    return builder.graph
  }

  private init(_ source: Graph, _ evaluator: ParameterEvaluator, _ operatorSet: ONNXGraph.OperatorSet) {
    self.source = source
    self.evaluator = evaluator
    graph = ONNXGraph(name: source.name, operatorSet: operatorSet)
  }

  /// Whose operators the nodes are.
  var operatorSet: ONNXGraph.OperatorSet { graph.operatorSet }

  /// Whether ONNX nodes come from the node: its value is not what is fed in, and not that of another node.
  private func computesValue(_ id: NodeID) -> Bool {
    let node = source[id]
    if node.inputs.isEmpty { return false }
    return !(node.operation.traits.keepsElements && source[node.inputs[0]].shape == node.shape)
  }

  private mutating func append(_ id: NodeID) throws {
    let node = source[id]
    if case .input = node.operation {
      let name = valueNames.take(node.name)
      graph.inputs.append(ONNXGraph.Value(name: name, dimensions: [nil] + node.shape.dimensions))
      values.append(name)
    } else if case .parameter(let role, _) = node.operation {
      values.append(parameter(role, of: node) ?? "")
    } else if computesValue(id) {
      let (steps, main) = try steps(for: node, inputShape: source[node.inputs[0]].shape)
      values.append(append(steps, main: main, of: node, into: outputNames[id]))
    } else {
      values.append(values[node.inputs[0].index])
    }
  }

  /// `main`: which of the steps has the layer's name. Returns the name of the value of the last.
  private mutating func append(_ steps: [Call], main: Int, of node: Node, into output: String?) -> String {
    var value = values[node.inputs[0].index]
    var read: [String] = []
    for (index, step) in steps.enumerated() {
      let long = "\(node.name)/\(step.type.lowercased())"
      let isLast = index == steps.count - 1
      read.append(value)
      let result = isLast ? output ?? valueNames.take(node.name) : valueNames.take(long)
      graph.nodes.append(
        ONNXGraph.Node(
          name: nodeNames.take(index == main ? node.name : long), type: step.type,
          inputs: (step.readsBack > 0 ? [read[index - step.readsBack]] : []) + step.operands(value), output: result,
          attributes: step.attributes))
      if !isLast || output == nil { graph.values.append(ONNXGraph.Value(name: result, dimensions: step.dimensions)) }
      value = result
    }
    return value
  }

  private mutating func append(_ output: Output, called name: String) {
    if outputNames[output.value] != name {
      graph.nodes.append(
        ONNXGraph.Node(
          name: nodeNames.take("\(name)/identity"), type: "Identity", inputs: [values[output.value.index]],
          output: name))
    }
    graph.outputs.append(ONNXGraph.Value(name: name, dimensions: [nil] + source[output.value].shape.dimensions))
  }

  /// The shape of a node's value.
  func shape(of id: NodeID) -> Shape { source[id].shape }

  /// The names of the values that a node reads, in order.
  func inputs(of node: Node) -> [String] { node.inputs.map { values[$0.index] } }

  /// The name of the value of a node that reads no other node's.
  mutating func aside(_ step: Call, _ word: String, of node: Node) -> String {
    let name = valueNames.take("\(node.name)/\(word)")
    graph.nodes.append(
      ONNXGraph.Node(
        name: nodeNames.take(name), type: step.type, inputs: step.operands(""), output: name,
        attributes: step.attributes))
    graph.values.append(ONNXGraph.Value(name: name, dimensions: step.dimensions))
    return name
  }

  /// The name of a node's parameter, which becomes part of the model.
  mutating func parameter(_ role: Parameter.Role, of node: Node) -> String? {
    guard let parameter = node.parameter(role) else { return nil }
    // No tensor of the checkpoint, which it must not look like to whoever reads the file.
    if case .constant(let number, let shape) = parameter.value {
      let numbers = [Float](repeating: number, count: shape.elementCount)
      return constant(role.rawValue, of: node, shape: shape, .floats(numbers))
    }
    let name = name(of: parameter, in: node)
    if writtenParameters.insert(name).inserted {
      let value = parameter.value
      graph.initializers.append(
        ONNXGraph.Initializer(name: name, shape: parameter.shape) { [evaluator] body in
          try evaluator.forEachPart(of: value, unit: 1) { _, floats in try body(floats) }
        })
    }
    return name
  }

  private func name(of parameter: Parameter, in node: Node) -> String {
    if case .tensor(let name, _) = parameter.value { name } else { "\(node.name).\(parameter.role.rawValue)" }
  }

  /// The name of a constant that an operator needs in a tensor; no initializer, so that these are the checkpoint's tensors.
  mutating func constant(
    _ word: String, of node: Node, shape: Shape, _ elements: ONNXGraph.Constant.Elements
  ) -> String {
    let name = valueNames.take("\(node.name)/\(word)")
    let constant = ONNXGraph.Constant(shape, elements)
    graph.nodes.append(
      ONNXGraph.Node(
        name: nodeNames.take(name), type: "Constant", inputs: [], output: name,
        attributes: [ONNXGraph.Attribute("value", .tensor(constant))]))
    graph.values.append(
      ONNXGraph.Value(name: name, elementType: constant.elementType, dimensions: shape.dimensions))
    return name
  }

  /// As `constant`, for a list of integers.
  mutating func constant(_ word: String, of node: Node, _ numbers: [Int]) -> String {
    constant(word, of: node, shape: [numbers.count], .integers(numbers))
  }
}

/// Names of which no two are the same.
private struct UniqueNames {
  private var taken: Set<String> = []

  mutating func reserve(_ name: String) { taken.insert(name) }

  /// The name, with a number after it if it is taken.
  mutating func take(_ name: String) -> String {
    if taken.insert(name).inserted { return name }
    var number = 2
    while !taken.insert("\(name)/\(number)").inserted { number += 1 }
    return "\(name)/\(number)"
  }
}
