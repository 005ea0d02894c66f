import Testing
import ZooGraph
import ZooTensor

@Suite struct ErrorMessageTests {
  @Test(
    "shape errors",
    arguments: [
      (
        ShapeError.duplicateName("conv1"),
        "the name \"conv1\" is taken by an earlier layer; give every layer a name of its own"
      ),
      (
        .inputCount(expected: 1...1, found: 2),
        "expected 1 input, found 2; connect as many layers as the operation takes"
      ),
      (
        .inputCount(expected: 2...16, found: 1),
        "expected 2 to 16 inputs, found 1; connect as many layers as the operation takes"
      ),
      (
        .inputCount(expected: 0...0, found: 1),
        "expected no inputs, found 1; connect as many layers as the operation takes"
      ),
      (
        .needsFeatureMap(found: [4096]),
        """
        expected a feature map (channels×height×width), found 4096 elements; a vector has no rows and columns, so put \
        this layer before the one that flattens
        """
      ),
      (
        .shapesDiffer([[64, 56, 56], [128, 28, 28]]),
        """
        the inputs of a sum must have the same shape, found 64×56×56 and 128×28×28; change the stride or the channels of \
        one branch (a shortcut often needs a 1×1 convolution)
        """
      ),
      (
        .extentsDiffer([[64, 28, 28], [96, 28, 28], [32, 27, 27]]),
        """
        the inputs of a concatenation must have the same height and width, found 64×28×28, 96×28×28 and 32×27×27; change \
        the stride or the padding of one branch
        """
      ),
      (
        .geometry(.kernelLargerThanInput(kernel: Extent(11), paddedInput: Extent(5)), input: [3, 5, 5]),
        """
        kernel 11×11 is larger than the padded input 5×5; use a smaller kernel, more padding, or a larger input (the input \
        is 3×5×5)
        """
      ),
      (
        .attributeOutOfRange(attribute: "size", value: "4", expected: "an odd number from 1 to 1025"),
        "size is 4; use an odd number from 1 to 1025"
      ),
      (
        .tooLarge(what: "the weight", dimensions: [1_048_576, 25_088]),
        """
        the weight would be 1048576×25088, but it must have from 1 to 2147483648 elements; use fewer channels or \
        features, or another input size
        """
      ),
      (
        .parametersDiffer(expected: [[64, 3, 7, 7]], found: []),
        "the layer needs parameters of 64×3×7×7, found nothing"
      ),
    ] as [(ShapeError, String)])
  func shapes(error: ShapeError, message: String) {
    #expect(error.description == message)
  }

