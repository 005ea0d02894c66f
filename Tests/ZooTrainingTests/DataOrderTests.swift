import Testing
import ZooTensor
import ZooTraining

@Suite struct DataOrderTests {
  private func order(_ count: Int, _ key: UInt64 = 0) -> KeyedPermutation {
    KeyedPermutation(count, CounterRandom(seed: 5, purpose: .order, key))
  }

  @Test(
    "each thing has one place",
    arguments: [
      0, 1, 2, 3, 4, 5, 7, 8, 9, 31, 32, 33, 63, 64, 65, 97, 127, 128, 129, 1000, 1009, 4095, 4096, 4097, 50_000,
    ])
  func bijection(_ count: Int) {
    let order = order(count)
    #expect((0..<count).map { order[$0] }.sorted() == Array(0..<count))
  }

  @Test("keys give different orders, in which every thing comes everywhere")
  func keys() {
    let places = (0..<3000).map { order(5, $0) }
    for place in 0..<5 {
      for thing in 0..<5 {
        let count = places.count { $0[place] == thing }
        #expect((450...750).contains(count), "\(thing) is \(count) times at \(place)")
      }
    }
    let orders = Set((0..<50).map { key in (0..<100).map { order(100, key)[$0] } })
    #expect(orders.count == 50)
  }

  @Test("a long order is no drift: neighbours are far apart on average")
  func distance() {
    let order = order(10_000)
    let sum = (1..<10_000).reduce(0) { $0 + abs(order[$1] - order[$1 - 1]) }
    // A third of the count.
    #expect((3100...3560).contains(sum / 9999))
  }
}
