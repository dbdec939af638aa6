using System.CommandLine;
using System.Globalization;
using Grpc.Core;
using Platform.Contracts.Tokenizer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform tokenizer import</c> and <c>export</c>.</summary>
internal static class TokenizerFileCommands
{
    private const string HubPrefix = "hf:";

    private static readonly Dictionary<string, TokenizerFormat> s_formats = new()
    {
        ["hf"] = TokenizerFormat.HuggingFace,
        ["vocab-merges"] = TokenizerFormat.VocabMerges,
        ["tiktoken"] = TokenizerFormat.Tiktoken,
    };

    public static void AddTo(Command command)
    {
        AddImport(command);
        AddExport(command);
    }

    private static void AddImport(Command command)
    {
        var files = new Argument<string[]>("FILES")
        {
            Description = "tokenizer.json; vocab.json and merges.txt; a .tiktoken file (with tiktoken.json); "
                + "a .gguf file: here (they are uploaded), uploads/ID, path:/on/the/server; or hf:REPOSITORY.",
            Arity = ArgumentArity.OneOrMore,
        };
        var pattern = new Option<string?>("--pattern")
        {
            Description = "gpt2, cl100k, o200k or a regular expression, where the files do not say it.",
        };
        var special = new Option<string[]>("--special")
        {
            Description = "A special token of a .tiktoken file; may be given often.",
            HelpName = "TEXT=ID",
        };
        var (id, displayName) = (Ask.Id(), Ask.DisplayName());
        command.AddVerb(
            "import",
            "Import a tokenizer from files or a hub; with --id gpt2, r50k, cl100k or o200k that one's own files.",
            [files, pattern, special, id, displayName],
            async (context, cancellationToken) =>
            {
                var import = new TokenizerImport { Pattern = context.Get(pattern) ?? string.Empty };
                import.SpecialTokens.AddRange((context.Get(special) ?? []).Select(ParseSpecial));
                foreach (var file in context.Get(files))
                {
                    import.Inputs.AddRange(file.StartsWith(HubPrefix, StringComparison.Ordinal)
                        ? [file]
                        : await Uploads.ResolveAsync(context, FilesOf(file), cancellationToken));
                }

                var created = await context.Clients.Tokenizers.CreateTokenizerAsync(
                    new CreateTokenizerRequest
                    {
                        TokenizerId = context.Get(id) ?? string.Empty,
                        DisplayName = context.Get(displayName) ?? string.Empty,
                        Spec = new TokenizerSpec { Import = import },
                    },
                    cancellationToken: cancellationToken);
                return await TokenizerCommands.FollowAsync(context, created.Tokenizer.Name, cancellationToken);
            });
    }

    private static void AddExport(Command command)
    {
        var name = Ask.Name("tokenizers");
        var format = new Option<string>("--format")
        {
            Description = $"{string.Join(", ", s_formats.Keys)} (default hf: tokenizer.json).",
            DefaultValueFactory = _ => "hf",
        };
        format.AcceptOnlyFromAmong([.. s_formats.Keys]);
        var folder = new Option<string>("--out", "-o")
        {
            Description = "The folder to write into (default: here).",
            DefaultValueFactory = _ => ".",
        };
        command.AddVerb("export", "Write a tokenizer's files.", [name, format, folder],
            async (context, cancellationToken) =>
            {
                using var call = context.Clients.Tokenizers.ExportTokenizer(
                    new ExportTokenizerRequest
                    {
                        Name = Ask.Full("tokenizers", context.Get(name)),
                        Format = s_formats[context.Get(format)!],
                    },
                    cancellationToken: cancellationToken);
                var written = new List<string>();
                Directory.CreateDirectory(context.Get(folder)!);
                await foreach (var part in call.ResponseStream.ReadAllAsync(cancellationToken))
                {
                    // A name from the wire must not lead out of the folder.
                    var path = Path.Combine(context.Get(folder)!, Path.GetFileName(part.FileName));
                    var isNew = !written.Contains(path);
                    if (isNew)
                        written.Add(path);
                    await using var file = new FileStream(path, isNew ? FileMode.Create : FileMode.Append);
                    await file.WriteAsync(part.Chunk.Memory, cancellationToken);
                }

                foreach (var path in written)
                    context.Output.WriteLine($"Wrote {path}.");
                return ExitCodes.Ok;
            });
    }

    /// <summary>A folder here stands for the files in it.</summary>
    private static string[] FilesOf(string file) => Directory.Exists(file) ? Directory.GetFiles(file) : [file];

    private static SpecialToken ParseSpecial(string text)
    {
        var equals = text.LastIndexOf('=');
        return equals > 0
            && int.TryParse(text[(equals + 1)..], NumberStyles.None, CultureInfo.InvariantCulture, out var id)
            ? new SpecialToken { Text = text[..equals], Id = id }
            : throw new SpecException($"'{text}' is not of the form TEXT=ID.");
    }
}
