#:project ../libs/Modeling/Modeling.csproj

// The shapes through one attention layer of GPT-2, written out, and the same by the fused operation.
//
//     dotnet run examples/attention-shapes.cs

using System.Globalization;
using Platform.Modeling;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Libtorch.EnsureLoaded();
const int B = 2; // rows
const int T = 8; // tokens of a row
var config = GptConfig.Preset("gpt2") with { NLayer = 1, VocabSize = 512, BlockSize = 64 };
var (c, heads, size) = (config.NEmbd, config.NHead, config.HeadSize);
using var model = new Gpt(config);
using var noGrad = no_grad();
using var scope = NewDisposeScope();
var weights = model.state_dict();
var projection = weights["transformer.h.0.attn.c_attn.weight"];
var output = weights["transformer.h.0.attn.c_proj.weight"];

Console.WriteLine($"GPT-2: C = {c} channels, {heads} heads of {size}. Here B = {B} rows of T = {T} tokens.");
Console.WriteLine();
using var draws = new Generator(1337);
var x = Show("x: the block's input, normed", empty(B, T, c).normal_(0, 1, draws));
var qkv = Show("x · c_attnᵀ: queries, keys and values in one product", x.matmul(projection.t()));
var parts = qkv.split(c, dim: 2);
Show("q, k, v each", parts[0]);
var q = Show("q: a head is a slice of channels, and heads become part of the batch", Heads(parts[0]));
var (k, v) = (Heads(parts[1]), Heads(parts[2]));
var scores = Show(
    "q · kᵀ / √hs: how much each token looks at each other",
    q.matmul(k.transpose(-2, -1)).Over(Math.Sqrt(size)));
var future = Show("the mask: no token sees a later one", ones(T, T, ScalarType.Bool).triu(1));
var attention = Show("softmax over the last dimension", scores.MaskedWith(future, double.NegativeInfinity).softmax(-1));
var mixed = Show("· v: the weighted mean of what the tokens offer", attention.matmul(v));
var joined = Show("heads beside one another again", mixed.transpose(1, 2).reshape(B, T, c));
Show("· c_projᵀ: back to the residual stream", joined.matmul(output.t()));

Console.WriteLine();
Console.WriteLine("The first head's weights of the first row, each line a token, each column what it looks at:");
for (var row = 0; row < T; row++)
    Console.WriteLine("  " + string.Join("  ", Row(attention[0, 0, row]).Select(value => value.ToString("F2"))));
var sums = attention.sum(-1);
Console.WriteLine($"Each line sums to 1: {sums.min().item<float>():F6} to {sums.max().item<float>():F6}");

var fused = nn.functional.scaled_dot_product_attention(q, k, v, is_casual: true); // (B, nh, T, hs)
var difference = (fused - mixed).abs().max().item<float>();
Console.WriteLine(
    $"scaled_dot_product_attention, which never writes the (T, T) scores to memory: differs by {difference:E1}");
return difference < 1e-5 ? 0 : 1;

Tensor Heads(Tensor part) => part.view(B, T, heads, size).transpose(1, 2); // (B, nh, T, hs)

static float[] Row(Tensor values) => values.contiguous().data<float>().ToArray();

static Tensor Show(string what, Tensor value)
{
    Console.WriteLine($"  {$"({string.Join(", ", value.shape)})",-18} {what}");
    return value;
}
