import ZooTensor

/// The file, or the line, that starts the workers of a run with a scheduler.
public struct Submission: Hashable, Sendable {
  /// What starts workers.
  public enum Scheduler: String, Hashable, Sendable, CaseIterable {
    /// A job array of Slurm's, for `sbatch`.
    case slurm
    /// An Indexed Job, for `kubectl create`.
    case kubernetes
    /// A line for a shell with GNU parallel.
    case parallel
  }

  /// How many workers there can be.
  public static let workerCounts = 1...100_000

  /// What the job is called, of lower-case letters, digits and `-`.
  public let name: String
  /// A worker's command, program first.
  public let command: [String]
  /// How many workers there are.
  public let workers: Int
  /// The processors of each.
  public let cores: Int
  /// The memory of each, in bytes.
  public let memory: Int

  /// - Parameters:
  ///   - name: what the job is called.
  ///   - command: what a worker runs, which must know from the scheduler's variables which worker it is.
  ///   - workers: how many there are.
  ///   - cores: the processors of each.
  ///   - memory: the memory of each in bytes, rounded up to 64 MiB.
  /// - Throws: `WorkError.workers`, and `.unquotable` for arguments with a line break or a zero byte.
  public init(name: String, command: [String], workers: Int, cores: Int, memory: Int) throws(WorkError) {
    guard Self.workerCounts.contains(workers) else { throw .workers(workers, allowed: Self.workerCounts) }
    for argument in command where argument.utf8.contains(where: { $0 < 0x20 || $0 == 0x7F }) {
      throw .unquotable(
        argument.unicodeScalars.map { $0.value < 0x20 || $0.value == 0x7F ? "?" : String($0) }.joined(),
        reason: "it has a line break or another control character; rename the file")
    }
    self.name = name
    self.command = command
    self.workers = workers
    self.cores = max(1, cores)
    self.memory = memory
  }

  private var mebibytes: Int { (max(memory, 1) / (1 << 20) + 64) / 64 * 64 }

  /// The text for a scheduler.
  ///
  /// - Throws: `WorkError.unquotable` for what this one's files cannot hold.
  public func text(for scheduler: Scheduler) throws(WorkError) -> String {
    switch scheduler {
    case .slurm: slurm
    case .kubernetes: try kubernetes()
    case .parallel: try parallel()
    }
  }

  /// The command for a shell, each argument in quotes where it needs them.
  private var shellCommand: String { command.map(Self.shellQuoted).joined(separator: " ") }

  static func shellQuoted(_ argument: String) -> String {
    let plain = argument.utf8.allSatisfy { byte in
      (0x30...0x39).contains(byte) || (0x41...0x5A).contains(byte) || (0x61...0x7A).contains(byte)
        || "-_./:,=+@%".utf8.contains(byte)
    }
    if plain, !argument.isEmpty { return argument }
    return "'" + argument.split(separator: "'", omittingEmptySubsequences: false).joined(separator: "'\\''") + "'"
  }

  /// The signal that comes before the end of the time reaches the shell alone, which hands it on; a worker that says that it
  /// stopped early is put into the queue again.
  private var slurm: String {
    """
    #!/bin/bash
    #SBATCH --job-name=\(name)
    #SBATCH --array=0-\(workers - 1)
    #SBATCH --cpus-per-task=\(cores)
    #SBATCH --mem=\(mebibytes)M
    #SBATCH --time=04:00:00
    #SBATCH --signal=B:TERM@60
    #SBATCH --requeue
    #SBATCH --open-mode=append
    #SBATCH --output=\(name)-%a.log

    \(shellCommand) &
    worker=$!
    trap 'stopped=yes; kill -TERM "$worker"' TERM
    wait "$worker"
    status=$?
    if [ -n "$stopped" ]; then
      wait "$worker"
      status=$?
    fi
    # 75: stopped before it was done. 74: a disk that did not answer. The same task goes on later.
    if [ "$status" -eq 75 ] || [ "$status" -eq 74 ]; then
      [ "${SLURM_RESTART_COUNT:-0}" -lt 100 ] && scontrol requeue "$SLURM_JOB_ID"
    fi
    exit "$status"

    """
  }

