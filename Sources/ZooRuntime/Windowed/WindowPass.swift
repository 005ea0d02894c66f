import ZooGraph
import ZooKernels
import ZooTensor

/// One pass over the windows of a plan, in memory of its size.
struct WindowPass {
  let network: WindowedNetwork
  let machine: Machine
  let plan: WindowPlan
  let floats: UnsafeMutablePointer<Float>
  /// The values of the image before it was changed; `nil` where this pass computes them.
  let clean: CleanValues?
  /// The image before it was changed, `[channels, height, width]`.
  let image: UnsafePointer<Float>

  private var graph: Graph { network.flow.graph }

  /// Computes all windows. The changes of the image lie where the plan has them.
  func run() {
    if network.readsInputInBlocks { packChanges() }
    for step in plan.steps {
      for run in step.runs { compute(step, run) }
    }
  }

  /// The whole maps of an output, of all images.
  func answer(_ index: Int, into target: UnsafeMutablePointer<Float>) {
    let answer = plan.answers[index]
    let whole = MapRegion(network.extent(answer.value))
    var view = tile(answer.value, images: 0..<plan.images)
    if let scratch = answer.scratch {
      view = BlockedView(
        floats + scratch, layout: WindowPlan.layout(view.layout.channels, whole.extent), images: plan.images)
      assemble(answer.value, Array(repeating: whole, count: plan.images), of: 0..<plan.images, into: view)
    }
    machine.unpack(view, into: target)
  }

  /// The windows of some images, as large as that of the first.
  func tile(_ id: NodeID, images: Range<Int>) -> BlockedView {
    let extent = plan.windows[id.index][images.lowerBound].extent
    return BlockedView(
      floats + plan.tiles[id.index][images.lowerBound],
      layout: WindowPlan.layout(graph[id].shape.channels, extent), images: images.count)
  }

  private func packChanges() {
    let id = network.inputID
    for image in 0..<plan.images where !plan.windows[id.index][image].isEmpty {
      machine.pack(floats + plan.changes[image], into: tile(id, images: image..<image + 1))
    }
  }

  /// The window of an image; `nil` where nothing changes.
  private func window(_ id: NodeID, _ image: Int) -> MapWindow? {
    let region = plan.windows[id.index][image]
    return region.isEmpty ? nil : MapWindow(region, tile(id, images: image..<image + 1))
  }

  /// Puts regions of a value together from what was computed and what stayed as it was. `target`: as many images of the
  /// regions' extent.
  private func assemble(_ id: NodeID, _ regions: [MapRegion], of images: Range<Int>, into target: BlockedView) {
    machine.assemble(
      images.enumerated().map { index, image in
        let change = window(id, image)
        guard let map = clean?.map(of: id) ?? change?.view else {
          preconditionFailure("'\(graph[id].name)' has no values")
        }
        return WindowAssembly(
          of: map, replacing: change, into: MapWindow(regions[index], target.images(index..<index + 1)))
      })
  }

  /// What a run reads, of the regions' extent.
  private func read(_ operand: WindowPlan.Operand, _ run: WindowPlan.Run) -> BlockedView {
    guard let scratch = operand.scratch else { return tile(operand.value, images: run.images) }
    let view = BlockedView(
      floats + scratch, layout: WindowPlan.layout(graph[operand.value].shape.channels, operand.regions[0].extent),
      images: run.images.count)
    assemble(operand.value, operand.regions, of: run.images, into: view)
    return view
  }

  /// As above, of the image, as planes.
  private func readPlanes(_ operand: WindowPlan.Operand, _ run: WindowPlan.Run, _ layout: PlanarLayout) -> PlanarView {
    guard let scratch = operand.scratch else { preconditionFailure("planes are put together") }
    let shape = graph[network.inputID].shape
    let planes = PlanarView(floats + scratch, layout: layout, images: run.images.count)
    machine.assemble(
      run.images.enumerated().map { index, image in
        let changed = plan.windows[network.inputID.index][image]
        return PlanesAssembly(
          channels: shape.channels, of: shape.extent, self.image, replacing: changed,
          with: changed.isEmpty ? nil : UnsafePointer(floats + plan.changes[image]),
          into: planes.base + index * layout.floatsPerImage, operand.regions[index])
      })
    return planes
  }

