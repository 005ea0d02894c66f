import Foundation
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// `zoo run`, `zoo merge` and `zoo status`, as schedulers call them.
@Suite struct RunTests {
  /// Variables that a machine may have set which runs the tests itself as a job.
  private static let quiet = [
    "JOB_COMPLETION_INDEX", "SLURM_ARRAY_TASK_ID", "OMPI_COMM_WORLD_RANK", "PMI_RANK", "SLURM_STEP_ID", "PARALLEL_SEQ",
  ].reduce(into: [String: String]()) { $0[$1] = "" }

  /// A list of the samples, one after the other, many times over.
  private static func list(_ count: Int) -> String {
    let names = ["000-is-1", "007-is-9", "103-is-3", "200-is-5", "296-is-8"]
    return (0..<count).map { Command.sample("test-\(names[$0 % 5]).png") + "\n" }.joined()
  }

  @Test("1, 3 and 4 workers and one that was killed end with the same bytes")
  func sameBytes() throws {
    let script = """
      set -e
      run="$ZOO run infer list.txt --part-size 40 --batch 4 --threads 1"
      $run -o one
      for index in 2 0 1; do JOB_COMPLETION_INDEX=$index $run -o three --shards 3; done
      for index in 0 1 2 3; do
        SLURM_ARRAY_TASK_ID=$((2 * index + 1)) SLURM_ARRAY_TASK_COUNT=4 SLURM_ARRAY_TASK_MIN=1 SLURM_ARRAY_TASK_MAX=7 \
          SLURM_ARRAY_TASK_STEP=2 $run -o four
      done
      $run -o killed &
      while [ ! -e killed/parts/000000 ]; do sleep 0.01; done
      kill -KILL $! || true
      wait $! || true
      $run -o killed
      for run in one three four killed; do "$ZOO" merge $run; done
      """
    let command = try Command(script: script, files: ["list.txt": Self.list(600)], environment: Self.quiet)
    try #require(command.status == 0, "\(command.errors)")
    #expect(command.errors.contains("SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT make this worker 3 of 4"))
    let digests = command.output.split(separator: "\n").filter { $0.hasSuffix("/merged.jsonl") }.map { $0.prefix(64) }
    #expect(digests.count == 4 && Set(digests).count == 1, "\(digests)")
  }

  @Test("SIGTERM ends a worker with 75, and nothing of its part is there")
  func terminated() throws {
    let script = """
      "$ZOO" run infer list.txt --part-size 20 --batch 1 --threads 1 -o out &
      while [ ! -e out/parts/000000 ]; do sleep 0.01; done
      kill -TERM $!
      wait $!
      status=$?
      ls out/parts | grep -c tmp
      exit $status
      """
    let command = try Command(script: script, files: ["list.txt": Self.list(10_000)], environment: Self.quiet)
    #expect(command.status == 75, "\(command.errors)")
    #expect(command.output.hasSuffix("0\n") && command.errors.contains("Stopped. The same command goes on"))
  }

  @Test("what is missing is listed for sbatch, and status counts the pictures")
  func missing() throws {
    let script = """
      "$ZOO" run infer list.txt --part-size 2 -o out --shard 1/4
      "$ZOO" status out
      "$ZOO" merge out
      """
    let command = try Command(script: script, files: ["list.txt": Self.list(16)], environment: Self.quiet)
    #expect(command.status == 65)
    #expect(command.output.contains("25.0 %: 4 of 16 pictures, 2 of 8 parts"), "\(command.output)")
    #expect(
      command.errors.contains(
        "6 of 8 parts are missing: 0,2-4,6-7\n  their workers: 0,2-3\nRun the same command again, of an array"),
      "\(command.errors)")
  }

  @Test(
    "exit statuses",
    arguments: [
      (["infer", "list.txt", "-o", "out", "--shard", "4/4"], [:], 64, "'4/4' is no share of the work"),
      (["infer", "list.txt", "-o", "out"], ["JOB_COMPLETION_INDEX": "1"], 64, "pass --shards N"),
      (
        ["infer", "list.txt", "-o", "out", "--shards", "4"],
        ["JOB_COMPLETION_INDEX": "1", "SLURM_ARRAY_TASK_ID": "2"], 64, "they disagree"
      ),
      (["infer", "list.txt", "-o", "out", "--shards", "4"], [:], 64, "pass --shard I/4"),
      (["infer", "-", "-o", "out"], [:], 64, "standard input"),
      (["infer", "a.tar", "-o", "out"], [:], 64, "tar files are not read in place"),
      (["eval", "list.txt", "-o", "out"], [:], 64, "of which class"),
      (["infer", "list.txt", "-o", "out", "--top", "0"], [:], 64, "--top is 0"),
      (["features", "list.txt", "-o", "out", "--top", "2"], [:], 64, "--top is for infer"),
      (["infer", "list.txt", "-o", "out", "--split", "test"], [:], 64, "--split is for data sets"),
      (["infer", "none", "-o", "out"], [:], 66, "none: no such folder or list of pictures"),
      (["infer", "list.txt", "-o", "out", "-m", "resnet18"], [:], 69, "no weights"),
      (["infer", "list.txt", "-o", "file/out"], [:], 73, "cannot be written"),
      (["infer", "list.txt", "-o", "out", "--max-errors", "0"], [:], 65, "raise --max-errors"),
      (["infer", "list.txt", "-o", "out", "--max-errors", "1"], [:], 0, "1 without an answer"),
    ] as [([String], [String: String], Int32, String)])
  func statuses(_ arguments: [String], variables: [String: String], status: Int32, words: String) throws {
    let command = try Command(
      ["run"] + arguments, files: ["list.txt": Self.list(3) + "none.png\n", "file": ""],
      environment: Self.quiet.merging(variables) { $1 })
    #expect(command.status == status, "\(command.errors)")
    #expect(command.errors.contains(words), "\(command.errors)")
  }

  @Test("--print gives a script that shells accept, with paths in quotes", arguments: ["slurm", "parallel"])
  func printed(scheduler: String) throws {
    let script = """
      mkdir "it's a list"
      cp list.txt "it's a list/l.txt"
      "$ZOO" run infer "it's a list/l.txt" -o "o u t" --shards 3 --threads 1 --print \(scheduler) > job.sh
      sh -n job.sh && cat job.sh
      [ ! -e "o u t" ]
      """
    let command = try Command(script: script, files: ["list.txt": Self.list(3)], environment: Self.quiet)
    #expect(command.status == 0, "\(command.errors)")
    #expect(command.output.contains("--shards 3") && command.output.contains("o u t"), "\(command.output)")
  }
}
