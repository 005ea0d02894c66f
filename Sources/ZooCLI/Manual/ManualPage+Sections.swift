import FoundationEssentials
import ZooKit

/// What the manual says beside the commands.
extension ManualPage {
  /// With the day in `SOURCE_DATE_EPOCH`, seconds since 1970 in UTC, where it is set, as for other files of a package; else
  /// today's.
  init() {
    let seconds = ProcessInfo.processInfo.environment["SOURCE_DATE_EPOCH"].flatMap { Double($0) }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = .gmt
    let day = calendar.dateComponents(
      [.year, .month, .day], from: seconds.map(Date.init(timeIntervalSince1970:)) ?? Date())
    let months = [
      "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
      "December",
    ]
    date = "\(months[(day.month ?? 1) - 1]) \(day.day ?? 1), \(day.year ?? 1970)"
  }

  static let description = """
    Results go to standard output, everything else to standard error. Commands that answer take --json, whose form is \
    named by "schema" and changes only by additions. Files are written under a temporary name and renamed when they are \
    whole. The same input gives the same bits on any number of threads.

    A model's weights are looked for in its package, among those that come with zoo, and in the folders of FILES, under \
    the name of the published file or as MODEL.zoow.
    """

  static let optionsOfAll = """
    Every command takes -h and --help, which print what stands here about it. An option's value may follow an equals \
    sign. What follows -- is no option.
    """

  static let environment: KeyValuePairs = [
    "ZOO_MODEL": "The model of commands that are given none, instead of \(Catalogue.defaultModel).",
    "ZOO_PATH": "Folders, separated by colons, in which models and weights are looked for first.",
    "ZOO_THREADS": "How many threads compute where --threads says nothing. Default: as many as this machine lends.",
    "ZOO_MIRROR": "The address of a folder that has published weights, from which zoo pull fetches them instead.",
    "ZOO_CACHE": "The folder for what can be made anew, instead of the one that FILES names.",
    "XDG_DATA_HOME": "Where the folder zoo with models and weights is, instead of ~/.local/share.",
    "XDG_CACHE_HOME": "Where the folder zoo for what can be made anew is, instead of ~/.cache.",
    "HOME": "Stands for ~ in this page.",
    "NO_COLOR": "If not empty, text is not coloured.",
    "FORCE_COLOR": "If not empty, text is coloured also where no terminal reads it.",
    "TERM": "If dumb, text is not coloured.",
    "SOURCE_DATE_EPOCH": "The day that the page of zoo help --man bears, in seconds since 1970. Default: today.",
  ]

  static let files: KeyValuePairs = [
    "~/.local/share/zoo": "Models and weights of the user's own, looked for after those of ZOO_PATH.",
    "~/.cache/zoo": "What can be made anew. It may be deleted at any time.",
    "RUN/recipe.yaml, RUN/log.csv, RUN/best.zoow, RUN/last.zoow":
      "What zoo train and zoo finetune write: everything that decided the run, a line for each epoch, the best weights "
      + "and the state to go on from.",
  ]
}

extension ExitStatus {
  /// Every status that zoo ends with, in order, and what it says.
  static var documented: [(code: Int32, meaning: String)] {
    [(0, "The command did what it was asked.")] + allCases.map { ($0.rawValue, $0.meaning) }
  }

  private var meaning: String {
    switch self {
    case .negative: "A negative answer: files that differ, an archive that is damaged, a threshold that was missed."
    case .usage: "The command line is wrong."
    case .badData: "A file holds something else than it should."
    case .inputMissing: "A file or a model is not there, or cannot be read."
    case .unavailable: "A model's weights are not at hand. The message says what to get from where."
    case .internalError: "A fault of zoo. Please report what you ran."
    case .cannotCreate: "An output file cannot be made."
    case .inputOutput: "Reading or writing failed."
    case .temporary: "Stopped before the end, as a worker of zoo run by SIGTERM. The same command goes on."
    case .interrupted: "Interrupted, as by Ctrl-C."
    }
  }
}