  private func compute(_ step: WindowPlan.Step, _ run: WindowPlan.Run) {
    let node = graph[step.node]
    let output = tile(step.node, images: run.images)
    func input() -> BlockedView { read(run.operands[0], run) }
    switch node.operation {
    case .convolution(let convolution):
      convolve(node, convolution, step, run, into: output)
    case .locallyConnected:
      let layer: PackedLocallyConnected = layer(of: node)
      machine.locallyConnect(layer, whole(input(), of: node.convolutionGeometry), into: output)
    case .fullyConnected:
      machine.fullyConnect(layer(of: node), input(), into: output)
    case .maxPool:
      machine.maxPool(node.poolingGeometry, windows: windows(step, run, input(), output))
    case .averagePool(_, let countsPadding):
      machine.averagePool(
        node.poolingGeometry, countsPadding: countsPadding, windows: windows(step, run, input(), output))
    case .globalAveragePool, .adaptiveAveragePool, .mean:
      machine.adaptiveAveragePool(input(), into: output)
    case .transposedConvolution:
      let packed: PackedTransposedConvolution = layer(of: node)
      let geometry = node.transposedGeometry
      let scratch = FloatBuffer(count: geometry.dataGradientScratchFloats())
      let around = input()
      machine.convolveTransposed(
        packed,
        BlockedView(
          around.base,
          layout: BlockedLayout(
            channels: geometry.outputChannels, extent: geometry.output, halo: geometry.dataGradientHalo),
          images: around.images), into: output, scratch: scratch.floats)
    case .pad, .upsample:
      machine.resample(ResamplingTables(node.resampling), windows: windows(step, run, input(), output))
    case .globalMaxPool, .adaptiveMaxPool: machine.adaptiveMaxPool(input(), into: output)
    case .activation(let activation): machine.activate(activation, input(), into: output)
    case .prelu: machine.prelu(layer(of: node), input(), into: output)
    case .batchNorm(let norm): machine.scale(layer(of: node), norm.activation, input(), into: output)
    case .localResponseNorm(let norm):
      machine.normalizeLocalResponse(
        size: norm.size, alpha: Float(norm.effectiveAlpha), beta: Float(norm.beta), k: Float(norm.k), input(),
        into: output)
    case .normalization(let norm):
      let scratch = Machine.normalizationScratch(output.layout, groups: norm.groups).map {
        FloatBuffer(count: $0.floatsPerImage * output.images)
      }
      withExtendedLifetime(scratch) {
        machine.normalize(
          layer(of: node), groups: norm.groups, epsilon: Float(norm.epsilon), input(), into: output,
          scratch: scratch?.floats)
      }
    case .softmax: machine.softmax(input(), into: output)
    case .concat: concatenate(step, run, into: output)
    case .join(let join, let activation, _):
      machine.join(join, run.operands.map { read($0, run) }, activation, into: output)
    case .flatten: machine.flatten(input(), into: output)
    case .selectChannels:
      let channels = node.operation.selectedChannels(of: node.inputs.map { graph[$0].shape }) ?? []
      machine.selectChannels(channels, of: run.operands.map { read($0, run) }, into: output)
    case .subsample(let subsample):
      machine.subsample(stride: subsample.stride, channelsBefore: subsample.channelsBefore, input(), into: output)
    case .input, .dropout, .randomMask, .batchStatistics, .loss, .gradient, .parameter, .batchMean:
      preconditionFailure("'\(node.name)' is no operation of a pass over images")
    }
  }

  private func layer<Layer: PackedLayer>(of node: Node) -> Layer {
    guard let layer = network.layers[node.name] as? Layer else {
      preconditionFailure("'\(node.name)' has no packed weights")
    }
    return layer
  }

  /// The windows that pooling reads and writes.
  private func windows(
    _ step: WindowPlan.Step, _ run: WindowPlan.Run, _ input: BlockedView, _ output: BlockedView
  ) -> [(input: MapWindow, output: MapWindow)] {
    run.images.enumerated().map { index, image in
      (
        MapWindow(run.operands[0].regions[index], input.images(index..<index + 1)),
        MapWindow(plan.windows[step.node.index][image], output.images(index..<index + 1))
      )
    }
  }

  private func concatenate(_ step: WindowPlan.Step, _ run: WindowPlan.Run, into output: BlockedView) {
    guard step.isAssembledInPlace(network) else {
      return machine.concatenate(run.operands.map { read($0, run) }, into: output)
    }
    var channel = 0
    for operand in run.operands {
      let channels = graph[operand.value].shape.channels
      assemble(
        operand.value, operand.regions, of: run.images, into: output.channels(channel..<channel + channels))
      channel += channels
    }
  }

  private func convolve(
    _ node: Node, _ convolution: Convolution, _ step: WindowPlan.Step, _ run: WindowPlan.Run,
    into output: BlockedView
  ) {
    let geometry = node.convolutionGeometry
    let region = run.operands[0].regions[0]
    let isWhole = output.layout.extent == geometry.output
    let form: PackedConvolution.InputForm = network.isPlanar(step.node) ? .planar : .blocked
    let window = isWhole ? geometry : geometry.window(reading: region.extent)
    let packed: PackedConvolution = layer(of: node)
    guard let layer = packed.resized(window, inputForm: form) else {
      preconditionFailure("'\(node.name)' has weights for another window")
    }
    let addend = convolution.addsInput ? read(run.operands[1], run) : nil
    switch form {
    case .blocked:
      let input = read(run.operands[0], run)
      machine.convolve(layer, isWhole ? whole(input, of: geometry) : input, adding: addend, into: output)
    case .planar:
      let layout =
        isWhole
        ? PlanarLayout(
          channels: geometry.inputChannels, extent: geometry.input, padding: geometry.margins(in: region.extent))
        : PlanarLayout(channels: geometry.inputChannels, extent: region.extent, padding: .none)
      machine.convolve(layer, planar: readPlanes(run.operands[0], run, layout), adding: addend, into: output)
    }
  }

  /// A whole map with the margins that were put around it.
  private func whole(_ view: BlockedView, of geometry: ConvolutionGeometry) -> BlockedView {
    BlockedView(
      view.base,
      layout: BlockedLayout(
        channels: view.layout.channels, extent: geometry.input, halo: geometry.margins(in: view.layout.extent)),
      images: view.images)
  }
}

extension ConvolutionGeometry {
  /// The same convolution of a part of the map that holds what it reads of the padding.
  fileprivate func window(reading extent: Extent) -> ConvolutionGeometry {
    do throws(GeometryError) {
      return try ConvolutionGeometry(
        inputChannels: inputChannels, outputChannels: outputChannels, groups: groups, input: extent, kernel: kernel,
        stride: stride, dilation: dilation)
    } catch {
      preconditionFailure("a window of \(self) reads \(extent): \(error)")
    }
  }

  /// The padding in a region that holds the whole map, and begins with the first window.
  fileprivate func margins(in extent: Extent) -> Padding {
    Padding(
      top: padding.top, left: padding.left, bottom: extent.height - padding.top - input.height,
      right: extent.width - padding.left - input.width)
  }
}
