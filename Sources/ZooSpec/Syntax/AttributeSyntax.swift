import ZooGraph
import ZooTensor

/// An attribute's value as written; what it may be is the table's affair, `OperationKind`.
package enum AttributeSyntax: Sendable {
  case integer(Located<Term>)
  /// Height and width.
  case extent(Located<Term>, Located<Term>)
  /// Top, left, bottom and right.
  case padding([Located<Term>])
  case samePadding
  case boolean(Located<Term>)
  case number(Located<Term>)
  case choice(String)
}
