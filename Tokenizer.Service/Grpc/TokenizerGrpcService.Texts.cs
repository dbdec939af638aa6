using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Tokenizer.V1;
using Platform.ServiceDefaults;
using Platform.Tokenization;
using Platform.Workspaces.Errors;
using Format = Platform.Contracts.Tokenizer.V1.TokenizerFormat;

namespace Platform.TokenizerHost.Grpc;

/// <content>The calls that use tokenizers: on texts, and to give them away.</content>
internal sealed partial class TokenizerGrpcService
{
    private const int MaxBatch = 1000;
    private const int MaxTokensPerMessage = 1 << 18;

    // A piece takes about 20 bytes of the answer for each token.
    private const int MaxBytesWithPieces = 512 * 1024;

    public override Task<EncodeResponse> Encode(EncodeRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        CheckBatch(request.Texts.Count, "texts", violations);
        violations.Require(
            !request.IncludePieces || request.Texts.Sum(Encoding.UTF8.GetByteCount) <= MaxBytesWithPieces,
            "include_pieces", $"With pieces, the texts have at most {MaxBytesWithPieces} bytes together.");
        violations.ThrowIfAny();

        var tokenizer = catalog.Get(request.Tokenizer, "tokenizer");
        var response = new EncodeResponse();
        for (var i = 0; i < request.Texts.Count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var utf8 = Encoding.UTF8.GetBytes(request.Texts[i]);
            response.Texts.Add(Guard($"texts[{i}]", () =>
                TokenizerMessages.From(tokenizer, utf8, request.AllowSpecial, request.IncludePieces)));
        }

        return Task.FromResult(response);
    }

    public override Task<DecodeResponse> Decode(DecodeRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        CheckBatch(request.Sequences.Count, "sequences", violations);
        violations.ThrowIfAny();

        var tokenizer = catalog.Get(request.Tokenizer, "tokenizer");
        var response = new DecodeResponse();
        for (var i = 0; i < request.Sequences.Count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var ids = request.Sequences[i].Ids.ToArray();
            for (var j = 0; j < ids.Length; j++)
            {
                violations.Require(tokenizer.IsToken(ids[j]), $"sequences[{i}].ids[{j}]",
                    $"{ids[j]} is no token of {request.Tokenizer}, "
                    + $"whose vocabulary size is {tokenizer.VocabularySize}.");
                violations.ThrowIfAny();
            }

            if (request.SkipSpecial)
                ids = [.. ids.Where(id => !tokenizer.IsSpecial(id))];
            var bytes = tokenizer.DecodeBytes(ids);
            response.Texts.Add(Encoding.UTF8.GetString(bytes));
            response.TextsBytes.Add(UnsafeByteOperations.UnsafeWrap(bytes));
        }

        return Task.FromResult(response);
    }

    public override Task<CountTokensResponse> CountTokens(CountTokensRequest request, ServerCallContext context)
    {
        var violations = new Violations();
        CheckBatch(request.Texts.Count, "texts", violations);
        violations.ThrowIfAny();
        var tokenizer = catalog.Get(request.Tokenizer, "tokenizer");
        var response = new CountTokensResponse();
        for (var i = 0; i < request.Texts.Count; i++)
        {
            context.CancellationToken.ThrowIfCancellationRequested();
            var utf8 = Encoding.UTF8.GetBytes(request.Texts[i]);
            response.Texts.Add(new CountedText
            {
                TokenCount = Guard($"texts[{i}]", () => tokenizer.CountTokens(utf8, Handling(request.AllowSpecial))),
                TextBytes = utf8.Length,
            });
        }

        return Task.FromResult(response);
    }

