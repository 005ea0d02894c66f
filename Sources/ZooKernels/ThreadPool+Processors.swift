internal import CZooKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ThreadPool {
  /// The processors that this process may use: its affinity mask, limited by the CPU quota of its control group
  /// (version 2). At least 1.
  public static let availableProcessors: Int = {
    let inMask = Int(zoo_affinity())
    let processors = inMask > 0 ? inMask : sysconf(Int32(_SC_NPROCESSORS_ONLN))
    #if os(Linux)
      return max(1, min(processors, controlGroupQuota ?? processors))
    #else
      return max(1, processors)
    #endif
  }()

  #if os(Linux)
    /// The smallest quota of this process's control group and those above it, rounded up to whole processors.
    private static var controlGroupQuota: Int? {
      guard let groups = contents(of: "/proc/self/cgroup"),
        let line = groups.split(separator: "\n").first(where: { $0.hasPrefix("0::/") })
      else { return nil }
      var path = line.dropFirst(4).split(separator: "/")
      var smallest: Int?
      while true {
        let file = (["/sys/fs/cgroup"] + path.map(String.init) + ["cpu.max"]).joined(separator: "/")
        if let quota = contents(of: file).flatMap(processors(inQuota:)) {
          smallest = min(smallest ?? quota, quota)
        }
        if path.isEmpty { return smallest }
        path.removeLast()
      }
    }

    private static func contents(of path: String) -> String? {
      guard let file = fopen(path, "r") else { return nil }
      defer { fclose(file) }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = fread(&bytes, 1, bytes.count, file)
      return String(decoding: bytes[..<count], as: UTF8.self)
    }
  #endif

  /// Reads a `cpu.max` file: `QUOTA PERIOD` in microseconds, rounded up to whole processors; `nil` for `max`.
  package static func processors(inQuota text: String) -> Int? {
    let fields = text.split { $0 == " " || $0 == "\n" }
    guard fields.count == 2, let quota = Int(fields[0]), let period = Int(fields[1]), quota > 0, period > 0 else {
      return nil
    }
    return max(1, quota / period + (quota % period == 0 ? 0 : 1))
  }
}
