namespace Platform.Trainer.Service.Tests.Worker;

/// <summary>Tests that train: one at a time, since libtorch's threads and counters belong to the process.</summary>
[CollectionDefinition(nameof(TorchCollection))]
public sealed class TorchCollection;
