import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Floats between two pages that cannot be touched: a kernel that reads or writes beyond either end crashes.
///
/// Only one end can touch its page. Buffers take turns.
final class GuardedFloats: @unchecked Sendable {
  let floats: UnsafeMutablePointer<Float>
  let count: Int
  private let mapping: UnsafeMutableRawPointer
  private let mappedBytes: Int

  private static let created = Atomic<Int>(0)

  /// `value`: what the floats are set to.
  init(count: Int, filledWith value: Float = .nan) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    // To whole lines, so that the start is aligned when the end touches the page.
    let bytes = (count + 15) / 16 * 64
    let inner = (bytes + page - 1) / page * page
    mappedBytes = inner + 2 * page
    mapping = mmap(nil, mappedBytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    precondition(mapping != MAP_FAILED, "no memory")
    mprotect(mapping, page, PROT_NONE)
    mprotect(mapping + page + inner, page, PROT_NONE)
    let touchesEnd = Self.created.wrappingAdd(1, ordering: .relaxed).oldValue % 4 != 0
    let start = mapping + page + (touchesEnd ? inner - bytes : 0)
    floats = start.bindMemory(to: Float.self, capacity: bytes / 4)
    floats.update(repeating: value, count: bytes / 4)
    self.count = count
  }

  deinit {
    munmap(mapping, mappedBytes)
  }
}
