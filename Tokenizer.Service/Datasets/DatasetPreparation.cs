using System.Security.Cryptography;
using System.Text.Json;
using Google.Protobuf;
using Platform.Contracts.Tokenizer.V1;
using Platform.Datasets;
using Platform.Datasets.Preparation;
using Platform.Tokenization;
using Platform.TokenizerHost.Jobs;
using Platform.TokenizerHost.Tokenizers;
using Platform.Workspaces;
using Platform.Workspaces.Errors;
using Kind = Platform.Contracts.Tokenizer.V1.DatasetKind;

namespace Platform.TokenizerHost.Datasets;

/// <summary>Makes a data set from its spec: reads, encodes, writes, and completes it with its manifest.</summary>
internal sealed class DatasetPreparation(
    InputFiles inputs, TokenizerCatalog tokenizers, DataRoot root, TimeProvider time) : IJobWork
{
    /// <summary>Where files are written before they get their place, so that none is seen half written.</summary>
    private const string WorkFolder = ".work";

    public static string Collection => "datasets";

    public bool IsComplete(string folder) => DatasetFolder.IsComplete(folder);

    public async Task RunAsync(JobContext context, CancellationToken cancellationToken)
    {
        var spec = JsonParser.Default.Parse<DatasetSpec>(context.Job.Spec.GetRawText());
        var work = Path.Combine(context.Folder, WorkFolder);
        Directory.CreateDirectory(work);
        var files = spec.Bundled is null ? inputs.Find(spec.Inputs) : [];
        var phase = spec.Kind == Kind.Tokens ? "encoding" : "reading";
        var source = new DatasetSource(spec, files, (done, total, unit) => context.Report(done, total, unit, phase));

        DatasetTokenizer? tokenizer = null;
        PreparedContent content;
        switch (spec.Kind)
        {
            case Kind.Items:
                content = ItemPreparation.Write(source.Items(), work, cancellationToken);
                break;
            case Kind.Tokens:
                (content, tokenizer) = await EncodeAsync(spec, source, work, cancellationToken);
                break;
            default:
                content = DocumentPreparation.Write(source.Documents(), work, cancellationToken);
                break;
        }

        cancellationToken.ThrowIfCancellationRequested();
        Complete(context, content, tokenizer, KindOf(spec.Kind));
    }

    private async Task<(PreparedContent, DatasetTokenizer)> EncodeAsync(
        DatasetSpec spec, DatasetSource source, string work, CancellationToken cancellationToken)
    {
        var tokenizer = tokenizers.Get(spec.Tokenizer, "spec.tokenizer");
        var problems = new Violations();
        DatasetSpecRules.ResolveSeparator(spec, tokenizer, problems);
        problems.ThrowIfAny();
        var separator = spec.DocumentSeparator ? tokenizer.EndOfText : null;
        var options = new TokenOptions
        {
            SeparatorId = separator,
            ValidationShare = spec.ValidationShare,
            ValidationFromTail = spec.ValidationSplit switch
            {
                ValidationSplit.Tail => true,
                ValidationSplit.Documents => false,
                _ => null,
            },
            ShardTokens = spec.ShardTokens,
            Seed = spec.Seed,
        };
        var content = await new TokenPreparation(tokenizer, options)
            .WriteAsync(source.Documents, work, cancellationToken);
        var copy = CopyTokenizer(spec.Tokenizer, tokenizer, work);
        var reference = new DatasetTokenizer(spec.Tokenizer, copy.Sha256, tokenizer.VocabularySize, separator);
        return (content with { Files = [.. content.Files, copy] }, reference);
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
            File.Copy(own, target);
        }
        else
        {
            var folder = Path.Combine(work, "tokenizer");
            Directory.CreateDirectory(folder);
            TokenizerFiles.Save(tokenizer, folder);
            File.Move(Path.Combine(folder, DatasetFolder.TokenizerFileName), target);
            Directory.Delete(folder, recursive: true);
        }

        var bytes = File.ReadAllBytes(target);
        return new DatasetFile(
            DatasetFolder.TokenizerFileName, bytes.Length, Convert.ToHexStringLower(SHA256.HashData(bytes)));
    }

    private void Complete(
        JobContext context, PreparedContent content, DatasetTokenizer? tokenizer, Platform.Datasets.DatasetKind kind)
    {
        var work = Path.Combine(context.Folder, WorkFolder);
        foreach (var file in content.Files)
            File.Move(Path.Combine(work, file.Name), Path.Combine(context.Folder, file.Name));
        Directory.Delete(work, recursive: true);
        AtomicFile.FlushFolder(context.Folder);
        var manifest = new DatasetManifest
        {
            Id = context.Job.Id,
            Kind = kind,
            Spec = context.Job.Spec,
            CompleteTime = time.GetUtcNow(),
            DocumentCount = content.DocumentCount,
            TextBytes = content.TextBytes,
            TrainTokens = content.TrainTokens,
            ValidationTokens = content.ValidationTokens,
            Tokenizer = tokenizer,
            Files = content.Files,
        };
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
