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
    if let failure = error as? Reported {
      terminate(failure.status.rawValue)
    }
    guard let category = FailureCategory(of: error) else {
      exit(withParserError: suggestingCommand(error))
    }
    let style = Style(STDERR_FILENO)
    if let errors = error as? DefinitionErrors {
      Console.complaint(errors.spans.map(style.apply).joined())
    } else {
      Console.message("\(style.red("error:")) \(Remedies.words(error))")
    }
    terminate(ExitStatus(category).rawValue)
  }

  /// Help, version, and complaints about arguments, in the parser's own words.
  private static func exit(withParserError error: any Error) -> Never {
    let code = Zoo.exitCode(for: error)
    guard code.isSuccess || code == .validationFailure else {
      // Neither the parser's nor one that zoo has words for.
      let style = Style(STDERR_FILENO)
      Console.message(
        "\(style.red("error:")) zoo failed and has no words for it (\(type(of: error))); please report what you ran")
      terminate(internalError.rawValue)
    }
    // What a command found wrong when it ran, and what was made of a complaint of the parser's.
    let text =
      (error as? ValidationError).map { "Error: \($0.message)\n  See '\(Zoo.helpCall)' for more information." }
      ?? Zoo.fullMessage(for: error)
    if !text.isEmpty { code.isSuccess ? Console.result(text) : Console.message(text) }
    terminate(code.rawValue)
  }

  private static func terminate(_ status: Int32) -> Never {
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
