using System.Security.Cryptography;
using Google.Protobuf;
using Platform.Contracts.Tokenizer.V1;
using Platform.Tokenization;
using Platform.Tokenization.Training;
using Platform.TokenizerHost.Jobs;
using Platform.Workspaces.Errors;

namespace Platform.TokenizerHost.Tokenizers;

/// <summary>The work of a tokenizer's job: read the text and train, or read the files of an import; write the folder.
/// </summary>
internal sealed class TokenizerTraining(TrainingText text, ImportFiles files) : IJobWork
{
    public static string Collection => "tokenizers";

    public bool GoesOn => false;

    public bool IsComplete(string folder) => TokenizerManifest.TryRead(folder) is not null;

    public async Task RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var spec = JsonParser.Default.Parse<TokenizerSpec>(context.Job.Spec.GetRawText());
        if (spec.Import is null)
            Train(spec, context, cancellationToken);
        else
            await ImportAsync(spec.Import, context, cancellationToken);
    }

    private void Train(TokenizerSpec spec, JobContext context, CancellationToken cancellationToken)
    {
        var source = text.Open(spec);
        var trained = Train(source, spec, context, cancellationToken);
        if (trained.BytesCounted == 0)
            throw new InvalidArgumentException("spec.inputs", "The training text is empty.");
        TokenizerFiles.Save(trained.Tokenizer, context.Folder);
        cancellationToken.ThrowIfCancellationRequested();
        var manifest = Describe(context.Job.Id, trained.Tokenizer, context.Folder, trained.BytesCounted);
        (manifest with { SkippedCount = source.SkippedCount, Skipped = source.Skipped }).Write(context.Folder);
    }

    private async Task ImportAsync(TokenizerImport import, JobContext context, CancellationToken cancellationToken)
    {
        var id = context.Job.Id;
        var paths = await files.FindAsync(import.Inputs, context, cancellationToken);
        try
        {
            context.Report(0, 0, "files", "reading the files");
            TextTokenizer tokenizer;
            if (TokenizerFiles.BuiltInIds.Contains(id))
            {
                TokenizerFiles.ImportBuiltIn(id, paths, context.Folder);
                tokenizer = TokenizerFiles.LoadById(Path.GetDirectoryName(context.Folder)!, id);
            }
            else
            {
                tokenizer = TokenizerFiles.Import(paths, TokenizerSpecRules.ToOptions(import));
                cancellationToken.ThrowIfCancellationRequested();
                TokenizerFiles.Save(tokenizer, context.Folder);
            }

            cancellationToken.ThrowIfCancellationRequested();
            Describe(id, tokenizer, context.Folder, trainedBytes: 0).Write(context.Folder);
        }
        catch (Exception e) when (e is TokenizerFormatException or TokenizerFilesMissingException)
        {
            throw new InvalidArgumentException("spec.import.inputs", e.Message);
        }
    }

    private static TrainedTokenizer Train(
        TrainingTextSource source, TokenizerSpec spec, JobContext context, CancellationToken cancellationToken)
    {
        try
        {
            return TokenizerTrainer.Train(
                source.Chunks(), TokenizerSpecRules.ToOptions(spec), new Progress(context, source),
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

    private static TokenizerManifest Describe(string id, TextTokenizer tokenizer, string folder, long trainedBytes)
    {
        var definition = Path.Combine(folder, TokenizerManifest.DefinitionFileName);
        return new()
        {
            Id = id,
            Algorithm = tokenizer.Algorithm,
            VocabularySize = tokenizer.VocabularySize,
            MergeCount = (tokenizer as BpeTokenizer)?.MergeCount ?? 0,
            TrainedBytes = trainedBytes,
            SpecialTokens = tokenizer.SpecialTokens,
            // A built-in tokenizer keeps its own files, whose hashes are known, in place of this one.
            Sha256 = File.Exists(definition)
                ? Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(definition)))
                : string.Empty,
        };
    }

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
