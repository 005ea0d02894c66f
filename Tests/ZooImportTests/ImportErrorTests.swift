import Testing
import ZooImport

struct ImportErrorTests {
  @Test("all that is not supported is named at once, each with its place")
  func unsupported() {
    let error = ImportError.unsupported(
      file: "net.onnx",
      [.init(place: "/head/Resize", what: "Resize with mode cubic"), .init(place: "nms", what: "NonMaxSuppression")])
    #expect(
      "\(error)" == """
        net.onnx: zoo has nothing that computes the following:
          /head/Resize: Resize with mode cubic
          nms: NonMaxSuppression
        """)
  }
}
