using Grpc.Core;
using Platform.Contracts.Inference.V1;

namespace Platform.FakeSuite.Services;

internal sealed class FakeInference(World world) : InferenceService.InferenceServiceBase
{
    private const string Story =
        " there was a baker called Mira who lived by the river . Every morning she carried warm bread to the old mill ,"
        + " and the miller gave her flour in return . One day the brass key was gone .";

    public override Task<ListModelsResponse> ListModels(ListModelsRequest request, ServerCallContext context)
    {
        lock (world.Lock)
        {
            var answer = new ListModelsResponse { MemoryLimitBytes = 8_000_000_000 };
            answer.Models.AddRange(world.Models.Select(m => m.Clone()));
            return Task.FromResult(answer);
        }
    }

    public override Task<UnloadModelResponse> UnloadModel(UnloadModelRequest request, ServerCallContext context)
    {
        world.Change(() => world.Models.RemoveAll(m => m.Name == request.Name));
        return Task.FromResult(new UnloadModelResponse());
    }

    public override async Task StreamGenerate(
        StreamGenerateRequest request, IServerStreamWriter<StreamGenerateResponse> stream, ServerCallContext context)
    {
        if (request.Sampling.HasTemperature && request.Sampling.Temperature is < 0 or > 10)
            throw Refusal.Field("sampling.temperature", "Must be 0 to 10.");
        var words = Story.Split(' ', StringSplitOptions.RemoveEmptyEntries);
        var most = request.Sampling.HasMaxTokens ? request.Sampling.MaxTokens : 128;
        world.Change(() => world.ActiveGenerations++);
        try
        {
            for (var i = 0; i < most; i++)
            {
                await Task.Delay(TimeSpan.FromSeconds(world.TokenSeconds), context.CancellationToken);
                // A tuned model goes another way behind the fourth word.
                var word = i == 4 && request.Model.Contains("lora", StringComparison.Ordinal)
                    ? "named"
                    : words[i % words.Length];
                var part = new StreamGenerateResponse { Text = " " + word };
                part.TokenIds.Add(i);
                if (request.Sampling.HasLogprobs)
                    part.Logprobs.Add(Score(i, word));
                await stream.WriteAsync(part, context.CancellationToken);
            }

            await stream.WriteAsync(
                new()
                {
                    FinishReason = FinishReason.Length,
                    Seed = request.Sampling.HasSeed ? request.Sampling.Seed : 4_711,
                    Usage = new()
                    {
                        PromptTokens = 4,
                        CompletionTokens = most,
                        FirstTokenSeconds = world.TokenSeconds,
                        TokensPerSecond = 1 / world.TokenSeconds,
                    },
                },
                context.CancellationToken);
        }
        finally
        {
            world.Change(() => world.ActiveGenerations--);
        }
    }

    // Half a chance each, and the same for one other.
    private static TokenLogprob Score(int id, string word) => new()
    {
        TokenId = id,
        Token = Google.Protobuf.ByteString.CopyFromUtf8(" " + word),
        Logprob = Math.Log(0.5),
        Top =
        {
            new TopLogprob
            {
                TokenId = id,
                Token = Google.Protobuf.ByteString.CopyFromUtf8(" " + word),
                Logprob = Math.Log(0.5),
            },
            new TopLogprob
            {
                TokenId = 9,
                Token = Google.Protobuf.ByteString.CopyFromUtf8(" duck"),
                Logprob = Math.Log(0.25),
            },
        },
    };
}
