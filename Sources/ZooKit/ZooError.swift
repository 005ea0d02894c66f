import ZooTensor

/// What went wrong at the level of models, weights and files. The words are in `ZooError+Message.swift`.
public enum ZooError: Error, Sendable, Equatable {
  /// No model of that name; `suggestions` are near names of the catalogue.
  case modelNotFound(String, suggestions: [String])
  /// A file or folder that was named does not exist.
  case inputMissing(path: String, what: String)
  case cannotRead(path: String, reason: String)
  case fileTooLarge(path: String, size: Int, limit: Int)
  case cannotWrite(path: String, reason: String)
  /// The output exists and overwriting was not asked for.
  case alreadyExists(path: String)
  /// The model has no weights here; `searched` are the places, `sources` where published ones are.
  case weightsUnavailable(model: String, searched: [String], sources: [String])
  /// The network that the checkpoint says it is for differs from this one at a layer with the same weights.
  case weightsOfAnotherModel(path: String, expected: String, found: String, node: String, difference: String)
  /// The tensors fit, but the file says that layers compute with them in another way than the definition does.
  case layersDiffer(path: String, model: String, [LayerContradiction])
  /// A checkpoint of Caffe's, whose images are BGR, for a network whose images are RGB.
  case channelOrder(path: String, model: String)
  /// The class scores do not come from one layer with weights that could be started anew.
  case noHead(model: String, node: String)
  /// Weights of darknet's, which have no names, were given for a network with a layer that darknet does not have.
  case notForDarknet(model: String, layer: String, DarknetObstacle)
  /// The model has no layer of that name; `suggestions` are near names.
  case layerNotFound(String, model: String, suggestions: [String])
  /// The layer is for training only, so that nothing computes it.
  case layerForTraining(String, model: String)
  /// The model has no output of class scores or probabilities.
  case noLogits(model: String)
  /// A tensor that was given as input has another shape than the model's.
  case inputShape(expected: String, found: String, path: String?)
  /// A tensor that was given as input has another number of dimensions or of channels, or no image.
  case inputLayout(expected: String, found: String, isChannelsLast: Bool, path: String?)
  /// A tensor that was given as input is not of float32.
  case inputType(found: String, path: String?)
  /// The definition has no `preprocess`, and so images cannot be fed.
  case noPreprocessing(model: String)
  /// A file that the definition names as a mean image is something else; `found` is its format or its shape.
  case notAMeanImage(path: String, found: String)
  /// A label set that the definition names is neither in the catalogue nor a file.
  case labelsNotFound(String, suggestions: [String])
  /// The label set has another number of classes than the network has outputs.
  case labelCount(labels: Int, outputs: Int, name: String)
  case dataSetNotRecognised(path: String, split: String)
  /// The data has a label that the network has no output for.
  case labelOutOfRange(label: Int, outputs: Int, path: String)
  /// The folders of a data set do not stand for the network's classes.
  case classFolders(path: String, ClassFolderProblem)
  /// The network has one class, which is always the likeliest.
  case nothingToRank(model: String)
  /// The definition gives another SHA-256, or its beginning, for a published file of this name.
  case publishedDigest(path: String, model: String, expected: String, found: String)
  /// A batch of so many images where one was to be classified.
  case severalImages(Int)
  /// A batch without images.
  case noImages
  /// A type that floating-point tensors cannot be stored in.
  case storedType(ElementType)
  /// A metadata key that begins like those that only zoo writes.
  case reservedKey(String, prefix: String)
  /// A seed of synthetic weights that is not a number.
  case seed(String)
  /// A class score is not a number, or infinite.
  case scoresNotFinite
  /// The definition inside an archive names another file, which a stranger's archive has no business reading.
  case outsideReference(path: String, name: String)
  /// A package without the definition that makes it one.
  case notAPackage(path: String)
  /// A file that is to be verified is a checkpoint of another kind than zoo's archives.
  case notAnArchive(path: String, format: String)
  /// A file that is there, and that is neither a definition nor a package.
  case notAModel(path: String, holdsWeights: Bool)
  /// A folder with weights and without the definition that makes it a model.
  case incompleteFolder(path: String)
  /// The network slides already; it was made from `original`.
  case alreadySliding(model: String, original: String)
  /// The definition does not record what the network was before its fully connected layers became convolutions.
  case notConverted(model: String)
  /// The model has no class of that name, WordNet identifier or number; `suggestions` are near names.
  case classNotFound(String, count: Int, suggestions: [String])
  /// Several classes have that name.
  case classAmbiguous(String, indices: [Int])
  /// A network's name or definition where weights were asked for.
  case modelForWeights(String)
  /// A file's name does not end as those of its kind do.
  case fileName(String, endings: [String])
  /// An output's name ends as a file of a kind that is not written there; `endings` are those that are.
  case outputFormat(String, ending: String, endings: [String])
  /// A set of ONNX's operators that models are not written in.
  case operatorSet(Int, known: [Int])
  /// The network has layers that PyTorch's modules have no form of; all of them, in words.
  case notForPyTorch(model: String, [String])
  /// Weights beside the model were asked for of an output that is no ONNX model.
  case externalData(String)
  /// So many calls are at work, and as many wait as may.
  case queueFull(running: Int, waiting: Int)
  /// The system starts no more threads.
  case noThread(code: Int32)
  /// The converted network does not agree with the original.
  case conversionDiffers(maximumDifference: Double, tolerance: Double)
}
