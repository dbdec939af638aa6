using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class LoraPackTests
{
    private const int Steps = 6;

    [Theory]
    [InlineData(LoraBias.None)]
    [InlineData(LoraBias.LoraOnly)]
    public void Train_PackedAdapters_EqualsEachAlone(LoraBias bias)
    {
        LoraConfig[] configs =
        [
            new() { Rank = 1, Alpha = 4, Dropout = 0.3, Bias = bias, TargetModules = ["c_attn", "mlp.c_proj"] },
            new() { Rank = 5, Alpha = 1, Dropout = 0, Bias = bias, TargetModules = ["c_attn", "mlp.c_proj"] },
            new() { Rank = 3, Alpha = 16, Dropout = 0.1, Bias = bias, TargetModules = ["c_attn", "mlp.c_proj"] },
        ];
        using var scope = NewDisposeScope();
        var together = Packed(configs);
        for (var i = 0; i < configs.Length; i++)
        {
            var alone = Alone(configs[i], seed: i);
            for (var step = 0; step < alone.Length; step++)
                Assert.Equal(alone[step], together[i][step], 1e-5);
        }
    }

    [Fact]
    public void Constructor_AdaptersThatDoNotGoTogether_IsRefused()
    {
        using var model = Model(bias: true);
        using var one = new LoraAdapter(model, new LoraConfig { Rank = 2 });
        using var other = new LoraAdapter(model, new LoraConfig { Rank = 2, TargetModules = ["c_fc"] });
        using var dora = new LoraAdapter(model, new LoraConfig { Rank = 2, UseDora = true });
        using var generator = new Generator(1);
        Assert.Throws<ArgumentException>(() => new LoraPack(model, [one, other], [generator, generator]));
        Assert.Throws<ArgumentException>(() => new LoraPack(model, [one, dora], [generator, generator]));
        Assert.Throws<ArgumentException>(() => new LoraPack(model, [one], []));
    }

    // The losses of all steps, and the loss without dropout after the last.
    private static double[] Alone(LoraConfig config, int seed)
    {
        using var model = Model(bias: true);
        using var adapter = new LoraAdapter(model, config, seed);
        using var generator = new Generator(0);
        model.Attach(adapter);
        model.DropoutGenerator = generator;
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        var losses = new List<double>();
        for (var step = 0; step < Steps; step++)
        {
            generator.manual_seed((100 * seed) + step);
            losses.Add(model.AccumulateGradients(Ids(), Targets()).item<float>());
            GradientClipping.Clip(selection, 0.5);
            optimizer.Step(1e-2);
            selection.ClearGradients();
        }

        model.eval();
        using var noGrad = no_grad();
        losses.Add(model.Loss(Ids(), Targets()).item<float>());
        return [.. losses];
    }

    private static List<double>[] Packed(LoraConfig[] configs)
    {
        using var model = Model(bias: true);
        LoraAdapter[] adapters = [.. configs.Select((config, i) => new LoraAdapter(model, config, seed: i))];
        Generator[] generators = [.. configs.Select(_ => new Generator(0))];
        var pack = new LoraPack(model, adapters, generators);
        ParameterSelection[] selections = [.. adapters.Select(a => ParameterSelection.OfAdapter(model, a))];
        AdamW[] optimizers = [.. selections.Select(selection => new AdamW(selection, new AdamWOptions()))];
        List<double>[] losses = [.. configs.Select(_ => new List<double>())];
        for (var step = 0; step < Steps; step++)
        {
            for (var i = 0; i < configs.Length; i++)
                generators[i].manual_seed((100 * i) + step);
            Note(pack.AccumulateGradients(Ids(), Targets()));
            for (var i = 0; i < configs.Length; i++)
            {
                GradientClipping.Clip(selections[i], 0.5);
                optimizers[i].Step(1e-2);
                selections[i].ClearGradients();
            }
        }

        model.eval();
        Note(pack.Losses(Ids(), Targets()));
        foreach (var disposable in optimizers.Concat<IDisposable>(adapters).Concat(generators))
            disposable.Dispose();
        return losses;

        void Note(Tensor values)
        {
            for (var i = 0; i < configs.Length; i++)
                losses[i].Add(values[i].item<float>());
        }
    }
}
