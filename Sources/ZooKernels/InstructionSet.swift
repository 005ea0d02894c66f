internal import CZooKernels

/// The vector instructions that micro-kernels are written for.
///
/// All of them compute the same bits.
public enum InstructionSet: String, Hashable, Sendable, CaseIterable {
  /// AVX-512 F, VL, DQ and BW, on x86-64.
  case avx512
  /// AVX2 and FMA, on x86-64.
  case avx2
  /// Advanced SIMD, on AArch64.
  case neon
  /// Plain C, everywhere.
  case portable

  /// What this machine can run, fastest first. Never empty: `portable` comes last.
  public static let available: [InstructionSet] = allCases.filter { $0.kernels != nil }

  /// The fastest one that this machine can run.
  public static var best: InstructionSet { available[0] }

  /// The micro-kernels, unless this machine cannot run them.
  var kernels: UnsafePointer<zoo_kernels>? {
    switch self {
    case .avx512: zoo_kernels_for(ZOO_AVX512)
    case .avx2: zoo_kernels_for(ZOO_AVX2)
    case .neon: zoo_kernels_for(ZOO_NEON)
    case .portable: zoo_kernels_for(ZOO_PORTABLE)
    }
  }
}
