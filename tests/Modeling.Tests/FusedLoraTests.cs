using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>The fused training pass with adapters against the layers and autograd.</summary>
public sealed class FusedLoraTests
{
    private const int VocabSize = 67;

    public static TheoryData<string, double, LoraBias, bool> Adapters => new()
    {
        // targets, dropout, bias, mask
        { "c_attn", 0, LoraBias.None, false },
        { "c_attn", 0.2, LoraBias.LoraOnly, false },
        { "c_attn,c_proj,c_fc", 0, LoraBias.LoraOnly, true },
        { "c_attn,c_proj,c_fc", 0.3, LoraBias.None, false },
        { "mlp.c_proj", 0.1, LoraBias.LoraOnly, true },
    };

    [Theory]
    [MemberData(nameof(Adapters))]
    public void AccumulateGradients_Compiled_EqualsLayers(string targets, double dropout, LoraBias bias, bool masked)
    {
        using var scope = NewDisposeScope();
        using var model = NewModel();
        var adapter = NewAdapter(model, Config(targets, dropout, bias, rank: 3), seed: 1);
        model.Attach(adapter);
        var selection = ParameterSelection.Of(model);
        var plain = Run(model, selection, compiled: false, masked);
        var fused = Run(model, selection, compiled: true, masked);
        AssertEqual(plain, fused);
    }

    [Theory]
    [MemberData(nameof(Adapters))]
    public void PackAccumulateGradients_Compiled_EqualsLayers(
        string targets, double dropout, LoraBias bias, bool masked)
    {
        using var scope = NewDisposeScope();
        using var model = NewModel();
        LoraAdapter[] adapters =
        [
            NewAdapter(model, Config(targets, dropout, bias, rank: 3), seed: 1),
            NewAdapter(model, Config(targets, 0, bias, rank: 1), seed: 2),
            NewAdapter(model, Config(targets, dropout / 2, bias, rank: 8), seed: 3),
        ];
        Generator[] generators = [new(1), new(2), new(3)];
        var pack = new LoraPack(model, adapters, generators);
        var selections = adapters.Select(adapter => ParameterSelection.OfAdapter(model, adapter)).ToList();
        var (ids, wanted) = Tokens();
        var mask = masked ? Reference.EveryThird(ids) : null;
        var (plain, fused) = (Pass(compiled: false), Pass(compiled: true));
        for (var k = 0; k < adapters.Length; k++)
            AssertEqual(plain[k], fused[k]);

        List<(double Loss, (string Name, float[] Values)[] Gradients)> Pass(bool compiled)
        {
            model.Compiled = compiled;
            model.train();
            for (var k = 0; k < generators.Length; k++)
                generators[k].manual_seed(k + 10);
            selections.ForEach(selection => selection.ClearGradients());
            var losses = pack.AccumulateGradients(ids, wanted, mask, scale: 0.5);
            return
            [
                .. selections.Select((selection, k) => ((double)losses[k].item<float>(), Gradients(selection))),
            ];
        }
    }

    [Fact]
    public void AccumulateGradients_CompiledOnACastBase_IsAsCloseToFp32AsLayersAre()
    {
        using var scope = NewDisposeScope();
        using var model = NewModel();
        var adapter = NewAdapter(model, Config("c_attn", 0, LoraBias.LoraOnly, rank: 4), seed: 1);
        model.Attach(adapter);
        var selection = ParameterSelection.Of(model);
        var exact = Run(model, selection, compiled: false, masked: false);
        model.Precision = Precision.Bf16;
        model.CastBase();
        var plain = Run(model, selection, compiled: false, masked: false);
        var fused = Run(model, selection, compiled: true, masked: false);
        Assert.Equal(exact.Loss, fused.Loss, 5e-3);
        var (plainError, fusedError) =
            (RelativeError(exact.Gradients, plain.Gradients), RelativeError(exact.Gradients, fused.Gradients));
        Assert.True(fusedError < 1.2 * plainError, $"{fusedError} against {plainError}");
    }

    [Fact]
    public void AccumulateGradients_CompiledTwice_AddsUp()
    {
        using var scope = NewDisposeScope();
        using var model = NewModel();
        model.Attach(NewAdapter(model, Config("c_attn,c_fc", 0, LoraBias.LoraOnly, rank: 2), seed: 1));
        var selection = ParameterSelection.Of(model);
        var once = Run(model, selection, compiled: true, masked: false);
        var (ids, targets) = Tokens();
        model.AccumulateGradients(ids, targets);
        model.AccumulateGradients(ids, targets);
        foreach (var ((name, expected), (_, parameter)) in once.Gradients.Zip(selection.Parameters))
            AssertClose(Array.ConvertAll(expected, x => 4.0 * x), Values(parameter.grad!), 1e-5, name);
    }

    private static LoraConfig Config(string targets, double dropout, LoraBias bias, int rank) => new()
    {
        Rank = rank,
        Alpha = 4,
        Dropout = dropout,
        Bias = bias,
        TargetModules = targets.Split(','),
    };

    // B is not 0, as after some steps: all of its terms must show.
    private static LoraAdapter NewAdapter(Gpt model, LoraConfig config, long seed)
    {
        var adapter = new LoraAdapter(model, config, seed);
        using var noGrad = no_grad();
        using var random = new Generator((ulong)seed);
        foreach (var (_, parameter) in adapter.Parameters)
            parameter.AddInPlace(empty(parameter.shape).normal_(0, 0.2, random));
        return adapter;
    }

    private static Gpt NewModel()
    {
        var model = new Gpt(new GptConfig
        {
            VocabSize = VocabSize,
            VocabMultiple = 1,
            BlockSize = 64,
            NLayer = 2,
            NHead = 4,
            NEmbd = 32,
        });
        using var noGrad = no_grad();
        using var random = new Generator(5);
        foreach (var parameter in model.parameters())
            parameter.AddInPlace(empty(parameter.shape).normal_(0, 0.2, random));
        model.ClearCopies();
        return model;
    }

    private static (Tensor Ids, Tensor Targets) Tokens()
    {
        using var random = new Generator(7);
        return (randint(VocabSize, [2, 16], generator: random), randint(VocabSize, [2, 16], generator: random));
    }

    private static (double Loss, (string Name, float[] Values)[] Gradients) Run(
        Gpt model, ParameterSelection selection, bool compiled, bool masked)
    {
        selection.ClearGradients();
        model.train();
        using var generator = new Generator(11);
        model.DropoutGenerator = generator;
        model.Compiled = compiled;
        Assert.Equal(
            compiled && System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated, model.UsesFusedKernels);
        var (ids, targets) = Tokens();
        var mask = masked ? Reference.EveryThird(ids) : null;
        var loss = model.AccumulateGradients(ids, targets, mask, scale: 0.5).item<float>();
        var gradients = Gradients(selection);
        selection.ClearGradients();
        return (loss, gradients);
    }

    private static (string Name, float[] Values)[] Gradients(ParameterSelection selection) =>
        [.. selection.Parameters.Select(entry => (entry.Name, Values(entry.Value.grad!)))];

    private static void AssertEqual(
        (double Loss, (string Name, float[] Values)[] Gradients) plain,
        (double Loss, (string Name, float[] Values)[] Gradients) fused)
    {
        Assert.Equal(plain.Loss, fused.Loss, 1e-5);
        foreach (var ((name, expected), actual) in plain.Gradients.Zip(fused.Gradients.Select(entry => entry.Values)))
            AssertClose(Array.ConvertAll(expected, x => (double)x), actual, 1e-4, name);
    }
}
