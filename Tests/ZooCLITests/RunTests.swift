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
      (["infer", "-", "-o", "out"], [:], 65, "standard input: the tar file ends too early"),
      (["infer", "-", "-o", "out", "--claim"], [:], 64, "standard input"),
      (["infer", "-", "-o", "out", "--shard", "0/2"], [:], 64, "standard input"),
      (["infer", "-", "-o", "out", "--shards", "2", "--print", "slurm"], [:], 64, "standard input"),
      (["infer", "-", "-o", "out"], ["JOB_COMPLETION_INDEX": "0"], 64, "pass --shards N"),
      (["infer", "a.tar", "-o", "out"], [:], 66, "a.tar: no such folder or list of pictures"),
      (["infer", "b-{0..1}.tar", "-o", "out"], [:], 66, "b-0.tar: "),
      (["infer", "cut.tar", "-o", "out"], [:], 65, "cut.tar: the tar file ends too early, at byte 0"),
      (["infer", "tars.txt", "-o", "out"], [:], 64, "1 of 2 lines name tar files"),
      (["infer", "list.txt", "-o", "out", "--claim", "--shard", "0/2"], [:], 64, "leave one out"),
      (["infer", "list.txt", "-o", "out", "--claim", "--lease", "0"], [:], 64, "give 1 to 86400"),
      (["infer", "list.txt", "-o", "out", "--lease", "9"], [:], 64, "--lease is for --claim"),
      (["infer", "list.txt", "-o", "out", "--plan", "1,0"], [:], 64, "--plan has '0'; expected numbers"),
      (["infer", "list.txt", "-o", "out", "--plan", "1,2000"], [:], 64, "from 1 to 1024"),
      (["infer", "list.txt", "-o", "out", "--plan", "1", "--network", "fast"], [:], 64, "--network is 'fast'"),
      (["infer", "list.txt", "-o", "out", "--machines", "2"], [:], 64, "are for --plan"),
      (["infer", "list.txt", "-o", "out", "--plan", "2", "--claim"], [:], 64, "starts none"),
      (["infer", "list.txt", "-o", "out", "--claim", "--max-errors", "0"], [:], 65, "raise --max-errors"),
      (["infer", "list.txt", "-o", "out", "--format", "parquet"], [:], 64, "convert"),
      (["infer", "list.txt", "-o", "out", "--format", "npy"], [:], 64, "infer writes no npy; it writes jsonl or csv"),
      (["infer", "list.txt", "-o", "out", "--part-size", "0"], [:], 64, "parts of 0 pictures"),
      (["infer", "list.txt", "-o", "out", "--batch", "0"], [:], 64, "0"),
      (["infer", "list.txt", "-o", "out", "--max-errors", "many"], [:], 64, "'many' is no limit of errors"),
      (["infer", "list.txt", "-o", "out"], ["OMPI_COMM_WORLD_RANK": "x"], 64, "OMPI_COMM_WORLD_RANK is 'x'"),
      (["infer", "list.txt", "-o", "out", "--shards", "2"], ["JOB_COMPLETION_INDEX": "2"], 64, "worker 2 of 2"),
      (["infer", "disk.txt", "-o", "out"], [:], 74, "/proc/self/mem"),
      (["infer", "list.txt", "-o", "damaged"], [:], 65, "not what this version of zoo writes"),
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
      ["run"] + arguments,
      files: [
        "list.txt": Self.list(3) + "none.png\n", "file": "", "cut.tar": "", "tars.txt": "a.png\nb.tar\n",
        "disk.txt": "/proc/self/mem\n", "damaged/run.json": "{}",
      ],
      environment: Self.quiet.merging(variables) { $1 })
    #expect(command.status == status, "\(command.errors)")
    #expect(command.errors.contains(words), "\(command.errors)")
  }

  @Test(
    "exit statuses of merge and status",
    arguments: [
      (["merge", "done"], 0, ""),
      (["merge", "done", "-o", "none/rows.jsonl"], 73, "none/rows.jsonl"),
      (["merge", "done", "-o", "list.txt/rows.jsonl"], 73, "list.txt/rows.jsonl"),
      (["merge", "half"], 65, "1 of 2 parts is missing"),
      (["merge", "changed"], 65, "of these are there and damaged: 0"),
      (["merge", "damaged"], 65, "not what this version of zoo writes"),
      (["merge", "none"], 66, "no run was begun in this folder"),
      (["merge", "codes", "-o", "codes.bin"], 64, "codes.bin"),
      (["merge", "done", "--plain", "--json"], 64, "--plain"),
      (["merge"], 64, "DIR"),
      (["status", "done"], 0, ""),
      (["status", "half"], 0, ""),
      (["status", "changed"], 0, ""),
      (["status", "damaged"], 65, "not what this version of zoo writes"),
      (["status", "none"], 66, "no run was begun in this folder"),
      (["run", "infer", "list.txt", "-o", "half", "--top", "2"], 64, "classes named: 5, now 2"),
      (["run", "infer", "list.txt", "-o", "half", "--part-size", "2"], 0, ""),
    ] as [([String], Int32, String)])
  func laterStatuses(_ arguments: [String], status: Int32, words: String) throws {
    let script = """
      run() { "$ZOO" run "$@" --part-size 2 > out.txt 2>&1 || { cat out.txt; exit 99; }; }
      run infer list.txt -o done
      run infer list.txt -o half --shard 0/2
      run features list.txt -o codes
      cp -r done changed
      printf x >> changed/parts/000000
      mkdir damaged
      echo '{}' > damaged/run.json
      exec "$ZOO" "$@"
      """
    let command = try Command(script: script, arguments, files: ["list.txt": Self.list(4)], environment: Self.quiet)
    #expect(command.status == status, "\(command.output)\(command.errors)")
    #expect(words.isEmpty || command.errors.contains(words), "\(command.errors)")
  }

  @Test("a full disk is 74, which is tried again, and nothing is left of the part")
  func fullDisk() throws {
    let script = """
      "$ZOO" run infer list.txt -o out --part-size 20 --shard 0/2 || exit 99
      ulimit -f 2
      "$ZOO" run infer list.txt -o out --part-size 20 --shard 1/2
      status=$?
      ls out/parts
      exit $status
      """
    let command = try Command(script: script, files: ["list.txt": Self.list(40)], environment: Self.quiet)
    #expect(command.status == 74, "\(command.errors)")
    #expect(command.output.hasSuffix("\n000000\n"), "\(command.output)")
  }

  @Test("a worker that finds a part with other rows, which another made meanwhile, ends with 70")
  func otherRows() throws {
    let script = """
      run="$ZOO run infer list.txt --part-size 3000 --batch 1 --threads 1"
      cp "$(sed -n 1p list.txt)" p.png
      $run -o other || exit 99
      cp "$(sed -n 2p list.txt)" p.png
      for attempt in 1 2 3 4 5; do
        rm -rf out
        $run -o out &
        while [ ! -e out/parts/000000 ] && kill -0 $! 2>/dev/null; do sleep 0.01; done
        cp other/parts/000001 copy && mv copy out/parts/000001
        # A worker that was done before the other's part came saw nothing of it.
        wait $! && continue
        exit $?
      done
      """
    let command = try Command(
      script: script, files: ["list.txt": Self.list(5999) + "p.png\n"], environment: Self.quiet)
    #expect(command.status == 70, "\(command.errors)")
    #expect(command.errors.contains("out/parts/000001"), "\(command.errors)")
  }

  @Test("SIGINT ends a worker with 75 as well; a second one at once, as a shell reports it", arguments: [1, 2])
  func interrupted(signals: Int) throws {
    let script = """
      "$ZOO" run infer list.txt --part-size 20 --batch 1 --threads 1 -o out --claim &
      while [ ! -e out/parts/000000 ] && [ -z "$(ls out/parts 2>&1 | grep '^0')" ]; do sleep 0.01; done
      [ "$1" = 2 ] && kill -STOP $!
      kill -TERM $!
      [ "$1" = 2 ] && kill -INT $! && kill -CONT $!
      wait $!
      status=$?
      ls out/claims 2>/dev/null
      exit $status
      """
    let command = try Command(
      script: script, ["\(signals)"], files: ["list.txt": Self.list(10_000)], environment: Self.quiet)
    #expect(signals == 1 ? command.status == 75 : [75, 130, 143].contains(command.status), "\(command.errors)")
    if signals == 1 { #expect(!command.output.contains("."), "claims are left: \(command.output)") }
  }

  @Test("workers that claim parts and are killed end with the bytes of one, and leave no claims")
  func claimed() throws {
    let script = """
      run="$ZOO run infer list.txt --part-size 10 --batch 2 --threads 1"
      $run -o one || exit 99
      for index in 1 2 3 4 5; do $run -o many --claim & eval "worker$index=$!"; done
      while [ "$(ls many/parts 2>/dev/null | grep -c '^0')" -lt 8 ]; do sleep 0.01; done
      kill -KILL $worker1 $worker2 $worker3
      "$ZOO" status many
      $run -o many --claim &
      wait $worker4 && wait $worker5 && wait $! || exit 98
      [ ! -e many/claims ] || ls many/claims
      "$ZOO" status many
      "$ZOO" merge one && "$ZOO" merge many
      """
    let command = try Command(script: script, files: ["list.txt": Self.list(1000)], environment: Self.quiet)
    try #require(command.status == 0, "\(command.errors)")
    let digests = command.output.split(separator: "\n").filter { $0.hasSuffix("/merged.jsonl") }.map { $0.prefix(64) }
    #expect(digests.count == 2 && Set(digests).count == 1, "\(command.output)")
    #expect(command.output.contains("claimed") && !command.output.contains("worker."), "\(command.output)")
  }

  @Test("tar files are read in place, from a pipe, several at once; the rows are those of the folder")
  func tars() throws {
    let script = """
      set -e
      mkdir in
      while read -r sample; do n=$((n + 1)); cp "$sample" in/$n.png; echo ${sample##*-is-} | tr -d .png > in/$n.cls; done < list.txt
      cd in
      tar -cf ../all.tar $(ls | sort)
      tar -cf ../part-00.tar 1.png 1.cls
      tar -cf ../part-01.tar $(ls | grep -v '^1[.]' | sort)
      cd ..
      mkdir tars && cp part-*.tar tars
      ls part-*.tar > tars.txt
      run="$ZOO run infer --part-size 2 --threads 1"
      $run in -o 1
      $run all.tar -o 2
      cat all.tar | $run - -o 3
      $run - -o 4 < all.tar
      # What is there is not done again, and a stream of something else is refused.
      cat all.tar | $run - -o 3 2> again.txt
      ! cat part-01.tar | $run - -o 3 2> other.txt
      for name in 1 2 3 4; do "$ZOO" merge $name; done
      for index in 0 1 2; do $run 'part-{00..01}.tar' -o 5 --shard $index/3; done
      $run tars -o 6
      $run tars.txt -o 7
      for name in 5 6 7; do "$ZOO" merge $name; done
      $run 'part-{00..01}.tar' -o 8 --format csv
      head -n 1 8/parts/000000
      "$ZOO" run eval 'part-{00..01}.tar' -o 9
      "$ZOO" merge 9
      "$ZOO" run features all.tar -o 10
      "$ZOO" merge 10
      cat 10/merged.keys.txt
      cat again.txt other.txt >&2
      """
    let command = try Command(script: script, files: ["list.txt": Self.list(7)], environment: Self.quiet)
    try #require(command.status == 0, "\(command.errors)")
    let digests = command.output.split(separator: "\n").filter { $0.hasSuffix("/merged.jsonl") }.map { $0.prefix(64) }
    #expect(digests.count == 8 && Set(digests[..<4]).count == 1 && Set(digests[4..<7]).count == 1, "\(digests)")
    #expect(command.output.contains("part-00.tar/1.png,"), "\(command.output)")
    #expect(command.output.contains("top-1    100.000 %  (7 of 7)"), "\(command.output)")
    #expect(command.output.contains("2.png\t9\n"), "\(command.output)")
    #expect(command.errors.contains("holds a run of something else") && command.errors.contains("pictures: 7 of -"))
  }

  @Test("--plan prints a row for each number of workers, and starts nothing")
  func planned() throws {
    let command = try Command(
      ["run", "infer", "list.txt", "-o", "out", "--plan", "1,2,1024", "--network", "100,0.5", "--plain"],
      files: ["list.txt": Self.list(50)], environment: Self.quiet
    ) { #expect(!FileManager.default.fileExists(atPath: "\($0)/out")) }
    #expect(command.status == 0, "\(command.errors)")
    let rows = command.output.split(separator: "\n").map { $0.split(separator: "\t") }
    #expect(rows.map { $0.first } == ["WORKERS", "1", "2", "1024"] && rows.allSatisfy { $0.count == 7 })
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
