import Testing
import ZooGraph
import ZooTestSupport

@Suite struct MemoryPlanTests {
  @Test func emptyPlanNeedsNoMemory() {
    let plan = MemoryPlan.plan([])
    #expect(plan.offsets.isEmpty)
    #expect(plan.total == 0 && plan.lowerBound == 0 && plan.naive == 0)
  }

  @Test func aChainNeedsTwoBuffers() {
    let plan = MemoryPlan.plan((0..<5).map { MemoryRequest(size: 100, firstUse: $0, lastUse: $0 + 1) })
    #expect(plan.total == 256)
    #expect(plan.lowerBound == 256)
    #expect(plan.naive == 640)
  }

  @Test func theSmallestSufficientGapIsTaken() {
    // 640 and 512 leave gaps of 256 and 128 bytes when their neighbours have died; 128 bytes go into the smaller one.
    let plan = MemoryPlan.plan([
      MemoryRequest(size: 640, firstUse: 0, lastUse: 2), MemoryRequest(size: 576, firstUse: 0, lastUse: 1),
      MemoryRequest(size: 512, firstUse: 0, lastUse: 2), MemoryRequest(size: 448, firstUse: 0, lastUse: 1),
      MemoryRequest(size: 384, firstUse: 0, lastUse: 2), MemoryRequest(size: 128, firstUse: 2, lastUse: 2),
    ])
    #expect(plan.offsets == [0, 640, 1216, 1728, 2176, 1728])
    #expect(plan.total == 2560)
  }

  @Test func zeroBytesNeverConflict() {
    let plan = MemoryPlan.plan([
      MemoryRequest(size: 0, firstUse: 0, lastUse: 9), MemoryRequest(size: 1, firstUse: 0, lastUse: 9),
    ])
    #expect(plan.total == MemoryPlan.alignment)
  }

  @Test func otherOrdersAreTriedWhereTheLargestFirstWastesMemory() {
    // Placed by size, 384 lies below the first 320, and what the others leave of its room when it is dead is too small
    // for 192 next to 320.
    let requests = [
      MemoryRequest(size: 320, firstUse: 1, lastUse: 3), MemoryRequest(size: 384, firstUse: 0, lastUse: 2),
      MemoryRequest(size: 192, firstUse: 3, lastUse: 3), MemoryRequest(size: 320, firstUse: 3, lastUse: 3),
    ]
    let plan = MemoryPlan.plan(requests)
    #expect(plan.total == 832 && plan.lowerBound == 832)
  }

  @Test("values in use at the same step never share a byte, nor do kinds that are kept apart", arguments: 1...200)
  func property(seed: Int) {
    var generator = SplitMix64(seed: seed)
    let count = Int.random(in: 1...60, using: &generator)
    let requests = (0..<count).map { _ in
      let first = Int.random(in: 0..<40, using: &generator)
      return MemoryRequest(
        size: Int.random(in: 0...5000, using: &generator), firstUse: first,
        lastUse: first + Int.random(in: 0...12, using: &generator))
    }
    check(MemoryPlan.plan(requests), of: requests, kinds: requests.map { _ in 0 }, "seed \(seed)")
    let kinds = requests.map { _ in Int.random(in: 0..<4, using: &generator) }
    check(MemoryPlan.plan(requests, apart: kinds), of: requests, kinds: kinds, "seed \(seed), apart")
  }

  private func check(_ plan: MemoryPlan, of requests: [MemoryRequest], kinds: [Int], _ place: String) {
    for left in requests.indices {
      #expect(plan.offsets[left] % MemoryPlan.alignment == 0, "\(place), request \(left)")
      #expect(plan.offsets[left] + requests[left].size <= plan.total, "\(place), request \(left)")
      for right in requests.indices.dropFirst(left + 1) {
        let together =
          requests[left].firstUse <= requests[right].lastUse && requests[right].firstUse <= requests[left].lastUse
        let a = plan.offsets[left]..<plan.offsets[left] + requests[left].size
        let b = plan.offsets[right]..<plan.offsets[right] + requests[right].size
        let areApart = together || kinds[left] != kinds[right]
        #expect(!areApart || !a.overlaps(b), "\(place), requests \(left) and \(right)")
      }
    }
    #expect(plan.lowerBound <= plan.total && plan.total <= plan.naive, "\(place)")
  }
}
