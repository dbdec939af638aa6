using System.Text;
using Google.Protobuf;
using Grpc.Core;
using Platform.Contracts.Common.V1;
using Platform.Contracts.Tokenizer.V1;

namespace Platform.FakeSuite.Services;

internal sealed class FakeTokenizers(World world) : TokenizerService.TokenizerServiceBase
{
    private const int MostTokenBytes = 5;

    public override Task<CreateTokenizerResponse> CreateTokenizer(
        CreateTokenizerRequest request, ServerCallContext context)
    {
        if (request.Spec.Inputs.Count == 0 && request.Spec.Import is null)
            throw Refusal.Field("spec.inputs", "At least one is needed.");
        var tokenizer = new Tokenizer
        {
            Name = "tokenizers/" + (request.TokenizerId.Length > 0 ? request.TokenizerId : "quick-wren-1a2b"),
            State = State.Queued,
            Spec = request.Spec,
            CreateTime = World.Now,
        };
        if (tokenizer.Spec.VocabularySize == 0)
            tokenizer.Spec.VocabularySize = 8_192;
        world.Change(() => world.Tokenizers.Insert(0, tokenizer));
        return Task.FromResult(new CreateTokenizerResponse { Tokenizer = tokenizer.Clone() });
    }

    public override Task<ListTokenizersResponse> ListTokenizers(
        ListTokenizersRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListTokenizersResponse();
            answer.Tokenizers.AddRange(world.Tokenizers.Select(t => t.Clone()));
            return Task.FromResult(answer);
        }
    }

    public override Task<DeleteTokenizerResponse> DeleteTokenizer(
        DeleteTokenizerRequest request, ServerCallContext context) =>
        throw Refusal.Conflict($"{request.Name} is used by datasets/stories-tokens.");

    public override Task WatchTokenizers(
        WatchTokenizersRequest request,
        IServerStreamWriter<WatchTokenizersResponse> stream,
        ServerCallContext context) =>
        Watching.ListAsync(
            world,
            () => world.Tokenizers,
            item => item.Name,
            (all, changed, removed) => stream.WriteAsync(all is not null
                ? new() { Snapshot = new() { Tokenizers = { all } } }
                : changed is not null ? new() { Changed = changed } : new() { Removed = removed }),
            context.CancellationToken);

    public override async Task WatchTokenizer(
        WatchTokenizerRequest request, IServerStreamWriter<WatchTokenizerResponse> stream, ServerCallContext context)
    {
        Tokenizer? sent = null;
        await Watching.EachChangeAsync(world, SendAsync, context.CancellationToken);

        async Task<bool> SendAsync()
        {
            Tokenizer now;
            lock (world.Lock)
            {
                now = world.Tokenizers.Find(t => t.Name == request.Name)?.Clone()
                    ?? throw Refusal.NotFound(request.Name);
            }

            if (!now.Equals(sent))
                await stream.WriteAsync(new() { Tokenizer = sent = now }, context.CancellationToken);
            return now.State is State.Running or State.Queued;
        }
    }

    // Words in pieces of at most five bytes: like a tokenizer's, they may end inside a character.
    public override Task<EncodeResponse> Encode(EncodeRequest request, ServerCallContext context)
    {
        var answer = new EncodeResponse();
        foreach (var text in request.Texts)
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            var encoded = new EncodedText { TextBytes = bytes.Length };
            for (var begin = 0; begin < bytes.Length;)
            {
                var end = begin + 1;
                while (end < bytes.Length && end - begin < MostTokenBytes && bytes[end] != ' ')
                    end++;
                var piece = bytes[begin..end];
                var id = piece.Aggregate(7, (hash, b) => ((hash * 31) + b) % 2_047);
                encoded.Ids.Add(id);
                encoded.Pieces.Add(new TokenPiece { Id = id, Bytes = ByteString.CopyFrom(piece), OffsetBytes = begin });
                begin = end;
            }

            answer.Texts.Add(encoded);
        }

        return Task.FromResult(answer);
    }

    public override Task<StudyVocabularyResponse> StudyVocabulary(
        StudyVocabularyRequest request, ServerCallContext context)
    {
        if (request.Text.Text.Length + request.Text.Input.Length == 0)
            throw Refusal.Field("text", "It is empty.");
        var answer = new StudyVocabularyResponse();
        for (var size = 512; size <= 2_048; size *= 2)
        {
            answer.Points.Add(new VocabularyPoint
            {
                VocabularySize = size,
                TokenCount = 4_000_000 / size,
                BytesPerToken = 1 + size / 1_024.0,
                WholeWordShare = size / 4_096.0,
                UnusedTokenCount = size / 10,
                EmbeddingParameterCount = (long)size * (request.NEmbd == 0 ? 768 : request.NEmbd),
            });
        }

        return Task.FromResult(answer);
    }

    public override Task<CompareTokenizersResponse> CompareTokenizers(
        CompareTokenizersRequest request, ServerCallContext context)
    {
        var answer = new CompareTokenizersResponse();
        foreach (var text in request.Texts)
        {
            var bytes = Encoding.UTF8.GetByteCount(text.Text);
            answer.Figures.AddRange(request.Tokenizers.Select((name, i) => new ComparisonFigures
            {
                Tokenizer = name,
                TokenCount = bytes / (i + 3),
                TextBytes = bytes,
                CharacterCount = text.Text.Length,
                WordCount = 12,
                WholeWordCount = 6 + i,
                BytesPerToken = i + 3,
                CharactersPerToken = i + 2.5,
                WholeWordShare = (6 + i) / 12.0,
            }));
        }

        return Task.FromResult(answer);
    }
}