    public override async Task EncodeStream(
        IAsyncStreamReader<EncodeStreamRequest> requestStream,
        IServerStreamWriter<EncodeStreamResponse> responseStream,
        ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        if (!await requestStream.MoveNext(call.Token) || requestStream.Current.Settings is not { } settings)
            throw new InvalidArgumentException("settings", "The first message must say how to encode.");
        var encoder = catalog.Get(settings.Tokenizer, "settings.tokenizer")
            .CreateStreamEncoder(Handling(settings.AllowSpecial));
        var tokens = new TokenBuffer();
        var (taken, begun) = (0L, false);
        while (await requestStream.MoveNext(call.Token))
        {
            var part = requestStream.Current;
            if (part.PartCase == EncodeStreamRequest.PartOneofCase.Settings)
                throw new InvalidArgumentException("text", "Every message but the first carries text.");
            (taken, begun) = (taken + part.Text.Length, true);
            Guard("text", () =>
            {
                encoder.Append(part.Text.Span, tokens);
                if (part.EndsText)
                    encoder.Finish(tokens);
                return true;
            });
            if (tokens.Count > 0 || part.EndsText)
                await SendAsync(part.EndsText);
            if (part.EndsText)
                (taken, begun) = (0, false);
        }

        if (!begun)
            return;
        Guard("text", () =>
        {
            encoder.Finish(tokens);
            return true;
        });
        await SendAsync(endsText: true);

        async Task SendAsync(bool endsText)
        {
            for (var sent = 0; sent == 0 || sent < tokens.Count; sent += MaxTokensPerMessage)
            {
                var isLast = sent + MaxTokensPerMessage >= tokens.Count;
                var response = new EncodeStreamResponse
                {
                    TextBytes = taken - encoder.PendingBytes,
                    EndsText = endsText && isLast,
                };
                response.Ids.AddRange(
                    tokens.Tokens[sent..Math.Min(tokens.Count, sent + MaxTokensPerMessage)].ToArray());
                await responseStream.WriteAsync(response, call.Token);
            }

            tokens.Clear();
        }
    }

    public override Task<CompareTokenizersResponse> CompareTokenizers(
        CompareTokenizersRequest request, ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        return Task.FromResult(measures.Compare(request, call.Token));
    }

    public override Task<StudyVocabularyResponse> StudyVocabulary(
        StudyVocabularyRequest request, ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        return Task.FromResult(measures.Study(request, call.Token));
    }

    public override async Task ExportTokenizer(
        ExportTokenizerRequest request, IServerStreamWriter<ExportTokenizerResponse> responseStream,
        ServerCallContext context)
    {
        using var call = lifetime.LinkCall(context);
        if (!Enum.IsDefined(request.Format))
            throw new InvalidArgumentException("format", $"{request.Format} is no format.");
        var tokenizer = catalog.Get(request.Name, "name");
        var folder = Directory.CreateTempSubdirectory("tokenizer-");
        try
        {
            foreach (var name in Export(tokenizer, request.Format, folder.FullName))
                await SendAsync(Path.Combine(folder.FullName, name), responseStream, call.Token);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static IReadOnlyList<string> Export(TextTokenizer tokenizer, Format format, string folder)
    {
        try
        {
            return TokenizerFiles.Export(tokenizer, format switch
            {
                Format.VocabMerges => Tokenization.TokenizerFormat.VocabMerges,
                Format.Tiktoken => Tokenization.TokenizerFormat.Tiktoken,
                _ => Tokenization.TokenizerFormat.HuggingFace,
            }, folder);
        }
        catch (TokenizerFormatException e)
        {
            throw new FailedPreconditionException("FORMAT_DOES_NOT_FIT", e.Message, e);
        }
    }

    private static async Task SendAsync(
        string path, IServerStreamWriter<ExportTokenizerResponse> responseStream, CancellationToken cancellationToken)
    {
        await using var file = File.OpenRead(path);
        var buffer = new byte[MaxChunkBytes];
        do
        {
            var length = await file.ReadAtLeastAsync(buffer, buffer.Length, false, cancellationToken);
            await responseStream.WriteAsync(
                new ExportTokenizerResponse
                {
                    FileName = Path.GetFileName(path),
                    Chunk = ByteString.CopyFrom(buffer, 0, length),
                },
                cancellationToken);
        }
        while (file.Position < file.Length);
    }

    private static SpecialTokenHandling Handling(bool allowSpecial) =>
        allowSpecial ? SpecialTokenHandling.Allowed : SpecialTokenHandling.AsText;

    /// <summary>Encodes; what a tokenizer cannot encode is the caller's to mend.</summary>
    private static T Guard<T>(string field, Func<T> encode)
    {
        try
        {
            return encode();
        }
        catch (Exception e) when (e is UnknownCharacterException or UncutTextException or TokenizerFormatException)
        {
            throw new InvalidArgumentException(field, e.Message);
        }
    }

    private static void CheckBatch(int count, string field, Violations violations) =>
        violations.Require(count <= MaxBatch, field, $"At most {MaxBatch} at once; not {count}.");
}
