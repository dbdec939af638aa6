using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class GptReferenceTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Logits_TinyModel_EqualPyTorch(bool bias)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias);
        var logits = model.Logits(model.Forward(Ids()));
        Assert.Equal([Batch, Time, 61], logits.shape);
        var padded = Doubles(Load(bias).GetProperty("logits_last"));
        double[] expected = [.. padded[..61], .. padded[64..125]];
        AssertClose(expected, Values(logits.select(1, Time - 1)), 1e-4, "logits");
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void AccumulateGradients_TinyModel_EqualPyTorch(bool bias, bool checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias);
        model.CheckpointActivations = checkpoint;
        var reference = Load(bias);
        var selection = ParameterSelection.Of(model);
        var loss = model.AccumulateGradients(Ids(), Targets()).item<float>();
        Assert.Equal(reference.GetProperty("losses")[0].GetDouble(), loss, 1e-4);
        AssertGradients(reference, selection);
    }

    [Fact]
    public void AccumulateGradients_TwoHalves_EqualOneWhole()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var selection = ParameterSelection.Of(model);
        for (var b = 0; b < Batch; b++)
            model.AccumulateGradients(Ids().narrow(0, b, 1), Targets().narrow(0, b, 1), scale: 0.5);
        AssertGradients(Load(bias: true), selection);
    }

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void AccumulateGradients_WholeAndInParts_SameGradients(bool compiled, bool checkpoint)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        (model.Compiled, model.CheckpointActivations) = (compiled, checkpoint);
        var selection = ParameterSelection.Of(model);
        using var random = new Generator(11);
        const int Sequences = 8;
        var ids = randint(61, [Sequences, Time], generator: random); // (B, T)
        var targets = randint(61, [Sequences, Time], generator: random);
        model.AccumulateGradients(ids, targets);
        var whole = selection.Gradients().Select(Values).ToList();
        foreach (var parts in new[] { 2, 4, 8 })
        {
            selection.ClearGradients();
            foreach (var (x, y) in ids.chunk(parts).Zip(targets.chunk(parts)))
                model.AccumulateGradients(x.contiguous(), y.contiguous(), scale: 1.0 / parts);
            foreach (var (expected, actual) in whole.Zip(selection.Gradients()))
                AssertClose(Array.ConvertAll(expected, x => (double)x), Values(actual), 1e-5, $"{parts} parts");
        }
    }

    [Fact]
    public void Loss_WithGraph_GivesTheSameGradients()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var selection = ParameterSelection.Of(model);
        model.Loss(Ids(), Targets()).backward();
        AssertGradients(Load(bias: true), selection);
    }

    [Fact]
    public void Loss_OddPositionsOnly_EqualsPyTorch()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var mask = tensor(Enumerable.Range(0, Batch * Time).Select(i => i % 2 == 1).ToArray()).view(Batch, Time);
        var expected = Load(bias: true).GetProperty("masked_loss").GetDouble();
        Assert.Equal(expected, model.Loss(Ids(), Targets(), mask).item<float>(), 1e-4);
        using (no_grad())
            Assert.Equal(expected, model.Loss(Ids(), Targets(), mask).item<float>(), 1e-4);
        var selection = ParameterSelection.Of(model);
        Assert.Equal(expected, model.AccumulateGradients(Ids(), Targets(), mask).item<float>(), 1e-4);
        var gradients = selection.Gradients().Select(Values).ToList();
        selection.ClearGradients();
        model.Loss(Ids(), Targets(), mask).backward();
        foreach (var (chunked, whole) in gradients.Zip(selection.Gradients()))
            AssertClose([.. Values(whole).Select(x => (double)x)], chunked, 1e-4, "masked gradient");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void AdamW_ThreeSteps_EqualsPyTorch(bool bias)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias);
        var reference = Load(bias);
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        for (var step = 0; step < 3; step++)
        {
            selection.ClearGradients();
            var loss = model.AccumulateGradients(Ids(), Targets()).item<float>();
            Assert.Equal(reference.GetProperty("losses")[step].GetDouble(), loss, 1e-3);
            var norm = GradientClipping.Clip(selection, 0.5);
            Assert.Equal(reference.GetProperty("norms")[step].GetDouble(), norm, 1e-3);
            optimizer.Step(1e-2);
        }

        foreach (var (name, value) in selection.Parameters)
        {
            var expected = Doubles(reference.GetProperty("updated").GetProperty(name));
            AssertClose(expected, Values(value.flatten().narrow(0, 0, 4)), 2e-3, name);
        }
    }

    [Fact]
    public void Loss_Bf16_IsCloseToFp32()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true, Precision.Bf16);
        var reference = Load(bias: true);
        var selection = ParameterSelection.Of(model);
        var loss = model.AccumulateGradients(Ids(), Targets()).item<float>();
        Assert.Equal(reference.GetProperty("losses")[0].GetDouble(), loss, 2e-2);
        foreach (var (name, parameter) in selection.Parameters)
        {
            Assert.Equal(ScalarType.Float32, parameter.grad!.dtype);
            var expected = reference.GetProperty("gradients").GetProperty(name).GetProperty("norm").GetDouble();
            Assert.Equal(expected, parameter.grad!.norm().item<float>(), expected * 0.05);
        }
    }
}
