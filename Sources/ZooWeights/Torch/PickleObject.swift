import ZooTensor

/// A Python object in a pickle, of which nothing is made but a note of what it is.
///
/// Nothing is looked up and nothing is called: an `argparse.Namespace`, a path or `os.system` are all the same here.
package struct PickleObject: Hashable, Sendable {
  package enum Kind: Hashable, Sendable {
    case other
    /// A tensor that takes Python to make.
    case tensor
    /// A kind of tensor that zoo does not read; the name is in words.
    case unsupportedTensor
    /// NumPy's type of elements.
    case numberType(NumPyType)
    /// NumPy's array before its state is set.
    case emptyArray
    /// NumPy's array, by its position in `tensors`.
    case array(Int)
  }

  /// The Python name that it was made with, such as `argparse.Namespace`.
  package var name: String
  /// Where in the file it is made.
  package let offset: Int
  package var kind: Kind
  /// What it was made of, given as arguments, as a state or as members.
  package var parts: [PickleMachine.Value]
}

/// NumPy's description of an array's elements.
package struct NumPyType: Hashable, Sendable {
  /// Kind and size, such as `f4`.
  var kind: String
  var isBigEndian = false
  /// A type with fields, or of another layout than its name says.
  var isStructured = false
}
