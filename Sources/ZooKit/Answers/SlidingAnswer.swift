import ZooTensor

/// What sliding adds to the answer for a picture, for other programs.
public struct SlidingAnswer: Codable, Sendable, Hashable {
  /// One run over the picture.
  public struct Run: Codable, Sendable, Hashable {
    /// The shorter side to which the picture was resized; `nil` for its own size.
    public var scale: Int?
    /// Whether the picture was mirrored.
    public var mirrored: Bool
    /// Height and width of the network's input, in pixels.
    public var input: [Int]
    /// How many windows there are from top to bottom.
    public var rows: Int
    /// How many windows there are from left to right.
    public var columns: Int
    /// The scores of the classes that the picture as a whole was recognised as.
    public var classes: [Scores]
  }

  /// The scores of one class over all windows of a run, before softmax or sigmoid.
  public struct Scores: Codable, Sendable, Hashable {
    /// The position among the network's outputs.
    public var index: Int
    /// The class's name.
    public var label: String
    /// The mean over the windows.
    public var meanLogit: Double
    /// The largest of the windows'.
    public var maxLogit: Float
  }

  /// A window and what the classifier sees there.
  public struct Place: Codable, Sendable, Hashable {
    /// The position of the class among the network's outputs.
    public var index: Int
    /// The class's name.
    public var label: String
    /// The class's WordNet identifier, where it has one.
    public var wnid: String?
    /// The probability of the class in this window.
    public var probability: Double
    /// The score of the class in this window.
    public var logit: Float
    /// The position of the run among `passes`.
    public var pass: Int
    /// Of the window, from the top.
    public var row: Int
    /// Of the window, from the left.
    public var column: Int
    /// In pixels of the picture.
    public var box: Box
  }

  /// A rectangle in pixels of the picture.
  public struct Box: Codable, Sendable, Hashable {
    /// From the picture's left to the left side.
    public var left: Double
    /// From the picture's top to the upper side.
    public var top: Double
    /// From the picture's left to the right side.
    public var right: Double
    /// From the picture's top to the lower side.
    public var bottom: Double
  }

  /// Height and width of what one score is about, in pixels of the network's input.
  public var window: [Int]
  /// Down and to the right, in pixels of the network's input.
  public var stride: [Int]
  /// Whether each score is exactly that of its window alone.
  public var matchesCrops: Bool
  /// The runs over the picture: scales in the order in which they were asked for, each followed by its mirror image.
  public var passes: [Run]
  /// The likeliest places, best first.
  public var best: [Place]

  /// What is to be said of a picture that a classifier slid over.
  ///
  /// - Parameters:
  ///   - result: the scores.
  ///   - classifier: what slid.
  ///   - top: the classes whose scores are given
  ///   - places: the places that are given
  public init(_ result: SlidingResult, _ classifier: SlidingClassifier, top: [Classification], places: [Detection]) {
    window = [classifier.window.height, classifier.window.width]
    stride = [classifier.step.height, classifier.step.width]
    matchesCrops = classifier.matchesCrops
    passes = result.runs.map { run in
      let (means, maxima) = (run.map.means, run.map.maxima)
      return Run(
        scale: run.scale, mirrored: run.map.isMirrored, input: [run.map.input.height, run.map.input.width],
        rows: run.map.rows, columns: run.map.columns,
        classes: top.map {
          Scores(index: $0.index, label: $0.label, meanLogit: means[$0.index], maxLogit: maxima[$0.index])
        })
    }
    best = places.map { place in
      let (what, box) = (place.classification, place.box)
      return Place(
        index: what.index, label: what.label, wnid: what.wordNetID, probability: what.probability, logit: what.logit,
        pass: place.run, row: place.row, column: place.column,
        box: Box(left: box.left, top: box.top, right: box.right, bottom: box.bottom))
    }
  }
}
