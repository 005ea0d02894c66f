import Testing
import ZooKit

@Suite("which parts a worker does") struct WorkShareTests {
  private static func launched(_ variables: [String: String], _ count: Int? = nil) throws -> String? {
    try WorkShare.launched(variables, count: count).map { "\($0.index)/\($0.count)" }
  }

  @Test(
    "as the launcher's variables say",
    arguments: [
      ([:], nil, nil),
      (["JOB_COMPLETION_INDEX": "3"], 8, "3/8"),
      (["SLURM_ARRAY_TASK_ID": "3", "SLURM_ARRAY_TASK_COUNT": "8"], nil, "3/8"),
      (
        [
          "SLURM_ARRAY_TASK_ID": "14", "SLURM_ARRAY_TASK_COUNT": "3", "SLURM_ARRAY_TASK_MIN": "10",
          "SLURM_ARRAY_TASK_MAX": "14", "SLURM_ARRAY_TASK_STEP": "2",
        ], nil, "2/3"
      ),
      // Some tasks of an array, started again.
      (
        ["SLURM_ARRAY_TASK_ID": "7", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "3"], 16, "7/16"
      ),
      (["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "4"], nil, "1/4"),
      (["PMI_RANK": "0", "PMI_SIZE": "2"], nil, "0/2"),
      (["SLURM_STEP_ID": "0", "SLURM_PROCID": "2", "SLURM_NTASKS": "3"], nil, "2/3"),
      // A batch script is no step, and one task is not one of several.
      (["SLURM_PROCID": "0", "SLURM_NTASKS": "4"], nil, nil),
      (["PARALLEL_SEQ": "16"], 16, "15/16"),
      // srun beside an array, Open MPI's helpers beside its ranks, MPI by srun.
      (
        [
          "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_STEP_ID": "0", "SLURM_PROCID": "0",
          "SLURM_NTASKS": "1",
        ], nil, "1/4"
      ),
      (
        [
          "OMPI_COMM_WORLD_RANK": "5", "OMPI_COMM_WORLD_SIZE": "8", "SLURM_STEP_ID": "0", "SLURM_PROCID": "1",
          "SLURM_NTASKS": "2",
        ], nil, "5/8"
      ),
      (["PMI_RANK": "1", "PMI_SIZE": "2", "OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"], nil, "1/2"),
    ] as [([String: String], Int?, String?)])
  func variables(_ variables: [String: String], count: Int?, expected: String?) throws {
    #expect(try Self.launched(variables, count) == expected, "\(variables)")
  }

  @Test(
    "what cannot be told is refused",
    arguments: [
      (["JOB_COMPLETION_INDEX": "3"], nil, .countUnknown(variable: "JOB_COMPLETION_INDEX")),
      (["PARALLEL_SEQ": "3"], nil, .countUnknown(variable: "PARALLEL_SEQ")),
      (["SLURM_ARRAY_TASK_ID": "3"], nil, .countUnknown(variable: "SLURM_ARRAY_TASK_ID")),
      (["JOB_COMPLETION_INDEX": "8"], 8, .indexBeyond(variable: "JOB_COMPLETION_INDEX", index: 8, count: 8)),
      (["PARALLEL_SEQ": "0"], 8, .indexBeyond(variable: "PARALLEL_SEQ", index: -1, count: 8)),
      (["PMI_RANK": "-1", "PMI_SIZE": "2"], nil, .variable("PMI_RANK", value: "-1")),
      (["PMI_RANK": "1", "PMI_SIZE": "two"], nil, .variable("PMI_SIZE", value: "two")),
      (
        [
          "SLURM_ARRAY_TASK_ID": "9", "SLURM_ARRAY_TASK_COUNT": "4", "SLURM_ARRAY_TASK_MIN": "3",
          "SLURM_ARRAY_TASK_MAX": "9", "SLURM_ARRAY_TASK_STEP": "1",
        ], nil, .irregularArray("SLURM_ARRAY_TASK_ID is 9, in 4 from 3 to 9 by 1")
      ),
      (
        [
          "SLURM_ARRAY_TASK_ID": "1", "SLURM_ARRAY_TASK_COUNT": "4", "OMPI_COMM_WORLD_RANK": "1",
          "OMPI_COMM_WORLD_SIZE": "2",
        ], nil,
        .launchersDisagree(
          "SLURM_ARRAY_TASK_ID and SLURM_ARRAY_TASK_COUNT make this worker 1 of 4, counted from 0",
          "OMPI_COMM_WORLD_RANK and OMPI_COMM_WORLD_SIZE make this worker 1 of 2, counted from 0")
      ),
      (
        ["OMPI_COMM_WORLD_RANK": "1", "OMPI_COMM_WORLD_SIZE": "2"], 4,
        .launchersDisagree("OMPI_COMM_WORLD_SIZE says there are 2 workers", "the caller says there are 4")
      ),
    ] as [([String: String], Int?, WorkError)])
  func refused(_ variables: [String: String], count: Int?, expected: WorkError) {
    #expect(throws: expected, "\(variables)") { try WorkShare.launched(variables, count: count) }
  }

  @Test(
    "I/N", arguments: ["", "3", "3/", "/3", "3/3", "-1/3", "0/0", "1/2/3", "+1/3", " 1/3", "1/9999999999999999999"])
  func text(_ text: String) throws {
    #expect(throws: WorkError.share(text)) { try WorkShare(text) }
    #expect(try WorkShare("2/3") == WorkShare(index: 2, count: 3))
  }

  @Test("every part is one worker's", arguments: [1, 3, 4, 16])
  func partition(count: Int) {
    for part in 0..<40 {
      #expect((0..<count).count { WorkShare(index: $0, count: count).has(part) } == 1, "part \(part) of \(count)")
    }
  }

  @Test("the limit of errors")
  func limit() throws {
    #expect(try ErrorLimit("1%").allowed(of: 1000) == 10)
    #expect(try ErrorLimit("0.25%").allowed(of: 1000) == 2)
    #expect(try ErrorLimit("3").allowed(of: 1) == 3)
    #expect(try ErrorLimit("0%").allowed(of: 1_000_000) == 0)
    for text in ["", "%", "-1", "101%", "nan%", "1.5", "x"] {
      #expect(throws: WorkError.errorLimit(text), "\(text)") { try ErrorLimit(text) }
    }
  }

  @Test("the rate is that of the last ten minutes")
  func rate() {
    #expect(WorkStatus.rate([]) == nil)
    // Twelve parts of a twelfth of a second each, by four workers: ends in whole seconds do not tell how long that took.
    let short = WorkStatus.Pace(finished: 1000, seconds: 0.08, pictures: 50)
    #expect(WorkStatus.rate(Array(repeating: short, count: 12)) == nil)
    #expect(WorkStatus.rate([WorkStatus.Pace(finished: 1000, seconds: 5, pictures: 50)]) == 10)
    let first = WorkStatus.Pace(finished: 1000, seconds: 100, pictures: 1000)
    let second = WorkStatus.Pace(finished: 1010, seconds: 110, pictures: 1200)
    #expect(WorkStatus.rate([first, second]) == 20)
    let afterANight = WorkStatus.Pace(finished: 40_000, seconds: 100, pictures: 500)
    #expect(WorkStatus.rate([first, second, afterANight]) == 5)
  }
}
