extension Advice {
  /// The case in the words of the course's notes on transfer learning (Stanford cs231n).
  public var caseInWords: String {
    switch (size, similarity) {
    case (.small, .similar): "the new data set is small and similar to the original one"
    case (.large, .similar): "the new data set is large and similar to the original one"
    case (.small, .different): "the new data set is small but very different from the original one"
    case (.large, .different): "the new data set is large and very different from the original one"
    }
  }

  /// What the notes say about the case.
  public var reasonInWords: String {
    switch (size, similarity) {
    case (.small, .similar):
      """
      with so few pictures fine-tuning would overfit; they are like the original ones, so the top codes should \
      matter here too: train a linear classifier on them
      """
    case (.large, .similar):
      "with so many pictures there is little fear of overfitting: fine-tune through the network"
    case (.small, .different):
      """
      with so few pictures only a linear classifier is safe; the top of the network is made for the original \
      pictures, so train it on codes from somewhere earlier
      """
    case (.large, .different):
      """
      there are pictures enough to train from scratch, and in practice it still helps to start from the weights \
      of a trained network: fine-tune through all of it
      """
    }
  }
}

extension Advice.Basis: CustomStringConvertible {
  /// What the advice rests on, for a person, with the numbers.
  public var description: String {
    switch self {
    case .topIsBest: "no lower layer's codes tell the classes apart better than the top ones"
    case .lowerIsBetter(let layer):
      "the codes of '\(layer)' tell the classes apart better than the top ones, beyond chance"
    case .topTellsNothing: "the top codes are not surely better than always naming the most frequent class"
    case .topAlone: "only the top codes were tried"
    }
  }
}
