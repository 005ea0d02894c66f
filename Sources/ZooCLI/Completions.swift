import ArgumentParser

struct Completions: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Print a completion script for a shell.",
    discussion: """
        zoo completions bash > /etc/bash_completion.d/zoo
        zoo completions zsh > "${fpath[1]}/_zoo"
        zoo completions fish > ~/.config/fish/completions/zoo.fish
      """)

  enum Shell: String, ExpressibleByArgument, CaseIterable {
    case bash
    case zsh
    case fish
  }

  @Argument(help: "bash, zsh or fish.") var shell: Shell

  func run() {
    let shell: CompletionShell =
      switch self.shell {
      case .bash: .bash
      case .zsh: .zsh
      case .fish: .fish
      }
    Console.result(Zoo.completionScript(for: shell))
  }
}
