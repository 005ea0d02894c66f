extension ZooError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .modelNotFound(let name, let suggestions):
      "no model '\(name)'\(didYouMean(suggestions)); `zoo list` shows the catalogue, and a path ending in .yaml or .zoo names a file"
    case .inputMissing(let path, let what):
      "\(path): no such \(what)"
    case .cannotRead(let path, let reason):
      "\(path): cannot be read: \(reason)"
    case .fileTooLarge(let path, let size, let limit):
      "\(path): \(size) bytes, more than the limit of \(limit)"
    case .cannotWrite(let path, let reason):
      "\(path): cannot be written: \(reason)"
    case .alreadyExists(let path):
      "\(path): already exists; pass --force to replace it, or choose another name with -o"
    case .weightsUnavailable(let model, let searched, let sources):
      """
      no weights for \(model) on this machine
        searched: \(searched.joined(separator: "\n            "))
      \(sources.isEmpty ? "  none are published for this network" : "  published: \(sources.joined(separator: "\n             "))")
      Download a checkpoint and pass it with -w FILE, or place it in one of these folders. \
      `-w synthetic` runs the network with made-up weights.
      """
    case .weightsOfAnotherModel(let path, let expected, let found, let node):
      "\(path): these weights are for '\(found)', not for '\(expected)': the shapes agree, but '\(node)' has another stride, padding or dilation there; choose the model with -m \(found)"
    case .noLogits(let model):
      "\(model) has no output with the role 'logits'; name one under 'outputs:'"
    case .inputShape(let expected, let found, let path):
      "\(path.map { "\($0): " } ?? "")the network takes \(expected), the tensor is \(found); a network without fully connected layers (`zoo convert-fc`) can be built for another size with --input CxHxW"
    case .noPreprocessing(let model):
      "\(model) does not say how an image becomes its input; add 'preprocess:' to the definition, or feed an .npy tensor"
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
    case .seed(let argument):
      "'\(argument)': the seed must be a whole number from 0 to \(UInt64.max), as in synthetic:42"
    case .scoresNotFinite:
      "the class scores are not finite, so they rank nothing: the input holds numbers that are not finite or far too large"
    case .outsideReference(let path, let name):
      "\(path): the definition inside names the file '\(name)'; what is stored in an archive must be complete in itself"
    case .notAPackage(let path):
      "\(path): an archive of weights without a definition; pass it with -w to a model, or make a package with `zoo build MODEL -w WEIGHTS -o OUT.zoo`"
    case .conversionDiffers(let maximumDifference, let tolerance):
      "the converted network differs from the original by \(maximumDifference), more than \(tolerance) of the largest logit"
    }
  }
}

/// ` (did you mean 'a' or 'b'?)`, or nothing.
func didYouMean(_ suggestions: [String]) -> String {
  suggestions.isEmpty ? "" : " (did you mean \(suggestions.map { "'\($0)'" }.joined(separator: " or "))?)"
}
