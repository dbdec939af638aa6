using System.CommandLine;
using Google.Protobuf;
using Grpc.Core;
using Platform.Cli.Output;
using Platform.Contracts.Tokenizer.V1;
using Platform.Specs;

namespace Platform.Cli.Commands;

/// <summary><c>platform tokenizer encode</c>, <c>encode-stream</c>, <c>decode</c> and <c>count</c>.</summary>
internal static class TokenizerTextCommands
{
    public static void AddTo(Command command)
    {
        AddEncode(command);
        AddEncodeStream(command);
        AddDecode(command);
        AddCount(command);
    }

    private static void AddEncode(Command command)
    {
        var name = Ask.Name("tokenizers");
        var text = new Option<string?>("--text") { Description = "The text; else standard input." };
        var pieces = new Option<bool>("--pieces") { Description = "Show each token with its bytes and code points." };
        var special = AllowSpecial();
        command.AddVerb("encode", "Encode a text into token ids.", [name, text, pieces, special],
            async (context, cancellationToken) =>
            {
                var response = await context.Clients.Tokenizers.EncodeAsync(
                    new EncodeRequest
                    {
                        Tokenizer = Ask.Full("tokenizers", context.Get(name)),
                        Texts = { context.Get(text) ?? await Console.In.ReadToEndAsync(cancellationToken) },
                        AllowSpecial = context.Get(special),
                        IncludePieces = context.Get(pieces),
                    },
                    cancellationToken: cancellationToken);
                var encoded = response.Texts[0];
                context.Output.Write(encoded, () =>
                {
                    if (!context.Get(pieces))
                        context.Output.WriteLine(string.Join(' ', encoded.Ids));
                    foreach (var piece in encoded.Pieces)
                    {
                        context.Output.WriteLine(
                            $"{piece.Id,8}  {Printable.Bytes(piece.Bytes.Span),-20}  "
                            + $"{Convert.ToHexStringLower(piece.Bytes.Span)}  {Printable.CodePoints(piece.Bytes.Span)}"
                                .TrimEnd());
                    }
                });
                return ExitCodes.Ok;
            });
    }

    private static void AddDecode(Command command)
    {
        var name = Ask.Name("tokenizers");
        var ids = new Argument<int[]>("IDS") { Description = "Token ids." };
        command.AddVerb("decode", "Decode token ids into text.", [name, ids], async (context, cancellationToken) =>
        {
            var response = await context.Clients.Tokenizers.DecodeAsync(
                new DecodeRequest
                {
                    Tokenizer = Ask.Full("tokenizers", context.Get(name)),
                    Sequences = { new TokenIds { Ids = { context.Get(ids) } } },
                },
                cancellationToken: cancellationToken);
            context.Output.Write(response, () => context.Output.WriteLine(response.Texts[0]));
            return ExitCodes.Ok;
        });
    }

    private static void AddEncodeStream(Command command)
    {
        var name = Ask.Name("tokenizers");
        var file = new Argument<string?>("FILE")
        {
            Description = "A text of any size; none: standard input.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var special = AllowSpecial();
        command.AddVerb(
            "encode-stream",
            "Encode a text of any size and print token ids as they become certain.",
            [name, file, special],
            async (context, cancellationToken) =>
            {
                if (context.Get(file) is { } missing && !File.Exists(missing))
                    throw new SpecException($"There is no file '{missing}' here.");
                await using var text = context.Get(file) is { } path
                    ? File.OpenRead(path)
                    : Console.OpenStandardInput();
                using var call = context.Clients.Tokenizers.EncodeStream(cancellationToken: cancellationToken);
                var settings = new EncodeStreamSettings
                {
                    Tokenizer = Ask.Full("tokenizers", context.Get(name)),
                    AllowSpecial = context.Get(special),
                };
                var sending = SendAsync(call.RequestStream, settings, text, cancellationToken);
                var separator = string.Empty;
                await foreach (var part in call.ResponseStream.ReadAllAsync(cancellationToken))
                {
                    context.Output.Write(part, () =>
                    {
                        if (part.Ids.Count == 0)
                            return;
                        context.Output.Write(separator + string.Join(' ', part.Ids));
                        separator = " ";
                    });
                }

                await sending;
                context.Output.WriteLine(string.Empty);
                return ExitCodes.Ok;
            });
    }

    private static async Task SendAsync(
        IClientStreamWriter<EncodeStreamRequest> requests, EncodeStreamSettings settings, Stream text,
        CancellationToken cancellationToken)
    {
        try
        {
            await requests.WriteAsync(new EncodeStreamRequest { Settings = settings }, cancellationToken);
            var buffer = new byte[Uploads.ChunkBytes];
            while (await text.ReadAsync(buffer, cancellationToken) is var read and > 0)
            {
                await requests.WriteAsync(
                    new EncodeStreamRequest { Text = ByteString.CopyFrom(buffer.AsSpan(0, read)) }, cancellationToken);
            }

            await requests.CompleteAsync();
        }
        catch (Exception e) when (e is RpcException or InvalidOperationException)
        {
            // The server ended the call early; its answers say why.
        }
    }

    private static void AddCount(Command command)
    {
        var name = Ask.Name("tokenizers");
        var text = new Option<string?>("--text") { Description = "A text; else files or standard input." };
        var files = new Argument<string[]>("FILES")
        {
            Description = "Files here.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var special = AllowSpecial();
        command.AddVerb("count", "Count the tokens of texts.", [name, files, text, special],
            async (context, cancellationToken) =>
            {
                var texts = new List<ComparisonText>();
                if (context.Get(text) is { } given)
                    texts.Add(new ComparisonText { Name = "text", Text = given });
                if (context.Get(files).FirstOrDefault(Uploads.IsReference) is { } reference)
                    throw new SpecException($"'{reference}' is no file here; tokenizer compare counts it.");
                texts.AddRange(await LocalTexts.ReadAsync(context.Get(files), cancellationToken));
                if (texts.Count == 0)
                {
                    texts.Add(new ComparisonText
                    {
                        Name = "standard input",
                        Text = await Console.In.ReadToEndAsync(cancellationToken),
                    });
                }

                var request = new CountTokensRequest
                {
                    Tokenizer = Ask.Full("tokenizers", context.Get(name)),
                    AllowSpecial = context.Get(special),
                };
                request.Texts.AddRange(texts.Select(one => one.Text));
                var response = await context.Clients.Tokenizers.CountTokensAsync(
                    request, cancellationToken: cancellationToken);
                var names = new Queue<string>(texts.Select(one => one.Name));
                context.Output.WriteTable(
                    response.Texts,
                    ("TEXT", _ => names.Dequeue()),
                    ("TOKENS", counted => Figures.Count(counted.TokenCount)),
                    ("BYTES", counted => Figures.Count(counted.TextBytes)));
                return ExitCodes.Ok;
            });
    }

    private static Option<bool> AllowSpecial() =>
        new("--allow-special") { Description = "Read special tokens' texts as such." };
}
