/// The parts of what `zoo --help` says, for pages that put them in other places.
struct HelpSections {
  /// Commands and what each is for.
  private(set) var examples: [(command: Substring, explanation: Substring)] = []
  /// What has no heading.
  private(set) var rest = ""

  /// - Parameter discussion: paragraphs; those that begin with a line in capitals are headed by it.
  init(_ discussion: String) {
    var heading: Substring = ""
    for line in discussion.split(separator: "\n", omittingEmptySubsequences: false) {
      if line.isEmpty { heading = "" }
      if !line.isEmpty, line.allSatisfy({ $0.isUppercase || $0 == " " }) {
        heading = line
      } else if heading.isEmpty {
        rest += line + "\n"
      } else if heading == "EXAMPLES" {
        let words = line.drop { $0 == " " }
        if line.hasPrefix("      "), let last = examples.indices.last {
          let said = examples[last].explanation
          examples[last].explanation = said.isEmpty ? words : "\(said) \(words)"
        } else {
          examples.append((words, ""))
        }
      }
    }
  }
}
