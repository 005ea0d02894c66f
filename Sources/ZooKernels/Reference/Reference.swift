/// What kernels have to compute: one set of plain loops, which the interpreter runs and kernels are tested against.
///
/// Everything is one image in C, H, W order, unless it says otherwise. Sums are in double precision and rounded once, so
/// that their error is negligible beside that of arithmetic in float32. Sizes are the caller's business.
package enum Reference {
  package typealias Input = UnsafeBufferPointer<Float>
  package typealias Output = UnsafeMutableBufferPointer<Float>
}
