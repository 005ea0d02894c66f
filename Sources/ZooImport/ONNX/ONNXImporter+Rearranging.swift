import ZooGraph
import ZooTensor
import ZooWeights

/// What joins values, or takes a part of one.
extension ONNXImporter {
  mutating func readConcatenation() throws {
    var maps: [Map] = []
    for input in node.inputs.indices where has(input) { maps.append(try map(input)) }
    guard let first = maps.first else { throw Refusal("Concat of nothing") }
    if maps.count == 1 { return set(.map(first)) }
    let axis = try axis(node.integer("axis") ?? 1, rank: first.view.rank)
    func joins(_ map: Map) -> Bool {
      map.view.rank == first.view.rank
        && map.view.dimensions[axis] == ImageView.whole(.channels, shape(map).channels)
        && map.view.replacing([axis: []]) == first.view.replacing([axis: []])
        && shape(map).dimensions.dropFirst() == shape(first).dimensions.dropFirst()
    }
    if !maps.allSatisfy(joins) {
      for index in maps.indices {
        maps[index] = try inOrder(maps[index])
        if maps[index].view.sizes.filter({ $0 > 1 }).count <= 1 { maps[index] = try vector(maps[index]) }
      }
    }
    let whole = maps[0]
    guard
      maps.allSatisfy({ map in
        map.view.rank == whole.view.rank
          && map.view.dimensions[axis] == ImageView.whole(.channels, shape(map).channels)
          && map.view.replacing([axis: []]) == whole.view.replacing([axis: []])
          && shape(map).dimensions.dropFirst() == shape(whole).dimensions.dropFirst()
      })
    else {
      throw Refusal("Concat along axis \(axis) of \(maps.map { sizes($0.view.sizes) }.joined(separator: ", "))")
    }
    if let layer = try mergedAffine(maps) {
      return set(
        .map(
          Map(
            layer: layer,
            view: whole.view.replacing([
              axis: ImageView.whole(.channels, shape(Map(layer: layer, view: whole.view)).channels)
            ]))))
    }
    let layer = try append(.concat, maps.map(\.layer))
    let channels = draft.layers[layer].shape.channels
    set(.map(Map(layer: layer, view: whole.view.replacing([axis: ImageView.whole(.channels, channels)]))))
  }

  /// One scale of a value whose channels were taken apart, scaled and joined in their order, as torchvision's
  /// `transform_input` does; `nil` for anything else.
  private mutating func mergedAffine(_ maps: [Map]) throws -> Int? {
    var next = 0
    var source: Int?
    var factors: [Float] = []
    var summands: [Float] = []
    for map in maps {
      let layer = draft.layers[map.layer]
      guard !isShared(map.layer), case .batchNorm(let norm) = layer.operation, !norm.hasStatistics,
        !isShared(layer.inputs[0]),
        case .selectChannels(.slice(next, let channels)) = draft.layers[layer.inputs[0]].operation
      else { return nil }
      let input = draft.layers[layer.inputs[0]].inputs[0]
      guard source ?? input == input else { return nil }
      source = input
      next += channels
      factors += layer.tensors[.weight]?.floats ?? []
      summands += layer.tensors[.bias]?.floats ?? [Float](repeating: 0, count: channels)
    }
    guard let source, draft.layers[source].shape.channels == next, factors.count == next else { return nil }
    note("channels that are scaled one by one are one scale of all")
    return try scale(source, factors, summands, names: names(weight: nil, word: "transform_input"))
  }

  // MARK: Parts

