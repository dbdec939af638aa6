using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>The decoders of Inference.Service against a pass over the whole text, and against themselves.</summary>
public sealed class DecoderTests
{
    private static readonly GptConfig Config = new()
    {
        VocabSize = 301,
        BlockSize = 96,
        NLayer = 3,
        NHead = 4,
        NEmbd = 64,
        VocabMultiple = 64,
    };

    public static TheoryData<WeightKind, double> Kinds => new()
    {
        { WeightKind.Fp32, 1e-4 }, { WeightKind.Bf16, 0.15 }, { WeightKind.Int8, 0.15 },
    };

    [Theory]
    [MemberData(nameof(Kinds))]
    public void Decode_AfterEveryToken_GivesTheScoresOfAWholePass(WeightKind kind, double tolerance)
    {
        var ids = Ids(60, seed: 1);
        foreach (var (processor, shortActivations, heads) in ((bool, bool, int)[])
            [(false, false, 4), (true, false, 4), (true, true, 4), (true, true, 2)])
        {
            using var model = Model(heads);
            using var decoder = Decoder(model, 2, kind, processor, shortActivations);
            var expected = Whole(model, ids, adapter: null);
            var logits = new float[Config.VocabSize];
            // A long piece, a short one, and the rest token by token.
            decoder.Prefill(1, ids.AsSpan(0, 30), null, logits);
            AssertClose(expected, 29, logits, tolerance);
            var several = new float[4 * Config.VocabSize];
            decoder.Prefill(1, ids.AsSpan(30, 4), null, several);
            for (var i = 0; i < 4; i++)
                AssertClose(expected, 30 + i, several.AsSpan(i * Config.VocabSize, Config.VocabSize), tolerance);
            for (var i = 34; i < ids.Length; i++)
            {
                decoder.Decode([new DecodeRow(ids[i], 1, null)], logits);
                AssertClose(expected, i, logits, tolerance);
            }

            Assert.Equal([0, 60], decoder.Cache.Lengths);
        }
    }

    /// <summary>What is sampled must not depend on who else is served at the moment.</summary>
    [Theory]
    [InlineData(WeightKind.Fp32, true, 4)]
    [InlineData(WeightKind.Bf16, true, 4)]
    [InlineData(WeightKind.Bf16, true, 2)] // heads wide enough to be packed for the next product one by one
    [InlineData(WeightKind.Bf16, false, 4)]
    [InlineData(WeightKind.Int8, true, 4)]
    [InlineData(WeightKind.Int8, false, 4)]
    public void Decode_InABatchOfSixteen_GivesTheScoresOfEachAloneToTheBit(
        WeightKind kind, bool shortActivations, int heads)
    {
        using var model = Model(heads);
        using var adapter = Adapter(model, seed: 3);
        using var other = Model(heads);
        using var together = Decoder(model, 16, kind, processor: true, shortActivations);
        using var alone = Decoder(other, 1, kind, processor: true, shortActivations);
        var rows = new DecodeRow[16];
        for (var slot = 0; slot < 16; slot++)
        {
            var who = slot % 3 == 0 ? adapter : null;
            together.Prefill(slot, Ids(5 + slot, slot), who, []);
            rows[slot] = new DecodeRow(slot * 7, slot, who);
        }

        for (var count = 1; count <= 16; count++)
        {
            var logits = new float[count * Config.VocabSize];
            foreach (var row in rows[..count])
                together.Cache.Truncate(row.Slot, 5 + row.Slot);
            together.Decode(rows.AsSpan(0, count), logits);
            for (var slot = 0; slot < count; slot++)
            {
                alone.Cache.Truncate(0, 0);
                var own = new float[Config.VocabSize];
                alone.Prefill(0, Ids(5 + slot, slot), rows[slot].Adapter, []);
                alone.Decode([rows[slot] with { Slot = 0 }], own);
                Assert.Equal(own, logits.AsSpan(slot * Config.VocabSize, Config.VocabSize).ToArray());
            }
        }
    }

