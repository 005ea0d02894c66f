import ZooKit
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Runs `body`; says what is wrong with codes, with what can be done about it on the command line.
func reportingCodes(_ body: () throws -> Void) throws {
  do {
    try body()
  } catch let error as FeaturesError {
    throw reported("\(error)\(error.remedy.map { "; \($0)" } ?? "")", error.category)
  } catch let error as TransferError {
    throw reported("\(error)", error.category)
  }
}

private func reported(_ text: String, _ category: FailureCategory) -> Reported {
  Console.message("\(Style(STDERR_FILENO).red("error:")) \(text)")
  return Reported(status: ExitStatus(category))
}

extension FeaturesError {
  /// The option that helps.
  fileprivate var remedy: String? {
    switch self {
    case .begunWithOthers, .begunDamaged: "give the same options to go on with them, or --force to begin anew"
    case .changed: "or name what made them with -m and -w"
    case .limit: "change --limit"
    case .notAnArrayName, .noPictureLeft, .elementType, .columnMajor, .shape, .keysMissing, .notARecord, .inFile,
      .filesDiffer, .classes:
      nil
    }
  }
}
