import ArgumentParser
import CZooMPI
import FoundationEssentials
import ZooKit
import ZooTraining

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// The commands of training, for processes that share the steps.
@main
struct ZooMPI: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "zoo-mpi",
    abstract: "Training shared by processes that mpirun or srun starts.",
    usage: "mpirun -n <processes> zoo-mpi <command> [<arguments>]",
    discussion: """
      EXIT STATUS
        as of zoo; 75 when a process has gone or the run was stopped: the same
        command goes on from the last checkpoint, with any number of processes
      """,
    version: Zoo.configuration.version,
    subcommands: [SharedTrain.self, SharedFinetune.self])

  static func main() {
    Console.prepare()
    Interruption.prepare()
    // Of what only one process has to say, the others' streams know nothing.
    let errors = dup(STDERR_FILENO)
    do {
      try MPICommunicator.begin()
      try checkCount(ProcessInfo.processInfo.environment)
      if zoo_mpi_rank() > 0 { silence() }
      var command = try parseAsRoot(Zoo.arguments)
      try command.run()
    } catch {
      end(with: error, errors)
    }
    zoo_mpi_end()
    Console.finish()
  }

  /// Processes of which each takes itself for the only one would all write the same folder: started by the `mpirun` of another MPI, or
  /// by an `srun` that does not speak with this one.
  private static func checkCount(_ environment: [String: String]) throws {
    let counts = ["OMPI_COMM_WORLD_SIZE", "PMI_SIZE"].filter { environment[$0] != nil }
    // What starts mpirun's helpers on other machines is srun as well.
    let names = counts.isEmpty && environment["SLURM_STEP_ID"] != nil ? ["SLURM_STEP_NUM_TASKS"] : counts
    for name in names {
      guard let count = environment[name].flatMap({ Int32($0) }), count > 1, zoo_mpi_count() == 1 else { continue }
      throw ValidationError(
        "\(name) says that there are \(count) processes, and MPI knows of this one alone; start them by the mpirun of the MPI that zoo-mpi was built with, or by srun --mpi=pmix (srun --mpi=list names what this srun speaks)"
      )
    }
  }

  private static func silence() {
    let nothing = open("/dev/null", O_WRONLY)
    guard nothing >= 0 else { return }
    dup2(nothing, STDOUT_FILENO)
    dup2(nothing, STDERR_FILENO)
    close(nothing)
  }

  /// Whether the other processes have met the same, and end by themselves.
  private static func isAgreed(_ error: any Error) -> Bool {
    switch error {
    case is AgreedFailure, is Reported, TrainingError.notFinite, WorkerError.differs, WorkerError.tooManyWorkers,
      WorkerError.refused:
      true
    default:
      // The parser's complaints: all processes have the same arguments.
      FailureCategory(of: error) == nil && [.success, .validationFailure].contains(exitCode(for: error))
    }
  }

  private static func end(with error: any Error, _ errors: Int32) -> Never {
    let isAgreed = isAgreed(error)
    let failure = (error as? AgreedFailure)?.error ?? error
    // What all have met, one process says.
    if error is AgreedFailure || !isAgreed {
      dup2(errors, STDERR_FILENO)
      if zoo_mpi_rank() > 0 { Console.complaint("rank \(zoo_mpi_rank()): ") }
    }
    let isSilent = if case WorkerError.refused = error { true } else { false }
    if isSilent { silence() }
    let status = status(of: failure)
    guard isAgreed else { TemporaryFiles.removeAll { zoo_mpi_abort(status) } }
    zoo_mpi_end()
    ExitStatus.terminate(status)
  }

  private static func status(of error: any Error) -> Int32 {
    let status = ExitStatus.report(error, helpCall: "zoo-mpi --help", of: ZooMPI.self)
    if case WorkerError.lost = error { return ExitStatus.temporary.rawValue }
    // Whoever started the processes is to start them again.
    return status == ExitStatus.interrupted.rawValue ? ExitStatus.temporary.rawValue : status
  }
}

/// `zoo train` by processes that share the steps.
struct SharedTrain: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train", abstract: "As zoo train, by all processes together.",
    discussion: """
      The recipe's field slices says into how many parts, a power of two, each
      batch is cut. They are shared out; what comes of them is added in a fixed
      order. So the weights have the same bits for any number of processes up
      to it, and are those of zoo train with the same recipe:

        mpirun -n 4 zoo-mpi train resnet20 --data cifar10 -o RUN --set slices=8

      Each process has --threads threads, and reads DATA itself; RUN is read and
      written by the first one. A run that RUN has already goes on.
      """)

  @OptionGroup var train: Train
  @OptionGroup var sharing: SharingOptions

  func validate() throws { try sharing.validate(train.options) }

  func run() throws { try train.run(sharedBy: sharing.communicator()) }
}

/// `zoo finetune` by processes that share the steps.
struct SharedFinetune: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "finetune", abstract: "As zoo finetune, by all processes together.",
    discussion: SharedTrain.configuration.discussion)

  @OptionGroup var finetune: Finetune
  @OptionGroup var sharing: SharingOptions

  func validate() throws { try sharing.validate(finetune.options) }

  func run() throws { try finetune.run(sharedBy: sharing.communicator()) }
}

/// How processes wait for each other.
struct SharingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      "Give up when another process has not answered for so many seconds.", valueName: "SECONDS"))
  var patience = 600.0

  func validate() throws {
    guard patience >= 1, patience <= 1e6 else {
      throw ValidationError("--patience is \(patience); expected 1 to 1000000 seconds")
    }
  }

  /// What processes do not share.
  func validate(_ options: RunOptions) throws {
    for (word, isThere) in [
      ("--lr-find", options.lrFind), ("--dry-run", options.dryRun), ("--overfit", options.overfit != nil),
      ("--plan", options.plan != nil),
    ] where isThere {
      throw ValidationError("\(word) is for one process: zoo \(word == "--overfit" ? "train" : "train or finetune")")
    }
  }

  func communicator() -> MPICommunicator { MPICommunicator(patience: patience) }
}
