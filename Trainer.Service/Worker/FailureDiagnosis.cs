using System.Runtime.InteropServices;
using Platform.Collectives;
using Platform.Datasets.Batches;
using Platform.Datasets.Shards;

namespace Platform.TrainerHost.Worker;

/// <summary>Finds the reason word and a message that helps for whatever ended a run.</summary>
internal static class FailureDiagnosis
{
    // ENOSPC and EDQUOT, and Windows' ERROR_DISK_FULL as .NET reports it from pre-allocation.
    private static readonly int[] s_noSpaceCodes = [28, 122, unchecked((int)0x80070070)];

    /// <summary>The failure that an exception tells of.</summary>
    public static TrainingException Of(Exception exception) => exception switch
    {
        TrainingException known => known,
        AggregateException { InnerExceptions: [var first, ..] } => Of(first), // of work on several threads
        DamagedShardException => new(
            FailureReasons.DatasetCorrupt, $"{exception.Message} Prepare the data set again.", exception),
        DatasetTooSmallException => new(FailureReasons.DatasetTooSmall, exception.Message, exception),
        LibraryMissingException => new(FailureReasons.RanksNotAvailable, exception.Message, exception),
        CommunicationException => new(
            FailureReasons.RanksNotAvailable, $"{exception.Message} The ranks have lost each other.", exception),
        IOException e when s_noSpaceCodes.Contains(e.HResult) => new(
            FailureReasons.NoSpace,
            $"No space left: {e.Message} The last complete checkpoint is kept. Make room and resume the run.",
            exception),
        OutOfMemoryException => OutOfMemory(exception),
        ExternalException e when IsOutOfMemory(e.Message) => OutOfMemory(exception),
        _ => new(
            FailureReasons.Internal, $"The worker failed: {exception.Message} The log has the details.", exception),
    };

    /// <summary>Whether libtorch says that memory ran out.</summary>
    public static bool IsOutOfMemory(string message) =>
        message.Contains("can't allocate memory", StringComparison.Ordinal)
        || message.Contains("out of memory", StringComparison.OrdinalIgnoreCase);

    private static TrainingException OutOfMemory(Exception exception) => new(
        FailureReasons.OutOfMemory,
        "There is not enough memory for this model and batch. Lower batch.micro_batch_size (batch.tokens_per_step may "
        + "stay: gradients are then accumulated over more micro-batches) or batch.sequence_length.",
        exception);
}
