using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Platform.Datasets.Catalog;
using Platform.TokenizerHost.Jobs;
using DatasetKind = Platform.Contracts.Tokenizer.V1.DatasetKind;
using LengthHistogram = Platform.Contracts.Tokenizer.V1.LengthHistogram;

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

    /// <summary>How long a data set's documents are; null where that was not measured.</summary>
    public static LengthHistogram? Lengths(DatasetManifest manifest)
    {
        if (manifest.Lengths is not { } lengths)
            return null;
        var message = new LengthHistogram
        {
            Shortest = lengths.Shortest,
            Longest = lengths.Longest,
            Mean = lengths.Total / (double)Math.Max(1, lengths.Counts.Sum()),
            Unit = manifest.Kind == Platform.Datasets.DatasetKind.Tokens ? "tokens" : "characters",
        };
        var first = lengths.Counts.TakeWhile(count => count == 0).Count();
        message.Buckets.AddRange(lengths.Counts.Skip(first).Select((count, index) => new LengthBucket
        {
            From = Platform.Datasets.LengthHistogram.LowerBound(first + index),
            Count = count,
        }));
        return message;
    }

    /// <summary>The catalog.</summary>
    public static CatalogEntry From(KnownDataset known)
    {
        var message = new CatalogEntry
        {
            Name = known.Name,
            Description = known.Description,
            Kind = known.Kind == Platform.Datasets.DatasetKind.Items ? DatasetKind.Items : DatasetKind.Documents,
            TextField = known.Template.Length > 0 ? string.Empty : known.TextField,
            Template = known.Template,
            License = known.License,
        };
        message.Sources.AddRange(known.Sources.Select(source => source.ToString()));
        message.ValidationSources.AddRange(known.ValidationSources.Select(source => source.ToString()));
        return message;
    }

    /// <summary>A record that was passed over.</summary>
    public static SkippedRecord From(Platform.Datasets.Readers.SkippedRecord skipped) => new()
    {
        File = skipped.File,
        Line = skipped.Line,
        Problem = skipped.Problem,
    };

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
        message.TruncatedCount = manifest.Instructions?.TruncatedCount ?? 0;
        message.SkippedCount = manifest.SkippedCount;
        message.Skipped.AddRange(manifest.Skipped.Select(From));
        if (Lengths(manifest) is { } lengths)
            message.Lengths = lengths;
    }
}
