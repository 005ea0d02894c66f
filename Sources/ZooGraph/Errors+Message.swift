import ZooTensor

extension ShapeError: CustomStringConvertible {
  /// The message for a person, with the numbers that do not fit and without the node's name.
  public var description: String {
    switch self {
    case .duplicateName(let name):
      return "the name \"\(name)\" is taken by an earlier layer; give every layer a name of its own"
    case .inputCount(let expected, let found):
      let inputs = expected == 1...1 ? "input" : "inputs"
      let count =
        expected == 0...0
        ? "no"
        : expected.count == 1 ? "\(expected.lowerBound)" : "\(expected.lowerBound) to \(expected.upperBound)"
      return "expected \(count) \(inputs), found \(found); connect as many layers as the operation takes"
    case .needsFeatureMap(let found):
      return "expected a feature map (channels×height×width), found \(text(found)); a vector has no rows and columns, "
        + "so put this layer before the one that flattens"
    case .shapesDiffer(let shapes):
      return "the inputs of a sum must have the same shape, found \(joined(shapes)); change the stride or the channels "
        + "of one branch (a shortcut often needs a 1×1 convolution)"
    case .factorsDiffer(let shapes):
      return
        "the inputs of a product must have the same shape, or be one number for each channel of the largest, found "
        + "\(joined(shapes)); change the channels of one branch"
    case .extentsDiffer(let shapes):
      return "the inputs of a concatenation must have the same height and width, found \(joined(shapes)); change the "
        + "stride or the padding of one branch"
    case .geometry(let error, let input):
      return "\(error) (the input is \(text(input)))"
    case .attributeOutOfRange(let attribute, let value, let expected):
      return "\(attribute) is \(value); use \(expected)"
    case .tooLarge(let what, let dimensions):
      return "\(what) would be \(dimensions.map(String.init).joined(separator: "×")), but it must have from 1 to "
        + "\(Self.maximumElements) elements; use fewer channels or features, or another input size"
    case .parametersDiffer(let expected, let found):
      return "the layer needs parameters of \(joined(expected)), found \(joined(found))"
    }
  }
}

extension LocatedShapeError: CustomStringConvertible {
  /// The message for a person, with the node's place: file, line, column and name.
  public var description: String { place(of: node.origin) + message }

  /// What is wrong with which layer, without saying where it was written.
  var message: String {
    let sources = producers.map { "\($0.name) (\(text($0.shape)))" }
    return "layer \(node.name): \(error)" + (sources.isEmpty ? "" : "; it reads \(list(sources))")
  }
}

extension NodePlace: CustomStringConvertible {
  /// `net.yaml:12:5: layer conv1`, or the layer alone when it was not written down.
  public var description: String { place(of: origin) + "layer \(name)" }
}

extension ConversionError: CustomStringConvertible {
  /// The message for a person, with the place of the layer that stands in the way.
  public var description: String { place(of: node?.origin) + message }

  /// What is wrong with which layer, without saying where it was written.
  public var message: String {
    switch self {
    case .inputCount(let found):
      return "the network has \(found) inputs; only a network with exactly one can be given another input size"
    case .shape(let error):
      return error.message
    case .fullyConnectedNeedsNativeSize(let node, let expected, let found):
      return "layer \(node.name): a fully connected layer has a weight for every element of its input; it was made for "
        + "\(text(expected)) and would get \(text(found)). Use the network's own input size, or convert the fully "
        + "connected layers to convolutions first"
    case .locallyConnectedNeedsNativeSize(let node, let expected, let found):
      return
        "layer \(node.name): a locally connected layer has weights for every position of its input; it was made for "
        + "\(text(expected)) and would get \(text(found)). Use the network's own input size"
    case .locallyConnected(let node):
      return
        "layer \(node.name): a locally connected layer has other weights at every position, so the network cannot slide over "
        + "an image; replace it by a convolution"
    case .noImage(let node, let input):
      return
        "layer \(node.name): its input is a vector of \(text(input)) that does not come from an image, so there is nothing to "
        + "slide over; only layers behind a channels×height×width input can become convolutions"
    case .mixesPositions(let node, let operation, let map):
      return
        "layer \(node.name): \(operation.kind) over the flattened \(text(map)) map treats its positions differently, which a "
        + "convolution cannot do; put it before the flattening or behind a fully connected layer"
    case .differentMaps(let node, let maps):
      return
        "layer \(node.name): it joins vectors that come from maps of different sizes or strides (\(joined(maps))), which would "
        + "not line up on a larger image; bring the branches to one stride first"
    case .gate(let node, let gate, let map):
      return
        "layer \(node.name): it multiplies each channel of the \(map) map by one number that \(gate) makes of the whole image; "
        + "the windows of a larger image would each need a number of their own, so the network cannot slide. Give it crops "
        + "instead"
    case .normalizesWholeMap(let node, let operation, let map):
      return
        "layer \(node.name): \(operation.kind) takes the mean and the variance over all positions of the \(text(map)) map; the "
        + "windows of a larger image would each need their own, so the network cannot slide. Give it crops instead"
    case .irregularAdaptivePooling(let node, let input, let output):
      return
        "layer \(node.name): adaptive pooling from \(input) to \(output) uses windows of different sizes or distances, which no "
        + "fixed pooling layer does; choose an output size that divides \(input), or a fixed pooling window"
    case .fixedUpsampling(let node, let output):
      return
        "layer \(node.name): it makes maps of \(output) whatever the size of the image, so the network cannot slide over one; "
        + "give it a factor in place of out"
    case .finerThanPixels(let node, let factor, let stride):
      return
        "layer \(node.name): it enlarges \(factor) times what lies \(stride) pixels of the image apart, so that its results "
        + "would lie no whole pixels apart; the network cannot slide over an image"
    case .alignsCorners(let node):
      return
        "layer \(node.name): with align_corners the places where it looks depend on the size of the image, so the network "
        + "cannot slide over one; use align_corners: false"
    case .readsTrainingOnly(let node, let input):
      return "layer \(node.name): it reads \(input), which only training has; read a layer that inference has too"
    }
  }
}