  mutating func readSlice() throws {
    var map = try map(0)
    let slices = try slices(of: map.view.sizes)
    var stride = Extent(1)
    for (axis, positions) in slices {
      let size = map.view.sizes[axis]
      if positions == Array(0..<size) { continue }
      if try takesChannels(axis, of: &map), let first = positions.first,
        positions == Array(first..<first + positions.count)
      {
        map = try channels(first, positions.count, axis, of: map)
        continue
      }
      let extent = shape(map).extent
      let step = positions.count > 1 ? positions[1] - positions[0] : size
      guard step > 0, positions == Array(Swift.stride(from: 0, to: size, by: step)) else {
        throw Refusal("Slice of \(positions.count) of \(size) along axis \(axis) of \(sizes(map.view.sizes))")
      }
      switch map.view.dimensions[axis] {
      case ImageView.whole(.height, extent.height) where extent.height > 1: stride.height = step
      case ImageView.whole(.width, extent.width) where extent.width > 1: stride.width = step
      default: throw Refusal("Slice by steps along axis \(axis) of \(sizes(map.view.sizes))")
      }
    }
    guard stride != Extent(1) else { return set(.map(map)) }
    guard map.view == ImageView(of: shape(map), batch: batch) else {
      throw Refusal("Slice by steps of \(sizes(map.view.sizes))")
    }
    try setSubsample(map, stride)
  }

  /// Whether an axis is all channels, after the elements were brought into their order where that is needed.
  private mutating func takesChannels(_ axis: Int, of map: inout Map) throws -> Bool {
    func isChannels(_ map: Map) -> Bool {
      map.view.dimensions[axis] == ImageView.whole(.channels, shape(map).channels)
    }
    if isChannels(map) { return true }
    guard map.view.dimensions[axis].allSatisfy({ $0.side == .channels }), !map.view.isInOrder else { return false }
    map = try inOrder(map)
    if let name = node.input(0) { values[name] = .map(map) }
    return isChannels(map)
  }

  private mutating func channels(_ first: Int, _ count: Int, _ axis: Int, of map: Map) throws -> Map {
    let layer = try append(
      .selectChannels(.slice(first: first, channels: count)), [map.layer], word: "slice")
    return Map(layer: layer, view: map.view.replacing([axis: ImageView.whole(.channels, count)]))
  }

  mutating func readSplit() throws {
    var map = try map(0)
    let (axis, lengths) = try splitLengths(of: map.view.sizes)
    guard try takesChannels(axis, of: &map) else {
      throw Refusal("Split along axis \(axis) of \(sizes(map.view.sizes)), which is not that of the channels")
    }
    if lengths.count == 1 { return set(.map(map)) }
    var first = 0
    for (length, output) in zip(lengths, node.outputs) {
      if length > 0, !output.isEmpty, readers[output] ?? 0 > 0 {
        set(.map(try channels(first, length, axis, of: map)), output)
      } else if !output.isEmpty {
        set(.refused([]), output)
      }
      first += length
    }
  }

  mutating func readGather() throws {
    var map = try map(0)
    let axis = try axis(node.integer("axis") ?? 0, rank: map.view.rank)
    guard let indices = try requiredConstant(1, "indices"), let given = indices.integers, let last = given.first else {
      throw Refusal("Gather of elements that are not known")
    }
    let size = map.view.sizes[axis]
    let numbers = given.map { $0 < 0 ? $0 &+ size : $0 }
    guard numbers.allSatisfy((0..<size).contains) else {
      throw Refusal("Gather of elements \(given.prefix(4)) of \(size)")
    }
    if indices.dimensions.count == 1, try readNearest(numbers, map, axis: axis) { return }
    if numbers != Array(0..<size) {
      guard try takesChannels(axis, of: &map), numbers == Array(numbers[0]..<numbers[0] + numbers.count) else {
        throw Refusal(
          "Gather of \(numbers.count) elements from \(last) on, along axis \(axis) of \(sizes(map.view.sizes))")
      }
      map = try channels(numbers[0], numbers.count, axis, of: map)
    }
    // The elements in the form in which their places are written.
    let target = map.view.sizes[..<axis] + indices.dimensions + map.view.sizes[(axis + 1)...]
    guard target.count <= 16, let view = map.view.reshaped(to: Array(target)) else {
      throw Refusal("Gather of elements in the form \(sizes(indices.dimensions))")
    }
    map.view = view
    set(.map(map))
  }
}
