import ArgumentParser
import ZooKit

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The exit statuses of sysexits.h that zoo uses.
enum ExitStatus: Int32, CaseIterable {
  case negative = 1
  case usage = 64
  case badData = 65
  case inputMissing = 66
  case unavailable = 69
  case internalError = 70
  case cannotCreate = 73
  case inputOutput = 74
  case temporary = 75
  case interrupted = 130

  /// Prints what went wrong and ends the program.
  static func exit(with error: any Error) -> Never {
    terminate(report(error, helpCall: Zoo.helpCall, of: Zoo.self) { suggestingCommand($0) })
  }

  /// Prints what went wrong.
  ///
  /// - Parameters:
  ///   - error: what a command threw, or the parser of its arguments.
  ///   - helpCall: how to get help.
  ///   - root: the program.
  ///   - improved: the parser's complaint in better words.
  /// - Returns: the status to end with.
  static func report(
    _ error: any Error, helpCall: String, of root: any ParsableCommand.Type,
    improving improved: (any Error) -> any Error = { $0 }
  ) -> Int32 {
    if let failure = error as? Reported { return failure.status.rawValue }
    guard let category = FailureCategory(of: error) else {
      return report(parserError: improved(error), helpCall: helpCall, of: root)
    }
    let style = Style(STDERR_FILENO)
    if let errors = error as? DefinitionErrors {
      Console.complaint(errors.spans.map(style.apply).joined())
    } else {
      Console.message("\(style.red("error:")) \(Remedies.words(error))")
    }
    return ExitStatus(category).rawValue
  }

  /// Help, version, and complaints about arguments, in the parser's own words.
  private static func report(
    parserError error: any Error, helpCall: String, of root: any ParsableCommand.Type
  ) -> Int32 {
    let code = root.exitCode(for: error)
    guard code.isSuccess || code == .validationFailure else {
      // Neither the parser's nor one that zoo has words for.
      let style = Style(STDERR_FILENO)
      Console.message(
        "\(style.red("error:")) zoo failed and has no words for it (\(type(of: error))); please report what you ran")
      return internalError.rawValue
    }
    // What a command found wrong when it ran, and what was made of a complaint of the parser's.
    let text =
      (error as? ValidationError).map { "Error: \($0.message)\n  See '\(helpCall)' for more information." }
      ?? root.fullMessage(for: error)
    if !text.isEmpty { code.isSuccess ? Console.result(text) : Console.message(text) }
    return code.rawValue
  }

  static func terminate(_ status: Int32) -> Never {
    Console.finish()
    #if canImport(Glibc)
      Glibc.exit(status)
    #elseif canImport(Musl)
      Musl.exit(status)
    #else
      Darwin.exit(status)
    #endif
  }

  init(_ category: FailureCategory) {
    self =
      switch category {
      case .usage: .usage
      case .badData: .badData
      case .inputMissing: .inputMissing
      case .weightsUnavailable, .busy: .unavailable
      case .cannotCreate: .cannotCreate
      case .inputOutput: .inputOutput
      case .internalError: .internalError
      }
  }
}

/// An end that has been explained already, as a list of files that failed.
struct Reported: Error {
  var status: ExitStatus
}

/// Runs `body`; what the library refuses about an argument is a complaint about arguments, with the command's usage after it.
func asArguments(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let error as ZooError {
    throw ValidationError(Remedies.words(error))
  }
}
