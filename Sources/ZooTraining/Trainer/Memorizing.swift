import ZooImages
import ZooKit

extension Recipe {
  /// A recipe by which a few pictures are learned by heart, to see that a network can learn at all: nothing random, no
  /// decay, and the pictures all at once.
  public func memorizing(_ pictures: Int) -> Recipe {
    var recipe = self
    recipe.augmentation = Augmentation()
    recipe.mixing = Mixing()
    recipe.weightDecay = 0
    recipe.batch = min(batch, pictures)
    recipe.slices = 1
    recipe.ema = 0
    recipe.earlyStop = 0
    if case .softmax = loss { recipe.loss = .softmax() }
    recipe.epochs = max(epochs, 100)
    recipe.schedule = .constant
    return recipe
  }
}

extension DataSet.TrainingParts {
  /// The first pictures, of each class in turn.
  public func memorizing(_ count: Int) -> DataSet.TrainingParts {
    var ofClass: [Int: [Int]] = [:]
    for (index, label) in training.labels.enumerated() { ofClass[label, default: []].append(index) }
    var chosen: [Int] = []
    var round = 0
    let classes = ofClass.keys.sorted()
    while chosen.count < min(count, training.count) {
      for label in classes where chosen.count < count {
        if let pictures = ofClass[label], round < pictures.count { chosen.append(pictures[round]) }
      }
      round += 1
    }
    return DataSet.TrainingParts(training: training.subset(chosen.sorted()), validation: nil, isHeldOut: false)
  }
}

extension Network {
  /// Whether the network's classes are those of the data, by number or by name.
  public func tellsApart(_ data: DataSet) throws -> Bool {
    let count = try answer().classes
    guard let folders = data.classNames else { return data.classCount <= count }
    guard labels != nil || folders.count == count else { return false }
    return
      (try? ClassAssignment(
        folders: folders, amongst: data.classNamesOfAllParts, labels: labels, outputs: count)) != nil
      && folders.count == count
  }
}
