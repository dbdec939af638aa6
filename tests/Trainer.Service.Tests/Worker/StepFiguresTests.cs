using Platform.Modeling;
using Platform.TrainerHost.Worker;

namespace Platform.Trainer.Service.Tests.Worker;

public sealed class StepFiguresTests
{
    // GPT-2 124M with 50,304 ids has 124,475,904 parameters, 786,432 of them position embeddings; the rest by hand:
    // 12 layers × 12 × 768 × 1,024 = 113,246,208 operations of attention a token.
    private static readonly GptConfig s_gpt2 = new() { VocabSize = 50257, VocabMultiple = 64 };

    [Fact]
    public void FlopsPerToken_AllTrain_Is6N12Lct() =>
        Assert.Equal(
            (6.0 * (124_475_904 - 786_432)) + 113_246_208,
            StepFigures.FlopsPerToken(s_gpt2, sequence: 1024, trainable: 124_475_904));

    [Fact]
    public void FlopsPerToken_AdapterTrains_FrozenWeightsTakeFour()
    {
        // Rank 8 on c_attn: 12 × (768 × 8 + 8 × 2,304).
        const int Adapter = 294_912;

        Assert.Equal(
            (4.0 * (124_475_904 - 786_432)) + (6.0 * Adapter) + 113_246_208,
            StepFigures.FlopsPerToken(s_gpt2, sequence: 1024, trainable: Adapter));
    }
}
