import ArgumentParser
import ZooKit
import ZooSpec

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The exit statuses of sysexits.h that zoo uses.
enum ExitStatus: Int32 {
  case negative = 1
  case usage = 64
  case badData = 65
  case inputMissing = 66
  case unavailable = 69
  case internalError = 70
  case cannotCreate = 73
  case inputOutput = 74
  case interrupted = 130

  /// Prints what went wrong and ends the program.
  static func exit(with error: any Error) -> Never {
    if let failure = error as? Reported {
      terminate(failure.status)
    }
    guard let category = FailureCategory(of: error) else {
      // Help, version, and complaints about arguments, in the parser's own words.
      Zoo.exit(withError: suggestingCommand(error))
    }
    let style = Style(STDERR_FILENO)
    if let errors = error as? DefinitionErrors {
      Output.complaint(errors.spans.map(style.apply).joined())
    } else {
      Output.message("\(style.red("error:")) \(error)")
    }
    terminate(ExitStatus(category))
  }

  private static func terminate(_ status: ExitStatus) -> Never {
    fflush(nil)
    #if canImport(Glibc)
      Glibc.exit(status.rawValue)
    #elseif canImport(Musl)
      Musl.exit(status.rawValue)
    #else
      Darwin.exit(status.rawValue)
    #endif
  }

  init(_ category: FailureCategory) {
    self =
      switch category {
      case .usage: .usage
      case .badData: .badData
      case .inputMissing: .inputMissing
      case .weightsUnavailable: .unavailable
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
