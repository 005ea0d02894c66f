import ArgumentParser

/// `zoo vis KIND`
struct Vis: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "vis",
    abstract: "Look inside a network: pictures of what it does, with units.",
    subcommands: [],
    groupedSubcommands: [
      CommandGroup(
        name: "Values",
        subcommands: [VisActivations.self, VisFilters.self, VisTop.self, VisTsne.self, VisIm2col.self]),
      CommandGroup(
        name: "Why",
        subcommands: [
          VisOcclusion.self, VisSaliency.self, VisGuided.self, VisDeconv.self, VisInputGradient.self,
          VisSmoothGrad.self, VisIntegrated.self, VisCam.self,
        ]),
      CommandGroup(name: "Pictures made", subcommands: [VisInvert.self, VisClass.self, VisAdversarial.self]),
      CommandGroup(name: "Trust", subcommands: [VisCheck.self]),
    ])
}
