import Synchronization
import ZooTensor

/// The tensors of a PyTorch file.
final class TorchSource: TensorSource {
  struct Item: Sendable {
    let entry: Checkpoint.Entry
    let storage: String
    /// Where the first element lies in the file.
    let offset: Int
    /// The number of storage elements from the first to the last that is used.
    let span: Int
    let layout: StridedLayout
    /// The bytes of the storage, when they are in memory.
    let inline: PickleMachine.Storage.Inline?
  }

  private let file: InputFile
  private let items: [Item]
  private let storages: [String: TorchCheckpoint.StoragePlace]
  private let isBigEndian: Bool
  private let checked = Mutex<Set<String>>([])

  init(file: InputFile, items: [Item], storages: [String: TorchCheckpoint.StoragePlace], isBigEndian: Bool) {
    self.file = file
    self.items = items
    self.storages = storages
    self.isBigEndian = isBigEndian
  }

  func readsPieces(of entry: Int) -> Bool { items[entry].layout.isContiguous }

  func read(_ entry: Int, piece: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let item = items[entry]
    let range = Pieces(byteCount: item.entry.byteCount, elementType: item.entry.elementType)[piece]
    try read(item, at: item.offset + range.lowerBound, into: target)
    swapBytes(target, of: item)
  }

  func read(_ entry: Int, into target: UnsafeMutableRawBufferPointer) throws(WeightsProblem) {
    let item = items[entry]
    let size = item.entry.elementType.size
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: item.span * size, alignment: 64)
    defer { buffer.deallocate() }
    try read(item, at: item.offset, into: buffer)
    item.layout.gather(from: UnsafeRawBufferPointer(buffer), elementSize: size, into: target)
    swapBytes(target, of: item)
  }

  private func read(
    _ item: Item, at offset: Int, into target: UnsafeMutableRawBufferPointer
  ) throws(WeightsProblem) {
    guard let inline = item.inline else { return try file.read(at: offset, into: target) }
    inline.bytes.withUnsafeBytes {
      target.copyMemory(from: UnsafeRawBufferPointer(rebasing: $0[offset..<offset + target.count]))
    }
  }

  private func swapBytes(_ target: UnsafeMutableRawBufferPointer, of item: Item) {
    if item.inline?.isBigEndian ?? isBigEndian { target.swapBytes(elementSize: item.entry.elementType.size) }
  }

  /// Compares a storage with its CRC-32 before the first of its tensors is used.
  func prepare(_ entry: Int, threads: Int) throws(WeightsProblem) {
    guard items[entry].inline == nil else { return }
    let key = items[entry].storage
    guard let place = storages[key], let expected = place.checksum, !checked.withLock({ $0.contains(key) }) else {
      return
    }
    guard try file.checksum(of: place.offset..<place.offset + place.byteCount, threads: threads) == expected else {
      throw .torch(.storageChecksum(key: key))
    }
    _ = checked.withLock { $0.insert(key) }
  }
}
