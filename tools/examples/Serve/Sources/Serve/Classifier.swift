import FoundationEssentials
import Hummingbird
import Synchronization
import ZooKit

/// Makes responses of pictures.
final class Classifier: Sendable {
  private let model: Model
  private let limit: Int
  private let abandoned = Atomic(0)

  /// `limit`: the largest picture, in bytes of its file.
  init(model: Model, limit: Int) {
    self.model = model
    self.limit = limit
  }

  /// How many clients did not wait for their answers.
  var abandonedCount: Int { abandoned.load(ordering: .relaxed) }

  /// What the model says about the picture in the body, or why it cannot.
  ///
  /// - Throws: `CancellationError` when the client went away, which ends the pass too.
  func respond(to request: Request) async throws -> Response {
    do {
      return try await request.body.consumeWithCancellationOnInboundClose { body in
        let bytes = try await body.collect(upTo: self.limit)
        let top = try await self.model.classify(encoded: Array(bytes.readableBytesView), name: "body")
        return try Self.response(
          .ok, InferenceAnswer(self.model.network, results: [.init(file: "body", top: top)]))
      }
    } catch is CancellationError {
      abandoned.add(1, ordering: .relaxed)
      throw CancellationError()
    } catch {
      return try Self.refusal(error)
    }
  }

  /// The response to what cannot be answered, in the words of the error.
  private static func refusal(_ error: any Error) throws -> Response {
    switch error {
    case ZooError.queueFull:
      var response = try response(.serviceUnavailable, Problem(error: "\(error)"))
      response.headers[.retryAfter] = "1"
      return response
    case is ImageError: return try response(.badRequest, Problem(error: "\(error)"))
    case let error as any HTTPResponseError:
      return try response(error.status, Problem(error: "the picture is too large"))
    default: throw error
    }
  }

  private static func response(_ status: HTTPResponse.Status, _ value: some Encodable) throws -> Response {
    let json = try JSONEncoder().encode(value)
    return Response(
      status: status, headers: [.contentType: "application/json"],
      body: ResponseBody(byteBuffer: ByteBuffer(bytes: json)))
  }

  private struct Problem: Encodable {
    var error: String
  }
}
