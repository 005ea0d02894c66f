extension ZooError: CustomStringConvertible {
  /// The message for a person: what is wrong, what was expected and what was found, and `remedy`. It names no option of the
  /// command line.
  public var description: String { words + (remedy ?? "") }

  /// What can be done where a program has options of its own for it. `description` ends with this.
  public var remedy: String? {
    switch self {
    case .modelNotFound: "a path ending in .yaml or .zoo names a file"
    case .alreadyExists: "choose another name, or allow it to be replaced"
    case .weightsUnavailable:
      "Download a checkpoint and give its path, or place it in one of these folders. Synthetic weights run the network with made-up numbers."
    case .layerNotFound, .layerForTraining: "the network's graph lists the layers"
    case .inputShape: "a network without fully connected layers can be built for another size"
    case .notAPackage: "give it as the weights of a model, or make a package of both"
    case .notAnArchive: "pack it into one"
    case .notAModel(_, holdsWeights: true): "give it as the weights of a model"
    case .notAModel(_, holdsWeights: false):
      "a .yaml definition, a .zoo package, an exported folder or a name of the catalogue"
    case .incompleteFolder: "give it as the weights of a model if it holds weights, or export one into a folder"
    case .alreadySliding: "restore it to turn it back"
    case .notConverted: "give a definition that was converted, which has 'sliding:'"
    default: nil
    }
  }

  private var words: String {
    switch self {
    case .modelNotFound(let name, let suggestions):
      "no model '\(name)'\(didYouMean(suggestions)); "
    case .inputMissing(let path, let what):
      "\(path): no such \(what)"
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .fileTooLarge(let path, let size, let limit):
      "\(path): \(size) bytes, more than the limit of \(limit)"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason)"
    case .alreadyExists(let path):
      "\(path): already exists; "
    case .weightsUnavailable(let model, let searched, let sources):
      """
      no weights for \(model) on this machine
        searched: \(searched.joined(separator: "\n            "))
      \(sources.isEmpty ? "  none are published for this network" : "  published: \(sources.joined(separator: "\n             "))")

      """
    case .weightsOfAnotherModel(let path, let expected, let found, let node, let difference):
      "\(path): these weights are for '\(found)', not for '\(expected)': the shapes agree, but '\(node)' has \(difference); choose the model \(found)"
    case .layersDiffer(let path, let model, let contradictions):
      """
      \(path): the tensors fit \(model), but the file computes with them in another way:
      \(contradictions.prefix(8).map { "  \($0)" }.joined(separator: "\n"))\(contradictions.count > 8 ? "\n  and \(contradictions.count - 8) more" : "")
      Change the definition to what the file says, or give the weights of this network.
      """
    case .channelOrder(let path, let model):
      """
      \(path): Caffe's networks read BGR, and \(model) reads RGB: the weights would fit and answer wrongly
      Say under 'weights:' in the definition what their images are, as {file: NAME, format: caffe, preprocess: {channels: \
      bgr, mean: [104, 117, 123], …}}, or turn the first layer round with the rule {from: FIRST.weight, to: …, \
      transform: [{flip: input_channels}]}.
      """
    case .noHead(let model, let node):
      "\(model): the class scores do not come from one layer with weights ('\(node)' is in the way), so there is no head to start anew"
    case .notForDarknet(let model, let layer, let obstacle):
      "darknet weights do not fit \(model): its layer '\(layer)' \(obstacle); give a definition as darknet has it"
    case .layerNotFound(let name, let model, let suggestions):
      "no layer '\(name)' in \(model)\(didYouMean(suggestions)); "
    case .layerForTraining(let name, let model):
      "the layer '\(name)' of \(model) is for training only and computed for no answer; "
    case .noLogits(let model):
      "\(model) has no output with the role 'logits' or 'probabilities'; name one under 'outputs:'"
    case .inputShape(let expected, let found, let path):
      "\(path.map { "\($0): " } ?? "")the network takes \(expected), the tensor is \(found); "
    case .inputLayout(let expected, let found, let isChannelsLast, let path):
      "\(path.map { "\($0): " } ?? "")the network takes \(expected), the tensor is \(found); \(isChannelsLast ? "its channels are last: put them first, as NumPy does with numpy.moveaxis(x, -1, -3)" : "give it the dimensions [channels, height, width], or [images, channels, height, width]")"
    case .inputType(let found, let path):
      "\(path.map { "\($0): " } ?? "")the tensor is \(found), and a network takes float32; convert it, as NumPy does with x.astype('float32')"
    case .noPreprocessing(let model):
      "\(model) does not say how an image becomes its input; add 'preprocess:' to the definition, or feed an .npy tensor"
    case .notAMeanImage(let path, let found):
      "\(path): expected a mean image, finite numbers of channels×height×width in an .npy or .binaryproto file; found \(found)"
    case .labelsNotFound(let name, let suggestions):
      "no labels '\(name)'\(didYouMean(suggestions)); give a label set of the catalogue, a .tsv or .txt file, or a list"
    case .labelCount(let labels, let outputs, let name):
      "the labels '\(name)' name \(labels) classes, but the network has \(outputs) outputs"
    case .dataSetNotRecognised(let path, let split):
      """
      \(path): no \(split) data found; expected IDX files (\(split == "train" ? "train" : "t10k")-images-idx3-ubyte[.gz] \
      and …-labels-idx1-ubyte[.gz]), CIFAR-10 batches (\(split == "train" ? "data_batch_1.bin" : "test_batch.bin")), \
      or one folder of JPEG or PNG files per class
      """
    case .labelOutOfRange(let label, let outputs, let path):
      "\(path): the data has class \(label), but the network has outputs 0 to \(outputs - 1)"
    case .classFolders(let path, let problem):
      "\(path): \(problem)"
    case .nothingToRank(let model):
      "\(model) has one class, which is always the likeliest: there is no accuracy to measure"
    case .publishedDigest(let path, let model, let expected, let found):
      "\(path): the definition of \(model) says that the SHA-256 of this file begins with \(expected), but it is \(found); the download is damaged or another file has its name: fetch it again, or rename it"
    case .severalImages(let count):
      "the tensor holds \(count) images, and one is to be classified; classify them as a batch, or one by one"
    case .queueFull(let running, let waiting):
      "too many classifications at once: \(running) at work and \(waiting) waiting, as many as may; try again later, or allow more to wait"
    case .noThread(let code):
      "the system starts no more threads: \(SystemError(code).message)"
    case .noImages:
      "there are no images to put into a batch"
    case .storedType(let type):
      "weights cannot be stored as \(type.rawValue); choose \(list(Packing.storedTypes.map(\.rawValue)))"
    case .reservedKey(let key, let prefix):
      "the metadata key '\(key)' is not free: keys that begin with '\(prefix)' are written by zoo alone"
    case .seed(let argument):
      "'\(argument)': the seed must be a whole number from 0 to \(UInt64.max), as in synthetic:42"
    case .scoresNotFinite:
      "the class scores are not finite, so they rank nothing: the input holds numbers that are not finite or far too large"
    case .outsideReference(let path, let name):
      "\(path): the definition inside names the file '\(name)'; what is stored in an archive must be complete in itself"
    case .notAPackage(let path):
      "\(path): an archive of weights without a definition; "
    case .notAnArchive(let path, let format):
      "\(path): this holds weights, but not in an archive of zoo's, which alone can be verified (\(format)); "
    case .notAModel(let path, holdsWeights: true):
      "\(path): a checkpoint, which holds weights and no model; "
    case .notAModel(let path, holdsWeights: false):
      "\(path): this file is not a model: that is "
    case .incompleteFolder(let path):
      "\(path): a folder without model.yaml, so not a model; "
    case .alreadySliding(let model, let original):
      "\(model) slides already: it is \(original) with its fully connected layers as convolutions; "
    case .notConverted(let model):
      "\(model) does not say what it was before its fully connected layers became convolutions; "
    case .classNotFound(let name, let count, let suggestions):
      "no class '\(name)'\(didYouMean(suggestions)); give a class's name, its WordNet identifier or its number, from 0 to \(count - 1)"
    case .classAmbiguous(let name, let indices):
      "'\(name)' is the name of classes \(indices.map { "\($0)" }.joined(separator: " and ")); give the number of the one that is meant"
    case .modelForWeights(let name):
      "'\(name)' is a model, and weights are asked for; give a checkpoint, such as a .zoow, .pth or .safetensors file"
    case .fileName(let path, let endings):
      "'\(path)' should end in \(list(endings))"
    case .outputFormat(let path, let ending, let endings):
      "'\(path)': .\(ending) is not written here; give a name that ends in \(endings.joined(separator: ", ")), or a folder's, with a / after it if it has a dot"
    case .operatorSet(let number, let known):
      "ONNX models are not written in opset \(number), but in \(known.map(String.init).joined(separator: " and "))"
    case .notForPyTorch(let model, let layers):
      "\(model) cannot be written for PyTorch, which has no form of \(layers.count == 1 ? "this layer" : "these layers"):\n  "
        + layers.joined(separator: "\n  ")
    case .externalData(let path):
      "'\(path)': only an ONNX model has its weights in a file beside it; give a name that ends in .onnx"
    case .conversionDiffers(let maximumDifference, let tolerance):
      "the converted network differs from the original by \(maximumDifference), more than \(tolerance) of the largest logit"
    }
  }
}

