using Google.Protobuf;
using Google.Protobuf.WellKnownTypes;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Tokenization;
using Platform.TokenizerHost.Jobs;
using Platform.TokenizerHost.Tokenizers;

namespace Platform.TokenizerHost.Grpc;

/// <summary>Tokenizers as the contract's messages.</summary>
internal static class TokenizerMessages
{
    /// <summary>A tokenizer that is or was trained here.</summary>
    public static Tokenizer From(Job job, string folder)
    {
        var message = new Tokenizer
        {
            Name = $"tokenizers/{job.Id}",
            DisplayName = job.DisplayName,
            State = (State)((int)State.Queued + (int)job.State),
            Spec = JsonParser.Default.Parse<TokenizerSpec>(job.Spec.GetRawText()),
            CreateTime = job.CreateTime.ToTimestamp(),
            StartTime = job.StartTime?.ToTimestamp(),
            EndTime = job.EndTime?.ToTimestamp(),
        };
        if (job.Error is { } error)
            message.Error = new Failure { Reason = error.Reason, Message = error.Message };
        if (job.Progress is { } progress)
        {
            message.Progress = new Progress
            {
                Done = progress.Done,
                Total = progress.Total,
                Unit = progress.Unit,
                Phase = progress.Phase,
            };
            if (progress.Remaining is { } remaining)
                message.Progress.RemainingSeconds = remaining.TotalSeconds;
        }

        if (job.State == JobState.Succeeded && TokenizerManifest.TryRead(folder) is { } manifest)
        {
            message.VocabularySize = manifest.VocabularySize;
            message.MergeCount = manifest.MergeCount;
            message.TrainedBytes = manifest.TrainedBytes;
            message.Sha256 = manifest.Sha256;
            message.SkippedCount = manifest.SkippedCount;
            message.Skipped.AddRange(manifest.Skipped.Select(DatasetMessages.From));
            message.SpecialTokens.AddRange(From(manifest.SpecialTokens));
            message.BuiltIn = TokenizerFiles.BuiltInIds.Contains(job.Id);
        }

        return message;
    }

    /// <summary>A built-in tokenizer.</summary>
    /// <param name="known">What is known of it.</param>
    /// <param name="time">When its files were put there; null: they came with the program.</param>
    public static Tokenizer From(BuiltInTokenizer known, DateTime? time) => new()
    {
        Name = $"tokenizers/{known.Id}",
        State = State.Succeeded,
        VocabularySize = known.VocabularySize,
        MergeCount = known.MergeCount,
        SpecialTokens = { From(known.SpecialTokens) },
        BuiltIn = true,
        CreateTime = time?.ToTimestamp(),
        EndTime = time?.ToTimestamp(),
    };

    /// <summary>A tokenizer whose files someone put into its folder by hand.</summary>
    public static Tokenizer From(string id, TextTokenizer tokenizer, DateTime time) => new()
    {
        Name = $"tokenizers/{id}",
        State = State.Succeeded,
        VocabularySize = tokenizer.VocabularySize,
        MergeCount = (tokenizer as BpeTokenizer)?.MergeCount ?? 0,
        SpecialTokens = { From(tokenizer.SpecialTokens) },
        CreateTime = time.ToTimestamp(),
        EndTime = time.ToTimestamp(),
    };

    /// <summary>The tokens of a text.</summary>
    public static EncodedText From(TextTokenizer tokenizer, ReadOnlySpan<byte> utf8, bool allowSpecial, bool pieces)
    {
        var specials = allowSpecial ? SpecialTokenHandling.Allowed : SpecialTokenHandling.AsText;
        var message = new EncodedText { TextBytes = utf8.Length };
        if (!pieces)
        {
            message.Ids.AddRange(tokenizer.Encode(utf8, specials));
            return message;
        }

        foreach (var span in tokenizer.EncodeWithOffsets(utf8, specials))
        {
            message.Ids.Add(span.Id);
            message.Pieces.Add(new TokenPiece
            {
                Id = span.Id,
                Bytes = ByteString.CopyFrom(tokenizer.TokenBytes(span.Id)),
                OffsetBytes = span.Offset,
            });
        }

        return message;
    }

    private static IEnumerable<SpecialToken> From(IReadOnlyDictionary<string, int> specials) => specials
        .OrderBy(special => special.Value)
        .Select(special => new SpecialToken { Text = special.Key, Id = special.Value });
}
