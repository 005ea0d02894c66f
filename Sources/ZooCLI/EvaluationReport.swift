import ZooKit

/// What `zoo eval` prints, and `zoo merge` of parts that were evaluated.
enum EvaluationReport {
  /// Prints a table of the classes and, unless it is to be plain, what was evaluated and both accuracies.
  static func print(_ result: Evaluation, weights: String, data: String, plain: Bool) {
    var table = TextTable([("CLASS", .left), ("IMAGES", .right), ("CORRECT", .right), ("TOP-1 %", .right)])
    for entry in result.classes where entry.count > 0 {
      table.append([
        entry.label, "\(entry.count)", "\(entry.correct)",
        NumberFormat.fixed(100 * Double(entry.correct) / Double(entry.count), 2),
      ])
    }
    table.print(plain: plain)
    if plain { return }
    Console.result("")
    Console.result("weights  \(weights)")
    Console.result("data     \(data)")
    if let assignment = result.assignment { Console.result("classes  \(assignment)") }
    Console.result(
      "top-1    \(NumberFormat.fixed(100 * result.top1Accuracy, 3)) %  (\(result.top1) of \(result.count))")
    Console.result(
      "top-5    \(NumberFormat.fixed(100 * result.top5Accuracy, 3)) %  (\(result.top5) of \(result.count))")
  }
}
