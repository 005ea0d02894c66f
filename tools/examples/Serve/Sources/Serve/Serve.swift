import ArgumentParser
import Hummingbird
import ZooKit

/// Answers `POST /classify`, whose body is a JPEG or PNG file, with what `zoo infer --json` prints.
@main
struct Serve: AsyncParsableCommand {
  @Option(help: "The address to listen at.") var host = "127.0.0.1"
  @Option(help: "The port to listen at.") var port = 8080
  @Option(help: "A name of the catalogue, a .yaml file or a .zoo package.") var model = "lenet-digits"
  @Option(help: "An archive, a checkpoint or synthetic[:SEED]. Default: where zoo looks for the model's.")
  var weights: String?
  @Option(help: "How many pictures may wait for their turn; who comes then is told to come again.") var waiting = 16
  @Option(help: "The largest picture, in bytes of its file.") var limit = 10_000_000

  func run() async throws {
    let queue = PassQueue(running: 2, waiting: waiting)
    let model = try await Model.load(
      self.model, weights: weights.map { try WeightSource(argument: $0) } ?? .automatic,
      options: Model.Options(queue: queue))
    let classifier = Classifier(model: model, limit: limit)
    let pulse = Pulse(model: model, queue: queue)

    let router = Router()
    router.post("/classify") { request, _ in try await classifier.respond(to: request) }
    router.get("/status") { _, _ in
      Status(
        model: model.network.name, running: queue.runningCount, waiting: queue.waitingCount,
        abandoned: classifier.abandonedCount, latestTimer: pulse.takeLatest())
    }
    // Who sends nothing for half a minute, of a picture or after an answer, is not waited for.
    let application = Application(
      router: router, server: .http1(configuration: .init(idleTimeout: .seconds(30))),
      configuration: ApplicationConfiguration(address: .hostname(host, port: port)), services: [pulse])
    // Returns after SIGTERM or SIGINT, when those who are being answered have their answers.
    try await application.runService()
  }
}

/// How the server is.
struct Status: ResponseEncodable {
  /// The network's name.
  var model: String
  /// How many pictures are at work.
  var running: Int
  /// How many wait for their turn.
  var waiting: Int
  /// How many clients did not wait for their answers, so far.
  var abandoned: Int
  /// By how many milliseconds a timer of 10 ms was late at most, since this was last asked: what other requests wait.
  var latestTimer: Double
}
