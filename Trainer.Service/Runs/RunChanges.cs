using Platform.Workspaces.Changes;

namespace Platform.TrainerHost.Runs;

/// <summary>Tells those who follow the list of runs which runs have changed.</summary>
internal sealed class RunChanges : ResourceChanges;
