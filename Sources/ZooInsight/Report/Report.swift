/// Everything about a network, or about what it makes of one picture, on one page and as numbers.
public struct Report: Sendable {
  public var title: String
  /// Lines below the title.
  public var summary: [String]
  /// What makes all of it again.
  public var command: String
  public var sections: [ReportSection]
  /// What the page shows, for programs.
  public var numbers: ReportNumbers
}

/// The numbers of a report. What it does not have is left out.
public struct ReportNumbers: Sendable, Encodable {
  public var schema = "zoo.report/1"
  public var model: String
  public var command: String
  public var input: [Int]
  public var parameters: Int
  public var macs: Int
  public var peakActivationBytes: Int
  public var preprocessing: String?
  public var weights: Source?
  public var image: Source?
  public var answer: [Class]?
  /// What is explained.
  public var target: String?
  public var score: Float?
  public var activations: [Values]?
  public var attributions: [Values]?
  public var contributions: Contributions?
  public var occlusion: Occlusion?
  public var adversarial: Adversarial?
  public var top: Top?
  public var codes: Codes?
  public var filters: Filters?
  /// What is not there, and why.
  public var refusals: [Refusal] = []
  public var layers: [Layer] = []

  /// A file.
  public struct Source: Sendable, Encodable {
    public var name: String
    /// Of the file's bytes; left out for what is no file.
    public var sha256: String?
  }

  public struct Class: Sendable, Encodable {
    public var index: Int
    public var label: String
    public var probability: Double
    public var logit: Float
  }

  /// The numbers behind a figure: what they are of, in short, and the digest of all of them as float32, little-endian.
  public struct Values: Sendable, Encodable {
    public var name: String
    public var shape: [Int]
    public var unit: String
    public var minimum: Float
    public var maximum: Float
    public var sha256: String
    /// The units of the layer that are drawn.
    public var drawn: [Int]?
    /// Of integrated gradients: the relative error of their sum.
    public var error: Double?
    public var command: String
  }

  public struct Contributions: Sendable, Encodable {
    public var layer: String
    public var shape: [Int]
    /// Row by row.
    public var values: [Float]
    public var sum: Double
    public var bias: Double?
    public var command: String
  }

  public struct Occlusion: Sendable, Encodable {
    public var patch: Int
    public var stride: Int
    public var fill: String
    public var shape: [Int]
    /// The logit with the patch minus the logit without, row by row.
    public var values: [Float]
    public var command: String
  }

  /// What the picture became; sizes in levels of 0 to 255.
  public struct Adversarial: Sendable, Encodable {
    public var epsilon: Int
    /// Those that led to it.
    public var steps: Int
    /// Whether the PNG that was read again is taken for something else.
    public var changed: Bool
    public var changedAfterJPEG: Bool
    public var linf: Int
    public var l2: Double
    public var changedPixels: Int
    public var pixels: Int
    public var before: Answer
    /// Of the PNG that was read again.
    public var after: Answer
    public var afterJPEG: Answer
    public var command: String

    /// The likeliest class.
    public struct Answer: Sendable, Encodable {
      public var label: String
      public var probability: Double
    }
  }

  /// What excites the units most that the picture excites most.
  public struct Top: Sendable, Encodable {
    public var data: String
    /// How many were read.
    public var pictures: Int
    public var layer: String
    public var units: [Unit]

    public struct Unit: Sendable, Encodable {
      public var unit: Int
      /// The largest value in the picture itself.
      public var here: Float
      /// Over all places of the folder's pictures.
      public var mean: Double
      /// The best first.
      public var patches: [Patch]
      public var command: String
    }

    public struct Patch: Sendable, Encodable {
      public var picture: String
      public var row: Int
      public var column: Int
      public var value: Float
    }
  }

  /// Where the picture is among others.
  public struct Codes: Sendable, Encodable {
    public var layer: String
    public var count: Int
    /// The numbers of a code.
    public var width: Int
    public var perplexity: Double
    /// In nats.
    public var divergence: Double
    public var trustworthiness: Double
    public var neighbours: Int
    /// The picture's place in the layout.
    public var x: Double
    public var y: Double
    /// The nearest first, by the distances of codes.
    public var nearest: [Near]

    public struct Near: Sendable, Encodable {
      public var picture: String
      /// Left out where the data has no classes.
      public var `class`: String?
      public var distance: Double
    }
  }

  public struct Filters: Sendable, Encodable {
    public var layer: String
    public var shape: [Int]
    public var largest: Float
    /// The mean over the filters; shuffled weights have 1.
    public var roughness: Double?
    public var command: String
  }

  public struct Refusal: Sendable, Encodable {
    public var what: String
    public var reason: String
  }

  public struct Layer: Sendable, Encodable {
    public var path: String
    public var operation: String
    public var output: [Int]
    public var parameters: Int
    public var macs: Int
  }
}