extension ClassFolderProblem: CustomStringConvertible {
  /// What is wrong with the folder, for a person.
  public var description: String {
    switch self {
    case .unmatched(let folders, 0, _):
      "the folders are numbers that are no labels, and the labels are numbers too: \(quotedList(folders)); name each folder as its class's label"
    case .unmatched(let folders, let matched, let suggestions):
      "\(folders.count == 1 ? "the folder \(quotedList(folders)) means" : "the folders \(quotedList(folders)) mean") no class of the network\(didYouMean(suggestions)), though \(matched) \(matched == 1 ? "other does" : "others do"); rename or move \(folders.count == 1 ? "it" : "them")"
    case .unknown(let folders, let outputs, let hasLabels, let suggestions):
      "no folder is called like a class\(hasLabels ? "" : ", for the model has no labels"), so they could be told by their order alone, but there \(folders.count == 1 ? "is 1 folder" : "are \(folders.count) folders") (\(quotedList(folders))) for \(outputs) classes\(didYouMean(suggestions)); name each folder as its class's \(hasLabels ? "label, WordNet identifier or number" : "number, from 0")"
    case .ambiguous(let folder, let classes):
      "the folder '\(folder)' has the name of classes \(classes.map { "\($0)" }.joined(separator: " and ")); rename it to the label as it is written, or to the WordNet identifier"
    case .sameClass(let folders, let index, let label):
      "the folders \(quotedList(folders)) both mean class \(index)\(label.map { ", '\($0)'" } ?? ""); put their images into one"
    case .numberOutOfRange(let folder, let outputs):
      "the folders are numbered, and '\(folder)' is beyond the network's classes, 0 to \(outputs - 1)"
    case .numberedFromOne(let last, let outputs):
      "the folders are numbered from 1 to \(last), and the network's classes from 0 to \(outputs - 1): rename the folders so that they count from 0, or, if 1 is the second class, add an empty folder '0'"
    }
  }
}

