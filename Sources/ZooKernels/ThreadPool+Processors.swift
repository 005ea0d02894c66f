internal import CZooKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

extension ThreadPool {
  /// The processors that this process may use: its affinity mask, limited by the CPU quota of its control group, of
  /// version 2 or 1. At least 1.
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
    /// The smallest quota of this process's control groups and those above them, rounded up to whole processors.
    private static var controlGroupQuota: Int? {
      guard let groups = contents(of: "/proc/self/cgroup") else { return nil }
      return controlGroups(in: groups).compactMap { group in
        // A container may not see its own group; what it sees as the root is the group then.
        let names = group.path.split(separator: "/")
        return (0...names.count).compactMap { count in
          quota(of: ([group.root] + names.prefix(count).map(String.init)).joined(separator: "/"))
        }.min()
      }.min()
    }

    /// In processors; `nil` when the group has none.
    private static func quota(of group: String) -> Int? {
      if let text = contents(of: "\(group)/cpu.max") { return processors(inQuota: text) }
      guard let quota = contents(of: "\(group)/cpu.cfs_quota_us"),
        let period = contents(of: "\(group)/cpu.cfs_period_us")
      else { return nil }
      return processors(inQuota: "\(quota) \(period)")
    }

    /// Of a `/proc/self/cgroup` file: the group of version 2 and the one of version 1 that limits processors, each with the
    /// folder of its hierarchy.
    package static func controlGroups(in text: String) -> [(root: String, path: String)] {
      text.split(separator: "\n").compactMap { line in
        // NUMBER:CONTROLLERS:PATH
        let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
        guard fields.count == 3 else { return nil }
        if fields[1].isEmpty { return ("/sys/fs/cgroup", String(fields[2])) }
        guard fields[1].split(separator: ",").contains("cpu") else { return nil }
        return ("/sys/fs/cgroup/cpu", String(fields[2]))
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