extension RestorationError: CustomStringConvertible {
  /// The message for a person, with the place of the layer that is not what the record says.
  public var description: String { place(of: node?.origin) + message }

  /// What is wrong, without saying where it was written.
  public var message: String {
    switch self {
    case .lastSharedMissing(let name):
      return "the network has no layer \(name), up to which it should be what it was; convert the original again"
    case .inputMissing(let layer, let input):
      return "the recorded layer \(layer) reads \(input), which comes neither before it in the record nor among the "
        + "layers that both networks share; convert the original again"
    case .outputMissing(let output, let value):
      return "the recorded output \(output) shows \(value), and no layer has that name; convert the original again"
    case .shape(let error):
      return "the record of what the network was does not fit together: \(error.message)"
    case .conversion(let error):
      return "the record of what the network was does not fit it: \(error.message)"
    case .layersDiffer(let expected, let found):
      let (there, here) = (expected.map { "layer \($0.name)" } ?? "no layer", found.map { "layer \($0.name)" })
      return "the recorded network has \(there) where this one has \(here ?? "none"); convert the original again after "
        + "a change"
    case .operationsDiffer(let node, let expected, let found):
      return "layer \(node.name) would be \(text(expected)) by the record of what it was, but it is \(text(found)); "
        + "convert the original again after a change"
    case .inputsDiffer(let node, let expected, let found):
      return "layer \(node.name) would read \(list(expected)) by the record of what it was, but it reads "
        + "\(list(found)); convert the original again after a change"
    case .outputsDiffer(let expected, let found):
      return "the outputs would be \(list(expected)) by the record of what they were, but they are \(list(found)), or "
        + "show other layers; convert the original again after a change"
    case .strideDiffers(let expected, let found):
      return "one score per \(found) pixels is recorded, but the layers make it one per \(expected)"
    case .receptiveFieldDiffers(let expected, let found):
      return "scores are recorded as looking at \(text(found)), but the layers make it \(text(expected))"
    }
  }

  private func text(_ operation: Operation) -> String {
    let details = [operation.attributesText, channels(operation)].filter { !$0.isEmpty }
    return ([operation.kind.name] + (details.isEmpty ? [] : [details.joined(separator: ", ")])).joined(separator: " ")
  }

  private func channels(_ operation: Operation) -> String {
    if case .convolution(let layer) = operation { "\(layer.outputChannels) channels" } else { "" }
  }

  private func text(_ field: ReceptiveField) -> String {
    "\(field.size) pixels from row \(field.start.row), column \(field.start.column)"
  }
}

extension GraphInvariantError: CustomStringConvertible {
  /// The message for a person: which rule of `Graph.verify` is broken, and by which node.
  public var description: String {
    switch self {
    case .duplicateName(let name):
      return "two nodes have the name \(name)"
    case .inputOrder(let node, let input):
      return "\(node) reads node \(input), which is not computed before it"
    case .operation(let node, let error):
      return "\(node): \(error)"
    case .scope(let node):
      return "\(node) does not have as many values as its inputs make: one for each image, or one for the batch"
    case .geometry(let node):
      return "\(node) has a geometry that does not follow from its inputs"
    case .shape(let node, let recorded, let inferred):
      return "\(node) is recorded as \(text(recorded)), but its inputs make it \(text(inferred))"
    case .parameters(let node, let recorded, let inferred):
      return "\(node) has parameters of \(joined(recorded)), but needs \(joined(inferred))"
    case .tensorShapes(let tensor, let node, let first, let second):
      return "\(node) reads the tensor \(tensor) as \(text(second)), another node as \(text(first))"
    case .readsTrainingOnly(let node, let input):
      return "\(node) reads \(input), which only training has; read a layer that inference has too, or mark \(node) as "
        + "for training only"
    case .outputRange(let output, let value, let nodes):
      return "the output \(output) names node \(value), but there are \(nodes) nodes"
    }
  }
}

