using System.Runtime.InteropServices;
using System.Text.Json;
using static Platform.Modeling.Tests.Reference;
using static TorchSharp.torch;

namespace Platform.Modeling.Tests;

/// <summary>Exported files: read back, or by their bytes.</summary>
public sealed class ExportTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("export-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void HuggingFace_ReadBack_SameLogitsWithoutPadding(bool bias)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias);
        HuggingFaceExport.Save(model, _folder, endOfText: 60);
        using var read = ModelFolder.Load(_folder);
        Assert.Equal(61, read.Config.PaddedVocabSize);
        AssertSameLogits(model, read);
        using var config = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(_folder, "config.json")));
        Assert.Equal("gpt2", config.RootElement.GetProperty("model_type").GetString());
        Assert.Equal(60, config.RootElement.GetProperty("eos_token_id").GetInt32());
        using var file = SafetensorsFile.Open(Path.Combine(_folder, "model.safetensors"));
        Assert.Equal([61, 16], file.Tensors["transformer.wte.weight"].Shape);
        Assert.Equal([16, 48], file.Tensors["transformer.h.0.attn.c_attn.weight"].Shape); // Conv1D: (in, out)
        Assert.Contains("transformer.ln_f.bias", file.Tensors.Keys);
    }

    // The hub's gpt2 has names without a prefix and the causal mask among its weights; save_pretrained's have neither.
    [Theory]
    [InlineData("transformer.", false)]
    [InlineData("transformer.", true)]
    [InlineData("", false)]
    [InlineData("", true)]
    public void HuggingFace_EitherStyleOfNames_WithBuffersOrNot_IsTheSameModel(string prefix, bool withBuffers)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        HuggingFaceExport.Save(model, _folder, endOfText: 60);
        var path = Path.Combine(_folder, ModelFolder.WeightsFile);
        List<(string Name, Tensor Value)> weights;
        using (var file = SafetensorsFile.Open(path))
        {
            weights = [.. file.Tensors.Keys.Select(
                name => (prefix + name["transformer.".Length..], file.Read(name).clone()))];
        }

        for (var block = 0; withBuffers && block < model.Config.NLayer; block++)
        {
            weights.Add(($"{prefix}h.{block}.attn.bias", ones(1, 1, 16, 16).tril()));
            weights.Add(($"{prefix}h.{block}.attn.masked_bias", tensor(-1e4f)));
        }

        SafetensorsWriter.Write(path, weights);

        using var read = ModelFolder.Load(_folder);
        AssertSameLogits(model, read);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void Gguf_ReadBack_SameLogitsWithoutPadding(bool bias)
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias);
        var path = Path.Combine(_folder, "model.gguf");
        GgufModel.Save(model, path, "tiny", [("tokenizer.ggml.tokens", new[] { "a", "é" })]);
        using var read = GgufModel.Load(path);
        Assert.Equal(61, read.Config.PaddedVocabSize);
        AssertSameLogits(model, read);
        using var file = new GgufFile(path);
        Assert.Equal(["a", "é"], (object[])file.Entries["tokenizer.ggml.tokens"]);
        Assert.Equal([61, 16], file.Tensors["output.weight"].Shape);
        Assert.All(file.Tensors.Values, tensor => Assert.Equal(0, tensor.Offset % 32));
    }

    [Fact]
    public void Gguf_CutShort_Refused()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var path = Path.Combine(_folder, "model.gguf");
        GgufModel.Save(model, path, "tiny", []);
        var bytes = File.ReadAllBytes(path);
        foreach (var length in (int[])[3, 20, 300, bytes.Length / 2])
        {
            File.WriteAllBytes(path, bytes[..length]);
            var error = Assert.ThrowsAny<Exception>(() => GgufModel.Load(path));
            Assert.True(error is InvalidDataException, $"{length} bytes: {error}");
        }
    }

    [Fact]
    public void Llmc_Fp32_HeaderAndOrderOfTheFormat()
    {
        using var scope = NewDisposeScope();
        using var model = Model(bias: true);
        var path = Path.Combine(_folder, "model.bin");
        LlmcModel.Save(model, path);
        var bytes = File.ReadAllBytes(path);
        var header = MemoryMarshal.Cast<byte, int>(bytes.AsSpan(0, 1024));
        Assert.Equal([20240326, 3, 16, 61, 2, 2, 16, 128], header[..8].ToArray());
        var values = MemoryMarshal.Cast<byte, float>(bytes.AsSpan(1024));
        // Two blocks of 12 C² + 13 C, both embeddings with the vocabulary padded, the last norm.
        Assert.Equal((128 * 16) + (16 * 16) + (2 * ((12 * 256) + (13 * 16))) + 32, values.Length);
        var named = model.named_parameters().ToDictionary(entry => entry.name, entry => Values(entry.parameter));
        Assert.Equal(named["transformer.wte.weight"][..(61 * 16)], values[..(61 * 16)].ToArray());
        Assert.All(values[(61 * 16)..(128 * 16)].ToArray(), value => Assert.Equal(0, value));
        var at = 128 * 16;
        Assert.Equal(named["transformer.wpe.weight"], values.Slice(at, 256).ToArray());
        Assert.Equal(named["transformer.h.1.ln_1.weight"], values.Slice(at + 256 + 16, 16).ToArray());
        Assert.Equal(named["transformer.ln_f.bias"], values[^16..].ToArray());
    }

    private static void AssertSameLogits(Gpt expected, Gpt actual)
    {
        using var noGrad = no_grad();
        var ids = Ids();
        AssertClose(
            Array.ConvertAll(Values(expected.Logits(expected.Forward(ids))), x => (double)x),
            Values(actual.Logits(actual.Forward(ids))), 1e-6, "logits");
    }
}
