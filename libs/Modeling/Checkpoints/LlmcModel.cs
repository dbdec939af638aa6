using System.Runtime.InteropServices;
using static TorchSharp.torch;

namespace Platform.Modeling;

/// <summary>
/// llm.c's model file: 256 int32 (magic, version, maxT, V, L, nh, C, Vp), then all weights by kind, layers stacked,
/// matrices as (out, in). The vocabulary's padding is declared in the header and filled with zeros.
/// </summary>
public static class LlmcModel
{
    private const int Magic = 20240326;
    private const int Fp32Version = 3;
    private const int Bf16Version = 5;
    private const int HeaderNumbers = 256;
    private const int VocabMultiple = 128; // llm.c's kernels want it

    // The order of the file.
    private static readonly string[] Stacked =
    [
        "ln_1.weight", "ln_1.bias", "attn.c_attn.weight", "attn.c_attn.bias", "attn.c_proj.weight",
        "attn.c_proj.bias", "ln_2.weight", "ln_2.bias", "mlp.c_fc.weight", "mlp.c_fc.bias", "mlp.c_proj.weight",
        "mlp.c_proj.bias",
    ];

    /// <summary>Writes a model.</summary>
    /// <param name="model">Its adapter is not written; merge it first. Missing biases are written as zeros.</param>
    /// <param name="path">The file.</param>
    /// <param name="bf16">bfloat16 (version 5) in place of fp32 (version 3).</param>
    public static void Save(Gpt model, string path, bool bf16 = false)
    {
        var config = model.Config;
        var padded = (config.VocabSize + VocabMultiple - 1) / VocabMultiple * VocabMultiple;
        var type = bf16 ? ScalarType.BFloat16 : ScalarType.Float32;
        var weights = model.named_parameters().ToDictionary(entry => entry.name, entry => (Tensor)entry.parameter);
        var header = new int[HeaderNumbers];
        int[] start =
        [
            Magic, bf16 ? Bf16Version : Fp32Version, config.BlockSize, config.VocabSize, config.NLayer, config.NHead,
            config.NEmbd, padded,
        ];
        start.CopyTo(header, 0);
        using var noGrad = no_grad();
        using var stream = new FileStream(path, FileMode.Create, FileAccess.Write, FileShare.None, 1 << 20);
        stream.Write(MemoryMarshal.AsBytes<int>(header)); // little-endian, as every platform that .NET runs on here
        using (var scope = NewDisposeScope())
        {
            Write(weights[ExportedWeights.TokenTable].narrow(0, 0, config.VocabSize)); // (V, C)
            Write(zeros(padded - config.VocabSize, config.NEmbd)); // (Vp - V, C)
        }

        Write(weights["transformer.wpe.weight"]); // (maxT, C)
        foreach (var name in Stacked)
        {
            for (var layer = 0; layer < config.NLayer; layer++)
                WriteNamed($"transformer.h.{layer}.{name}");
        }

        WriteNamed("transformer.ln_f.weight");
        WriteNamed("transformer.ln_f.bias");
        stream.Flush(flushToDisk: true);

        void WriteNamed(string name)
        {
            using var scope = NewDisposeScope();
            Write(weights.TryGetValue(name, out var value)
                ? value
                : zeros(weights[name.Replace(".bias", ".weight", StringComparison.Ordinal)].shape[0]));
        }

        void Write(Tensor value) => TensorBytes.Read(value, stream.Write, type);
    }
}
