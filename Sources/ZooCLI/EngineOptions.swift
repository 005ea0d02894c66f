import ArgumentParser
import ZooKit

/// What runs a model: `--threads` and `--isa`.
struct MachineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads to use. Default: $ZOO_THREADS, else one per processor.", valueName: "N"))
  var threads: Int?
  @Option(
    help: ArgumentHelp(
      "Instruction set: avx512, avx2, neon or portable. Default: the fastest this machine has.", valueName: "ISA"))
  var isa: String?

  func validate() throws {
    if let isa, InstructionSet(rawValue: isa) == nil {
      let names = InstructionSet.allCases.map(\.rawValue)
      throw ValidationError("unknown instruction set '\(isa)'; expected \(names.joined(separator: ", "))")
    }
  }

  /// Said once, on standard error, when networks are about to run as slowly as they need not.
  private static let mentionBuild: Void = {
    if let warning = Model.buildWarning { Console.message("warning: \(warning)") }
  }()

  func options() throws -> ExecutionOptions {
    _ = Self.mentionBuild
    var threads = threads
    if threads == nil, let text = SearchPath.variable("ZOO_THREADS") {
      guard let number = Int(text), number > 0 else {
        throw ValidationError("ZOO_THREADS is '\(text)'; expected a positive number")
      }
      threads = number
    }
    return ExecutionOptions(instructionSet: isa.flatMap(InstructionSet.init(rawValue:)), threads: threads)
  }
}

/// How a model runs.
struct EngineOptions: ParsableArguments {
  @OptionGroup var machine: MachineOptions
  @Option(
    help: ArgumentHelp(
      "fast (Winograd's algorithm where it pays) or direct (the same bits on every machine).", valueName: "MODE"))
  var numerics: Numerics = .fast
  @Flag(help: "Run the slow reference interpreter instead of the compiled plan.") var interpreter = false
  @Flag(
    help:
      "Keep packed weights in $ZOO_CACHE, else $XDG_CACHE_HOME/zoo or ~/.cache/zoo, and start from them the next time. They may be removed at any time."
  )
  var cache = false

  func validate() throws {
    if cache, interpreter { throw ValidationError("the interpreter packs no weights; leave out --cache") }
    if interpreter, machine.isa != nil {
      throw ValidationError("the interpreter does not use --isa; leave one of them out")
    }
  }

  func options() throws -> Model.Options {
    let machine = try machine.options()
    if cache, SearchPath.cache == nil {
      throw ValidationError("--cache has no folder to use; set ZOO_CACHE to one")
    }
    return Model.Options(
      usesInterpreter: interpreter, instructionSet: machine.instructionSet, threads: machine.threads,
      numerics: numerics, cache: cache ? SearchPath.cache : nil)
  }
}

extension Numerics: ExpressibleByArgument {}

extension Model {
  /// Says what became of `--cache`, unless it did what it should without a trace.
  func mentionCache() {
    switch cacheUse {
    case .written(let path, let byteCount):
      Console.message("Kept the packed weights for the next start: \(path) (\(NumberFormat.bytes(byteCount)))")
    case .failed(let reason): Console.message("The packed weights could not be kept: \(reason)")
    case .unrecognisable: Console.message("The packed weights are not kept: they come from no single file")
    case .read, nil: break
    }
  }
}

extension LoadedWeights {
  /// Says so when images are prepared as the weights want it and not as the definition has it.
  func mentionStoredPreprocessing() {
    let types = checkpoint.floatingPointTypes
    if types.contains(where: { $0.size < 4 }) {
      Console.message("Weights stored as \(types.map(\.rawValue).joined(separator: ", ")), computed in float32")
    }
    guard let stored = preprocessing else { return }
    Console.message("Using the preprocessing that belongs to the weights: \(stored)")
  }
}
