import Testing
import ZooGraph
import ZooKernels
import ZooRuntime
import ZooTensor
import ZooTestSupport

@Suite("Changes of an image, by windows and by whole passes")
struct WindowedTests {
  static let cases =
    GraphCase.table + (300..<360).map { GraphCase(seed: $0) } + (0..<100).map { GraphCase(layer: $0) }

  /// Some changed images: corners, single pixels, strips, everything, several rectangles that overlap, nothing.
  static func changes(_ input: Shape, seed: UInt64) -> [[InputChange]] {
    var random = SplitMix64(seed: seed)
    let extent = input.extent
    func range(_ count: Int) -> Range<Int> {
      let first = Int.random(in: 0..<count, using: &random)
      return first..<Int.random(in: first + 1...count, using: &random)
    }
    func change(_ region: MapRegion) -> InputChange {
      let shape = Shape([input.channels, region.rows.count, region.columns.count])
      return InputChange(region, values: SyntheticWeights.images(shape, seed: random.next()))
    }
    let (height, width) = (extent.height, extent.width)
    var regions = [
      MapRegion(rows: 0..<1, columns: 0..<1), MapRegion(rows: height - 1..<height, columns: width - 1..<width),
      MapRegion(extent),
    ]
    for _ in 0..<4 { regions.append(MapRegion(rows: range(height), columns: range(width))) }
    let row = Int.random(in: 0..<height, using: &random)
    let column = Int.random(in: 0..<width, using: &random)
    regions.append(MapRegion(rows: row..<row + 1, columns: column..<column + 1))
    var changes = regions.map { [change($0)] }
    changes.append((0..<3).map { _ in change(MapRegion(rows: range(height), columns: range(width))) })
    changes.append([])
    return changes
  }

  /// The image with its changes, one pixel after the other.
  static func changed(_ image: Tensor, _ changes: [InputChange]) -> Tensor {
    var floats = image.floats
    let extent = image.shape.extent
    for change in changes {
      var values = change.values.floats[...]
      for channel in 0..<image.shape.channels {
        for row in change.region.rows {
          for column in change.region.columns {
            floats[(channel * extent.height + row) * extent.width + column] = values.removeFirst()
          }
        }
      }
    }
    return Tensor(shape: image.shape, floats: floats)
  }

