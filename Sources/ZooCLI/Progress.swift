#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A bar on standard error while something takes long; nothing unless a person is looking.
struct Progress {
  private let title: String
  private let total: Int
  private let isVisible: Bool
  private var shown = -1

  init(_ title: String, total: Int) {
    self.title = title
    self.total = max(total, 1)
    isVisible = Console.isTerminal(STDERR_FILENO)
  }

  mutating func update(_ done: Int) {
    let permille = done * 1000 / total
    guard isVisible, permille != shown else { return }
    shown = permille
    let width = 24
    let filled = min(width, done * width / total)
    let bar = String(repeating: "█", count: filled) + String(repeating: " ", count: width - filled)
    Console.transient("\(title)  \(permille / 10)% ▕\(bar)▏ \(done)/\(total)")
  }

  /// Removes the bar.
  func finish() {
    if isVisible { Console.transient("") }
  }
}
