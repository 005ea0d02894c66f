/// Everything about a network, or about what it makes of one picture, on one page and as numbers.
public struct Report: Sendable {
  /// The name of the network, or of the picture.
  public var title: String
  /// Lines below the title.
  public var summary: [String]
  /// What makes all of it again.
  public var command: String
  /// In the order of the page.
  public var sections: [ReportSection]
  /// What the page shows, for programs.
  public var numbers: ReportNumbers
}

/// The numbers of a report. What it does not have is left out.
public struct ReportNumbers: Sendable, Encodable {
  /// The name and version of this format.
  public var schema = "zoo.report/1"
  /// The name of the network.
  public var model: String
  /// That makes the report again.
  public var command: String
  /// The shape `[channels, height, width]`.
  public var input: [Int]
  /// Trainable numbers of the network.
  public var parameters: Int
  /// Multiply-accumulate operations for one image.
  public var macs: Int
  /// What all values of one image need at once, in bytes.
  public var peakActivationBytes: Int
  /// In words; left out where a network has none.
  public var preprocessing: String?
  /// The file of the weights.
  public var weights: Source?
  /// The file of the picture.
  public var image: Source?
  /// The likeliest classes, the likeliest first.
  public var answer: [Class]?
  /// What is explained.
  public var target: String?
  /// Of the class that is explained, before softmax.
  public var score: Float?
  /// The maps of layers that are shown.
  public var activations: [Values]?
  /// The maps of contributions to the score.
  public var attributions: [Values]?
  /// What the places of a layer contribute to the score.
  public var contributions: Contributions?
  /// How the score changes as a patch hides parts.
  public var occlusion: Occlusion?
  /// A picture that is taken for something else.
  public var adversarial: Adversarial?
  /// The patches of a folder that excite units most.
  public var top: Top?
  /// The place of the picture among those of a folder.
  public var codes: Codes?
  /// The weights of a layer.
  public var filters: Filters?
  /// What is not there, and why.
  public var refusals: [Refusal] = []
  /// Of the table of layers, in the order of the graph.
  public var layers: [Layer] = []

  /// A file.
  public struct Source: Sendable, Encodable {
    /// Without folders.
    public var name: String
    /// Of the file's bytes; left out for what is no file.
    public var sha256: String?
  }

  /// A class with its score.
  public struct Class: Sendable, Encodable {
    /// From 0, as the network orders its classes.
    public var index: Int
    /// Its name.
    public var label: String
    /// From 0 to 1.
    public var probability: Double
    /// The score before softmax.
    public var logit: Float
  }

  /// The numbers behind a figure: what they are of, in short, and the digest of all of them as float32, little-endian.
  public struct Values: Sendable, Encodable {
    /// Of the figure.
    public var name: String
    /// Row-major.
    public var shape: [Int]
    /// Of the numbers.
    public var unit: String
    /// The smallest number.
    public var minimum: Float
    /// The largest number.
    public var maximum: Float
    /// Of all numbers as float32, little-endian, in hexadecimal digits.
    public var sha256: String
    /// The units of the layer that are drawn.
    public var drawn: [Int]?
    /// Of integrated gradients: the relative error of their sum.
    public var error: Double?
    /// That makes the figure again.
    public var command: String
  }

  /// What the places of a layer contribute to a score.
  public struct Contributions: Sendable, Encodable {
    /// Its path.
    public var layer: String
    /// `[rows, columns]` of the map.
    public var shape: [Int]
    /// Row by row.
    public var values: [Float]
    /// Of all places.
    public var sum: Double
    /// What the classifier adds for the class; left out where the sum is not the score.
    public var bias: Double?
    /// That makes the figure again.
    public var command: String
  }

  /// How a score changes as a patch hides parts.
  public struct Occlusion: Sendable, Encodable {
    /// The side of the patch, in pixels.
    public var patch: Int
    /// How many pixels apart its places are.
    public var stride: Int
    /// What it is filled with.
    public var fill: String
    /// `[rows, columns]` of its places.
    public var shape: [Int]
    /// The logit with the patch minus the logit without, row by row.
    public var values: [Float]
    /// That makes the figure again.
    public var command: String
  }

