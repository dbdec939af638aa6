#:project ../libs/Modeling/Modeling.csproj

// Why the loss of a micro-batch is divided by their number when gradients are accumulated.
//
//     dotnet run examples/accumulation.cs
//
// Cross-entropy is a mean over the batch: sum / (B·T). Four micro-batches of B/4 rows give four means, each over a
// quarter of the tokens, and gradients add up. Without dividing, the sum is four times the gradient of the whole batch.

using System.Globalization;
using Platform.Modeling;
using static TorchSharp.torch;

CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
Libtorch.EnsureLoaded();
const int Rows = 8;
const int Length = 32;
const int Steps = 4;
const int Vocabulary = 256;

var config = new GptConfig { VocabSize = Vocabulary, BlockSize = Length, NLayer = 2, NHead = 4, NEmbd = 64 };
using var model = new Gpt(config);
using var draws = new Generator(1337);
using var ids = randint(Vocabulary, [Rows, Length], ScalarType.Int64, generator: draws); // (B, T)
using var targets = randint(Vocabulary, [Rows, Length], ScalarType.Int64, generator: draws); // (B, T)

var whole = Gradients(microBatches: 1, divide: true);
Console.WriteLine($"{Rows} rows at once: loss {whole.Loss:F6}, gradient norm {Norm(whole.Gradient):F6}");
Console.WriteLine();
Console.WriteLine($"{Steps} micro-batches of {Rows / Steps} rows:");
var divided = Show("loss / 4", divide: true);
var summed = Show("loss", divide: false);
Console.WriteLine();
Console.WriteLine(
    "Adding up undivided losses is training with a learning rate that is 4 times as high (AdamW would hide");
Console.WriteLine(
    "it, for it does not see the gradient's scale; clipping at a norm of 1 and the logged norm would not).");
return divided < 1e-5 && Math.Abs(summed - Steps) < 1e-3 ? 0 : 1;

// The figure that shows it: the difference where divided, else the ratio.
double Show(string name, bool divide)
{
    var (loss, gradient) = Gradients(Steps, divide);
    var difference = (gradient - whole.Gradient).abs().max().item<float>() / whole.Gradient.abs().max().item<float>();
    var ratio = Norm(gradient) / Norm(whole.Gradient);
    Console.WriteLine(
        $"  {name,-9} loss {loss:F6}, gradient norm {Norm(gradient):F6}: {ratio:F4} times the whole batch's, "
        + $"largest difference {difference:E1}");
    return divide ? difference : ratio;
}

(double Loss, Tensor Gradient) Gradients(int microBatches, bool divide)
{
    model.zero_grad();
    var sum = 0.0;
    var rows = Rows / microBatches;
    for (var step = 0; step < microBatches; step++)
    {
        using var scope = NewDisposeScope();
        var loss = model.Loss(ids.narrow(0, step * rows, rows), targets.narrow(0, step * rows, rows)); // ()
        var scaled = divide ? loss.Over(microBatches) : loss;
        scaled.backward(); // adds to what the steps before have left
        sum += scaled.item<float>();
    }

    // All parameters' gradients behind one another.
    return (sum, cat([.. model.parameters().Select(parameter => parameter.grad!.reshape(-1))]));
}

static double Norm(Tensor gradient) => gradient.norm().item<float>();