  @Test(arguments: cases)
  func sameBits(_ graphCase: GraphCase) throws {
    let graph = try graphCase.graph.optimized()
    let weights = SyntheticWeights(for: graph)
    let image = SyntheticWeights.images(graph.inputShape)
    let changes = Self.changes(image.shape, seed: 5)
    let brute = try CompiledNetwork(graph: graph, options: ExecutionOptions(numerics: .direct), weights: weights.tensor)
      .makeRunner()
    let expected = try changes.map { bits(try brute.run(Self.changed(image, $0))) }
    let whole = bits(try brute.run(image))
    for (index, instructionSet) in InstructionSet.available.enumerated() {
      for threads in 1...3 {
        let network = try WindowedNetwork(
          graph: graph, options: ExecutionOptions(instructionSet: instructionSet, threads: threads),
          weights: weights.tensor)
        let runner = try WindowedRunner(network, image: image, batch: [4, 1, nil][(threads + index) % 3])
        runner.poison()
        let found = try #require(try runner.run(changes))
        let what = "\(instructionSet.rawValue), \(threads) threads"
        #expect(bits(runner.answers) == whole, "\(what), the image itself: \(graphCase.listing)")
        for image in changes.indices {
          let answer = found.map { slice($0, image) }
          #expect(
            answer == expected[image], "\(what), changed \(changes[image].map(\.region)): \(graphCase.listing)")
        }
      }
    }
  }

  @Test("before passes too", arguments: (500..<540).map { GraphCase(seed: $0) })
  func beforePasses(_ graphCase: GraphCase) throws {
    let graph = graphCase.graph
    let weights = SyntheticWeights(for: graph)
    let image = SyntheticWeights.images(graph.inputShape)
    let changes = Self.changes(image.shape, seed: 6)
    let brute = try CompiledNetwork(graph: graph, options: ExecutionOptions(numerics: .direct), weights: weights.tensor)
      .makeRunner()
    let runner = try WindowedRunner(WindowedNetwork(graph: graph, weights: weights.tensor), image: image)
    runner.poison()
    let found = try #require(try runner.run(changes))
    for index in changes.indices {
      #expect(
        found.map { slice($0, index) } == bits(try brute.run(Self.changed(image, changes[index]))),
        "changed \(changes[index].map(\.region)): \(graphCase.listing)")
    }
  }

  @Test("what a change cannot reach keeps its value", arguments: (300..<360).map { GraphCase(seed: $0) })
  func influence(_ graphCase: GraphCase) throws {
    let graph = graphCase.graph
    let interpreter = try Interpreter(graph: graph, weights: SyntheticWeights(for: graph).tensor)
    let image = SyntheticWeights.images(graph.inputShape)
    let before = try interpreter.values(image)
    for change in Self.changes(image.shape, seed: 7).prefix(8) {
      let after = try interpreter.values(Self.changed(image, change))
      var regions: [MapRegion] = []
      for (id, node) in zip(graph.ids, graph.nodes) {
        if node.inputs.isEmpty {
          regions.append(change[0].region)
        } else {
          regions.append(
            node.inputs.enumerated().reduce(MapRegion.empty) { region, input in
              region.union(
                node.influence(
                  of: regions[input.element.index], ofInput: input.offset,
                  extent: graph[input.element].shape.extent))
            })
        }
        let region = regions[id.index]
        #expect(MapRegion(node.shape.extent).contains(region), "\(id.index) of \(graphCase.listing)")
        let (old, new) = (try #require(before[id.index]).floats, try #require(after[id.index]).floats)
        let extent = node.shape.extent
        let leaks = old.indices.first { index in
          let (row, column) = (index % extent.area / extent.width, index % extent.width)
          return old[index] != new[index] && !(region.rows.contains(row) && region.columns.contains(column))
        }
        #expect(leaks == nil, "\(change[0].region) changes more than \(region) of \(id.index): \(graphCase.listing)")
      }
    }
  }

  @Test func aWindowIsSmallerThanTheMap() throws {
    let graph = try GraphCase("a convolution and pooling") { graph in
      let image = try graph.image(3, 32, 32)
      let map = try graph.convolution(image, 16, 3, padding: 1)
      return [try graph.add(.maxPool(Pooling(kernel: Extent(2), stride: Extent(2))), map)]
    }.graph.optimized()
    let network = try WindowedNetwork(graph: graph, weights: SyntheticWeights(for: graph).tensor)
    let runner = try WindowedRunner(network, image: SyntheticWeights.images(graph.inputShape))
    let cost = try runner.cost(of: [MapRegion(rows: 4..<8, columns: 0..<4)])
    #expect(cost.multiplyAccumulates == 6 * 5 * 16 * 27)
    #expect(cost.wholeMultiplyAccumulates == 32 * 32 * 16 * 27)
  }

  @Test func stopsWhenAsked() throws {
    let graph = try GraphCase.concatenations[5].graph.optimized()
    let image = SyntheticWeights.images(graph.inputShape)
    let changes = Self.changes(image.shape, seed: 1)
    for threads in 1...2 {
      let network = try WindowedNetwork(
        graph: graph, options: ExecutionOptions(threads: threads), weights: SyntheticWeights(for: graph).tensor)
      let runner = try WindowedRunner(network, image: image, batch: 2)
      var seen: [Int] = []
      let answer = try runner.run(changes) { done in
        seen.append(done)
        return done < 4
      }
      #expect(answer == nil, "\(threads) threads")
      // The first of several threads tells of what all of them did.
      #expect(threads > 1 || seen == [2, 4], "\(seen)")
      #expect(seen.last.map { $0 >= 4 } == true && seen == seen.sorted(), "\(threads) threads: \(seen)")
      seen = []
      let whole = try runner.run(changes) { done in
        seen.append(done)
        return true
      }
      #expect(
        whole != nil && seen.last == changes.count && Set(seen).count == seen.count, "\(threads) threads: \(seen)")
    }
  }

  @Test func whatCannotBe() throws {
    let graph = try GraphCase("a convolution") { graph in
      [try graph.convolution(graph.image(3, 8, 6), 16, 3, padding: 1)]
    }.graph.optimized()
    let network = try WindowedNetwork(graph: graph, weights: SyntheticWeights(for: graph).tensor)
    let image = SyntheticWeights.images(graph.inputShape)
    let runner = try WindowedRunner(network, image: image)
    func message(_ region: MapRegion, _ shape: Shape, _ value: Float = 1) -> String {
      let values = Tensor(shape: shape, floats: Array(repeating: value, count: shape.elementCount))
      do {
        _ = try runner.run([[InputChange(region, values: values)]])
        return ""
      } catch {
        return "\(error)"
      }
    }
    let outside = MapRegion(rows: 6..<9, columns: 0..<2)
    let within = MapRegion(rows: 6..<8, columns: 0..<2)
    #expect(
      message(outside, [3, 3, 2])
        == "the rectangle (rows 6 to 8, columns 0 to 1) is not within the input, which has rows 0 to 7 and columns 0 to 5"
    )
    #expect(
      message(within, [3, 3, 2])
        == "the rectangle (rows 6 to 7, columns 0 to 1) takes numbers of the shape 3×2×2, got 3×3×2")
    #expect(
      message(within, [3, 2, 2], .infinity)
        == "the rectangle (rows 6 to 7, columns 0 to 1): the number at [0, 0, 0] is infinite, so no answer would mean anything"
    )
    #expect(throws: WindowedError.region(.empty, input: Extent(height: 8, width: 6))) { try runner.cost(of: [.empty]) }
    let none = #expect(throws: WindowedError.self) { try WindowedRunner(network, image: image, batch: 0) }
    #expect(none.map { "\($0)" } == "cannot compute 0 changed inputs at a time; choose 1 to 1024")
    let memory = #expect(throws: WindowedError.self) { try WindowedRunner(network, image: image, memoryLimit: 100) }
    #expect(
      memory.map { "\($0)" }
        == "keeping the values of the input and computing one change of it takes 1 MiB; 1 MiB may be used; use a smaller "
        + "input or allow more memory")
    let tight = try WindowedRunner(network, image: image, batch: 1024, memoryLimit: runner.cleanByteCount + 20_000)
    #expect(throws: WindowedError.self) { try tight.cost(of: Array(repeating: within, count: 1024)) }
    let fitting = try WindowedRunner(network, image: image, memoryLimit: runner.cleanByteCount + 20_000)
    #expect(try fitting.cost(of: Array(repeating: within, count: 1024)).batch < 16)
  }
}

/// The bits of one image of a batch.
private func slice(_ tensor: Tensor, _ image: Int) -> [UInt32] {
  let count = tensor.shape.elementCount / tensor.shape[0]
  return tensor.floats[image * count..<(image + 1) * count].map(\.bitPattern)
}

private func bits(_ tensors: [Tensor]) -> [[UInt32]] { tensors.map { $0.floats.map(\.bitPattern) } }
