using System.Runtime.InteropServices;
using Platform.Datasets.Shards;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

public sealed class FailureDiagnosisTests
{
    private const int NoSpaceLeft = 28; // ENOSPC, as .NET passes it on

    public static TheoryData<Exception, string> Failures => new()
    {
        { new TrainingException(FailureReasons.InvalidRun, "no"), FailureReasons.InvalidRun },
        { new DamagedShardException("/x/train_000000.bin", "it is short"), FailureReasons.DatasetCorrupt },
        { new IOException("No space left on device", NoSpaceLeft), FailureReasons.NoSpace },
        { new IOException("Permission denied", 13), FailureReasons.Internal },
        { new NativeException("DefaultCPUAllocator: can't allocate memory"), FailureReasons.OutOfMemory },
        { new NativeException("CUDA out of memory. Tried to allocate 2 GiB"), FailureReasons.OutOfMemory },
        { new NativeException("shapes cannot be multiplied"), FailureReasons.Internal },
        { new InsufficientMemoryException(), FailureReasons.OutOfMemory },
        { new AggregateException(new InsufficientMemoryException()), FailureReasons.OutOfMemory },
        { new InvalidOperationException("unforeseen"), FailureReasons.Internal },
    };

    [Theory]
    [MemberData(nameof(Failures), DisableDiscoveryEnumeration = true)]
    public void Of_Exception_FindsTheReason(Exception exception, string reason) =>
        Assert.Equal(reason, FailureDiagnosis.Of(exception).Reason);

    [Fact]
    public void Of_OutOfMemory_NamesTheFieldToLower() => Assert.Contains(
        "batch.micro_batch_size",
        FailureDiagnosis.Of(new InsufficientMemoryException()).Message,
        StringComparison.Ordinal);

    // libtorch's errors arrive as ExternalException.
    private sealed class NativeException(string message) : ExternalException(message);
}
