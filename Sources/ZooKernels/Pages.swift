import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Zeroed memory from the system, given back with its last user: in huge pages if the system has them.
///
/// Small pieces share pages. A forward pass reads the weights of many small layers one after the other; with small pages
/// for each, what the processor fetches ahead would end with every page, and finding the next one would take as long as
/// reading it.
final class Pages: Sendable {
  /// What small pieces are cut from, and how many bytes of it have been.
  private struct Shared {
    let pages: Pages
    let used: Int
  }

  private static let shared = Mutex<Shared?>(nil)
  private static let sharedBytes = 4 * hugePage
  private static let hugePage = 1 << 21
  /// Two cache lines, which processors fetch together.
  private static let alignment = 128

  nonisolated(unsafe) private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int
  nonisolated(unsafe) private let start: UnsafeMutableRawPointer

  private init(byteCount: Int) {
    mappedBytes = byteCount + Self.hugePage
    let mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    guard let mapping, mapping != MAP_FAILED else {
      preconditionFailure("the system has no \(byteCount) bytes left")
    }
    self.mapping = mapping
    start = mapping.alignedUp(toMultipleOf: Self.hugePage)
    #if os(Linux)
      madvise(start, byteCount, MADV_HUGEPAGE)
    #endif
  }

  deinit { munmap(mapping, mappedBytes) }

  /// So many bytes, and who has them.
  static func allocate(byteCount: Int) -> (start: UnsafeMutableRawPointer, owner: Pages) {
    if byteCount >= hugePage {
      let pages = Pages(byteCount: byteCount)
      return (pages.start, pages)
    }
    let (pages, offset) = shared.withLock { shared in
      let current =
        shared.flatMap { $0.used + byteCount <= sharedBytes ? $0 : nil }
        ?? Shared(pages: Pages(byteCount: sharedBytes), used: 0)
      shared = Shared(
        pages: current.pages, used: (current.used + byteCount + alignment - 1) / alignment * alignment)
      return (current.pages, current.used)
    }
    return (pages.start + offset, pages)
  }
}
