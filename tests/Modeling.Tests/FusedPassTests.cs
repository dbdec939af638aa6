using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>The fused training pass against the layers and autograd.</summary>
public sealed class FusedPassTests
{
    private const int VocabSize = 67; // not a multiple of a vector's 16 numbers
    private const int WideRows = 512;

    private static readonly (int Width, int VocabSize, int Layers) Narrow = (32, VocabSize, 2);
    private static readonly (int Width, int VocabSize, int Layers) Wide = (384, 1440, 1);

    public static TheoryData<int, int, bool, bool, bool> Shapes => new()
    {
        // batch, time, bias, checkpoint, mask
        { 2, 16, true, false, false },
        { 3, 7, true, false, false }, // rows of scores that are no whole vectors
        { 1, 1, true, false, false },
        { 2, 48, true, false, false }, // longer than 4 heads' widths: scores are computed again
        { 2, 16, false, false, false },
        { 2, 16, true, true, false },
        { 2, 48, false, true, true },
        { 2, 16, true, false, true },
    };

    [Theory]
    [MemberData(nameof(Shapes))]
    public void AccumulateGradients_Compiled_EqualsLayers(int batch, int time, bool bias, bool checkpoint, bool masked)
    {
        using var scope = NewDisposeScope();
        using var model = NewModel(bias, Precision.Fp32);
        model.CheckpointActivations = checkpoint;
        var plain = Run(model, compiled: false, batch, time, masked);
        var fused = Run(model, compiled: true, batch, time, masked);
        Assert.Equal(plain.Loss, fused.Loss, 1e-5);
        foreach (var ((name, expected), actual) in plain.Gradients.Zip(fused.Gradients.Select(entry => entry.Values)))
            AssertClose(Array.ConvertAll(expected, x => (double)x), actual, 1e-4, name);
    }

    [Fact]
    public void AccumulateGradients_CompiledWide_EqualsLayers()
    {
        // Large enough for the products in machine code: the feed-forward's and the head's are.
        using var scope = NewDisposeScope();
        using var model = NewModel(bias: true, Precision.Fp32, Wide);
        Assert.Equal(
            ProductKernel.IsSupported(ScalarType.Float32),
            MatrixProduct<Float32Element>.Supports(WideRows, 4 * Wide.Width, Wide.Width, intoFloat: true));
        var plain = Run(model, compiled: false, WideRows / 64, 64, masked: false);
        var fused = Run(model, compiled: true, WideRows / 64, 64, masked: false);
        Assert.Equal(plain.Loss, fused.Loss, 1e-5);
        foreach (var ((name, expected), actual) in plain.Gradients.Zip(fused.Gradients.Select(entry => entry.Values)))
            AssertClose(Array.ConvertAll(expected, x => (double)x), actual, 1e-4, name);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void AccumulateGradients_CompiledBf16_IsAsCloseToFp32AsLayersAre(bool wide)
    {
        using var scope = NewDisposeScope();
        using var model = NewModel(bias: true, Precision.Fp32, wide ? Wide : Narrow);
        var (batch, time) = wide ? (WideRows / 64, 64) : (2, 48);
        var exact = Run(model, compiled: false, batch, time, masked: false);
        model.Precision = Precision.Bf16;
        var plain = Run(model, compiled: false, batch, time, masked: false);
        var fused = Run(model, compiled: true, batch, time, masked: false);
        Assert.Equal(exact.Loss, fused.Loss, 5e-3);
        var (plainError, fusedError) =
            (RelativeError(exact.Gradients, plain.Gradients), RelativeError(exact.Gradients, fused.Gradients));
        Assert.True(fusedError < 1.2 * plainError, $"{fusedError} against {plainError}");
    }

    [Fact]
    public void AccumulateGradients_CompiledTwice_AddsUp()
    {
        // Once is with a scale of a half. Kept gradient memory must be overwritten after ClearGradients and added to
        // without it.
        using var scope = NewDisposeScope();
        using var model = NewModel(bias: true, Precision.Fp32);
        var once = Run(model, compiled: true, 2, 16, masked: false);
        var selection = ParameterSelection.Of(model);
        var (ids, targets) = Tokens(2, 16);
        model.AccumulateGradients(ids, targets);
        model.AccumulateGradients(ids, targets);
        foreach (var ((name, expected), (_, parameter)) in once.Gradients.Zip(selection.Parameters))
            AssertClose(Array.ConvertAll(expected, x => 4.0 * x), Values(parameter.grad!), 1e-5, name);
    }

    [Fact]
    public void UsesFusedKernels_WhatTheyCannotDo_False()
    {
        Assert.SkipUnless(System.Runtime.Intrinsics.Vector512.IsHardwareAccelerated, "The CPU has no 512-bit vectors.");
        using var scope = NewDisposeScope();
        using var model = NewModel(bias: true, Precision.Fp32);
        Assert.True(model.UsesFusedKernels);
        using var dropping = new Gpt(model.Config with { Dropout = 0.1 });
        Assert.False(dropping.UsesFusedKernels);
        using var narrow = new Gpt(model.Config with { NEmbd = 24 });
        Assert.False(narrow.UsesFusedKernels);
        using var adapter = new LoraAdapter(model, new LoraConfig { Rank = 2, UseDora = true }, 1);
        model.Attach(adapter);
        Assert.False(model.UsesFusedKernels);
        model.Detach();
        ParameterSelection.Of(model);
        model.Compiled = false;
        Assert.False(model.UsesFusedKernels);
    }

    [Fact]
    public void AccumulateGradients_CompiledTargetOutOfRange_Throws()
    {
        // It would be written into another row's logits.
        using var scope = NewDisposeScope();
        using var model = NewModel(bias: true, Precision.Fp32);
        var (ids, _) = Tokens(2, 16);
        Assert.ThrowsAny<Exception>(() => model.AccumulateGradients(ids, zeros_like(ids).FillInPlace(1000)));
    }

    private static Gpt NewModel(bool bias, Precision precision, (int Width, int VocabSize, int Layers)? size = null)
    {
        var (width, vocabSize, layers) = size ?? Narrow;
        var model = new Gpt(
            new GptConfig
            {
                VocabSize = vocabSize,
                VocabMultiple = 1,
                BlockSize = 64,
                NLayer = layers,
                NHead = 4,
                NEmbd = width,
                Bias = bias,
            },
            precision: precision);
        // Larger than GPT-2's, and none zero: every term must show in the gradients.
        using var noGrad = no_grad();
        using var random = new Generator(5);
        foreach (var parameter in model.parameters())
            parameter.AddInPlace(empty(parameter.shape).normal_(0, 0.2 * Math.Sqrt(32.0 / width), random));
        model.ClearCopies();
        return model;
    }

    private static (Tensor Ids, Tensor Targets) Tokens(int batch, int time)
    {
        using var random = new Generator(7);
        return (randint(VocabSize, [batch, time], generator: random),
            randint(VocabSize, [batch, time], generator: random));
    }

    private static (double Loss, (string Name, float[] Values)[] Gradients) Run(
        Gpt model, bool compiled, int batch, int time, bool masked)
    {
        var selection = ParameterSelection.Of(model);
        selection.ClearGradients();
        model.Compiled = compiled;
        var (ids, targets) = Tokens(batch, time);
        var mask = masked ? Reference.EveryThird(ids) : null;
        var loss = model.AccumulateGradients(ids, targets, mask, scale: 0.5).item<float>();
        var gradients = selection.Parameters.Select(entry => (entry.Name, Values(entry.Value.grad!))).ToArray();
        selection.ClearGradients();
        return (loss, gradients);
    }
}