  /// A text in the notation of JSON, which is YAML as well.
  private static func quoted(_ text: String) -> String {
    var quoted = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { quoted.unicodeScalars.append("\\") }
      quoted.unicodeScalars.append(scalar)
    }
    return quoted + "\""
  }

  private func kubernetes() throws(WorkError) -> String {
    // An argument in which $(NAME) stands for a variable is written $$(NAME).
    for argument in command where argument.pathBytes != Array(argument.utf8) {
      throw .unquotable(argument, reason: "a manifest is UTF-8, and this path is not; rename the file")
    }
    let arguments = command.map { argument in
      Self.quoted(argument.split(separator: "$(", omittingEmptySubsequences: false).joined(separator: "$$("))
    }
    return """
      apiVersion: batch/v1
      kind: Job
      metadata:
        name: \(name)
      spec:
        completionMode: Indexed
        completions: \(workers)
        parallelism: \(workers)
        backoffLimitPerIndex: 10
        podFailurePolicy:
          rules:
          # A node that is drained or taken away is nobody's fault.
          - action: Ignore
            onPodConditions:
            - type: DisruptionTarget
              status: "True"
          # What the next attempt would say again: usage, data, missing input or weights, a fault of zoo, no place to write.
          - action: FailIndex
            onExitCodes:
              containerName: zoo
              operator: In
              values: [64, 65, 66, 69, 70, 73]
          # A disk that did not answer, a worker that was stopped: tried again.
          - action: Count
            onExitCodes:
              containerName: zoo
              operator: In
              values: [74, 75]
        template:
          spec:
            restartPolicy: Never
            terminationGracePeriodSeconds: 60
            containers:
            - name: zoo
              # An image that has zoo.
              image: zoo:0.1.0
              workingDir: /work
              command: [\(arguments.joined(separator: ", "))]
              resources:
                requests: {cpu: "\(cores)", memory: \(mebibytes)Mi}
                limits: {cpu: "\(cores)", memory: \(mebibytes)Mi}
              volumeMounts:
              - {name: work, mountPath: /work}
            volumes:
            # The shared folder that pictures, weights and results are in.
            - name: work
              persistentVolumeClaim: {claimName: work}

      """
  }

  private func parallel() throws(WorkError) -> String {
    if let argument = command.first(where: { $0.utf8.contains(UInt8(ascii: "{")) }) {
      throw .unquotable(argument, reason: "parallel takes braces for places of its own; rename the file")
    }
    return
      "parallel -N0 --joblog \(name).joblog --retries 3 -j $(( ($(nproc) + \(cores - 1)) / \(cores) )) \(Self.shellQuoted(shellCommand)) ::: $(seq \(workers))\n"
  }
}

extension PictureWork {
  /// The memory that a worker needs, in bytes, of the plan's own numbers: packed weights, activations, the rows of a part, and for each
  /// thread a picture of 24 megapixels that is being decoded.
  ///
  /// - Throws: `RuntimeError.batch` or `.activationsTooLarge`.
  public func memory(batch: Int) throws -> Int {
    let network = try model.compiled.map { try $0.arenaByteCount(batch: batch) + 2 * $0.weightByteCount } ?? 0
    let input = 2 * batch * model.network.input.elementCount * MemoryLayout<Float>.stride
    let row = record.width.map { $0 * MemoryLayout<Float>.stride + 256 } ?? 256 * ((record.top ?? 1) + 1)
    let picture = 2 * 3 * 24_000_000
    return network + input + 2 * row * min(record.partSize, record.count) + model.threadCount * picture + (64 << 20)
  }
}
