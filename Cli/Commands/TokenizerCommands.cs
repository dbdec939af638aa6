using System.CommandLine;
using Google.Protobuf;
using Platform.Cli.Output;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform tokenizer …</c></summary>
internal static class TokenizerCommands
{
    public static Command Create()
    {
        var command = new Command("tokenizer", "Train, import, export and compare tokenizers; encode and decode.");
        AddTrain(command);
        TokenizerTextCommands.AddTo(command);
        TokenizerFileCommands.AddTo(command);
        TokenizerStudyCommands.AddTo(command);
        command.AddVerb("list", "List tokenizers.", [], ListAsync);
        var name = Ask.Name("tokenizers");
        command.AddVerb("show", "Show one tokenizer.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Tokenizers.GetTokenizerAsync(
                new GetTokenizerRequest { Name = Ask.Full("tokenizers", context.Get(name)) },
                cancellationToken: cancellationToken);
            context.Output.WriteJson(response.Tokenizer);
            return ExitCodes.Ok;
        });
        command.AddVerb("cancel", "End a training.", [name], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Tokenizers.CancelTokenizerAsync(
                new CancelTokenizerRequest { Name = Ask.Full("tokenizers", context.Get(name)) },
                cancellationToken: cancellationToken);
            context.Output.Write(response.Tokenizer, () => PrintEnd(context.Output, response.Tokenizer));
            return ExitCodes.Ok;
        });
        command.AddVerb("delete", "Delete a tokenizer.", [name], async (context, cancellationToken) =>
        {
            var full = Ask.Full("tokenizers", context.Get(name));
            await context.Clients.Tokenizers.DeleteTokenizerAsync(
                new DeleteTokenizerRequest { Name = full }, cancellationToken: cancellationToken);
            context.Output.WriteLine($"Deleted {full}.");
            return ExitCodes.Ok;
        });
        return command;
    }

    private static void AddTrain(Command command)
    {
        var spec = Ask.SpecFile();
        var input = new Option<string[]>("--input", "-i")
        {
            Description = "Training text: a file here (it is uploaded), datasets/ID, uploads/ID or "
                + "path:/on/the/server; - sends standard input.",
        };
        var size = new Option<int?>("--vocab-size") { Description = "Tokens in all." };
        var pattern = new Option<string?>("--pattern") { Description = "gpt2, cl100k, o200k or a regular expression." };
        var special = new Option<string[]>("--special-token")
        {
            Description = "A special token, in place of <|endoftext|>; may be given several times.",
        };
        var minFrequency = new Option<long?>("--min-frequency")
        {
            Description = "Pairs that occur less often are not merged (2 unless told otherwise).",
        };
        var skip = new Option<bool>("--skip-bad-records")
        {
            Description = "Pass over records with something wrong in them, count and list them.",
        };
        var characters = new Option<bool>("--characters") { Description = "One token a character in place of BPE." };
        var (id, displayName, set, detach) = (Ask.Id(), Ask.DisplayName(), Ask.Set(), Ask.Detach());
        command.AddVerb(
            "train",
            "Train a tokenizer.",
            [spec, input, size, pattern, special, minFrequency, characters, skip, id, displayName, set, detach],
            async (context, cancellationToken) =>
            {
                var request = new CreateTokenizerRequest
                {
                    TokenizerId = context.Get(id) ?? string.Empty,
                    DisplayName = context.Get(displayName) ?? string.Empty,
                    Spec = new TokenizerSpec(),
                };
                if (context.Get(spec) is { } file)
                    SpecFile.ReadInto(request.Spec, file);
                request.Spec.VocabularySize = context.Get(size) ?? request.Spec.VocabularySize;
                request.Spec.Pattern = context.Get(pattern) ?? request.Spec.Pattern;
                request.Spec.MinFrequency = context.Get(minFrequency) ?? request.Spec.MinFrequency;
                if (context.Get(special) is { Length: > 0 } tokens)
                    request.Spec.SpecialTokens = new SpecialTokens { Tokens = { tokens } };
                if (context.Get(characters))
                    request.Spec.Algorithm = Algorithm.Character;
                request.Spec.SkipBadRecords |= context.Get(skip);
                foreach (var assignment in context.Get(set) ?? [])
                    SpecAssignment.Apply(request.Spec, assignment);
                var created = await CreateAsync(context, request, context.Get(input) ?? [], cancellationToken);
                if (!context.Get(detach))
                    return await FollowAsync(context, created.Name, cancellationToken);
                context.Output.Write(created, () => context.Output.WriteLine($"{created.Name} is queued."));
                return ExitCodes.Ok;
            });
    }

    private static async Task<Tokenizer> CreateAsync(
        CommandContext context, CreateTokenizerRequest request, string[] inputs, CancellationToken cancellationToken)
    {
        if (inputs is ["-"])
            return await StreamAsync(context, request, Console.OpenStandardInput(), cancellationToken);
        request.Spec.Inputs.AddRange(await Uploads.ResolveAsync(context, inputs, cancellationToken));
        var created = await context.Clients.Tokenizers.CreateTokenizerAsync(
            request, cancellationToken: cancellationToken);
        return created.Tokenizer;
    }

    private static async Task<Tokenizer> StreamAsync(
        CommandContext context, CreateTokenizerRequest request, Stream text, CancellationToken cancellationToken)
    {
        using var call = context.Clients.Tokenizers.CreateTokenizerFromStream(cancellationToken: cancellationToken);
        var isOpen = await Uploads.WriteAsync(call, new CreateTokenizerFromStreamRequest { Request = request });
        var buffer = new byte[Uploads.ChunkBytes];
        while (isOpen && await text.ReadAsync(buffer, cancellationToken) is var read and > 0)
        {
            isOpen = await Uploads.WriteAsync(
                call, new CreateTokenizerFromStreamRequest { Text = ByteString.CopyFrom(buffer.AsSpan(0, read)) });
        }

        return (await Uploads.FinishAsync(call)).Tokenizer;
    }

    /// <summary>Waits for a training's or an import's end and tells it.</summary>
    public static async Task<int> FollowAsync(CommandContext context, string name, CancellationToken cancellationToken)
    {
        var tokenizer = await Watching.TokenizerAsync(context, name, cancellationToken);
        PrintEnd(context.Output, tokenizer);
        return tokenizer.State == State.Succeeded ? ExitCodes.Ok : ExitCodes.Failed;
    }

    private static async Task<int> ListAsync(CommandContext context, CancellationToken cancellationToken)
    {
        var tokenizers = await Pages.AllAsync(
            async token =>
            {
                var page = await context.Clients.Tokenizers.ListTokenizersAsync(
                    new ListTokenizersRequest { PageToken = token }, cancellationToken: cancellationToken);
                return (page.Tokenizers, page.NextPageToken);
            });
        context.Output.WriteTable(
            tokenizers,
            ("NAME", t => t.Name),
            ("STATE", t => Figures.Of(t.State)),
            ("TOKENS", t => Figures.Count(t.VocabularySize)),
            ("TRAINED ON", t => t.BuiltIn ? "built in"
                : t.Spec?.Import is not null ? "imported" : Figures.Bytes(t.TrainedBytes)),
            ("CREATED", t => Figures.Time(t.CreateTime)));
        return ExitCodes.Ok;
    }

    private static void PrintEnd(CliOutput output, Tokenizer tokenizer)
    {
        if (tokenizer.State == State.Succeeded)
        {
            output.WriteLine(
                $"{tokenizer.Name}: {Figures.Count(tokenizer.VocabularySize)} tokens"
                + (tokenizer.Spec?.Import is null ? $" from {Figures.Bytes(tokenizer.TrainedBytes)} of text." : "."));
            SkippedRecords.Print(output, tokenizer.SkippedCount, tokenizer.Skipped);
        }
        else
        {
            Ended.Print(output, tokenizer.Name, tokenizer.State, tokenizer.Error);
        }
    }
}