  /// What the picture became; sizes in levels of 0 to 255.
  public struct Adversarial: Sendable, Encodable {
    /// The largest change that was allowed, in levels of 0 to 255.
    public var epsilon: Int
    /// Those that led to it.
    public var steps: Int
    /// Whether the PNG that was read again is taken for something else.
    public var changed: Bool
    /// Whether the picture is still taken for another class as a JPEG.
    public var changedAfterJPEG: Bool
    /// The largest change, in levels of 0 to 255.
    public var linf: Int
    /// The Euclidean norm of the change, in levels.
    public var l2: Double
    /// How many pixels differ.
    public var changedPixels: Int
    /// How many there are.
    public var pixels: Int
    /// Of the picture as it was.
    public var before: Answer
    /// Of the PNG that was read again.
    public var after: Answer
    /// Of the changed picture as a JPEG.
    public var afterJPEG: Answer
    /// That makes the picture again.
    public var command: String

    /// The likeliest class.
    public struct Answer: Sendable, Encodable {
      /// Its name.
      public var label: String
      /// From 0 to 1.
      public var probability: Double
    }
  }

  /// What excites the units most that the picture excites most.
  public struct Top: Sendable, Encodable {
    /// The folder that was looked at.
    public var data: String
    /// How many were read.
    public var pictures: Int
    /// Its path.
    public var layer: String
    /// The units that the picture excites most, the most first.
    public var units: [Unit]

    /// A unit with what excites it.
    public struct Unit: Sendable, Encodable {
      /// Its channel, from 0.
      public var unit: Int
      /// The largest value in the picture itself.
      public var here: Float
      /// Over all places of the folder's pictures.
      public var mean: Double
      /// The best first.
      public var patches: [Patch]
      /// That shows more of them.
      public var command: String
    }

    /// A part of a picture and what the unit answers to it.
    public struct Patch: Sendable, Encodable {
      /// The file's name.
      public var picture: String
      /// Of the layer's map, from 0.
      public var row: Int
      /// Of the layer's map, from 0.
      public var column: Int
      /// Of the unit there.
      public var value: Float
    }
  }

  /// Where the picture is among others.
  public struct Codes: Sendable, Encodable {
    /// Its path.
    public var layer: String
    /// How many pictures there are.
    public var count: Int
    /// The numbers of a code.
    public var width: Int
    /// As used by t-SNE.
    public var perplexity: Double
    /// In nats.
    public var divergence: Double
    /// From 0 to 1 (Venna and Kaski, 2001).
    public var trustworthiness: Double
    /// Of how many neighbours trustworthiness was computed.
    public var neighbours: Int
    /// The picture's place in the layout.
    public var x: Double
    /// Of the picture, without a unit.
    public var y: Double
    /// The nearest first, by the distances of codes.
    public var nearest: [Near]

    /// A picture that is near in the codes.
    public struct Near: Sendable, Encodable {
      /// The file's name.
      public var picture: String
      /// Left out where the data has no classes.
      public var `class`: String?
      /// Between the codes.
      public var distance: Double
    }
  }

  /// The weights of a layer.
  public struct Filters: Sendable, Encodable {
    /// Its path.
    public var layer: String
    /// Of the weight, row-major.
    public var shape: [Int]
    /// The largest weight, by magnitude.
    public var largest: Float
    /// The mean over the filters; shuffled weights have 1.
    public var roughness: Double?
    /// That makes the figure again.
    public var command: String
  }

  /// A figure that could not be made.
  public struct Refusal: Sendable, Encodable {
    /// Which figure it would have been.
    public var what: String
    /// Why not, for a person.
    public var reason: String
  }

  /// A row of the table of layers.
  public struct Layer: Sendable, Encodable {
    /// Its path.
    public var path: String
    /// What it is, with its attributes.
    public var operation: String
    /// The shape of its value, without the batch.
    public var output: [Int]
    /// Its trainable numbers.
    public var parameters: Int
    /// Its multiply-accumulate operations for one image.
    public var macs: Int
  }
}
