import ZooKit
import ZooTraining

/// What a user of the command can do about an error, by what the error says. The library's own remedies name no option; these
/// stand in their place.
enum Remedies {
  /// What is printed of an error.
  static func words(_ error: any Error) -> String {
    guard let failure = error as? any ZooFailure else { return "\(error)" }
    return remedy(for: failure).map(failure.description(remedy:)) ?? "\(failure)"
  }

  /// `nil` where the library's words do.
  private static func remedy(for failure: any ZooFailure) -> String? {
    switch failure {
    case let error as ZooError: remedy(for: error)
    case let error as SlidingError: remedy(for: error)
    case let error as WeightsError: remedy(for: error)
    case let error as CheckpointMismatch: remedy(for: error)
    case let error as FeaturesError: remedy(for: error)
    case let error as WorkError: remedy(for: error)
    case RunError.file(let error): remedy(for: error)
    case NetworkImportError.preprocessingUnknown:
      "say it: --preprocessing imagenet, caffe or tf for what the classifiers of these frameworks want, none for a network that takes tensors only"
    case NetworkImportError.tensorsOnly(let path): "`zoo show \(path) --tensors` lists them\(choosing(for: path))"
    case NetworkImportError.channels: "pass another --preprocessing, or none"
    case DownloadError.presentDiffers: "remove it, or pass --force to replace it"
    default: nil
    }
  }

  private static func remedy(for error: ZooError) -> String? {
    switch error {
    case .modelNotFound: "`zoo list` shows the catalogue, and a path ending in .yaml or .zoo names a file"
    case .alreadyExists: "pass --force to replace it, or choose another name with -o"
    case .weightsUnavailable(let model, _, let sources):
      """
      Download a checkpoint and pass it with -w FILE, or place it in one of these folders. \
      `-w synthetic` runs the network with made-up weights.\(fetching(model, sources))
      """
    case .layerNotFound, .layerForTraining: "`zoo graph MODEL` lists the layers"
    case .inputShape:
      "a network without fully connected layers (`zoo convert-fc`) can be built for another size with --input CxHxW"
    case .notAPackage(let path):
      "pass it with -w to a model, or make a package with `zoo build MODEL -w WEIGHTS -o OUT.zoo`\(choosing(for: path))"
    case .notAnArchive: "`zoo pack` makes one of it"
    case .notAModel(let path, holdsWeights: true):
      "pass it with -w to a model (-m MODEL -w \(path))\(choosing(for: path))"
    case .notAModel(_, holdsWeights: false):
      "a .yaml definition, a .zoo package, an exported folder or a name of `zoo list`"
    case .incompleteFolder:
      "pass it with -w to a model if it holds weights, or make one with `zoo export MODEL -o DIR`"
    case .alreadySliding: "`zoo convert-fc --to-fc` turns it back"
    case .notConverted: "give a definition that `zoo convert-fc` wrote, which has 'sliding:'"
    default: nil
    }
  }

  /// The command that fetches the weights of a network, on a line of its own; empty where none are published as files.
  private static func fetching(_ model: String, _ sources: [String]) -> String {
    guard Catalogue.modelName(for: model) != nil else {
      return sources.contains { $0.contains("://") } ? "\nOr fetch them: zoo pull MODEL" : ""
    }
    return (try? WeightDownload(for: .find(model))) == nil ? "" : "\nOr fetch them: zoo pull \(model)"
  }

  /// Which network weights without one may be for, on a line of its own.
  private static func choosing(for path: String) -> String {
    let fitting = Catalogue.networks(fitting: path)
    guard let best = fitting.first else {
      if NetworkImport.isNetworkFile(path) {
        return "\nIts structure becomes a definition with `zoo import \(path) -o NAME.yaml`"
      }
      return """

        The structure of a network cannot be read from such a file: it has to be written as a definition (.yaml).
        `zoo show \(path) --guess` says what its layers are likely to be, and which networks are near.
        """
    }
    return "\nIts tensors fit \(fitting.joined(separator: ", ")) of the catalogue: -m \(best) -w \(path)"
  }

  private static func remedy(for error: SlidingError) -> String? {
    switch error {
    case .severalPositions: "build it for the input of a single score (--input CxHxW)"
    case .interpreter: "leave out --interpreter to slide"
    case .imageTooSmall(_, let window):
      "enlarge it, for pictures with --scales \(max(window.height, window.width)) (the shorter side), or classify it without --sliding"
    case .memory(_, let needed, _): "pass --memory \(SlidingError.size(needed)) or more, or use a smaller image"
    case .mapTooLarge(_, let byteCount, _):
      "choose a coarser --stride or a smaller image, or pass --memory \(SlidingError.size(byteCount))"
    case .tensorNotResized: "give a JPEG or PNG file, or leave out --scales and --flip"
    case .tensorNotCropped: "--crops is for pictures: give a JPEG or PNG file"
    case .pictureSmallerThanCrop: "use a larger picture, or --crops 1, which surrounds it with black"
    case .stride, .channels, .meanImage: nil
    }
  }

  private static func remedy(for error: WeightsError) -> String? {
    switch error.problem {
    case .file(.exists): "choose another name, or pass --force to replace a file"
    case .onnx(.tooLarge): "pass --external-data to put the weights into a file beside it"
    case .darknet(.needsNetwork): "name the model (zoo pack -m MODEL)"
    default: nil
    }
  }

  private static func remedy(for error: WorkError) -> String? {
    switch error {
    case .countUnknown, .irregularArray: "pass --shards N with the number of workers that there are"
    case .launchersDisagree: "pass --shard I/N"
    case .tooManyErrors: "mend or leave out these pictures, or raise --max-errors"
    case .partsMissing(_, _, _, _, nil): "Run the same command again; what is there is not done again."
    case .partsMissing:
      "Run the same command again, of an array their workers alone (--array=…); what is there is not done again."
    default: nil
    }
  }

  private static func remedy(for error: CheckpointMismatch) -> String? {
    switch error.guess {
    case .otherClasses:
      "`zoo pack` with --head new keeps the rest and starts the last layer anew, to be fine-tuned."
    case .incomplete: "`zoo pack` with --partial starts the missing tensors anew, to be fine-tuned."
    case .otherWidths, .otherNetwork, .otherLayerNames, .prefix, .prefixes, .shard, nil: nil
    }
  }

  private static func remedy(for error: FeaturesError) -> String? {
    switch error {
    case .begunWithOthers, .begunDamaged: "give the same options to go on with them, or --force to begin anew"
    case .changed: "or name what made them with -m and -w"
    case .limit: "change --limit"
    case .notAnArrayName, .noPictureLeft, .elementType, .columnMajor, .shape, .keysMissing, .notARecord, .inFile,
      .filesDiffer, .classes, .weightsWithoutNetwork:
      nil
    }
  }
}
