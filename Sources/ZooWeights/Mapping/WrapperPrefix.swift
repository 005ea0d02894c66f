import ZooTensor

/// What stands before the names of a checkpoint's tensors because the network was a part of something else when it was saved:
/// `module.` of PyTorch's `DataParallel`, `_orig_mod.` of `torch.compile`, `model.` of a `LightningModule`, or several.
///
/// Which prefix to remove is decided by evidence. Where the names are the network's as they are, none is. Else the one that
/// leaves the names of most of the network's tensors is removed, if there is only one; what does not have it is then beside
/// the network.
struct WrapperPrefix {
  /// What may be removed, in any order and number.
  private static let wrappers =
    ["module.", "model.", "net.", "network.", "backbone.", "encoder.", "_forward_module.", "_module."] + inserted
  /// What wrappers put into the middle of names too, and nobody else.
  private static let inserted = ["_orig_mod.", "_fsdp_wrapped_module.", "_checkpoint_wrapped_module."]
  private static let parallel = "module."
  private static let maximumDepth = 6
  private static let maximumCandidates = 16

  /// The checkpoint's names as they are in the file, but for what is inserted into them.
  let names: [String]
  /// What is removed without a reason: `module.` where all names have it.
  let usual: String

  init(_ checkpoint: Checkpoint, known: Set<String>) {
    var names = checkpoint.entries.map { checkpoint.removedPrefix + $0.name }
    let inserted = Self.inserted.map { ".\($0)" }.filter { part in !known.contains { $0.holds(part) } }
    if names.contains(where: { name in inserted.contains { name.holds($0) } }) {
      let plain = names.map { name in inserted.reduce(name) { $0.replacing($1, with: ".") } }
      if Set(plain).count == plain.count { names = plain }
    }
    self.names = names
    usual = !names.isEmpty && names.allSatisfy { $0.hasPrefix(Self.parallel) } ? Self.parallel : ""
  }

  /// Every run of wrappers that some name begins with, and none, but for the usual one.
  var candidates: [String] {
    var counts: [String: Int] = ["": 0]
    for name in names {
      var rest = name[...]
      for _ in 0..<Self.maximumDepth {
        guard let wrapper = Self.wrappers.first(where: rest.hasPrefix) else { break }
        rest = rest.dropFirst(wrapper.count)
        counts[String(name[..<rest.startIndex]), default: 0] += 1
      }
    }
    return counts.filter { $0.key != usual }
      .sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .prefix(Self.maximumCandidates).map(\.key)
  }

  /// Another prefix under which the checkpoint has all of `names`, which it has under `prefix` too: what an average of the
  /// weights looks like beside the weights.
  func rival(of prefix: String, having names: [String]) -> String? {
    guard let first = names.first else { return nil }
    let all = Set(self.names)
    return self.names.lazy.filter { $0 != prefix + first && $0.hasSuffix("." + first) }
      .map { String($0.dropLast(first.count)) }
      .first { other in other != prefix && names.allSatisfy { all.contains(other + $0) } }
  }
}
