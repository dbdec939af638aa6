namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>
/// Tests that must not run beside others: the kernel's count of kills for lack of memory is one for the whole machine,
/// and a worker that another test kills meanwhile would be taken for one that had too little.
/// </summary>
[CollectionDefinition(nameof(AloneCollection), DisableParallelization = true)]
public sealed class AloneCollection;