extension LayerContradiction: CustomStringConvertible {
  /// `bn1: epsilon is 0.3 in the file and 1e-05 in the definition`
  public var description: String {
    let name = storedName == layer || storedName.isEmpty ? layer : "\(layer) ('\(storedName)' in the file)"
    return "\(name): \(attribute) is \(found) in the file and \(expected) in the definition"
  }
}

extension DarknetObstacle: CustomStringConvertible {
  /// Why darknet's file format cannot hold the network, for a person.
  public var description: String {
    switch self {
    case .biasBeforeBatchNorm: "has a bias before its batch norm, where darknet has none"
    case .batchNormAlone: "is a batch norm that does not follow a convolution or fully connected layer of its own"
    case .noBias: "has neither a bias nor a batch norm, where darknet has one of them"
    case .unknown(let operation): "is a layer of the kind \(operation), whose weights darknet's files do not hold"
    case .locallyConnected: "has weights for each position, which zoo does not read from darknet files"
    }
  }
}

extension SlidingError: CustomStringConvertible {
  /// The message for a person: what is wrong, what was expected and what was found, and `remedy`. It names no option of the
  /// command line.
  public var description: String { words + (remedy ?? "") }

  /// What can be done where a program has options of its own for it. `description` ends with this.
  public var remedy: String? {
    switch self {
    case .severalPositions: "build it for the input of a single score"
    case .interpreter: "slide without it"
    case .imageTooSmall(_, let window):
      "enlarge it, for pictures with a scale of \(max(window.height, window.width)) (the shorter side), or classify it without sliding"
    case .memory(_, let needed, _): "allow \(Self.size(needed)) or more, or use a smaller image"
    case .mapTooLarge(_, let byteCount, _):
      "choose a coarser stride or a smaller image, or allow \(Self.size(byteCount))"
    case .tensorNotResized: "give a JPEG or PNG file, or slide over one scale without its mirror image"
    case .tensorNotCropped: "crops are for pictures: give a JPEG or PNG file"
    case .pictureSmallerThanCrop: "use a larger picture, or one crop, which surrounds it with black"
    case .stride, .channels, .meanImage: nil
    }
  }

