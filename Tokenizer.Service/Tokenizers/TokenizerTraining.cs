using System.Security.Cryptography;
using Google.Protobuf;
using Platform.Contracts.Tokenizer.V1;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.TokenizerHost.Jobs;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>The work of a tokenizer's job: read the text, train, write the folder.</summary>
internal sealed class TokenizerTraining(TrainingText text) : IJobWork
{
    public static string Collection => "tokenizers";

    public bool IsComplete(string folder) => TokenizerManifest.TryRead(folder) is not null;

    public Task RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var spec = JsonParser.Default.Parse<TokenizerSpec>(context.Job.Spec.GetRawText());
        var source = text.Open(spec.Inputs);
        var trained = Train(source, spec, context, cancellationToken);
        if (trained.BytesCounted == 0)
            throw new InvalidArgumentException("spec.inputs", "The training text is empty.");
        TokenizerFiles.Save(trained.Tokenizer, context.Folder);
        cancellationToken.ThrowIfCancellationRequested();
        Describe(context.Job.Id, trained, context.Folder).Write(context.Folder);
        return Task.CompletedTask;
    }

    private static TrainedTokenizer Train(
        TrainingTextSource source, TokenizerSpec spec, JobContext context, CancellationToken cancellationToken)
    {
        try
        {
            return TokenizerTrainer.Train(
                source.Documents(), TokenizerSpecRules.ToOptions(spec), new Progress(context, source),
                cancellationToken);
        }
        catch (CorpusTooDiverseException e)
        {
            throw new ResourceExhaustedException("CORPUS_TOO_DIVERSE", e.Message, e);
        }
        catch (Exception e) when (e is ArgumentException or TokenizerFormatException)
        {
            throw new FailedPreconditionException("TRAINING_TEXT_DOES_NOT_FIT", e.Message, e);
        }
    }

    private static TokenizerManifest Describe(string id, TrainedTokenizer trained, string folder) => new()
    {
        Id = id,
        Algorithm = trained.Tokenizer.Algorithm,
        VocabularySize = trained.Tokenizer.VocabularySize,
        MergeCount = trained.Merges,
        TrainedBytes = trained.BytesCounted,
        SpecialTokens = trained.Tokenizer.SpecialTokens,
        Sha256 = Convert.ToHexStringLower(
            SHA256.HashData(File.ReadAllBytes(Path.Combine(folder, TokenizerManifest.DefinitionFileName)))),
    };

    private sealed class Progress(JobContext context, TrainingTextSource source) : IProgress<TokenizerTrainingProgress>
    {
        public void Report(TokenizerTrainingProgress value)
        {
            if (value.CountingDone)
                context.Report(value.MergesDone, value.MergesWanted, "merges", "merging pairs");
            else
                context.Report(source.ReadBytes, source.TotalBytes, "bytes", "counting words");
        }
    }
}