  @Test func locatedErrorsNameTheirProducers() {
    let error = LocatedShapeError(
      node: NodePlace(name: "layer2.0.add", origin: Origin(file: "net.yaml", line: 12, column: 5)),
      error: .shapesDiffer([[64, 8, 8], [128, 4, 4]]),
      producers: [
        LocatedShapeError.Producer(name: "layer1.1.relu", shape: [64, 8, 8]),
        LocatedShapeError.Producer(name: "layer2.0.bn2", shape: [128, 4, 4]),
      ])
    #expect(
      error.description
        == "net.yaml:12:5: layer layer2.0.add: the inputs of a sum must have the same shape, found 64×8×8 and 128×4×4; "
        + "change the stride or the channels of one branch (a shortcut often needs a 1×1 convolution); it reads "
        + "layer1.1.relu (64×8×8) and layer2.0.bn2 (128×4×4)")
  }

  private static let place = NodePlace(name: "fc6", origin: Origin(file: "net.yaml", line: 9, column: 3))

  @Test(
    "conversion errors",
    arguments: [
      (
        ConversionError.inputCount(found: 2),
        "the network has 2 inputs; only a network with exactly one can be given another input size"
      ),
      (
        .fullyConnectedNeedsNativeSize(node: place, expected: [512, 7, 7], found: [512, 14, 14]),
        """
        net.yaml:9:3: layer fc6: a fully connected layer has a weight for every element of its input; it was made for \
        512×7×7 and would get 512×14×14. Use the network's own input size, or convert the fully connected layers to \
        convolutions first
        """
      ),
      (
        .locallyConnectedNeedsNativeSize(node: place, expected: [8, 7, 7], found: [8, 9, 9]),
        """
        net.yaml:9:3: layer fc6: a locally connected layer has weights for every position of its input; it was made for \
        8×7×7 and would get 8×9×9. Use the network's own input size
        """
      ),
      (
        .locallyConnected(node: place),
        """
        net.yaml:9:3: layer fc6: a locally connected layer has other weights at every position, so the network cannot \
        slide over an image; replace it by a convolution
        """
      ),
      (
        .noImage(node: place, input: [784]),
        """
        net.yaml:9:3: layer fc6: its input is a vector of 784 elements that does not come from an image, so there is \
        nothing to slide over; only layers behind a channels×height×width input can become convolutions
        """
      ),
      (
        .mixesPositions(node: place, operation: .batchNorm(BatchNorm()), map: [512, 7, 7]),
        """
        net.yaml:9:3: layer fc6: batch norm over the flattened 512×7×7 map treats its positions differently, which a \
        convolution cannot do; put it before the flattening or behind a fully connected layer
        """
      ),
      (
        .differentMaps(node: place, maps: [[64, 8, 8], [64, 4, 4]]),
        """
        net.yaml:9:3: layer fc6: it joins vectors that come from maps of different sizes or strides (64×8×8 and 64×4×4), \
        which would not line up on a larger image; bring the branches to one stride first
        """
      ),
      (
        .irregularAdaptivePooling(node: place, input: Extent(14), output: Extent(4)),
        """
        net.yaml:9:3: layer fc6: adaptive pooling from 14×14 to 4×4 uses windows of different sizes or distances, which no \
        fixed pooling layer does; choose an output size that divides 14×14, or a fixed pooling window
        """
      ),
      (
        .readsTrainingOnly(node: place, input: "aux"),
        "net.yaml:9:3: layer fc6: it reads aux, which only training has; read a layer that inference has too"
      ),
    ] as [(ConversionError, String)])
  func conversion(error: ConversionError, message: String) {
    #expect(error.description == message)
  }

  @Test(
    "restoration errors",
    arguments: [
      (
        RestorationError.lastSharedMissing(name: "pool9"),
        "the network has no layer pool9, up to which it should be what it was; convert the original again"
      ),
      (
        .inputMissing(layer: "fc6", input: "pool9"),
        """
        the recorded layer fc6 reads pool9, which comes neither before it in the record nor among the layers that both \
        networks share; convert the original again
        """
      ),
      (
        .outputMissing(output: "logits", value: "fc9"),
        "the recorded output logits shows fc9, and no layer has that name; convert the original again"
      ),
      (
        .shape(LocatedShapeError(node: place, error: .duplicateName("fc6"), producers: [])),
        """
        net.yaml:9:3: the record of what the network was does not fit together: layer fc6: the name "fc6" is taken by an \
        earlier layer; give every layer a name of its own
        """
      ),
      (
        .conversion(.locallyConnected(node: place)),
        """
        net.yaml:9:3: the record of what the network was does not fit it: layer fc6: a locally connected layer has other \
        weights at every position, so the network cannot slide over an image; replace it by a convolution
        """
      ),
      (
        .layersDiffer(expected: nil, found: place),
        "net.yaml:9:3: the recorded network has no layer where this one has layer fc6; convert the original again after a change"
      ),
      (
        .layersDiffer(expected: NodePlace(name: "fc7"), found: nil),
        "the recorded network has layer fc7 where this one has none; convert the original again after a change"
      ),
      (
        .operationsDiffer(
          node: place, expected: .convolution(Convolution(outputChannels: 10, kernel: Extent(7))), found: .softmax),
        """
        net.yaml:9:3: layer fc6 would be convolution 7×7, 10 channels by the record of what it was, but it is softmax; \
        convert the original again after a change
        """
      ),
      (
        .inputsDiffer(node: place, expected: ["a", "b"], found: ["c"]),
        """
        net.yaml:9:3: layer fc6 would read a and b by the record of what it was, but it reads c; convert the original \
        again after a change
        """
      ),
      (
        .outputsDiffer(expected: ["logits"], found: ["logits", "prob"]),
        """
        the outputs would be logits by the record of what they were, but they are logits and prob, or show other layers; \
        convert the original again after a change
        """
      ),
      (
        .strideDiffers(expected: Extent(32), found: Extent(16)),
        "one score per 16×16 pixels is recorded, but the layers make it one per 32×32"
      ),
      (
        .receptiveFieldDiffers(
          expected: .pixel,
          found: ReceptiveField(size: Extent(7), stride: Extent(1), start: ReceptiveField.Position(row: -3, column: 2))),
        """
        scores are recorded as looking at 7×7 pixels from row -3, column 2, but the layers make it 1×1 pixels from row 0, \
        column 0
        """
      ),
    ] as [(RestorationError, String)])
  func restoration(error: RestorationError, message: String) {
    #expect(error.description == message)
  }

  @Test(
    "invariant errors",
    arguments: [
      (GraphInvariantError.duplicateName("a"), "two nodes have the name a"),
      (.inputOrder(node: "a", input: 7), "a reads node 7, which is not computed before it"),
      (.operation(node: "a", .duplicateName("b")), "a: \(ShapeError.duplicateName("b"))"),
      (
        .shape(node: "a", recorded: [3], inferred: [4]),
        "a is recorded as 3 elements, but its inputs make it 4 elements"
      ),
      (.parameters(node: "a", recorded: [], inferred: [[4, 3]]), "a has parameters of nothing, but needs 4×3"),
      (
        .tensorShapes(tensor: "a.weight", node: "b", [4, 3], [12]),
        "b reads the tensor a.weight as 12 elements, another node as 4×3"
      ),
      (
        .readsTrainingOnly(node: "fc", input: "aux"),
        "fc reads aux, which only training has; read a layer that inference has too, or mark fc as for training only"
      ),
      (.outputRange(output: "logits", value: 9, nodes: 3), "the output logits names node 9, but there are 3 nodes"),
    ] as [(GraphInvariantError, String)])
  func invariants(error: GraphInvariantError, message: String) {
    #expect(error.description == message)
  }

  @Test func brokenPasses() {
    let error = PassError(pass: "fuse-add", broken: .duplicateName("a"))
    #expect(
      error.description
        == "the pass fuse-add returned a broken graph: two nodes have the name a. This is an error in zoo; please report "
        + "it with the definition")
  }
}
