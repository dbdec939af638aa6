#:project ../libs/Modeling/Modeling.csproj

// Why GPT-2 scales the weights that write to the residual stream by 1/√(2·layers), and what a fresh model's loss is.
//
//     dotnet run examples/initialization.cs

using System.Globalization;
using Platform.Modeling;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Libtorch.EnsureLoaded();
using var noGrad = no_grad();
using var scope = NewDisposeScope();
using var draws = new Generator(1337);

Console.WriteLine("A sum of n independent terms of deviation 1 has deviation √n; scaled by 1/√n each, 1:");
Console.WriteLine("  layers  additions  plain    scaled");
foreach (var layers in (int[])[6, 12, 24, 48])
{
    // Attention and MLP both add to the stream.
    var additions = 2 * layers;
    var (plain, scaled) = (zeros(768 * 64), zeros(768 * 64));
    for (var i = 0; i < additions; i++)
    {
        var term = empty(768 * 64).normal_(0, 1, draws);
        plain.AddInPlace(term);
        scaled.AddInPlace(term, 1 / Math.Sqrt(additions));
    }

    Console.WriteLine($"  {layers,6}  {additions,9}  {Deviation(plain),6:F3}  {Deviation(scaled),6:F3}");
}

var config = GptConfig.Preset("gpt2") with { BlockSize = 64 };
using var model = new Gpt(config);
var expected = 0.02 / Math.Sqrt(2 * config.NLayer);
Console.WriteLine();
Console.WriteLine($"GPT-2 124M as made here; 0.02/√{2 * config.NLayer} = {expected:F5}:");
var worst = 0.0;
foreach (var (name, std) in (ReadOnlySpan<(string, double)>)
    [
        ("transformer.wte.weight", 0.02),
        ("transformer.wpe.weight", 0.02),
        ("transformer.h.0.attn.c_attn.weight", 0.02),
        ("transformer.h.0.attn.c_proj.weight", expected),
        ("transformer.h.0.mlp.c_fc.weight", 0.02),
        ("transformer.h.11.mlp.c_proj.weight", expected),
    ])
{
    var value = Deviation(model.state_dict()[name]);
    worst = Math.Max(worst, Math.Abs((value / std) - 1));
    Console.WriteLine($"  {name,-36} deviation {value:F5}, meant {std:F5}");
}

using var ids = randint(config.VocabSize, [2, 64], ScalarType.Int64, generator: draws); // (B, T)
using var targets = randint(config.VocabSize, [2, 64], ScalarType.Int64, generator: draws); // (B, T)
var loss = model.Loss(ids, targets).item<float>();
var uniform = Math.Log(config.PaddedVocabSize);
Console.WriteLine();
Console.WriteLine(
    $"A model that knows nothing should find all {config.PaddedVocabSize:N0} ids alike: "
    + $"loss ln({config.PaddedVocabSize}) = {uniform:F3}; it is {loss:F3}.");
return worst < 0.02 && Math.Abs(loss - uniform) < 0.3 ? 0 : 1;

// From 0: all of these have that mean.
static double Deviation(Tensor values) => Math.Sqrt((values * values).mean().item<float>());