  private var words: String {
    switch self {
    case .severalPositions(let model, let map, let input):
      "\(model) gives \(map) scores per class at its own input of \(input), so that none is about all of it; "
    case .interpreter:
      "the reference interpreter runs images of one size only; "
    case .stride(let found, let network, let possible):
      "the scores cannot be \(found) pixels apart: the network's own stride is \(network), which that must divide; choose \(list(possible))"
    case .channels(let found, let expected):
      "the network slides over images of \(expected) \(expected == 1 ? "channel" : "channels"), \(expected)×height×width; the tensor is \(found)"
    case .imageTooSmall(let image, let window):
      "the image is \(image) pixels (height×width), and the network looks at \(window): there is no room to slide; "
    case .memory(let limit, let needed, let image):
      "sliding over \(image) pixels takes at least \(Self.size(needed)) for activations, and \(Self.size(limit)) is allowed; "
    case .mapTooLarge(let map, let byteCount, let limit):
      "\(map) scores (classes×rows×columns) take \(Self.size(byteCount)), and \(Self.size(limit)) is allowed; "
    case .tensorNotResized:
      "a tensor is fed as it is, neither resized nor mirrored; "
    case .meanImage(let extent):
      "the model subtracts a mean image of \(extent) pixels (height×width), which fits pictures of one size only; to slide over pictures, give the definition 'mean', one number per channel, in place of 'mean_image'"
    case .tensorNotCropped:
      "a tensor is fed as it is; "
    case .pictureSmallerThanCrop(let picture, let crop):
      "the picture is \(picture) pixels (height×width) after the model's resize, too small for crops of \(crop); "
    }
  }
}

/// `1, 2 or 4`
private func list(_ numbers: [Int]) -> String { list(numbers.map(String.init)) }

private func list(_ words: [String]) -> String {
  guard let last = words.last, words.count > 1 else { return words.first ?? "none" }
  return words.dropLast().joined(separator: ", ") + " or " + last
}

/// `'a', 'b', 'c' and 4 more`
private func quotedList(_ names: [String]) -> String {
  let words = names.prefix(3).map { "'\($0)'" }
  if names.count > words.count { return words.joined(separator: ", ") + " and \(names.count - words.count) more" }
  guard let last = words.last, words.count > 1 else { return words.first ?? "none" }
  return words.dropLast().joined(separator: ", ") + " and " + last
}

extension SlidingError {
  /// `512K` or `300M`, rounded up, so that what is asked for is enough.
  package static func size(_ bytes: Int) -> String {
    let (unit, letter) = bytes < 10 << 20 ? (1 << 10, "K") : (1 << 20, "M")
    return "\(bytes / unit + (bytes % unit == 0 ? 0 : 1))\(letter)"
  }
}

/// ` (did you mean 'a' or 'b'?)`, or nothing.
func didYouMean(_ suggestions: [String]) -> String {
  suggestions.isEmpty ? "" : " (did you mean \(suggestions.map { "'\($0)'" }.joined(separator: " or "))?)"
}
