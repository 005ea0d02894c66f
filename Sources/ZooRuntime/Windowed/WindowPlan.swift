import ZooGraph
import ZooKernels
import ZooTensor

/// What is computed of several changed images, and where it lies: for each value a window of each image, without halos,
/// one after the other; where windows of consecutive images are equally large, they are a batch.
struct WindowPlan {
  /// By the nodes' indices, for each image; empty where nothing changes.
  let windows: [[MapRegion]]
  /// Where each window lies, in floats.
  private(set) var tiles: [[Int]]
  private(set) var steps: [Step] = []
  private(set) var answers: [Answer] = []
  /// Where the numbers of each changed rectangle of the image lie, `[channels, rows, columns]`.
  private(set) var changes: [Int] = []
  let byteCount: Int
  let images: Int

  /// The computation of one node.
  struct Step {
    let node: NodeID
    var runs: [Run]
  }

  /// Consecutive images whose windows, and what these are made of, are equally large.
  struct Run {
    let images: Range<Int>
    var operands: [Operand]
  }

  /// What a run reads of one value.
  struct Operand {
    let value: NodeID
    /// For each image of the run; may reach into the padding.
    let regions: [MapRegion]
    /// Where it is put together; `nil` where the windows that were computed are just that, or that is done in place.
    var scratch: Int?
  }

  /// Whole maps of an output.
  struct Answer {
    let value: NodeID
    /// Where they are put together; `nil` where all are computed whole.
    var scratch: Int?
  }

  /// `windows`: for each image, by the nodes' indices. `keepsAll`: whether all values stay to the end.
  init(_ network: WindowedNetwork, windows images: [[MapRegion]], keepsAll: Bool = false) {
    let (flow, graph) = (network.flow, network.flow.graph)
    self.images = images.count
    windows = graph.nodes.indices.map { node in images.map { $0[node] } }
    var requests: [MemoryRequest] = []
    func request(_ floats: Int, _ first: Int, _ last: Int) -> Int {
      requests.append(
        MemoryRequest(size: floats * MemoryLayout<Float>.stride, firstUse: first, lastUse: last))
      return requests.count - 1
    }
    let end = flow.computed.count
    var lastUses = [Int](repeating: 0, count: graph.nodes.count)
    for (position, id) in flow.computed.enumerated() {
      lastUses[id.index] = position
      for source in id == network.inputID ? [] : network.sources(of: id) { lastUses[source.index] = position }
    }
    for output in flow.outputs { lastUses[flow.elements(of: output.value).index] = end }

    var tiles = [[Int]](repeating: [], count: graph.nodes.count)
    var tileRequests: [(node: Int, request: Int)] = []
    var steps: [Step] = []
    var scratches: [(step: Int, run: Int, operand: Int, offset: Int, request: Int)] = []
    let inputChannels = graph[network.inputID].shape.channels
    var changes: [Int] = []
    var floats = 0
    for window in windows[network.inputID.index] {
      changes.append(floats)
      floats +=
        (inputChannels * window.extent.area + BlockedLayout.lanes - 1) / BlockedLayout.lanes * BlockedLayout.lanes
    }
    let changeRequest = request(floats, 0, end)

    for (position, id) in flow.computed.enumerated() {
      let node = graph[id]
      if id != network.inputID || network.readsInputInBlocks {
        var floats = 0
        for window in windows[id.index] {
          tiles[id.index].append(floats)
          floats += Self.layout(node.shape.channels, window.extent).floatsPerImage
        }
        tileRequests.append((id.index, request(floats, position, keepsAll ? end : max(position, lastUses[id.index]))))
      }
      guard id != network.inputID else { continue }
      var step = Step(node: id, runs: Self.runs(network, id, windows))
      var scratch = 0
      for (run, part) in step.runs.enumerated() {
        for (index, operand) in part.operands.enumerated()
        where !step.isAssembledInPlace(network)
          && (network.isPlanar(id) && index == 0 || !Self.isComputed(operand, part.images, windows))
        {
          scratches.append((steps.count, run, index, scratch, requests.count))
          step.runs[run].operands[index].scratch = 0
          let channels = graph[operand.value].shape.channels
          scratch +=
            network.isPlanar(id) && index == 0
            ? operand.regions.reduce(0) { $0 + (channels * $1.extent.area + 15) / 16 * 16 }
            : operand.regions.reduce(0) { $0 + Self.layout(channels, $1.extent).floatsPerImage }
        }
      }
      _ = request(scratch, position, position)
      steps.append(step)
    }
    var answers: [Answer] = []
    var answerRequests: [Int?] = []
    for output in flow.outputs {
      let value = flow.elements(of: output.value)
      let whole = MapRegion(network.extent(value))
      answers.append(Answer(value: value))
      answerRequests.append(
        windows[value.index].allSatisfy { $0 == whole }
          ? nil
          : request(images.count * Self.layout(graph[value].shape.channels, whole.extent).floatsPerImage, end, end))
    }

    let stride = MemoryLayout<Float>.stride
    let memory = MemoryPlan.plan(requests)
    func offset(_ request: Int) -> Int { memory.offsets[request] / stride }
    for (node, request) in tileRequests { tiles[node] = tiles[node].map { $0 + offset(request) } }
    for scratch in scratches {
      steps[scratch.step].runs[scratch.run].operands[scratch.operand].scratch = offset(scratch.request) + scratch.offset
    }
    for (index, request) in answerRequests.enumerated() { answers[index].scratch = request.map(offset) }
    byteCount = memory.total
    self.tiles = tiles
    self.steps = steps
    self.answers = answers
    self.changes = changes.map { $0 + offset(changeRequest) }
  }

  /// How a window lies in memory.
  static func layout(_ channels: Int, _ extent: Extent) -> BlockedLayout {
    BlockedLayout(channels: channels, extent: extent)
  }

  /// Consecutive images whose windows are equally large and not empty.
  private static func runs(_ network: WindowedNetwork, _ id: NodeID, _ windows: [[MapRegion]]) -> [Run] {
    let sources = network.sources(of: id)
    let whole = MapRegion(network.extent(id))
    func operands(_ image: Int) -> [MapRegion] {
      sources.enumerated().map { network.region(of: id, windows[id.index][image], source: $0.offset, $0.element) }
    }
    var runs: [Run] = []
    var image = 0
    while image < windows[id.index].count {
      let (first, window) = (image, windows[id.index][image])
      image += 1
      if window.isEmpty { continue }
      var regions = [operands(first)]
      while image < windows[id.index].count, windows[id.index][image].extent == window.extent {
        let next = operands(image)
        guard zip(next, regions[0]).allSatisfy({ $0.extent == $1.extent }),
          (windows[id.index][image] == whole) == (window == whole)
        else { break }
        regions.append(next)
        image += 1
      }
      runs.append(
        Run(
          images: first..<image,
          operands: sources.indices.map { index in
            Operand(value: sources[index], regions: regions.map { $0[index] })
          }))
    }
    return runs
  }

  /// Whether what is read is what was computed.
  private static func isComputed(_ operand: Operand, _ images: Range<Int>, _ windows: [[MapRegion]]) -> Bool {
    zip(images, operand.regions).allSatisfy { windows[operand.value.index][$0] == $1 }
  }
}

extension WindowPlan.Step {
  /// Whether each input is put into its share of the result at once.
  func isAssembledInPlace(_ network: WindowedNetwork) -> Bool {
    let graph = network.flow.graph
    guard case .concat = graph[node].operation else { return false }
    return graph[node].inputs.dropLast().allSatisfy { graph[$0].shape.channels % BlockedLayout.lanes == 0 }
  }
}
