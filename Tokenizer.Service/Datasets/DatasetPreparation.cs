using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Google.Protobuf;
using Microsoft.Extensions.Options;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Platform.Datasets.Preparation;
using Platform.Datasets.Shards;
using Platform.Tokenization;
using Platform.TokenizerHost.Jobs;
using Platform.TokenizerHost.Tokenizers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;
using ShardFormat = Platform.Contracts.Tokenizer.V1.ShardFormat;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Makes a data set from its spec: reads, encodes, writes, and completes it with its manifest.</summary>
internal sealed class DatasetPreparation(
    InputFiles inputs,
    TokenizerCatalog tokenizers,
    DataRoot root,
    TimeProvider time,
    IOptions<PreparationOptions> settings) : IJobWork
{
    /// <summary>Where files are written before they get their place, so that none is seen half written.</summary>
    private const string WorkFolder = ".work";

    public static string Collection => "datasets";

    public bool GoesOn => true;

    public bool IsComplete(string folder) => DatasetFolder.IsComplete(folder);

    public async Task RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var spec = JsonParser.Default.Parse<DatasetSpec>(context.Job.Spec.GetRawText());
        Directory.CreateDirectory(Path.Combine(context.Folder, WorkFolder));
        var source = await OpenAsync(context, spec, cancellationToken);

        DatasetTokenizer? tokenizer = null;
        PreparedContent content;
        switch (spec.Kind)
        {
            case Kind.Items:
                content = ItemPreparation.Write(
                    source.Items(), FolderFor(context, spec, source, null), source.SkippedItems, cancellationToken);
                break;
            case Kind.Tokens:
                (content, tokenizer) = await EncodeAsync(context, spec, source, cancellationToken);
                break;
            default:
                content = DocumentPreparation.Write(
                    source.Documents(), FolderFor(context, spec, source, null), cancellationToken);
                break;
        }

        cancellationToken.ThrowIfCancellationRequested();
        var manifest = Manifest(context, spec, source, content, tokenizer);
        Complete(context, manifest);
    }

    private async Task<DatasetSource> OpenAsync(
        JobContext context, DatasetSpec spec, CancellationToken cancellationToken)
    {
        void Downloaded(long done, long total) => context.Report(done, total, "bytes", "downloading");

        var files = spec.Bundled is null
            ? await inputs.FetchAsync(
                spec.Inputs, "spec.inputs", DatasetSource.KindOf(spec), Downloaded, cancellationToken)
            : [];
        var validationFiles = await inputs.FetchAsync(
            spec.ValidationInputs, "spec.validation_inputs", DatasetSource.KindOf(spec), Downloaded, cancellationToken);
        return new DatasetSource(spec, files, validationFiles, context.Report);
    }

    private async Task<(PreparedContent, DatasetTokenizer)> EncodeAsync(
        JobContext context, DatasetSpec spec, DatasetSource source, CancellationToken cancellationToken)
    {
        var tokenizer = tokenizers.Get(spec.Tokenizer, "spec.tokenizer");
        var problems = new Violations();
        DatasetSpecRules.ResolveSeparator(spec, tokenizer, problems);
        problems.ThrowIfAny();
        var separator = spec.DocumentSeparator ? tokenizer.EndOfText : null;
        var folder = FolderFor(context, spec, source, tokenizer);
        PreparedContent content;
        if (spec.FromShards)
        {
            content = source.ImportShards(tokenizer, Options(spec, separator), folder, cancellationToken);
        }
        else
        {
            var mayCut = TokenPreparation.CanCut(tokenizer);
            var sources = new TokenSources(() => source.Texts(mayCut))
            {
                ReadToCount = () => source.TextsToCount(mayCut),
                ReadValidation = spec.ValidationInputs.Count > 0 ? () => source.ValidationTexts(mayCut) : null,
            };
            content = await new TokenPreparation(tokenizer, Options(spec, separator))
                .WriteAsync(sources, folder, cancellationToken);
        }

        var copy = CopyTokenizer(spec.Tokenizer, tokenizer, folder.Path);
        var reference = new DatasetTokenizer(spec.Tokenizer, copy.Sha256, tokenizer.VocabularySize, separator);
        return (content with { Files = [.. content.Files, copy] }, reference);
    }

    private static TokenOptions Options(DatasetSpec spec, int? separator) => new()
    {
        SeparatorId = separator,
        ValidationShare = spec.ValidationInputs.Count > 0 ? 0 : spec.ValidationShare,
        ValidationFromTail = spec.ValidationSplit switch
        {
            ValidationSplit.Tail => true,
            ValidationSplit.Documents => false,
            _ => null,
        },
        ShardKind = spec.ShardFormat switch
        {
            ShardFormat.Npy => ShardKind.Npy,
            ShardFormat.Raw => ShardKind.Raw,
            _ => ShardKind.LlmC,
        },
        ShardTokens = spec.ShardTokens,
        Seed = spec.Seed,
        Instructions = spec.Instructions is not { } instructions ? null : new InstructionOptions
        {
            MaskPrompt = instructions.MaskPrompt,
            PaddedLength = instructions.Packing == Packing.Padded ? instructions.SequenceLength : null,
        },
    };

    private PreparationFolder FolderFor(
        JobContext context, DatasetSpec spec, DatasetSource source, TextTokenizer? tokenizer) =>
        new(Path.Combine(context.Folder, WorkFolder))
        {
            Fingerprint = Fingerprint(context, spec, source, tokenizer),
            CheckpointInterval = settings.Value.CheckpointInterval,
        };

    /// <summary>All that the files depend on, so that only the same work is gone on with.</summary>
    private string Fingerprint(
        JobContext context, DatasetSpec spec, DatasetSource source, TextTokenizer? tokenizer)
    {
        var text = new StringBuilder(context.Job.Spec.GetRawText());
        if (tokenizer is not null)
        {
            text.Append(CultureInfo.InvariantCulture, $"\n{spec.Tokenizer} {tokenizer.VocabularySize}");
            var own = Path.Combine(
                root.Tokenizers, TokenizerCatalog.Id(spec.Tokenizer, "spec.tokenizer"),
                DatasetFolder.TokenizerFileName);
            if (File.Exists(own))
                text.Append('\n').Append(Convert.ToHexStringLower(SHA256.HashData(File.ReadAllBytes(own))));
        }

        foreach (var file in source.Files)
        {
            text.Append(
                CultureInfo.InvariantCulture,
                $"\n{file.Path} {file.SizeBytes} {File.GetLastWriteTimeUtc(file.Path).Ticks}");
        }

        return Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(text.ToString())));
    }

    /// <summary>Puts the tokenizer's file beside the shards, so that a reader needs the data set's folder
    /// only.</summary>
    private DatasetFile CopyTokenizer(string name, TextTokenizer tokenizer, string work)
    {
        var target = Path.Combine(work, DatasetFolder.TokenizerFileName);
        var id = TokenizerCatalog.Id(name, "spec.tokenizer");
        var own = Path.Combine(root.Tokenizers, id, DatasetFolder.TokenizerFileName);
        if (File.Exists(own))
        {
            File.Copy(own, target, overwrite: true);
        }
        else
        {
            var folder = Path.Combine(work, "tokenizer");
            Directory.CreateDirectory(folder);
            TokenizerFiles.Save(tokenizer, folder);
            File.Move(Path.Combine(folder, DatasetFolder.TokenizerFileName), target, overwrite: true);
            Directory.Delete(folder, recursive: true);
        }

        var bytes = File.ReadAllBytes(target);
        return new DatasetFile(
            DatasetFolder.TokenizerFileName, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private DatasetManifest Manifest(
        JobContext context, DatasetSpec spec, DatasetSource source, PreparedContent content,
        DatasetTokenizer? tokenizer) => new()
        {
            FormatVersion = spec.Instructions is null ? DatasetManifest.PlainFormat : DatasetManifest.CurrentFormat,
            Id = context.Job.Id,
            Kind = KindOf(spec.Kind),
            Spec = context.Job.Spec,
            CompleteTime = time.GetUtcNow(),
            DocumentCount = content.DocumentCount,
            TextBytes = content.TextBytes,
            TrainTokens = content.TrainTokens,
            ValidationTokens = content.ValidationTokens,
            Tokenizer = tokenizer,
            Instructions = spec.Instructions is not { } instructions ? null : new InstructionFacts(
                spec.Template,
                instructions.MaskPrompt,
                instructions.Packing == Packing.Padded ? instructions.SequenceLength + 1 : null,
                content.TruncatedCount),
            Lengths = content.Lengths,
            SkippedCount = source.SkippedCount,
            Skipped = source.Skipped,
            Files = content.Files,
        };

    private static void Complete(JobContext context, DatasetManifest manifest)
    {
        var work = Path.Combine(context.Folder, WorkFolder);
        // What an attempt that was killed right here had moved already is replaced.
        foreach (var file in manifest.Files)
            File.Move(Path.Combine(work, file.Name), Path.Combine(context.Folder, file.Name), overwrite: true);
        Directory.Delete(work, recursive: true);
        AtomicFile.FlushFolder(context.Folder);
        AtomicFile.Write(
            Path.Combine(context.Folder, DatasetManifest.FileName),
            JsonSerializer.SerializeToUtf8Bytes(manifest, WorkspaceJson.Indented));
    }

    private static Platform.Datasets.DatasetKind KindOf(Kind kind) => kind switch
    {
        Kind.Tokens => Platform.Datasets.DatasetKind.Tokens,
        Kind.Items => Platform.Datasets.DatasetKind.Items,
        _ => Platform.Datasets.DatasetKind.Documents,
    };
}