    [Theory]
    [InlineData(LoraBias.None, false)]
    [InlineData(LoraBias.All, false)]
    [InlineData(LoraBias.None, true)]
    public void Decode_Adapters_GiveTheScoresOfTheAttachedModel(LoraBias bias, bool dora)
    {
        var ids = Ids(40, seed: 2);
        foreach (var processor in (bool[])[false, true])
        {
            using var model = Model();
            using var first = Adapter(model, seed: 3, bias, dora);
            using var second = Adapter(model, seed: 4, bias, dora);
            using var decoder = Decoder(model, 3, WeightKind.Fp32, processor);
            LoraAdapter?[] adapters = [first, null, second];
            for (var slot = 0; slot < 3; slot++)
                decoder.Prefill(slot, ids.AsSpan(0, 20), adapters[slot], []);
            var logits = new float[3 * Config.VocabSize];
            var expected = adapters.Select(adapter => Whole(model, ids, adapter)).ToArray();
            for (var i = 20; i < ids.Length; i++)
            {
                decoder.Decode([.. adapters.Select((adapter, slot) => new DecodeRow(ids[i], slot, adapter))], logits);
                for (var slot = 0; slot < 3; slot++)
                {
                    AssertClose(expected[slot], i, logits.AsSpan(slot * Config.VocabSize, Config.VocabSize), 1e-4);
                }
            }

            Assert.NotEqual(logits[..Config.VocabSize], logits[Config.VocabSize..(2 * Config.VocabSize)]);
            decoder.Forget(first);
            decoder.Forget(second);
        }
    }

    private static ITokenDecoder Decoder(
        Gpt model, int slots, WeightKind kind, bool processor, bool shortActivations = true)
    {
        if (!processor)
            return new TorchDecoder(model, slots, kind);
        Assert.SkipUnless(ProcessorDecoder.IsSupported(model), "Needs a processor with AVX-512.");
        return new ProcessorDecoder(model, slots, kind, threads: 2, shortActivations);
    }

    private static Gpt Model(int heads = 4)
    {
        var model = new Gpt(Config with { NHead = heads }, seed: 5);
        using var noGrad = no_grad();
        using var generator = new Generator(6);
        // Sharper than fresh weights, and with biases that are not zero.
        foreach (var (_, parameter) in model.named_parameters())
        {
            using var scope = NewDisposeScope();
            parameter.TimesInPlace(2).AddInPlace(empty(parameter.shape).normal_(0, 0.05, generator));
        }

        model.ClearCopies();
        model.eval();
        return model;
    }

    private static LoraAdapter Adapter(Gpt model, long seed, LoraBias bias = LoraBias.None, bool dora = false)
    {
        var adapter = new LoraAdapter(model, new LoraConfig { Rank = 4, Alpha = 8, Bias = bias, UseDora = dora }, seed);
        using var noGrad = no_grad();
        using var generator = new Generator((ulong)seed);
        foreach (var (_, parameter) in adapter.Parameters)
        {
            using var scope = NewDisposeScope();
            parameter.AddInPlace(empty(parameter.shape).normal_(0, 0.1, generator));
        }

        return adapter;
    }

    private static int[] Ids(int count, int seed) =>
        [.. Enumerable.Range(0, count).Select(i => ((i * 7919) + (seed * 104729)) % Config.VocabSize)];

    private static float[] Whole(Gpt model, int[] ids, LoraAdapter? adapter)
    {
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        model.Serve(adapter);
        var input = tensor(ids.Select(id => (long)id).ToArray()).unsqueeze(0);
        return model.Logits(model.Forward(input)).data<float>().ToArray(); // (1, T, V)
    }

    private static void AssertClose(float[] whole, int position, ReadOnlySpan<float> logits, double tolerance)
    {
        var farthest = 0.0;
        for (var id = 0; id < Config.VocabSize; id++)
            farthest = Math.Max(farthest, Math.Abs(whole[(position * Config.VocabSize) + id] - logits[id]));
        Assert.InRange(farthest, 0, tolerance);
    }
}
