using Grpc.Core;
using Platform.Contracts.Inference.V1;
using Platform.Modeling;
using static TorchSharp.torch;

namespace Platform.Inference.Service.Tests;

public class VocabularyTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task FindUntrainedTokens_ShortEmbeddings_ComeFirst()
    {
        using var app = new InferenceApp();
        using var model = TinyModels.Create(app.Tokenizer);
        using (no_grad())
        {
            var embedding = model.named_parameters()
                .First(p => p.name.EndsWith("wte.weight", StringComparison.Ordinal)).parameter;
            embedding[70].TimesInPlace(0.01);
            embedding[71].TimesInPlace(0.02);
        }

        TinyModels.WriteCheckpoint(app.DataRoot, "a", 10, model, app.Tokenizer);

        var found = await Client(app).FindUntrainedTokensAsync(
            new FindUntrainedTokensRequest { Model = "runs/a", Count = 3 }, cancellationToken: Token);

        Assert.Equal([70, 71], found.Tokens.Take(2).Select(token => token.Id));
        Assert.Equal(3, found.Tokens.Count);
        Assert.True(found.Tokens[0].ZScore < found.Tokens[2].ZScore && found.Tokens[0].ZScore < -2);
        Assert.Equal(app.Tokenizer.TokenBytes(70).ToArray(), found.Tokens[0].Bytes.ToByteArray());
        // Padded rows of the embedding are no tokens.
        Assert.Equal(app.Tokenizer.VocabularySize, found.TokenCount);
    }

    [Fact]
    public async Task FindUntrainedTokens_NoSuchModel_IsRefused()
    {
        using var app = new InferenceApp();

        await InferenceApp.ThrowsAsync(StatusCode.NotFound, async () => await Client(app).FindUntrainedTokensAsync(
            new FindUntrainedTokensRequest { Model = "runs/nothing" }, cancellationToken: Token));
        await InferenceApp.ThrowsAsync(
            StatusCode.InvalidArgument,
            async () => await Client(app).FindUntrainedTokensAsync(
                new FindUntrainedTokensRequest { Model = "runs/nothing", Count = -1 }, cancellationToken: Token));
    }

    private static VocabularyService.VocabularyServiceClient Client(InferenceApp app) => new(app.Channel);
}
