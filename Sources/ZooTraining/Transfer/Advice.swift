/// Which transfer to use for new pictures, by the two questions of Stanford's cs231n: are there many of them, and are they like
/// those that the network was trained with?
///
/// |           | similar                              | different                                   |
/// |-----------|--------------------------------------|---------------------------------------------|
/// | **small** | a linear classifier of the top codes | a linear classifier of a lower layer's codes |
/// | **large** | fine-tune                            | fine-tune everything, or start from scratch |
///
/// How many is counted in pictures of a class (the median over classes). How similar is measured by what a linear classifier
/// makes of the codes, on pictures left out of its fit: the higher a layer, the more it is made for the classes that the network
/// was trained with. If a lower layer's codes tell the new classes apart better, the top ones have thrown away what
/// matters here, and the pictures are different in the sense that counts.
public struct Advice: Hashable, Sendable {
  /// How well the codes of one layer tell the new classes apart.
  public struct Layer: Hashable, Sendable {
    /// Its path.
    public let name: String
    /// Of a linear classifier on its codes.
    public let crossValidation: LinearClassifier.CrossValidation

    /// A layer by its path, with what a linear classifier on its codes gets right.
    public init(name: String, crossValidation: LinearClassifier.CrossValidation) {
      self.name = name
      self.crossValidation = crossValidation
    }
  }

  /// Whether there are many pictures.
  public enum Size: String, Hashable, Sendable { case small, large }
  /// Whether the pictures are like those that the network learnt from.
  public enum Similarity: String, Hashable, Sendable { case similar, different }

  /// What similarity was decided by.
  public enum Basis: Hashable, Sendable {
    /// No lower layer is better than the top one.
    case topIsBest
    /// The lower layer is right where the top one is wrong more often than the other way round, beyond chance.
    case lowerIsBetter(layer: String)
    /// Even the top layer's codes are hardly better than guessing the most frequent class.
    case topTellsNothing
    /// Only the top layer was measured: whether its skill reaches `Advice.sufficientSkill`.
    case topAlone
  }

  /// What to do.
  public enum Step: Hashable, Sendable {
    case fitTopCodes
    case fitLowerCodes(layer: String)
    case fineTuneAll
    /// The layers up to this one stay as they are.
    case fineTuneFrom(layer: String)
    case trainFromScratch
  }

  /// What was measured of one layer.
  public struct Evidence: Hashable, Sendable {
    /// Its path.
    public let layer: String
    /// By cross-validation.
    public let accuracy: Accuracy
    /// Of the accuracy over the folds; `nil` with fewer than two.
    public let standardError: Double?
    /// Which part of what chance leaves wrong is right: (accuracy − chance) / (1 − chance). 1 is perfect, 0 is chance.
    public let skill: Double
    /// The pictures that only this layer's codes got right, of those on which this one and the top one differ. Nothing for the
    /// top layer itself.
    public let betterThanTop: Accuracy
  }

  /// Whether there are many pictures.
  public let size: Size
  /// Whether the pictures are like those that the network learnt from.
  public let similarity: Similarity
  /// What similarity was judged by.
  public let basis: Basis
  /// What to do.
  public let step: Step
  /// The median and the smallest number of pictures of a class.
  public let picturesPerClass: Double
  /// The number of pictures of the class that has fewest.
  public let smallestClass: Int
  /// The accuracy of always naming the most frequent class.
  public let chance: Double
  /// Of each layer, the top one first.
  public let evidence: [Evidence]

  /// From this many pictures of a class on, a set is large. The sets for which codes without fine-tuning were shown to be enough
  /// have 10 to 80 to learn from (Razavian et al., 2014: Flowers-102, Caltech-UCSD Birds, MIT-67); those for which networks
  /// are trained whole have 500 and more (CIFAR-100, ImageNet).
  public static let largeClass = 100.0
  /// From this many on, nothing need be kept as it is: the smallest classes of sets for which networks are trained from scratch.
  public static let ampleClass = 500.0
  /// With the top layer alone, pictures are similar when its codes set right at least half of what chance leaves wrong. It is a
  /// matter of taste: hard classes fail it too, which only a lower layer's codes can tell from foreign ones.
  public static let sufficientSkill = 0.5
}
