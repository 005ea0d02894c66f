import ZooGraph
import ZooImages
import ZooKit
import ZooTensor
import ZooWeights

/// CNN codes: what layers of a network answer to pictures, one row of numbers for each picture.
///
///     let features = try Features(Network.find("resnet32"), weights: .file("resnet32.th"))
///     try features.write(DataSet.open("pictures", split: .train), to: "codes.npy")
public struct Features: Sendable {
  /// A layer whose value is taken.
  public struct Layer: Hashable, Sendable {
    /// Its path in the definition.
    public let name: String
    /// Of its value for one picture.
    public let shape: Shape
    /// Whether the mean of each map is taken in place of its numbers.
    public let isPooled: Bool

    /// The numbers of a code.
    public var width: Int { isPooled ? shape[0] : shape.elementCount }
  }

  /// Whose layers answer.
  public let model: Model
  /// In the order in which they were asked for.
  public let layers: [Layer]
  /// What the network was found by.
  public let reference: String
  /// Where its weights were said to be.
  public let source: WeightSource
  let options: Model.Options

  /// Loads the weights and compiles the network.
  ///
  /// - Parameters:
  ///   - network: whose layers answer.
  ///   - reference: what the network was found by, to be remembered beside codes; its name when it is `nil`.
  ///   - weights: where its weights are.
  ///   - layers: paths of the definition; `nil` for `Graph.codeLayer`, what the last layer reads.
  ///   - pools: whether maps are averaged, so that a code has a number for each channel.
  ///   - options: how the model runs.
  /// - Throws: as `Model`, also `ZooError.layerNotFound`; `ZooError.noHead` when there is no such layer to take.
  public init(
    _ network: Network, called reference: String? = nil, weights: WeightSource = .automatic, layers: [String]? = nil,
    pools: Bool = false, options: Model.Options = Model.Options()
  ) throws {
    let names = try layers ?? [network.codeLayer()]
    model = try Model(network, weights: weights, outputs: names, options: options)
    self.reference = reference ?? network.name
    self.options = options
    source = weights
    self.layers = names.compactMap { name in
      network.graph.nodes.first { $0.name == name }.map { node in
        let isMap = node.shape.rank == 3 && node.shape.elementCount > node.shape[0]
        return Layer(name: name, shape: node.shape, isPooled: pools && isMap)
      }
    }
  }

  /// The codes of pictures: for each layer `[pictures, width]`, float32.
  ///
  /// - Parameter inputs: `[pictures, channels, height, width]`, preprocessed.
  /// - Throws: as `Model.values`.
  /// - Returns: In the order of `layers`.
  public func codes(of inputs: Tensor) throws -> [Tensor] {
    let values = try model.values(for: inputs)
    return layers.compactMap { layer in values[layer.name].map { layer.code(of: $0) } }
  }

  /// A picture as the network wants it, or what is wrong with it.
  ///
  /// - Throws: `ImageError` with a name when it cannot be decoded; as `Model.input`.
  func input(_ index: Int, of data: DataSet) throws -> Tensor {
    do {
      return try model.input(for: data.picture(at: index))
    } catch let error as ImageError {
      throw ImageError(name: error.name ?? data.name(at: index), fact: error.fact)
    }
  }
}

extension Features.Layer {
  /// `value`: of the layer, for some pictures.
  fileprivate func code(of value: Tensor) -> Tensor {
    let count = value.shape[0]
    guard isPooled else { return value.reshaped(to: [count, width]) }
    let area = shape.elementCount / width
    return value.withFloats { numbers in
      Tensor(
        shape: [count, width],
        floats: (0..<count * width).map { map in
          Float(numbers[map * area..<(map + 1) * area].reduce(0.0) { $0 + Double($1) } / Double(area))
        })
    }
  }
}
