using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

public sealed class ModelFolderTests
{
    [Fact]
    public void SaveAndLoad_Model_IsTheSame()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var model = new Gpt(Config(bias: false), seed: 3);
        ModelFolder.Save(model, folder.Path);
        using var loaded = ModelFolder.Load(folder.Path, precision: Precision.Bf16);
        Assert.Equal(model.Config, loaded.Config);
        Assert.Equal(model.parameters().Select(Values), loaded.parameters().Select(Values));
        using var other = new Gpt(Config(bias: false) with { NLayer = 3 });
        Assert.Throws<InvalidDataException>(() => ModelFolder.LoadWeights(other, folder.Path));
    }

    [Fact]
    public void SaveAndLoad_Optimizer_GoesOnBitForBit()
    {
        using var scope = NewDisposeScope();
        using var folder = new TempFolder();
        using var model = new Gpt(Config(bias: true), seed: 3);
        var selection = ParameterSelection.Of(model);
        using var optimizer = new AdamW(selection, new AdamWOptions());
        Train(model, selection, optimizer, 3);
        ModelFolder.Save(model, folder.Path);
        optimizer.Save(folder["optimizer.safetensors"]);
        Train(model, selection, optimizer, 3);

        using var resumed = ModelFolder.Load(folder.Path);
        var again = ParameterSelection.Of(resumed);
        using var restored = new AdamW(again, new AdamWOptions());
        restored.Load(folder["optimizer.safetensors"]);
        Assert.Equal(3, restored.StepCount);
        Train(resumed, again, restored, 3);
        Assert.Equal(model.parameters().Select(Values), resumed.parameters().Select(Values));
    }

    // Expected values by tests/reference/hf_reference.py.
    [Theory]
    [InlineData("sshleifer-tiny-gpt2", "15496 11 314 1101 257", "0.0128997 0.0109037 -0.0316705 0.0043551", 16046)]
    [InlineData("camara-tiny-gpt2-medical", "15496 11 314 1101 257", "0.0096584 0.0076665 -0.0349402 0.001113", 16046)]
    [InlineData("lm-buddy-tiny-gpt2", "3 1 4 1 5", "0.0359978 0.0245141 0.0402591 -0.0398294", 2)]
    public void Load_HuggingFaceCheckpoint_GivesPyTorchsLogits(string name, string ids, string expected, int best)
    {
        var folder = SharedData.Require($"checkpoints/{name}");
        using var scope = NewDisposeScope();
        using var noGrad = no_grad();
        using var model = ModelFolder.Load(folder);
        Assert.Equal(model.Config.VocabSize, model.Config.PaddedVocabSize);
        var input = tensor(ids.Split(' ').Select(long.Parse).ToArray()).unsqueeze(0);
        var logits = model.Logits(model.Forward(input))[0][4];
        double[] first = [.. expected.Split(' ').Select(value => double.Parse(value, null))];
        AssertClose(first, Values(logits)[..4], 1e-4, name);
        Assert.Equal(best, logits.argmax().item<long>());
    }

    [Theory]
    [InlineData("\"activation_function\": \"relu\"", "activation_function")]
    [InlineData("\"n_inner\": 5", "n_inner")]
    [InlineData("\"model_type\": \"llama\"", "model_type")]
    public void LoadConfig_UnsupportedHuggingFaceModel_SaysWhy(string member, string named)
    {
        using var folder = new TempFolder();
        File.WriteAllText(folder["config.json"], "{\"n_positions\": 8, " + member + "}");
        var error = Assert.Throws<InvalidDataException>(() => ModelFolder.LoadConfig(folder.Path));
        Assert.Contains(named, error.Message, StringComparison.Ordinal);
    }

    private static void Train(Gpt model, ParameterSelection selection, AdamW optimizer, int steps)
    {
        for (var step = 0; step < steps; step++)
        {
            model.AccumulateGradients(Ids(), Targets());
            GradientClipping.Clip(selection, 1);
            optimizer.Step(1e-3);
            selection.ClearGradients();
        }
    }
}
