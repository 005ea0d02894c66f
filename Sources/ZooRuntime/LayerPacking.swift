import Synchronization
import ZooGraph
import ZooKernels

/// The weights of one layer, to be packed when all steps are known.
struct LayerPacking: Sendable {
  let packer: WeightPacker
  let weight: ParameterValue
  let bias: ParameterValue?

  /// `node`: one that has weights.
  init(_ packer: WeightPacker, for node: Node) {
    func value(_ role: Parameter.Role) -> ParameterValue? { node.parameters.first { $0.role == role }?.value }
    guard let weight = value(.weight) else { preconditionFailure("the graph gives '\(node.name)' a weight") }
    self.packer = packer
    self.weight = weight
    bias = value(.bias)
  }
}

extension ParameterEvaluator {
  /// Reads the weights of layers and packs them, on threads of its own, so that no pass of another network waits: each takes a layer, or a part of a large one,
  /// and brings it all the way from the file into place, so that no thread waits for another until the end.
  ///
  /// - Throws: as `tensor`: what reading layer after layer would meet first.
  func pack(_ layers: [LayerPacking], threads: Int) throws {
    guard !layers.isEmpty else { return }
    let pieces = layers.flatMap { layer in parts(of: layer).map { (layer: layer, elements: $0) } }
    let firstFailed = Atomic<Int>(.max)
    // Each piece has a place of its own, so that none is waited for.
    var errors = [(any Error)?](repeating: nil, count: pieces.count)
    errors.withUnsafeMutableBufferPointer { errors in
      nonisolated(unsafe) let errors = errors
      ThreadPool(exactly: threads).parallel(pieces.count) { piece in
        // What comes before a failed piece may yet fail, and is to be told of instead.
        guard piece < firstFailed.load(ordering: .relaxed) else { return }
        do {
          try pack(pieces[piece].layer, pieces[piece].elements)
        } catch {
          errors[piece] = error
          firstFailed.min(piece, ordering: .relaxed)
        }
      }
    }
    if let first = errors.lazy.compactMap(\.self).first { throw first }
  }

  /// The parts of a layer's weights that threads may take, as ranges of elements; `nil` for all of them.
  private func parts(of layer: LayerPacking) -> [Range<Int>?] {
    let (count, unit) = (layer.packer.weightCount, layer.packer.unit)
    // Where parts meet within a piece of the file, both read it: seldom enough at so many elements.
    let step = max(1, (1 << 21) / unit) * unit
    // An error is met again when the layer's turn has come.
    guard count > step, (try? isDivisible(layer.weight)) ?? false else { return [nil] }
    return stride(from: 0, to: count, by: step).map { $0..<min($0 + step, count) }
  }

  private func pack(_ layer: LayerPacking, _ elements: Range<Int>?) throws {
    if let bias = layer.bias, elements?.lowerBound ?? 0 == 0 { layer.packer.pack(bias: try tensor(bias)) }
    try forEachPart(of: layer.weight, elements: elements, unit: layer.packer.unit) { elements, floats in
      layer.packer.pack(floats, from: elements.lowerBound)
    }
  }
}
