import Synchronization
import Testing
import ZooGraph
import ZooRuntime
import ZooTensor

@Suite("Weights are packed by several threads")
struct PackingTests {
  /// A large fully connected layer, whose weights are cut into parts, and large convolutions with folded batch norms.
  private func graph() throws -> Graph {
    try GraphCase("large") { graph in
      var value = try graph.image(3, 4, 4)
      for channels in [70, 500, 600] {
        value = try graph.add(.batchNorm(BatchNorm()), try graph.convolution(value, channels, 3, padding: 1))
      }
      value = try graph.add(.flatten, try graph.add(.activation(.relu), value))
      return [try graph.add(.fullyConnected(FullyConnected(outputFeatures: 403)), value)]
    }.graph.optimized()
  }

  @Test("Parts of a layer put together are the layer", arguments: [1, 2, 3])
  func parts(threads: Int) throws {
    let graph = try graph()
    let weights = SyntheticWeights(for: graph)
    let options = ExecutionOptions(threads: threads)
    let whole = try CompiledNetwork(graph: graph, options: options, weights: weights.tensor)
    let asked = Mutex<[String: [Range<Int>]]>([:])
    let source = ParameterSource(whole: weights.tensor) { name, elements, unit, body in
      if let elements { asked.withLock { $0[name, default: []].append(elements) } }
      try weights.tensor(name).withWholePart { part in
        let wanted = elements ?? part.elements
        for start in stride(from: wanted.lowerBound, to: wanted.upperBound, by: 7 * unit) {
          try body(part[start..<min(start + 7 * unit, wanted.upperBound)])
        }
      }
    }
    let network = try CompiledNetwork(graph: graph, options: options, weights: source)
    for (buffer, expected) in zip(network.packedBuffers, whole.packedBuffers) {
      let floats = UnsafeBufferPointer(start: buffer.floats, count: buffer.count)
      #expect(floats.elementsEqual(UnsafeBufferPointer(start: expected.floats, count: expected.count)))
    }
    let large = asked.withLock { $0 }.filter { $0.value.count > 1 }
    #expect(large.count == 2)
    for (name, ranges) in large {
      let sorted = ranges.sorted { $0.lowerBound < $1.lowerBound }
      let count = try weights.tensor(name).shape.elementCount
      #expect(sorted.first?.lowerBound == 0 && sorted.last?.upperBound == count)
      #expect(zip(sorted, sorted.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }, "\(sorted)")
    }
  }

  @Test("Of several faults the first in the order of the layers is told, however threads share the work")
  func firstFault() throws {
    let graph = GraphCase("faults") { graph in
      var value = try graph.image(3, 4, 4)
      for _ in 0..<40 { value = try graph.convolution(value, 8, 1) }
      return [value]
    }.graph
    let weights = SyntheticWeights(for: graph)
    let names = graph.tensors.map(\.name)
    for first in [3, 40, 70] {
      let faulty = Set(names[first...])
      for _ in 0..<20 {
        let error = #expect(throws: RuntimeError.self) {
          try CompiledNetwork(graph: graph, options: ExecutionOptions(threads: 2)) { name in
            let tensor = try weights.tensor(name)
            guard faulty.contains(name) else { return tensor }
            return Tensor(shape: tensor.shape, floats: tensor.floats.map { _ in .nan })
          }
        }
        guard case .notFinite(let tensor, _, .notANumber) = error else {
          Issue.record("found \(String(describing: error))")
          return
        }
        // A layer's bias is read before its weights.
        let layer = names[first].prefix { $0 != "." }
        #expect(tensor.prefix { $0 != "." } == layer, "faults from \(names[first]) on")
      }
    }
  }
}
