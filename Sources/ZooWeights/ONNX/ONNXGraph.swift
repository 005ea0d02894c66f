import ZooTensor

/// A network in the words of ONNX: what `ONNXFile` writes.
package struct ONNXGraph {
  /// One call of an operator.
  package struct Node {
    package let name: String
    package let type: String
    package let inputs: [String]
    package let output: String
    package let attributes: [Attribute]

    package init(name: String, type: String, inputs: [String], output: String, attributes: [Attribute] = []) {
      self.name = name
      self.type = type
      self.inputs = inputs
      self.output = output
      self.attributes = attributes
    }
  }

  package struct Attribute {
    package enum Value {
      case integer(Int)
      case integers([Int])
      case float(Float)
      case string(String)
      case tensor(Constant)
    }

    package let name: String
    package let value: Value

    package init(_ name: String, _ value: Value) {
      self.name = name
      self.value = value
    }
  }

  /// A small tensor that is written down with the node that gives it.
  package struct Constant {
    package enum Elements {
      /// int64, as operators want what they are told.
      case integers([Int])
      case floats([Float])
    }

    package let shape: Shape
    package let elements: Elements

    /// - Precondition: there are as many elements as `shape` says.
    package init(_ shape: Shape, _ elements: Elements) {
      self.shape = shape
      self.elements = elements
    }

    package var elementType: ElementType {
      switch elements {
      case .integers: .int64
      case .floats: .float32
      }
    }
  }

  /// A set of operators of the standard domain.
  package enum OperatorSet: Int, Sendable, CaseIterable {
    /// Read by every runtime since 2022.
    case v17 = 17
    /// Of 2024: has GELU and group normalisation as operators.
    case v21 = 21
  }

  /// A value that nodes pass on.
  package struct Value {
    package let name: String
    package let elementType: ElementType
    /// `nil` stands for the number of images, which is not fixed.
    package let dimensions: [Int?]

    package init(name: String, elementType: ElementType = .float32, dimensions: [Int?]) {
      self.name = name
      self.elementType = elementType
      self.dimensions = dimensions
    }
  }

  /// One of the network's tensors, in float32, which is not in memory.
  package struct Initializer {
    /// Calls `body` with all elements in order, some at a time.
    package typealias Parts = (_ body: (UnsafeBufferPointer<Float>) throws -> Void) throws -> Void

    package let name: String
    package let shape: Shape
    package let forEachPart: Parts

    /// - Precondition: `forEachPart` gives as many elements as `shape` says.
    package init(name: String, shape: Shape, forEachPart: @escaping Parts) {
      self.name = name
      self.shape = shape
      self.forEachPart = forEachPart
    }

    package var byteCount: Int { shape.elementCount * MemoryLayout<Float>.size }
  }

  package let name: String
  /// Whose words the nodes are.
  package let operatorSet: OperatorSet
  /// In an order in which they can be computed.
  package var nodes: [Node] = []
  package var initializers: [Initializer] = []
  package var inputs: [Value] = []
  package var outputs: [Value] = []
  /// The values that are neither inputs nor outputs.
  package var values: [Value] = []

  package init(name: String, operatorSet: OperatorSet = .v17) {
    self.name = name
    self.operatorSet = operatorSet
  }
}
