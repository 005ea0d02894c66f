import Testing
import ZooKernels

@Suite struct SolitudeTests {
  private let least = Solitude.lengths.lowerBound
  private let most = Solitude.lengths.upperBound

  private func isAlone(_ solitude: inout Solitude, at now: UInt64) -> Bool { solitude.isAlone(at: now) }

  @Test func `nobody is alone who has not waited for long`() {
    var solitude = Solitude()
    #expect(!isAlone(&solitude, at: 0))
    solitude.suffer(Solitude.leastLoss - 1, at: 1000)
    #expect(!isAlone(&solitude, at: 1000))
    #expect(solitude == Solitude())
  }

  @Test func `a loss is followed by the shortest while alone`() {
    var solitude = Solitude()
    solitude.suffer(Solitude.leastLoss, at: 1000)
    #expect(solitude.end == 1000 + least)
    #expect(isAlone(&solitude, at: 1000))
    #expect(isAlone(&solitude, at: 999 + least))
    #expect(!isAlone(&solitude, at: 1000 + least))
  }

  @Test func `company that stays is asked ever less often, and one that went away is forgotten`() {
    var solitude = Solitude()
    var (now, expected): (UInt64, UInt64) = (5, least)
    for _ in 0..<12 {
      solitude.suffer(3_000_000, at: now)
      #expect(solitude.end == now + expected, "\(expected)")
      #expect(isAlone(&solitude, at: now + expected - 1))
      now = solitude.end
      #expect(!isAlone(&solitude, at: now))
      // Within twice the while after it.
      now += 2 * expected - 1
      expected = min(2 * expected, most)
    }
    #expect(expected == most)
    solitude.suffer(3_000_000, at: solitude.end + 2 * most)
    #expect(solitude.end == now + 1 + least)
  }
}
