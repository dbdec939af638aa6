using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Platform.TokenizerHost.Jobs;

namespace Platform.TokenizerHost.Grpc;

/// <summary>Data sets as the contract's messages.</summary>
internal static class DatasetMessages
{
    /// <summary>A data set's job, with what it made where it has succeeded.</summary>
    public static Dataset From(Job job, DatasetManifest? manifest)
    {
        var message = new Dataset
        {
            Name = $"datasets/{job.Id}",
            DisplayName = job.DisplayName,
            State = (State)((int)State.Queued + (int)job.State),
            Spec = JsonParser.Default.Parse<DatasetSpec>(job.Spec.GetRawText()),
            CreateTime = job.CreateTime.ToTimestamp(),
            StartTime = job.StartTime?.ToTimestamp(),
            EndTime = job.EndTime?.ToTimestamp(),
        };
        if (job.Error is { } error)
            message.Error = new Failure { Reason = error.Reason, Message = error.Message };
        if (job.Progress is { } progress)
            message.Progress = From(progress);
        if (manifest is not null)
            AddContent(message, manifest);
        return message;
    }

    private static Progress From(JobProgress progress)
    {
        var message = new Progress
        {
            Done = progress.Done,
            Total = progress.Total,
            Unit = progress.Unit,
            Phase = progress.Phase,
        };
        if (progress.Remaining is { } remaining)
            message.RemainingSeconds = remaining.TotalSeconds;
        return message;
    }

    private static void AddContent(Dataset message, DatasetManifest manifest)
    {
        message.DocumentCount = manifest.DocumentCount;
        message.TextBytes = manifest.TextBytes;
        message.TrainTokens = manifest.TrainTokens;
        message.ValidationTokens = manifest.ValidationTokens;
        message.ShardCount = manifest.Files.Count(file => file.Tokens is not null || file.Documents is not null);
        message.SizeBytes = manifest.Files.Sum(file => file.SizeBytes);
        message.VocabularySize = manifest.Tokenizer?.VocabularySize ?? 0;
    }
}
