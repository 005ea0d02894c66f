import Testing
import ZooKit

@Suite("files that start workers") struct SubmissionTests {
  private static func submission(_ path: String, workers: Int = 16) throws(WorkError) -> Submission {
    try Submission(
      name: "zoo-infer", command: ["zoo", "run", "infer", path, "-o", "out", "--shards", "\(workers)"],
      workers: workers,
      cores: 2, memory: 300 << 20)
  }

  @Test func slurm() throws {
    #expect(
      try Self.submission("it's my data").text(for: .slurm) == """
        #!/bin/bash
        #SBATCH --job-name=zoo-infer
        #SBATCH --array=0-15
        #SBATCH --cpus-per-task=2
        #SBATCH --mem=320M
        #SBATCH --time=04:00:00
        #SBATCH --signal=B:TERM@60
        #SBATCH --requeue
        #SBATCH --open-mode=append
        #SBATCH --output=zoo-infer-%a.log

        zoo run infer 'it'\\''s my data' -o out --shards 16 &
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

        """)
  }

  @Test func kubernetes() throws {
    let text = try Self.submission("a \"b\" \\ $(c)").text(for: .kubernetes)
    #expect(
      text.contains(
        "command: [\"zoo\", \"run\", \"infer\", \"a \\\"b\\\" \\\\ $$(c)\", \"-o\", \"out\", \"--shards\", \"16\"]"),
      "\(text)")
    let lines = text.split(separator: "\n").map { $0.drop { $0 == " " } }
    for line in [
      "completionMode: Indexed", "completions: 16", "backoffLimitPerIndex: 10", "restartPolicy: Never",
      "values: [64, 65, 66, 69, 70, 73]", "requests: {cpu: \"2\", memory: 320Mi}",
    ] {
      #expect(lines.contains { $0 == line }, "\(line)")
    }
  }

  @Test func parallel() throws {
    #expect(
      try Self.submission("it's").text(for: .parallel)
        == "parallel -N0 --joblog zoo-infer.joblog --retries 3 -j $(( ($(nproc) + 1) / 2 )) 'zoo run infer '\\''it'\\''\\'\\'''\\''s'\\'' -o out --shards 16' ::: $(seq 16)\n"
    )
    #expect(throws: WorkError.unquotable("{}", reason: "parallel takes braces for places of its own; rename the file"))
    {
      try Self.submission("{}").text(for: .parallel)
    }
  }

  @Test func refused() throws {
    #expect(
      throws: WorkError.unquotable(
        "a?b", reason: "it has a line break or another control character; rename the file")
    ) { try Self.submission("a\nb") }
    #expect(throws: WorkError.workers(0, allowed: 1...100_000)) { try Self.submission("a", workers: 0) }
  }

  @Test("a worker's memory is more than the plan's weights and activations, and grows with the batch")
  func memory() throws {
    let work = try PictureWork(
      .infer(top: 1), WorkManifest.open("\(Fixtures.folder)/digits", for: .infer), Network.find("lenet-digits"))
    let compiled = try #require(work.model.compiled)
    let (one, many) = (try work.memory(batch: 1), try work.memory(batch: 64))
    #expect(try one > compiled.weightByteCount + compiled.arenaByteCount(batch: 1))
    #expect(try many - one >= compiled.arenaByteCount(batch: 64) - compiled.arenaByteCount(batch: 1))
  }
}
