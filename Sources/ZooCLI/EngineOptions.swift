import ArgumentParser
import FoundationEssentials
import ZooKernels
import ZooKit

/// How a model runs.
struct EngineOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp("Threads to use. Default: $ZOO_THREADS, else one per processor.", valueName: "N"))
  var threads: Int?
  @Option(
    help: ArgumentHelp(
      "Instruction set: avx512, avx2, neon or portable. Default: the fastest this machine has.", valueName: "ISA"))
  var isa: String?
  @Option(
    help: ArgumentHelp(
      "fast (Winograd's algorithm where it pays) or direct (the same bits on every machine).", valueName: "MODE"))
  var numerics: Numerics = .fast
  @Flag(help: "Run the slow reference interpreter instead of the compiled plan.") var interpreter = false

  func validate() throws {
    if let isa, InstructionSet(rawValue: isa) == nil {
      let names = InstructionSet.allCases.map(\.rawValue)
      throw ValidationError("unknown instruction set '\(isa)'; expected \(names.joined(separator: ", "))")
    }
    if interpreter, isa != nil { throw ValidationError("the interpreter does not use --isa; leave one of them out") }
  }

  func options() throws -> Model.Options {
    var threads = threads
    if threads == nil, let text = ProcessInfo.processInfo.environment["ZOO_THREADS"], !text.isEmpty {
      guard let number = Int(text), number > 0 else {
        throw ValidationError("ZOO_THREADS is '\(text)'; expected a positive number")
      }
      threads = number
    }
    return Model.Options(
      usesInterpreter: interpreter, instructionSet: isa.flatMap(InstructionSet.init(rawValue:)), threads: threads,
      numerics: numerics)
  }
}

extension Numerics: ExpressibleByArgument {}

extension LoadedWeights {
  /// Says so when images are prepared as the weights want it and not as the definition has it.
  func mentionStoredPreprocessing() {
    let types = checkpoint.floatingPointTypes
    if types.contains(where: { $0.size < 4 }) {
      Output.message("Weights stored as \(types.map(\.rawValue).joined(separator: ", ")), computed in float32")
    }
    guard let stored = preprocessing else { return }
    Output.message("Using the preprocessing that belongs to the weights: \(stored)")
  }
}
