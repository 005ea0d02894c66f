/// The binary tree in which the gradients of a batch's slices are added: slice 0 with slice 1, 2 with 3, the sums of these
/// pairs with each other, and so on.
///
/// Who computes which slice does not change the tree: each worker adds the subtrees whose slices it has all of, and whoever
/// needs the whole adds the roots of these.
package struct SliceTree: Hashable, Sendable {
  /// Slices that have a sum of their own: a power of two of them, the first a multiple of it.
  package struct Node: Hashable, Sendable {
    package let first: Int
    package let count: Int

    /// The node that this one is the left half of, given the right half.
    func joined(with right: Node) -> Node? {
      guard right.count == count, right.first == first + count, first % (2 * count) == 0 else { return nil }
      return Node(first: first, count: 2 * count)
    }
  }

  /// A power of two.
  package let slices: Int
  package let workers: Int

  /// - Precondition: at least one slice for each worker.
  package init(slices: Int, workers: Int) {
    precondition(slices > 0 && slices & (slices - 1) == 0, "\(slices) slices are no power of two")
    precondition((1...slices).contains(workers), "\(workers) workers for \(slices) slices")
    self.slices = slices
    self.workers = workers
  }

  /// The slices that a worker computes.
  package func slices(of worker: Int) -> Range<Int> {
    worker * slices / workers..<(worker + 1) * slices / workers
  }

  /// The largest subtrees that a worker has all slices of, in order.
  package func roots(of worker: Int) -> [Node] {
    var roots: [Node] = []
    for slice in slices(of: worker) {
      var node = Node(first: slice, count: 1)
      while let joined = roots.last?.joined(with: node) {
        roots.removeLast()
        node = joined
      }
      roots.append(node)
    }
    return roots
  }

  /// How many sums of a worker wait for a right half at once.
  package func depth(of worker: Int) -> Int {
    var (stack, depth) = ([Node](), 0)
    for slice in slices(of: worker).dropLast() {
      var node = Node(first: slice, count: 1)
      while let joined = stack.last?.joined(with: node) {
        stack.removeLast()
        node = joined
      }
      stack.append(node)
      depth = max(depth, stack.count)
    }
    return depth
  }

  /// The additions that make the whole of all workers' roots, which are numbered through: the second of each pair is added to
  /// the first, and the first root has the whole in the end.
  package var additions: [(into: Int, from: Int)] {
    var stack: [(node: Node, root: Int)] = []
    var additions: [(into: Int, from: Int)] = []
    for (root, node) in (0..<workers).flatMap({ roots(of: $0) }).enumerated() {
      var top = (node: node, root: root)
      while let left = stack.last, let joined = left.node.joined(with: top.node) {
        additions.append((left.root, top.root))
        stack.removeLast()
        top = (joined, left.root)
      }
      stack.append(top)
    }
    return additions
  }
}