extension PassError: CustomStringConvertible {
  /// The message for a person: the pass, and what is wrong with its graph.
  public var description: String {
    "the pass \(pass) returned a broken graph: \(broken). This is an error in zoo; please report it with the definition"
  }
}

extension GraphNote: CustomStringConvertible {
  /// The note for a person, with the layer's name and place.
  public var description: String {
    switch fact {
    case .strideDoesNotDivide(let input, let padding, let kernel, let stride, let output, let unread, let lost):
      let rows = division(input.height, padding.vertical, kernel.height)
      let columns = division(input.width, padding.horizontal, kernel.width)
      let divisions =
        if unread.height == 0 {
          "\(columns) columns"
        } else if unread.width == 0 {
          "\(rows) rows"
        } else {
          rows == columns ? "\(rows) rows or columns" : "\(rows) rows or \(columns) columns"
        }
      let missed = [count(lost.height, "row"), count(lost.width, "column")].compactMap { $0 }
      let result =
        missed.isEmpty
        ? "only padding is left out"
        : "\(list(missed)) \(missed.count == 1 && max(lost.height, lost.width) == 1 ? "is" : "are") never read"
      return
        "\(node): stride \(stride.short) does not divide \(divisions), so the output is rounded down to \(output); "
        + result
    case .adaptivePoolingEnlarges(let input, let output):
      return "\(node): adaptive pooling makes the \(input) map larger, \(output), by copying cells; use a larger input "
        + "image"
    }
  }

  private func division(_ input: Int, _ padding: Int, _ kernel: Int) -> String {
    "\(input)\(padding == 0 ? "" : " + \(padding)") − \(kernel) = \(input + padding - kernel)"
  }

  private func count(_ lost: Int, _ name: String) -> String? {
    switch lost {
    case 0: nil
    case 1: "the last \(name)"
    default: "the last \(lost) \(name)s"
    }
  }
}

/// `a`, `a and b`, `a, b and c`.
private func list(_ items: [String]) -> String {
  guard let last = items.last, items.count > 1 else { return items.first ?? "nothing" }
  return items.dropLast().joined(separator: ", ") + " and " + last
}

/// `net.yaml:12:5: `, or nothing.
private func place(of origin: Origin?) -> String {
  origin.map { "\($0.file):\($0.line):\($0.column): " } ?? ""
}

private func joined(_ shapes: [Shape]) -> String {
  list(shapes.map(text))
}

/// `3×224×224`, or the number of elements of a vector with its unit.
private func text(_ shape: Shape) -> String {
  shape.rank == 1 ? "\(shape) elements" : shape.description
}

extension TrainingGraphError: CustomStringConvertible {
  /// The message for a person: why the network cannot be trained as it is.
  public var description: String {
    switch self {
    case .noClassScores:
      return "the network has no class scores to learn from: an output with the role logits is needed"
    case .mixedProbabilities(let output):
      return
        "the output '\(output)' is made of probabilities that the network works on with; training needs the scores before"
    case .scoresAreAMap(let output, let shape):
      return "the output '\(output)' is \(shape), scores for each position; training needs one score for each class"
    case .lost(let name): return "the value '\(name)' was lost, which is an error in zoo; please report the definition"
    case .inputCount(let count): return "the network has \(count) inputs; training feeds one"
    case .classesDiffer(let output, let expected, let found):
      return "the auxiliary output '\(output)' has \(found) classes, the network's own \(expected)"
    }
  }
}

extension GradientGraphError: CustomStringConvertible {
  /// The message for a person: why no gradient is defined, and for which layer.
  public var description: String {
    switch self {
    case .inputCount(let count):
      return "the network has \(count) inputs; gradients are taken of networks with one"
    case .independent(let value, let source):
      return "'\(value)' does not depend on '\(source)', so that it has no gradient with respect to it"
    case .notARectifier(let rule, let function, let count, let node):
      let nodes = count == 1 ? "1 node" : "\(count) nodes"
      return
        "\(rule.methodName) is defined for ReLU; this network uses \(function) at \(nodes) ('\(node)' first); use saliency, SmoothGrad, integrated gradients or cam"
    }
  }
}

extension RectifierRule {
  /// `guided backpropagation`
  public var methodName: String {
    switch self {
    case .derivative: "the gradient"
    case .guided: "guided backpropagation"
    case .deconvolution: "the deconvolutional network"
    }
  }
}
